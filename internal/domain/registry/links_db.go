package registry

import (
	"context"
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
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
