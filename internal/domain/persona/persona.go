// Package persona keeps the faces under which people contribute.
//
// A named persona is linked to its person's entry in people, and to its
// account: this package is the sole keeper of that link. An imported persona
// is the author of imported history, which a verified account may claim, and
// those may contest who know that history. The system persona stands for the
// operator's command line.
//
// Days, not times, say when a persona was made. Tables owned: personas,
// named_personas, author_collections, contests.
package persona

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Persona is one face.
type Persona struct {
	ID       pollen.PersonaID
	Handle   string // unique, for addresses and mentions
	Name     string // as shown
	Kind     pollen.PersonaKind
	Entry    pollen.EntryID   // of a named persona: its entry in people
	Source   string           // of an imported persona: where its history comes from
	Language string           // BCP 47, "" as the browser prefers
	Claimed  pollen.PersonaID // of an imported persona: who said that it is theirs
	Claimer  string           // their name
	Silenced bool             // it writes nothing any more
}

// Actor is the persona as one who acts, without its communities.
func (p *Persona) Actor() pollen.Actor {
	return pollen.Actor{Persona: p.ID, Handle: p.Handle, Name: p.Name, Kind: p.Kind, Entry: p.Entry, Silenced: p.Silenced}
}

// Personas keeps the personas of one instance.
type Personas struct {
	db      *sqldb.DB
	journal *journal.Journal

	mu   sync.RWMutex
	made map[pollen.PersonaID]origin // as far as it was asked for
}

// New returns the personas of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal) *Personas {
	return &Personas{db: db, journal: j, made: map[pollen.PersonaID]origin{}}
}

// day is the number of days since 1970 in UTC: no finer time is kept.
const day = 24 * 60 * 60 * 1000

var handle = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9.-]{0,38}[a-z0-9])?$`)

// maxName bounds the name of a persona, in bytes.
const maxName = 120

// Create makes a persona. An empty handle is derived from the name. It fails
// with Conflict when the handle is taken.
func (s *Personas) Create(ctx context.Context, p Persona) (_ *Persona, err error) {
	defer pollen.Wrap(&err, "persona.Create", p.Handle)
	var made Persona
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		made, err = s.CreateIn(tx, p)
		return err
	})
	return &made, err
}

// shown is a name as it is kept. One that cannot be shown beside others is refused.
func shown(name string) (string, error) {
	name, err := schema.Line("name", name, maxName)
	if err != nil {
		return "", err
	}
	if name == "" || schema.Turns(name) {
		return "", pollen.Errorf(pollen.Invalid, "persona.name", "A persona needs a name of at most {max}, without marks of direction.", "max", pollen.Bytes(maxName)).On("name")
	}
	return name, nil
}

// scripts are those whose letters look like each other's.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek}

// disguised reports whether letters of two of these scripts stand in one word,
// as they do where a name is to look like another (UTS #39, section 5.1).
func disguised(name string) bool {
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		var of *unicode.RangeTable
		for _, r := range word {
			for _, s := range scripts {
				if !unicode.Is(s, r) {
					continue
				}
				if of != nil && of != s {
					return true
				}
				of = s
			}
		}
	}
	return false
}

// CreateIn makes a persona inside a transaction under way. It leaves what it is
// given as it is, since the transaction may run again.
func (s *Personas) CreateIn(tx *sqldb.Tx, p Persona) (Persona, error) {
	var err error
	if p.Name, err = shown(p.Name); err != nil {
		return p, err
	}
	derived := p.Handle == ""
	if derived {
		p.Handle = Handle(p.Name)
	}
	if !handle.MatchString(p.Handle) {
		return p, pollen.Errorf(pollen.Invalid, "persona.handle", "“{handle}” cannot be a handle: use up to 40 lower-case letters, digits, dots and hyphens.", "handle", p.Handle).On("handle")
	}
	base := p.Handle
	for n := 2; ; n++ {
		taken := 0
		found, err := tx.Get(`SELECT 1 FROM personas WHERE handle = $1`, []any{p.Handle}, &taken)
		if err != nil {
			return p, err
		}
		if !found {
			break
		}
		if !derived {
			return p, pollen.Errorf(pollen.Conflict, "persona.taken", "The handle “{handle}” is taken. Choose another.", "handle", p.Handle).On("handle")
		}
		p.Handle = base + "-" + strconv.Itoa(n)
	}
	id, err := tx.DB.Mint.Random()
	if err != nil {
		return p, err
	}
	p.ID = pollen.PersonaID(id)
	_, err = tx.Exec(`INSERT INTO personas (id, handle, name, folded, kind, entry_id, source, language, day) VALUES ($1, $2, $3, $9, $4, $5, $6, $7, $8)`,
		int64(p.ID), p.Handle, p.Name, p.Kind, p.Entry, p.Source, p.Language, sqldb.Millis(tx.Now)/day, schema.Fold(p.Name))
	return p, err
}

// Handle makes a handle of a name.
func Handle(name string) string {
	var b strings.Builder
	for _, c := range schema.Fold(name) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "."):
			b.WriteByte('.')
		}
		if b.Len() >= 30 {
			break
		}
	}
	if s := strings.Trim(b.String(), ".-"); s != "" {
		return s
	}
	return "persona"
}

const columns = `id, handle, name, kind, entry_id, source, language, coalesce(claimed_by, 0),
	coalesce((SELECT claimer.name FROM personas claimer WHERE claimer.id = personas.claimed_by), ''), silenced_at IS NOT NULL`

func scan(rows *sql.Rows) (p Persona, err error) {
	err = rows.Scan(&p.ID, &p.Handle, &p.Name, &p.Kind, &p.Entry, &p.Source, &p.Language, &p.Claimed, &p.Claimer, &p.Silenced)
	return p, err
}

func one(tx *sqldb.Tx, where string, arg any) (p Persona, err error) {
	found := false
	err = tx.Each(`SELECT `+columns+` FROM personas WHERE `+where, []any{arg}, func(rows *sql.Rows) error {
		found = true
		p, err = scan(rows)
		return err
	})
	if err == nil && !found {
		err = pollen.Errorf(pollen.NotFound, "persona.absent", "There is no such persona.")
	}
	return p, err
}

// ByHandle returns a persona. It fails with NotFound.
func (s *Personas) ByHandle(ctx context.Context, h string) (p Persona, err error) {
	defer pollen.Wrap(&err, "persona.ByHandle", h)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		p, err = one(tx, `handle = $1`, strings.TrimPrefix(strings.ToLower(h), "@"))
		return err
	})
	return p, err
}

// Near lists some handles that begin as another does.
func (s *Personas) Near(ctx context.Context, h string) (out []string, err error) {
	defer pollen.Wrap(&err, "persona.Near", h)
	const alike, most = 2, 8
	begin := Handle(h)
	begin = begin[:min(alike, len(begin))]
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT handle FROM personas WHERE substr(handle, 1, $2) = $1 ORDER BY handle LIMIT $3`, []any{begin, len(begin), most}, func(rows *sql.Rows) error {
			var near string
			err := rows.Scan(&near)
			out = append(out, near)
			return err
		})
	})
	return out, err
}

