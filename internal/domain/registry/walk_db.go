package registry

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// Walk says which entries to go through.
type Walk struct {
	Filter  filter.Expr // nil is all
	Retired bool        // also those that are retired or merged
	// History asks for the revisions of each entry, oldest first.
	History bool
}

// Passed is an entry as a walk comes by: as it is, or one of its revisions.
type Passed struct {
	*Entry
	Revision Revision // zero without history
	// Refs spells the entries that the values refer to, as [schema.Env.Resolve]
	// reads them.
	Refs map[pollen.EntryID]string
}

// One snapshot reads so many entries at most, and stops after the one that fills so
// many bytes.
const (
	walkRows  = 500
	walkBytes = 8 << 20
)

// Walk goes through the entries of a collection by address, with the values
// that the actor may read, in as many snapshots as it takes: it may run beside
// everything else for as long as its reader likes. Of history it gives every
// revision that changed something which the actor may read, numbered without
// the others.
func (r *Registry) Walk(ctx context.Context, by pollen.Actor, collection string, k Walk, do func(*Passed) error) (err error) {
	defer pollen.Wrap(&err, "registry.Walk", collection)
	for at := (passing{more: true}); at.more; {
		var part []*Passed
		var next passing
		err := r.read(ctx, func(tx *sqldb.Tx) (err error) {
			part, next, err = r.passed(tx, by, collection, k, at)
			return err
		})
		if err != nil {
			return err
		}
		for _, s := range part {
			if err := do(s); err != nil {
				return err
			}
		}
		at = next
	}
	return nil
}

// passing is where a walk stands between two snapshots.
type passing struct {
	after string // the address of the last entry
	more  bool
	mid   *telling // of an entry whose history goes on; nil is none
}

// telling is how far the history of an entry has been told.
type telling struct {
	entry  pollen.EntryID
	n      int    // the last revision that was read
	told   int    // how many were given out
	before *Entry // as the last of these left it
}

// passed reads what comes after a place, as much as one snapshot does.
func (r *Registry) passed(tx *sqldb.Tx, by pollen.Actor, collection string, k Walk, at passing) (part []*Passed, next passing, err error) {
	c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
	if err != nil {
		return nil, next, err
	}
	ids, last, err := r.walkPart(tx, by, c, k, at.after)
	if err != nil {
		return nil, next, err
	}
	next = passing{after: last, more: len(ids) == walkRows}
	if at.mid != nil {
		ids = slices.Insert(ids, 0, at.mid.entry)
	}
	spell := r.speller(tx, by, k.History)
	load := r.Loader(tx)
	size, after := 0, at.after
	for i, id := range ids {
		if size > walkBytes {
			return part, passing{after: after, more: true}, nil
		}
		e, err := load(id)
		if err != nil {
			return nil, next, err
		}
		states, mid := []*Passed{{Entry: e}}, (*telling)(nil)
		if k.History {
			from := telling{entry: id}
			if i == 0 && at.mid != nil {
				from = *at.mid
			}
			if states, mid, err = r.states(tx, by, e, from, walkBytes-size); err != nil {
				return nil, next, err
			}
		}
		for _, s := range states {
			s.visible(by)
			if s.Refs, err = spell(s.Entry); err != nil {
				return nil, next, err
			}
			size += s.size()
		}
		part = append(part, states...)
		if i > 0 || at.mid == nil {
			after = e.Slug
		}
		if mid != nil {
			return part, passing{after: after, more: true, mid: mid}, nil
		}
	}
	return part, next, nil
}

// size is about how many bytes an entry takes.
func (s *Passed) size() (n int) {
	for _, v := range s.Values {
		n += len(v)
	}
	return n + len(s.Body) + len(s.Revision.Note)
}

