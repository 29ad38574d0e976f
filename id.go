package pollen

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// ID identifies one object. K is a phantom type, so that the identifier of an
// entry cannot be given where that of a persona is wanted. It is stored as a
// positive 63-bit integer and written everywhere else as 13 characters of
// Crockford's base 32 (https://www.crockford.com/base32.html) in lower case.
// The zero ID identifies nothing.
type ID[K any] int64

// The kinds of object that have an identifier.
type (
	collectionKind struct{}
	communityKind  struct{}
	entryKind      struct{}
	batchKind      struct{}
	personaKind    struct{}
	accountKind    struct{}
	actKind        struct{}
	postKind       struct{}
	anyKind        struct{}
)

// Identifiers of the objects that the journal and the API speak of.
type (
	CollectionID = ID[collectionKind]
	CommunityID  = ID[communityKind]
	EntryID      = ID[entryKind]
	BatchID      = ID[batchKind]
	PersonaID    = ID[personaKind]
	AccountID    = ID[accountKind]
	ActID        = ID[actKind]
	PostID       = ID[postKind]
	// AnyID identifies an object whose kind is told beside it.
	AnyID = ID[anyKind]
)

// FieldID identifies a field of a schema, in every collection of an instance.
// It is a small number: values are stored under it, so a field can be renamed
// without touching them.
type FieldID int64

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// idLength is the length of a written identifier: ceil(63/5).
const idLength = 13

// String writes the identifier as 13 characters, or "" when it is zero.
func (id ID[K]) String() string {
	if id == 0 {
		return ""
	}
	var b [idLength]byte
	n := uint64(id)
	for i := idLength - 1; i >= 0; i-- {
		b[i] = alphabet[n&31]
		n >>= 5
	}
	return string(b[:])
}

// ParseID reads what [ID.String] writes. Letters may be in either case. It
// fails with Invalid on anything else.
func ParseID[K any](s string) (ID[K], error) {
	var n uint64
	if len(s) != idLength {
		return 0, badID(s)
	}
	for i := range len(s) {
		v := digit(s[i])
		if v < 0 || n > 1<<58-1 {
			return 0, badID(s)
		}
		n = n<<5 | uint64(v)
	}
	if n == 0 || n > 1<<63-1 {
		return 0, badID(s)
	}
	return ID[K](n), nil
}

func badID(s string) error {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return Errorf(Invalid, "error.id", "“{id}” is not an identifier.", "id", s)
}

func digit(c byte) int {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	for i := range len(alphabet) {
		if alphabet[i] == c {
			return i
		}
	}
	return -1
}

// MarshalText writes the identifier for JSON and forms.
func (id ID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads an identifier from JSON and forms; "" is the zero ID.
func (id *ID[K]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = 0
		return nil
	}
	v, err := ParseID[K](string(b))
	*id = v
	return err
}

// Value stores the identifier as an integer, and the zero ID as NULL.
func (id ID[K]) Value() (driver.Value, error) {
	if id == 0 {
		return nil, nil
	}
	return int64(id), nil
}

// Scan reads an identifier from a database column.
func (id *ID[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = 0
	case int64:
		*id = ID[K](v)
	default:
		return fmt.Errorf("cannot read %T as an identifier", src)
	}
	return nil
}

// Mint makes identifiers. Clock and randomness are given to it, so that a test
// can make it exact. It is safe for concurrent use.
type Mint struct {
	clock func() time.Time
	rand  io.Reader

	mu   sync.Mutex
	node uint64 // 12 random bits: which mint made it, among processes that share a database
	last uint64 // milliseconds<<10 | counter of the last ordered identifier
}

// epoch is where ordered identifiers start counting: 41 bits of milliseconds
// from here last until 2094.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// NewMint returns a mint that reads the time from clock and randomness from
// rand.
func NewMint(clock func() time.Time, rand io.Reader) (*Mint, error) {
	m := &Mint{clock: clock, rand: rand}
	n, err := m.random()
	m.node = n & (1<<12 - 1)
	return m, err
}

// Ordered makes an identifier that sorts after every one this mint made
// before: 41 bits of milliseconds, 12 bits for the mint, 10 bits of counter.
// It says when the object was made, so it never names a persona.
func (m *Mint) Ordered() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := uint64(max(0, m.clock().UnixMilli()-epoch)) << 10 // a clock that was never set counts from the epoch on
	if now <= m.last {
		now = m.last + 1 // more than 1,024 in one millisecond borrow from the next
	}
	m.last = now
	ms, n := now>>10, now&(1<<10-1)
	return int64(ms<<22 | m.node<<10 | n)
}

// MadeAt tells when an ordered identifier was made.
func MadeAt(id int64) time.Time { return time.UnixMilli(epoch + id>>22).UTC() }

// Random makes an identifier that says nothing, not even when it was made.
func (m *Mint) Random() (int64, error) {
	for {
		n, err := m.random()
		if n != 0 || err != nil {
			return int64(n), err
		}
	}
}

func (m *Mint) random() (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(m.rand, b[:]); err != nil {
		return 0, fmt.Errorf("reading randomness: %w", err)
	}
	return binary.BigEndian.Uint64(b[:]) >> 1, nil
}