// Get returns a persona. It fails with NotFound.
func (s *Personas) Get(ctx context.Context, id pollen.PersonaID) (p Persona, err error) {
	defer pollen.Wrap(&err, "persona.Get")
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		p, err = one(tx, `id = $1`, int64(id))
		return err
	})
	return p, err
}

// In returns a persona in a transaction under way. It fails with NotFound.
func (s *Personas) In(tx *sqldb.Tx, id pollen.PersonaID) (Persona, error) {
	return one(tx, `id = $1`, int64(id))
}

// Names returns personas by identifier, for those who show what they did.
func (s *Personas) Names(ctx context.Context, ids []pollen.PersonaID) (out map[pollen.PersonaID]Persona, err error) {
	defer pollen.Wrap(&err, "persona.Names")
	out = make(map[pollen.PersonaID]Persona, len(ids))
	var list []int64
	for _, id := range ids {
		if _, ok := out[id]; !ok && id != 0 {
			out[id] = Persona{} // until it is found
			list = append(list, int64(id))
		}
	}
	if len(list) == 0 {
		return out, nil
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return among(tx, columns, "id", list, func(rows *sql.Rows) error {
			p, err := scan(rows)
			out[p.ID] = p
			return err
		})
	})
	return out, err
}

// among reads the personas of which a column is one of some values.
func among[T any](tx *sqldb.Tx, what, column string, values []T, row func(*sql.Rows) error) error {
	for part := range slices.Chunk(values, sqldb.Chunk) {
		in, args := sqldb.In(part, 1)
		if err := tx.Each(`SELECT `+what+` FROM personas WHERE `+column+` IN (`+in+`)`, args, row); err != nil {
			return err
		}
	}
	return nil
}

// Link joins a named persona to its account and to its entry in people.
func (s *Personas) Link(tx *sqldb.Tx, account pollen.AccountID, p pollen.PersonaID) error {
	_, err := tx.Exec(`INSERT INTO named_personas (account_id, persona_id) VALUES ($1, $2)`, int64(account), int64(p))
	return err
}

// OfAccount returns the named persona of an account. It fails with NotFound.
func (s *Personas) OfAccount(tx *sqldb.Tx, account pollen.AccountID) (Persona, error) {
	return one(tx, `id = (SELECT persona_id FROM named_personas WHERE account_id = $1)`, int64(account))
}