func (r *Registry) walkPart(tx *sqldb.Tx, by pollen.Actor, c *Collection, k Walk, after string) (ids []pollen.EntryID, last string, err error) {
	q := &listQuery{c: c, by: by, env: r.env(tx, by)}
	var where string
	if k.Retired {
		where = `e.collection_id = ` + q.arg(c.ID)
	} else if where, err = q.where(k.Filter); err != nil {
		return nil, "", err
	}
	query := `SELECT e.id, e.slug FROM entries e WHERE ` + where + ` AND e.slug > ` + q.arg(after) + ` ORDER BY e.slug LIMIT ` + q.arg(walkRows)
	last = after
	err = tx.Each(query, q.args, func(rows *sql.Rows) error {
		var id pollen.EntryID
		err := rows.Scan(&id, &last)
		ids = append(ids, id)
		return err
	})
	return ids, last, err
}

// errRoom ends the reading of a history that has no more room.
var errRoom = errors.New("no more room")

// states reads the revisions of an entry from a place on, oldest first. Once they
// fill so many bytes it stops, and tells where to go on; nil at the end.
func (r *Registry) states(tx *sqldb.Tx, by pollen.Actor, e *Entry, at telling, room int) (out []*Passed, next *telling, err error) {
	err = tx.Each(`SELECT `+revisionColumns+`, content FROM revisions WHERE entry_id = $1 AND n > $2 ORDER BY n`,
		[]any{e.ID, at.n}, func(rows *sql.Rows) error {
			if room < 0 {
				return errRoom
			}
			var content []byte
			rev, err := scanRevision(rows, &content)
			if err != nil {
				return err
			}
			at.n = rev.N
			room -= len(content)
			if content == nil { // erased: nothing of it can be handed on
				return nil
			}
			then := *e
			if then.Content, err = decode(content); err != nil {
				return damaged(e.ID, rev.N, err)
			}
			r.lift(e.Collection, &then.Content)
			then.visible(by)
			standing := rev.Kind == pollen.ActRetire || rev.Kind == pollen.ActRestore || rev.Kind == pollen.ActMerge
			if at.before != nil && !standing && len(changed(&at.before.Content, &then.Content)) == 0 {
				return nil // it changed nothing that the actor may read
			}
			at.told++
			rev.N = at.told
			at.before = &then
			out = append(out, &Passed{Entry: &then, Revision: rev})
			return nil
		})
	if errors.Is(err, errRoom) {
		return out, &at, nil
	}
	return out, nil, err
}

// speller writes references as texts that mean the same entry wherever its
// collection is imported: its key, else its address, else its identifier. In
// history the address comes first: of an entry it is the present one throughout.
func (r *Registry) speller(tx *sqldb.Tx, by pollen.Actor, history bool) func(*Entry) (map[pollen.EntryID]string, error) {
	known := map[pollen.EntryID]*Entry{}
	load := r.Loader(tx)
	env := r.env(tx, by)
	spell := func(f *schema.Field, id pollen.EntryID) (string, error) {
		e, ok := known[id]
		if !ok {
			var err error
			if e, err = load(id); pollen.Is(err, pollen.NotFound) {
				e, err = nil, nil
			} else if err != nil {
				return "", err
			}
			known[id] = e
		}
		if e == nil || !e.Collection.Readable(by).OK {
			return id.String(), nil
		}
		prefix := ""
		if f.Target == "" {
			prefix = e.Collection.Slug + "/"
		}
		names := []string{e.Slug}
		if k := e.Collection.Schema.Field(e.Collection.Schema.Key); k != nil && e.Collection.FieldReadable(by, k, id) {
			if text := k.Text(e.Values[k.ID]); text != "" {
				names = append(names, text)
			}
		}
		if !history {
			slices.Reverse(names)
		}
		for _, name := range names {
			got, err := env.Resolve(f.Target, prefix+name)
			if err != nil && !pollen.Is(err, pollen.NotFound) {
				return "", err
			}
			if err == nil && got == id {
				return prefix + name, nil
			}
		}
		return id.String(), nil
	}
	return func(e *Entry) (out map[pollen.EntryID]string, err error) {
		for i := range e.Collection.Schema.Fields {
			f := &e.Collection.Schema.Fields[i]
			if f.Type != schema.Reference {
				continue
			}
			for _, id := range f.Refs(e.Values[f.ID]) {
				if out == nil {
					out = map[pollen.EntryID]string{}
				}
				if out[id], err = spell(f, id); err != nil {
					return nil, err
				}
			}
		}
		return out, nil
	}
}
