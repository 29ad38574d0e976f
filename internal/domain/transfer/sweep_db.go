package transfer

import (
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// namesAtOnce is how many names one transaction removes: what many rows take is
// removed in parts, so that nobody's edit waits for it.
const namesAtOnce = 5000

// previewLasts is after how long the names that showing a file had kept are those
// of one that was killed.
const previewLasts = 24 * time.Hour

// forget removes the names that a run kept.
func (t *Transfer) forget(ctx context.Context, run int64) error {
	return t.db.InParts(ctx, `DELETE FROM import_targets WHERE run_id = $1 AND name IN (SELECT name FROM import_targets WHERE run_id = $1 ORDER BY name LIMIT $2)`,
		run, namesAtOnce)
}

// Sweep forgets the names that runs kept which nobody goes on with: those that
// were killed while they only showed a file, and batches that are undone.
// References that wait for entries stay.
func (t *Transfer) Sweep(ctx context.Context) (err error) {
	defer pollen.Wrap(&err, "transfer.Sweep")
	runs, err := t.runs(ctx)
	for _, run := range runs {
		if err == nil {
			err = t.forget(ctx, run)
		}
	}
	return err
}

// runs are those that keep names in vain.
func (t *Transfer) runs(ctx context.Context) (out []int64, err error) {
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		out = out[:0]
		// Each step leads to the next run: there are few, of millions of names.
		return tx.Each(`
			WITH RECURSIVE runs (id) AS (
			  SELECT MIN(run_id) FROM import_targets
			  UNION ALL
			  SELECT (SELECT MIN(t.run_id) FROM import_targets t WHERE t.run_id > runs.id) FROM runs WHERE runs.id IS NOT NULL)
			SELECT r.id, COALESCE(b.state, '') FROM runs r LEFT JOIN batches b ON b.id = r.id WHERE r.id IS NOT NULL`,
			nil, func(rows *sql.Rows) error {
				var run int64
				var state registry.BatchState
				if err := rows.Scan(&run, &state); err != nil {
					return err
				}
				if state != registry.BatchInProgress && (state != "" || tx.Now.Sub(pollen.MadeAt(run)) > previewLasts) {
					out = append(out, run)
				}
				return nil
			})
	})
	return out, err
}
