package desk

import (
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// piecesAway is how many pieces one transaction removes: a large file goes in
// parts, so that nobody's edit waits for it.
const piecesAway = 32

// dropPieces removes the file of a draft.
func (k *Desk) dropPieces(ctx context.Context, id DraftID) error {
	return k.db.InParts(ctx, `DELETE FROM import_pieces WHERE draft_id = $1 AND n IN (SELECT n FROM import_pieces WHERE draft_id = $1 ORDER BY n LIMIT $2)`,
		id, piecesAway)
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
	defer pollen.Wrap(&err, "desk.Sweep")
	now := k.db.Now()
	old, err := k.old(ctx, now)
	for _, id := range old {
		if err == nil {
			err = k.removeOld(ctx, id, now)
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

// isOld is the condition of the drafts to put away, of the arguments of before.
const isOld = `(state IN ($1, $2, $3) AND at < $4 OR at < $5) AND beat_at < $6`

func before(now time.Time) []any {
	return []any{DraftReceiving, DraftReady, DraftLooking, sqldb.Millis(now.Add(-draftWaits)), sqldb.Millis(now.Add(-draftIsKept)), sqldb.Millis(now.Add(-beatIsStale))}
}

// old are the drafts to put away.
func (k *Desk) old(ctx context.Context, now time.Time) ([]DraftID, error) {
	return k.drafts(ctx, `SELECT id FROM import_drafts WHERE `+isOld, before(now)...)
}

// removeOld puts an old draft away, unless somebody took it up since it was found.
func (k *Desk) removeOld(ctx context.Context, id DraftID, now time.Time) error {
	var n int64
	err := k.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		n, err = tx.Exec(`DELETE FROM import_drafts WHERE `+isOld+` AND id = $7`, append(before(now), id)...)
		return err
	})
	if err != nil || n == 0 {
		return err
	}
	return k.dropPieces(ctx, id)
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
