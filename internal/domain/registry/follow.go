package registry

import (
	"database/sql"

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

// Reread lists the next entries that read otherwise since an act: those it
// touched, and all of a collection whose fields it changed. It goes on after
// what it returned before, by identifier; more says that others are left.
func Reread(tx *sqldb.Tx, a *journal.Act, after pollen.EntryID, limit int) (ids []pollen.EntryID, last pollen.EntryID, more bool, err error) {
	switch {
	case a.Kind == pollen.ActSchema && a.Object.Kind == pollen.ObjectCollection && len(a.Detail.Fields) > 0:
		return entriesIn(tx, pollen.CollectionID(a.Object.ID), after, limit)
	case a.Object.Kind == pollen.ObjectBatch:
		ids, err = entriesOf(tx, a.ID, after, limit)
	case after == 0:
		ids, err = Touched(tx, a)
	}
	if len(ids) > 0 {
		last = ids[len(ids)-1]
	}
	return ids, last, len(ids) == limit, err
}

// scanned bounds how many entries, of other collections too, are looked at for
// those of one.
const scanned = 5000

// entriesIn lists the next entries of a collection, and up to which it looked.
// They are gone through by identifier, which never changes.
func entriesIn(tx *sqldb.Tx, c pollen.CollectionID, after pollen.EntryID, limit int) (ids []pollen.EntryID, last pollen.EntryID, more bool, err error) {
	n := 0
	err = tx.Each(`SELECT id, collection_id FROM entries WHERE id > $1 ORDER BY id LIMIT $2`, []any{int64(after), scanned}, func(rows *sql.Rows) error {
		var id pollen.EntryID
		var in pollen.CollectionID
		err := rows.Scan(&id, &in)
		n++
		if len(ids) < limit {
			if last = id; in == c {
				ids = append(ids, id)
			}
		}
		return err
	})
	return ids, last, n == scanned || len(ids) == limit, err
}
