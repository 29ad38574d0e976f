package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
)

// Link is one entry that refers to another.
type Link struct {
	From       pollen.EntryID
	Collection string // its slug
	Slug       string
	Title      string
	Field      pollen.FieldID
}

// LinksTo lists the live entries that refer to an entry by one field of
// references, 0 by any, and that the actor may read. It fails with NotFound.
func (r *Registry) LinksTo(ctx context.Context, by pollen.Actor, id pollen.EntryID, field pollen.FieldID, limit int, cursor string) (p pollen.Page[Link], err error) {
	defer pollen.Wrap(&err, "registry.LinksTo", id)
	type place struct {
		Field pollen.FieldID `json:"f"`
		From  pollen.EntryID `json:"i"`
	}
	var at place
	if err := pollen.ReadCursor(cursor, &at); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		if _, err := r.entryFor(tx, by, id); err != nil {
			return err
		}
		readable, err := r.referring(tx, by)
		if err != nil {
			return err
		}
		for _, f := range sortedFields(readable) {
			if f < at.Field || field != 0 && f != field {
				continue
			}
			after := pollen.EntryID(0)
			if f == at.Field {
				after = at.From
			}
			links, err := linksBy(tx, readable[f].Collection, id, f, after, limit+1-len(p.Items))
			if err != nil {
				return err
			}
			if p.Items = append(p.Items, links...); len(p.Items) > limit {
				last := p.Items[limit-1]
				p.Items, p.Next = p.Items[:limit], pollen.Cursor(place{last.Field, last.From})
				return nil
			}
		}
		return nil
	})
	return p, err
}

// Titles gives title and address of entries that the actor may read, for those
// who show references.
func (r *Registry) Titles(ctx context.Context, by pollen.Actor, ids []pollen.EntryID) (out map[pollen.EntryID]Link, err error) {
	defer pollen.Wrap(&err, "registry.Titles")
	if len(ids) == 0 {
		return map[pollen.EntryID]Link{}, nil
	}
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		out, err = r.titles(tx, by, ids)
		return err
	})
	return out, err
}

func (r *Registry) titles(tx *sqldb.Tx, by pollen.Actor, ids []pollen.EntryID) (map[pollen.EntryID]Link, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := make(map[pollen.EntryID]Link, len(ids))
	for part := range slices.Chunk(ids, sqldb.Chunk) {
		in, args := sqldb.In(part, 1)
		err := tx.Each(`
			SELECT e.id, c.slug, c.community_id, c.audience, e.slug, e.title FROM entries e JOIN collections c ON c.id = e.collection_id
			WHERE e.id IN (`+in+`)`, args, func(rows *sql.Rows) error {
			var l Link
			var c Collection
			if err := rows.Scan(&l.From, &l.Collection, &c.Community, &c.Audience, &l.Slug, &l.Title); err != nil {
				return err
			}
			if c.Readable(by).OK {
				out[l.From] = l
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// redirect makes the entries that refer to one refer to another, each by a
// revision of its own. References in collections that the actor may not write
// stay: they lead to the merged entry, whose page leads on.
func (r *Registry) redirect(tx *sqldb.Tx, by pollen.Actor, from, to pollen.EntryID, note string) error {
	type ref struct {
		id    pollen.EntryID
		field pollen.FieldID
	}
	var all []ref
	err := tx.Each(`SELECT from_id, field_id FROM entry_refs WHERE to_id = $1 ORDER BY from_id, field_id`, []any{from}, func(rows *sql.Rows) error {
		var x ref
		err := rows.Scan(&x.id, &x.field)
		all = append(all, x)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range all {
		e, err := r.entry(tx, x.id)
		if err != nil {
			return err
		}
		f := e.Collection.Schema.ByID(x.field)
		if f == nil || !e.Live() || f.Protected && !access.Protected(by).OK ||
			e.Collection.Writable(by) != nil || !e.Collection.FieldReadable(by, f, x.id) {
			continue
		}
		next := e.Content.clone()
		v, err := f.FromJSON(json.RawMessage(strings.ReplaceAll(string(next.Values[x.field]), from.String(), to.String())), nil)
		if err != nil {
			return err
		}
		set(next.Values, x.field, v)
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevise, note: note}
		if err := w.save(e, next); err != nil {
			return err
		}
	}
	return nil
}

// renamed is the act of giving an entry another address.
func renamed(w *writer, e *Entry) *journal.Act {
	return &journal.Act{Persona: w.by.Persona, Kind: pollen.ActRename, Object: pollen.Ref(pollen.ObjectEntry, e.ID),
		Community: e.Collection.Community, Detail: journal.Detail{Collection: e.Collection.ID, Name: e.Slug}}
}
