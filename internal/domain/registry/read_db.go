package registry

import (
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
)

// In returns an entry as [Registry.Get] does, in a transaction under way, for
// the capabilities that hang words and gifts on entries.
func (r *Registry) In(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID) (*Entry, error) {
	e, err := r.entryFor(tx, by, id)
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// Loader reads entries with all of their values, for followers, and each
// collection once. Followers answer for showing nobody what they may not read.
// It fails with NotFound, and with [ErrDamaged].
func (r *Registry) Loader(tx *sqldb.Tx) func(pollen.EntryID) (*Entry, error) {
	known := map[pollen.CollectionID]*Collection{}
	return func(id pollen.EntryID) (*Entry, error) {
		e, collection, err := r.bare(tx, `e.id = $1`, id)
		if err != nil {
			return nil, err
		}
		if known[collection] == nil {
			if known[collection], err = r.collectionBy(tx, `c.id = $1`, collection); err != nil {
				return nil, err
			}
		}
		return r.of(known[collection], e), nil
	}
}

// of says which collection a bare entry is of, and reads its values by it.
func (r *Registry) of(c *Collection, e *Entry) *Entry {
	e.Collection = c
	r.lift(c, &e.Content)
	return e
}

// bareColumns are what [scanBare] reads.
const bareColumns = `e.id, e.collection_id, e.slug, e.title, e.revision, e.retired_at, e.merged_into, r.content
	FROM entries e JOIN revisions r ON r.entry_id = e.id AND r.n = e.revision `

func scanBare(rows *sql.Rows) (e *Entry, collection pollen.CollectionID, err error) {
	e = &Entry{}
	var retired sql.NullInt64
	var content []byte
	if err := rows.Scan(&e.ID, &collection, &e.Slug, &e.Title, &e.Revision, &retired, &e.Into, &content); err != nil {
		return nil, 0, err
	}
	e.Retired = sqldb.Time(retired.Int64)
	if e.Content, err = decode(content); err != nil {
		return nil, 0, damaged(e.ID, e.Revision, err)
	}
	return e, collection, nil
}

// bare reads the one entry of a condition, without its collection.
func (r *Registry) bare(tx *sqldb.Tx, where string, args ...any) (e *Entry, collection pollen.CollectionID, err error) {
	err = tx.Each(`SELECT `+bareColumns+`WHERE `+where, args, func(rows *sql.Rows) error {
		e, collection, err = scanBare(rows)
		return err
	})
	if err == nil && e == nil {
		err = absent()
	}
	return e, collection, err
}

// Some reads some entries as [Registry.Loader] does, together. Those that are
// absent are left out.
func (r *Registry) Some(tx *sqldb.Tx, ids []pollen.EntryID) (map[pollen.EntryID]*Entry, error) {
	out := make(map[pollen.EntryID]*Entry, len(ids))
	homes := map[pollen.CollectionID][]*Entry{}
	for part := range slices.Chunk(ids, sqldb.Chunk) {
		in, args := sqldb.In(part, 1)
		err := tx.Each(`SELECT `+bareColumns+`WHERE e.id IN (`+in+`)`, args, func(rows *sql.Rows) error {
			e, collection, err := scanBare(rows)
			if err == nil && out[e.ID] == nil {
				out[e.ID] = e
				homes[collection] = append(homes[collection], e)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for id, all := range homes {
		c, err := r.collectionBy(tx, `c.id = $1`, id)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			r.of(c, e)
		}
	}
	return out, nil
}
