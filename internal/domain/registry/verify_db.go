package registry

import (
	"bytes"
	"context"
	"database/sql"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// Fault is an entry that is not what it should be.
type Fault struct {
	Entry pollen.EntryID
	N     int // the revision
	What  string
}

// verified is how many rows are verified in one transaction.
const verified = 5_000

// Verify looks at every entry and revision: that an entry's current revision
// is there, and that what a single act wrote is what the journal says it wrote.
// Content that was erased is no fault. It returns how many entries there are.
// Rows of a batch are proved together by their act, and not one by one here.
func (r *Registry) Verify(ctx context.Context) (entries int64, faults []Fault, err error) {
	defer pollen.Wrap(&err, "registry.Verify")
	for last, more := pollen.EntryID(0), true; more; {
		err := r.read(ctx, func(tx *sqldb.Tx) error {
			n := 0
			err := tx.Each(`SELECT e.id, e.revision, r.n FROM entries e LEFT JOIN revisions r ON r.entry_id = e.id AND r.n = e.revision
				WHERE e.id > $1 ORDER BY e.id LIMIT $2`, []any{int64(last), verified}, func(rows *sql.Rows) error {
				f := Fault{What: "its current revision is missing"}
				var there sql.NullInt64
				err := rows.Scan(&f.Entry, &f.N, &there)
				if err == nil && !there.Valid {
					faults = append(faults, f)
				}
				last, n = f.Entry, n+1
				return err
			})
			entries, more = entries+int64(n), n == verified
			return err
		})
		if err != nil {
			return entries, faults, err
		}
	}
	type place struct {
		entry pollen.EntryID
		n     int
	}
	for last, more := (place{}), true; more; {
		err := r.read(ctx, func(tx *sqldb.Tx) error {
			n := 0
			err := tx.Each(`SELECT r.entry_id, r.n, r.salt, r.content, a.content FROM revisions r LEFT JOIN acts a ON a.id = r.act_id
				WHERE r.batch_id IS NULL AND r.content IS NOT NULL AND (r.entry_id > $1 OR r.entry_id = $1 AND r.n > $2)
				ORDER BY r.entry_id, r.n LIMIT $3`, []any{int64(last.entry), last.n, verified}, func(rows *sql.Rows) error {
				var salt, content, sealed []byte
				if err := rows.Scan(&last.entry, &last.n, &salt, &content, &sealed); err != nil {
					return err
				}
				if !bytes.Equal(journal.Seal(salt, content), sealed) {
					faults = append(faults, Fault{last.entry, last.n, "is not what the journal says was written"})
				}
				n++
				return nil
			})
			more = n == verified
			return err
		})
		if err != nil {
			return entries, faults, err
		}
	}
	return entries, faults, nil
}
