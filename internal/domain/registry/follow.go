package registry

import (
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// Touched lists the entries whose content or standing an act changed, for
// those who follow the journal. An act of a batch stands for all the entries
// of its part.
func Touched(tx *sqldb.Tx, a *journal.Act) ([]pollen.EntryID, error) {
	switch {
	case a.Object.Kind == pollen.ObjectBatch:
		return entriesOf(tx, a.ID, 0, 1<<30)
	case a.Object.Kind == pollen.ObjectEntry && a.Detail.Revision > 0:
		return []pollen.EntryID{pollen.EntryID(a.Object.ID)}, nil
	}
	return nil, nil
}

// Reread lists the entries that read otherwise since an act: those it touched,
// and all of a collection whose fields it changed.
func Reread(tx *sqldb.Tx, a *journal.Act) ([]pollen.EntryID, error) {
	if a.Kind == pollen.ActSchema && a.Object.Kind == pollen.ObjectCollection && len(a.Detail.Fields) > 0 {
		return entriesIn(tx, pollen.CollectionID(a.Object.ID))
	}
	return Touched(tx, a)
}

// entriesIn lists the live entries of a collection.
func entriesIn(tx *sqldb.Tx, c pollen.CollectionID) (ids []pollen.EntryID, err error) {
	err = tx.Each(`SELECT id FROM entries WHERE collection_id = $1 AND retired_at IS NULL ORDER BY sort`, []any{c}, func(rows *sql.Rows) error {
		var id pollen.EntryID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

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
// It fails with NotFound.
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
