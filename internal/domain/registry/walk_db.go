package registry

import (
	"context"
	"database/sql"
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
	for after, more := "", true; more; {
		var part []*Passed
		err := r.read(ctx, func(tx *sqldb.Tx) (err error) {
			part = part[:0]
			c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
			if err != nil {
				return err
			}
			ids, last, err := r.walkPart(tx, by, c, k, after)
			if err != nil {
				return err
			}
			more, after = len(ids) == walkRows, last
			spell := r.speller(tx, by, k.History)
			load := r.Loader(tx)
			size := 0
			for _, id := range ids {
				if size > walkBytes {
					more = true
					break
				}
				e, err := load(id)
				if err != nil {
					return err
				}
				states := []*Passed{{Entry: e}}
				if k.History {
					if states, err = r.states(tx, by, e); err != nil {
						return err
					}
				}
				for _, s := range states {
					s.visible(by)
					if s.Refs, err = spell(s.Entry); err != nil {
						return err
					}
					size += s.size()
				}
				part, after = append(part, states...), e.Slug
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, s := range part {
			if err := do(s); err != nil {
				return err
			}
		}
	}
	return nil
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

// states reads the revisions of an entry, oldest first.
func (r *Registry) states(tx *sqldb.Tx, by pollen.Actor, e *Entry) (out []*Passed, err error) {
	var before *Entry
	err = tx.Each(`SELECT `+revisionColumns+`, content FROM revisions WHERE entry_id = $1 ORDER BY n`,
		[]any{e.ID}, func(rows *sql.Rows) error {
			var content []byte
			rev, err := scanRevision(rows, &content)
			if err != nil || content == nil { // erased: nothing of it can be handed on
				return err
			}
			then := *e
			if then.Content, err = decode(content); err != nil {
				return damaged(e.ID, rev.N, err)
			}
			r.lift(e.Collection, &then.Content)
			then.visible(by)
			standing := rev.Kind == pollen.ActRetire || rev.Kind == pollen.ActRestore || rev.Kind == pollen.ActMerge
			if before != nil && !standing && len(changed(&before.Content, &then.Content)) == 0 {
				return nil // it changed nothing that the actor may read
			}
			rev.N = len(out) + 1
			before = &then
			out = append(out, &Passed{Entry: &then, Revision: rev})
			return nil
		})
	return out, err
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
