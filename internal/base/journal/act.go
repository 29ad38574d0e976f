package journal

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"pollen"
)

// SaltSize is the number of random bytes that keep a hash from being guessed.
const SaltSize = 16

// Act is one row of the journal.
type Act struct {
	ID        pollen.ActID       `json:"id"`
	Number    int64              `json:"number"` // dense, from 1, in commit order
	At        time.Time          `json:"at"`
	Persona   pollen.PersonaID   `json:"persona"`
	Kind      pollen.ActKind     `json:"kind"`
	Object    pollen.Object      `json:"object"`
	Community pollen.CommunityID `json:"community,omitzero"`
	Batch     pollen.BatchID     `json:"batch,omitzero"`
	Causes    []pollen.Cause     `json:"causes,omitempty"`
	// Detail says more in the words of the capability that wrote it: which
	// revision, which fields, how many.
	Detail Detail `json:"detail,omitzero"`
	// Content is the salted digest of what the act wrote; nil when it wrote
	// nothing but itself.
	Content []byte `json:"-"`
	Salt    []byte `json:"-"`
	Hash    []byte `json:"-"`

	// Held says whether it is kept out of lists. It is no part of what the hash
	// seals, since it changes.
	Held Held `json:"-"`
	// Links and Stands are what its writer tells the brake of what it wrote;
	// they are not kept. Links tells whether it brings in the address of another
	// site, Stands whether something that an earlier revision of the same entry
	// said is still said. Nil is no, and yes.
	Links  func() bool             `json:"-"`
	Stands func(revision int) bool `json:"-"`
	// Mass says that it changes something for everybody at once, though it is no
	// batch; Widens that it shows values to more people than before, Narrows that it
	// hides what others may read from some of them.
	Mass, Widens, Narrows bool `json:"-"`

	causes, detail string // as they are hashed and written, of one that is sealed
}

// Detail is what an act says beyond its kind and object. It is small: content
// stands in revisions and posts, never here.
type Detail struct {
	Collection pollen.CollectionID `json:"collection,omitzero"`
	Revision   int                 `json:"revision,omitempty"` // the revision it made, or the version of a collection
	To         int                 `json:"to,omitempty"`       // the revision, or version, it went back to
	Fields     []pollen.FieldID    `json:"fields,omitempty"`   // the fields it changed
	Body       bool                `json:"body,omitempty"`     // it changed the body
	Count      int                 `json:"count,omitempty"`    // revisions in this part of a batch
	Again      int                 `json:"again,omitempty"`    // of these, further ones of an entry that the part, or the one before, wrote already
	Created    int                 `json:"created,omitempty"`  // entries that became live by this part
	Removed    int                 `json:"removed,omitempty"`  // entries that ceased to be live by this part
	Taken      int                 `json:"taken,omitempty"`    // entries of which it took away what others gave: from sight, or a value without another in its place
	Into       pollen.EntryID      `json:"into,omitzero"`      // the entry it was merged into
	Whom       pollen.PersonaID    `json:"whom,omitzero"`      // of a claim: whose it is, where that is not the actor
	Name       string              `json:"name,omitempty"`     // a slug, a persona's handle
	Part       int                 `json:"part,omitempty"`     // which part of a batch, from 1
	Post       pollen.PostID       `json:"post,omitzero"`      // the words it is about, in a talk
	Of         pollen.BatchID      `json:"of,omitzero"`        // the batch that it undoes
}

// Entries is how many entries a part of a batch wrote, beside those that the part
// before ended with.
func (d *Detail) Entries() int { return d.Count - d.Again }

// canonical gives the bytes that are hashed: JSON with a fixed order of keys.
func (a *Act) canonical(causes, detail string) []byte {
	b := make([]byte, 0, 256+len(causes)+len(detail))
	b = append(b, `{"id":"`...)
	b = append(b, a.ID.String()...)
	b = append(b, `","at":`...)
	b = strconv.AppendInt(b, a.At.UnixMilli(), 10)
	b = append(b, `,"persona":"`...)
	b = append(b, a.Persona.String()...)
	b = append(b, `","kind":"`...)
	b = append(b, a.Kind...)
	b = append(b, `","object":"`...)
	b = append(b, a.Object.Kind...)
	b = append(b, ' ')
	b = append(b, a.Object.ID.String()...)
	b = append(b, `","community":"`...)
	b = append(b, a.Community.String()...)
	b = append(b, `","batch":"`...)
	b = append(b, a.Batch.String()...)
	b = append(b, `","causes":`...)
	b = append(b, orNull(causes)...)
	b = append(b, `,"detail":`...)
	b = append(b, orNull(detail)...)
	b = append(b, `,"content":"`...)
	b = hex.AppendEncode(b, a.Content)
	return append(b, `"}`...)
}

func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return s
}

// Seal computes the hash of content under a salt: the digest by which the
// journal knows what an act wrote.
func Seal(salt, content []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(content)
	return h.Sum(nil)
}

// verify reports whether the stored hash is that of the act.
func (a *Act) verify(causes, detail string) bool {
	return subtle.ConstantTimeCompare(Seal(a.Salt, a.canonical(causes, detail)), a.Hash) == 1
}

// encode writes the two structured columns; an empty one is "".
func (a *Act) encode() (causes, detail string, err error) {
	if len(a.Causes) > 0 {
		b, err := json.Marshal(a.Causes)
		if err != nil {
			return "", "", err
		}
		causes = string(b)
	}
	b, err := json.Marshal(a.Detail)
	if err != nil {
		return "", "", err
	}
	if string(b) != "{}" {
		detail = string(b)
	}
	return causes, detail, nil
}

// Tree accumulates digests and gives their Merkle tree hash in constant memory
// for its height (RFC 6962 §2.1). The zero Tree is empty.
type Tree struct {
	n     uint64
	stack [][sha256.Size]byte // roots of the perfect subtrees, largest first
}

// Add appends one leaf.
func (t *Tree) Add(leaf []byte) {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	for n := t.n; n&1 == 1; n >>= 1 {
		last := len(t.stack) - 1
		sum = node(t.stack[last], sum)
		t.stack = t.stack[:last]
	}
	t.stack = append(t.stack, sum)
	t.n++
}

// Len is the number of leaves added.
func (t *Tree) Len() int { return int(t.n) }

// Root gives the Merkle tree hash of the leaves added so far.
func (t *Tree) Root() []byte {
	if t.n == 0 {
		empty := sha256.Sum256(nil)
		return empty[:]
	}
	root := t.stack[len(t.stack)-1]
	for i := len(t.stack) - 2; i >= 0; i-- {
		root = node(t.stack[i], root)
	}
	return root[:]
}

func node(left, right [sha256.Size]byte) (sum [sha256.Size]byte) {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}
