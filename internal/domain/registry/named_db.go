package registry

import (
	"context"
	"database/sql"

	"pollen"
	"pollen/internal/base/sqldb"
)

// namesakes bounds how many entries of one name are told.
const namesakes = 5

// Named lists the live entries of a collection that a text names, a few at
// most: by title, accents and case set aside, or by address or identifier where
// none has that title. It fails with NotFound when the collection is absent or
// not for the actor.
func (r *Registry) Named(ctx context.Context, by pollen.Actor, collection, text string) (out []Link, err error) {
	defer pollen.Wrap(&err, "registry.Named", collection)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		list := func(where string, arg any) error {
			return tx.Each(`SELECT id, slug, title FROM entries WHERE collection_id = $1 AND retired_at IS NULL AND `+where+` ORDER BY id LIMIT $3`,
				[]any{c.ID, arg, namesakes}, func(rows *sql.Rows) error {
					l := Link{Collection: c.Slug}
					err := rows.Scan(&l.From, &l.Slug, &l.Title)
					out = append(out, l)
					return err
				})
		}
		if key := sortKey(text); key != "" {
			if err := list(`sort = $2`, key); err != nil || len(out) > 0 {
				return err
			}
		}
		if err := list(`slug = $2`, text); err != nil || len(out) > 0 {
			return err
		}
		if id, err := pollen.ParseID[struct{}](text); err == nil {
			return list(`id = $2`, int64(id))
		}
		return nil
	})
	return out, err
}
