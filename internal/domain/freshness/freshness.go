package freshness

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Freshness keeps the confirmations of one instance. Its methods are safe for
// concurrent use.
type Freshness struct {
	db       *sqldb.DB
	journal  *journal.Journal
	registry *registry.Registry
}

// New returns the freshness of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal, r *registry.Registry) *Freshness {
	return &Freshness{db: db, journal: j, registry: r}
}

// What names what is confirmed: all values of a field, or one of them.
type What struct {
	Field string
	Lang  string // of a language-tagged text: only in this language
	Index *int   // of a list: only this one, from 0
}

// Confirm says that values of an entry are right as they are. Saying it again
// counts as once, at the later time. It fails with NotFound and Forbidden as
// writing does, with Invalid where there is no such value, and with Conflict on
// an entry that is retired or merged.
func (f *Freshness) Confirm(ctx context.Context, by pollen.Actor, id pollen.EntryID, what []What) (act pollen.ActID, err error) {
	defer pollen.Wrap(&err, "freshness.Confirm", id)
	if len(what) == 0 {
		return 0, pollen.Errorf(pollen.Invalid, "freshness.nothing", "Say which values you confirm, such as [\"phone\"].").On("fields")
	}
	err = f.db.Write(ctx, func(tx *sqldb.Tx) error {
		e, err := f.registry.In(tx, by, id)
		if err != nil {
			return err
		}
		if err := e.Changeable(by); err != nil {
			return err
		}
		act = pollen.ActID(tx.DB.Mint.Ordered())
		var fields []pollen.FieldID
		for _, w := range what {
			field, digests, err := meant(by, e, w)
			if err != nil {
				return err
			}
			if !slices.Contains(fields, field) {
				fields = append(fields, field)
			}
			for _, d := range digests {
				if _, err := tx.Exec(`
					INSERT INTO verifications (entry_id, field_id, digest, persona_id, act_id, at) VALUES ($1, $2, $3, $4, $5, $6)
					ON CONFLICT (entry_id, field_id, digest, persona_id) DO UPDATE SET act_id = excluded.act_id, at = excluded.at`,
					id, int64(field), d, int64(by.Persona), act, sqldb.Millis(tx.Now)); err != nil {
					return err
				}
			}
		}
		return f.journal.Append(tx, &journal.Act{ID: act, Persona: by.Persona, Kind: pollen.ActVerify, Object: pollen.Ref(pollen.ObjectEntry, id),
			Community: e.Collection.Community, Detail: journal.Detail{Collection: e.Collection.ID, Fields: fields}})
	})
	return act, err
}

// meant finds the single values that are to be confirmed. A field that the actor
// may not read is none.
func meant(by pollen.Actor, e *registry.Entry, w What) (field pollen.FieldID, digests []string, err error) {
	f := e.Collection.Schema.Field(w.Field)
	if f == nil || !e.Collection.FieldReadable(by, f, e.ID) {
		return 0, nil, pollen.Errorf(pollen.Invalid, "registry.field", "There is no field “{name}” in this collection.", "name", w.Field).On(w.Field)
	}
	n := 0
	f.Each(e.Values[f.ID], func(one json.RawMessage, tag string) {
		if (w.Lang == "" || strings.EqualFold(w.Lang, tag)) && (w.Index == nil || *w.Index == n) {
			digests = append(digests, digest(one, tag))
		}
		n++
	})
	if len(digests) == 0 {
		return 0, nil, pollen.Errorf(pollen.Invalid, "freshness.no-value", "“{field}” has no such value to confirm.", "field", f.Name).On(f.Name)
	}
	return f.ID, digests, nil
}

// digest stands for one single value.
func digest(one json.RawMessage, tag string) string {
	sum := sha256.Sum256([]byte(tag + "\x00" + string(one)))
	return hex.EncodeToString(sum[:16])
}

// Life is the life of one single value.
type Life struct {
	Tag       string // of a language-tagged text: its language
	Changed   registry.Sayer
	Verified  time.Time // when it was last confirmed; zero is never
	Verifiers int       // how many personas confirm it
	Sources   []string  // where it comes from
	State     schema.Life
}

// Lives are the lives of an entry's values by field, in the order of the single
// values.
type Lives map[pollen.FieldID][]Life

// Of tells the lives of the values that entries show, as they were read for the
// actor.
func (f *Freshness) Of(ctx context.Context, by pollen.Actor, entries []*registry.Entry) (out map[pollen.EntryID]Lives, err error) {
	defer pollen.Wrap(&err, "freshness.Of")
	out = make(map[pollen.EntryID]Lives, len(entries))
	err = f.db.Read(ctx, func(tx *sqldb.Tx) error {
		said, err := f.registry.Sayers(tx, by, entries)
		if err != nil {
			return err
		}
		confirmed, err := confirmations(tx, entries)
		if err != nil {
			return err
		}
		for _, e := range entries {
			out[e.ID] = lives(e, said[e.ID], confirmed[e.ID], tx.Now)
		}
		return nil
	})
	return out, err
}

// key is one single value of an entry.
type key struct {
	field  pollen.FieldID
	digest string
}

// confirmation is what is known of one single value.
type confirmation struct {
	last time.Time
	n    int
}

// confirmations reads who confirmed what of some entries.
func confirmations(tx *sqldb.Tx, entries []*registry.Entry) (map[pollen.EntryID]map[key]confirmation, error) {
	out := map[pollen.EntryID]map[key]confirmation{}
	for part := range slices.Chunk(entries, 200) {
		in, args := make([]string, len(part)), make([]any, len(part))
		for i, e := range part {
			in[i], args[i] = "$"+strconv.Itoa(i+1), e.ID
		}
		err := tx.Each(`SELECT entry_id, field_id, digest, count(*), max(at) FROM verifications WHERE entry_id IN (`+strings.Join(in, ", ")+`) GROUP BY entry_id, field_id, digest`,
			args, func(rows *sql.Rows) error {
				var id pollen.EntryID
				var k key
				var c confirmation
				var at int64
				if err := rows.Scan(&id, &k.field, &k.digest, &c.n, &at); err != nil {
					return err
				}
				if c.last = sqldb.Time(at); out[id] == nil {
					out[id] = map[key]confirmation{}
				}
				out[id][k] = c
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lives tells the life of each single value of an entry.
func lives(e *registry.Entry, said map[int]registry.Sayer, confirmed map[key]confirmation, now time.Time) Lives {
	out := Lives{}
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		v := e.Values[f.ID]
		if v == nil {
			continue
		}
		by := said[e.SinceOf(f.ID)]
		f.Each(v, func(one json.RawMessage, tag string) {
			l := Life{Tag: tag, Changed: by, Sources: []string{}}
			if by.Source != "" {
				l.Sources = append(l.Sources, by.Source)
			}
			latest := by.At
			if c, ok := confirmed[key{f.ID, digest(one, tag)}]; ok {
				l.Verified, l.Verifiers = c.last, c.n
				if c.last.After(latest) {
					latest = c.last
				}
			}
			l.State = f.LifeOf(latest, now)
			out[f.ID] = append(out[f.ID], l)
		})
	}
	return out
}

// Erase forgets what was confirmed of an entry whose content is erased: a digest
// could be guessed from what it stood for.
func Erase(tx *sqldb.Tx, id pollen.EntryID) error {
	_, err := tx.Exec(`DELETE FROM verifications WHERE entry_id = $1`, id)
	return err
}