// Of returns the persona that an entry of people describes. It fails with
// NotFound.
func (s *Personas) Of(tx *sqldb.Tx, entry pollen.EntryID) (Persona, error) {
	return one(tx, `entry_id = $1`, entry)
}

// Describing returns the personas that these entries of people describe, by
// entry.
func (s *Personas) Describing(tx *sqldb.Tx, entries []pollen.EntryID) (out map[pollen.EntryID]pollen.PersonaID, err error) {
	out = map[pollen.EntryID]pollen.PersonaID{}
	err = among(tx, "entry_id, id", "entry_id", entries, func(rows *sql.Rows) error {
		var entry pollen.EntryID
		var id pollen.PersonaID
		err := rows.Scan(&entry, &id)
		out[entry] = id
		return err
	})
	return out, err
}

// Made returns what kind a persona is, and the day (UTC) on which it was made.
func (s *Personas) Made(tx *sqldb.Tx, id pollen.PersonaID) (kind pollen.PersonaKind, made time.Time, err error) {
	s.mu.RLock()
	known, ok := s.made[id]
	s.mu.RUnlock()
	if ok {
		return known.kind, known.day, nil
	}
	var n int64
	found, err := tx.Get(`SELECT kind, day FROM personas WHERE id = $1`, []any{int64(id)}, &kind, &n)
	if err != nil || !found {
		return kind, made, err
	}
	made = time.UnixMilli(n * day).UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.made) >= maxMade {
		clear(s.made)
	}
	s.made[id] = origin{kind, made}
	return kind, made, nil
}

// origin is what a persona is from the start and for ever.
type origin struct {
	kind pollen.PersonaKind
	day  time.Time
}

// maxMade bounds how many origins are remembered.
const maxMade = 10_000

// AnyMade reports whether somebody's persona that may write was made at a time
// or before.
func (s *Personas) AnyMade(tx *sqldb.Tx, by time.Time) (bool, error) {
	var one int
	return tx.Get(`SELECT 1 FROM personas WHERE kind IN ('named', 'pseudonym') AND day <= $1 AND silenced_at IS NULL LIMIT 1`,
		[]any{by.UnixMilli() / day}, &one)
}

// Silenced reports whether a persona may not write words now.
func (s *Personas) Silenced(tx *sqldb.Tx, id pollen.PersonaID) (bool, error) {
	var at sql.NullInt64
	_, err := tx.Get(`SELECT silenced_at FROM personas WHERE id = $1`, []any{int64(id)}, &at)
	return at.Valid, err
}

// WithHandles returns the identifiers of the personas that have these handles;
// those of nobody are left out.
func (s *Personas) WithHandles(tx *sqldb.Tx, handles []string) (ids []pollen.PersonaID, err error) {
	for _, h := range handles {
		var id pollen.PersonaID
		found, err := tx.Get(`SELECT id FROM personas WHERE handle = $1`, []any{strings.ToLower(h)}, &id)
		if err != nil {
			return nil, err
		}
		if found {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// SystemHandle is the handle of the persona of the operator's command line.
const SystemHandle = "pollen"

// System returns the persona of the operator's command line, made when first
// asked for.
func (s *Personas) System(ctx context.Context) (p Persona, err error) {
	defer pollen.Wrap(&err, "persona.System")
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		p, err = one(tx, `handle = $1`, SystemHandle)
		if !pollen.Is(err, pollen.NotFound) {
			return err
		}
		p, err = s.CreateIn(tx, Persona{Handle: SystemHandle, Name: "Pollen", Kind: pollen.PersonaSystem})
		return err
	})
	return p, err
}

// Imported returns the imported persona of an author in a source, made when
// first met, whose history a collection holds from then on.
func (s *Personas) Imported(tx *sqldb.Tx, source, name string, in pollen.CollectionID) (p Persona, err error) {
	if p, err = s.imported(tx, source, name); err != nil {
		return p, err
	}
	_, err = tx.Exec(`INSERT INTO author_collections (persona_id, collection_id) VALUES ($1, $2) ON CONFLICT (persona_id, collection_id) DO NOTHING`, int64(p.ID), int64(in))
	return p, err
}

func (s *Personas) imported(tx *sqldb.Tx, source, name string) (p Persona, err error) {
	name = strings.Join(strings.Fields(name), " ")
	found := false
	err = tx.Each(`SELECT `+columns+` FROM personas WHERE kind = 'imported' AND source = $1 AND name = $2`, []any{source, name}, func(rows *sql.Rows) error {
		found = true
		p, err = scan(rows)
		return err
	})
	if err != nil || found {
		return p, err
	}
	return s.CreateIn(tx, Persona{Name: name, Kind: pollen.PersonaImported, Source: source})
}
