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
