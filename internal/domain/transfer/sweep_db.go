package transfer

import (
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// How much one transaction removes: what many rows take is removed in parts, so
// that nobody's edit waits for it.
const (
	namesAtOnce  = 5000
	piecesToDrop = 32
)

// previewLasts is after how long the names that showing a file had kept are those
// of one that was killed.
const previewLasts = 24 * time.Hour

// inParts runs a statement that removes some rows until it removes none.
func inParts(ctx context.Context, db *sqldb.DB, query string, args ...any) error {
	for {
		var n int64
		err := db.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = tx.Exec(query, args...)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		if err := db.Yield(ctx); err != nil {
			return err
		}
	}
}

// forget removes the names that a run kept.
func (t *Transfer) forget(ctx context.Context, run int64) error {
	return inParts(ctx, t.db, `DELETE FROM import_targets WHERE run_id = $1 AND name IN (SELECT name FROM import_targets WHERE run_id = $1 ORDER BY name LIMIT $2)`,
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

// dropPieces removes the file of a draft.
func (k *Desk) dropPieces(ctx context.Context, id DraftID) error {
	return inParts(ctx, k.db, `DELETE FROM import_pieces WHERE draft_id = $1 AND n IN (SELECT n FROM import_pieces WHERE draft_id = $1 ORDER BY n LIMIT $2)`,
		id, piecesToDrop)
}

// remove puts a draft away: at once nobody finds it any more, then its file goes.
func (k *Desk) remove(ctx context.Context, id DraftID) error {
	err := k.db.Write(ctx, func(tx *sqldb.Tx) error { return removeDraft(tx, id) })
	if err != nil {
		return err
	}
	return k.dropPieces(ctx, id)
}

func removeDraft(tx *sqldb.Tx, id DraftID) error {
	_, err := tx.Exec(`DELETE FROM import_drafts WHERE id = $1`, id)
	return err
}

// Sweep removes files that waited too long, imports that are long over, and files
// whose removal was cut short.
func (k *Desk) Sweep(ctx context.Context) (err error) {
	defer pollen.Wrap(&err, "transfer.Sweep")
	old, err := k.old(ctx)
	for _, id := range old {
		if err == nil {
			err = k.remove(ctx, id)
		}
	}
	if err != nil {
		return err
	}
	left, err := k.left(ctx)
	for _, id := range left {
		if err == nil {
			err = k.dropPieces(ctx, id)
		}
	}
	return err
}

// old are the drafts to put away.
func (k *Desk) old(ctx context.Context) ([]DraftID, error) {
	now := k.db.Now()
	return k.drafts(ctx, `SELECT id FROM import_drafts WHERE (state IN ($1, $2, $3) AND at < $4 OR at < $5) AND beat_at < $6`,
		DraftReceiving, DraftReady, DraftLooking, sqldb.Millis(now.Add(-draftWaits)), sqldb.Millis(now.Add(-draftIsKept)), sqldb.Millis(now.Add(-beatIsStale)))
}

// left are drafts that are gone or over, and of whose files something is left.
func (k *Desk) left(ctx context.Context) ([]DraftID, error) {
	return k.drafts(ctx, `SELECT p.draft_id FROM (SELECT DISTINCT draft_id FROM import_pieces) p LEFT JOIN import_drafts d ON d.id = p.draft_id WHERE d.id IS NULL OR d.state = $1`,
		DraftEnded)
}

func (k *Desk) drafts(ctx context.Context, query string, args ...any) (out []DraftID, err error) {
	err = k.db.Read(ctx, func(tx *sqldb.Tx) error {
		out = out[:0]
		return tx.Each(query, args, func(rows *sql.Rows) error {
			var id DraftID
			err := rows.Scan(&id)
			out = append(out, id)
			return err
		})
	})
	return out, err
}
