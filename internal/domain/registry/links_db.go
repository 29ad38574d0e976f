package registry

import (
	"context"
	"database/sql"
	"encoding/json"
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

// LinksTo lists the live entries that refer to an entry and that the actor may
// read, at most limit.
func (r *Registry) LinksTo(ctx context.Context, by pollen.Actor, id pollen.EntryID, limit int) (out []Link, err error) {
	defer pollen.Wrap(&err, "registry.LinksTo", id)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		readable := map[string]*Collection{}
		all, err := r.collections(tx, `1 = 1`)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Readable(by).OK {
				readable[c.Slug] = c
			}
		}
		return tx.Each(`
			SELECT f.from_id, c.slug, e.slug, e.title, f.field_id FROM entry_refs f
			JOIN entries e ON e.id = f.from_id JOIN collections c ON c.id = e.collection_id
			WHERE f.to_id = $1 AND e.retired_at IS NULL ORDER BY f.field_id, f.from_id LIMIT $2`,
			[]any{id, pollen.Limit(limit)}, func(rows *sql.Rows) error {
				var l Link
				if err := rows.Scan(&l.From, &l.Collection, &l.Slug, &l.Title, &l.Field); err != nil {
					return err
				}
				if c := readable[l.Collection]; c != nil {
					if f := c.Schema.ByID(l.Field); f != nil && c.FieldReadable(by, f, l.From) {
						out = append(out, l)
					}
				}
				return nil
			})
	})
	return out, err
}

// Titles gives title and address of entries that the actor may read, for those
// who show references.
func (r *Registry) Titles(ctx context.Context, by pollen.Actor, ids []pollen.EntryID) (out map[pollen.EntryID]Link, err error) {
	defer pollen.Wrap(&err, "registry.Titles")
	out = map[pollen.EntryID]Link{}
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range ids {
			l, c := Link{From: id}, Collection{}
			found, err := tx.Get(`
				SELECT c.slug, c.community_id, c.audience, e.slug, e.title FROM entries e JOIN collections c ON c.id = e.collection_id
				WHERE e.id = $1`, []any{id}, &l.Collection, &c.Community, &c.Audience, &l.Slug, &l.Title)
			if err != nil {
				return err
			}
			if found && c.Readable(by).OK {
				out[id] = l
			}
		}
		return nil
	})
	return out, err
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
			!access.Write(by, e.Collection.object()).OK || !e.Collection.FieldReadable(by, f, x.id) {
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
