package blob

import (
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Sweeping looks at so many contents in one snapshot, and removes so many, and so
// many bytes unless one alone is larger, in one transaction.
const (
	sweptLook  = 500
	sweptAway  = 50
	sweptBytes = 8 << 20
)

// Sweep removes contents that were given before a time and that nobody refers
// to, with the pictures made of them, and pieces of contents that never became
// whole. It returns how many contents it removed. What it finds nothing to remove
// in, it takes no turn of writing for.
func (s *Store) Sweep(ctx context.Context, before time.Time, referred func(tx *sqldb.Tx, hash string) (bool, error)) (n int, err error) {
	defer pollen.Wrap(&err, "blob.Sweep")
	w := sweeping{s, sqldb.Millis(before), referred}
	for last, more := "", true; more; {
		var left []Info
		if err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
			left, last, more, err = w.look(tx, last)
			return err
		}); err != nil {
			return n, err
		}
		removed, err := w.removeAll(ctx, left)
		if n += removed; err != nil {
			return n, err
		}
	}
	return n, w.forget(ctx)
}

// sweeping is one sweep.
type sweeping struct {
	*Store
	limit    int64
	referred func(tx *sqldb.Tx, hash string) (bool, error)
}

// look lists which of the next old contents nobody refers to.
func (w *sweeping) look(tx *sqldb.Tx, after string) (left []Info, last string, more bool, err error) {
	var old []Info
	err = tx.Each(`SELECT hash, size FROM blobs WHERE at < $1 AND hash > $2 ORDER BY hash LIMIT $3`, []any{w.limit, after, sweptLook}, func(rows *sql.Rows) error {
		var c Info
		err := rows.Scan(&c.Hash, &c.Size)
		old = append(old, c)
		return err
	})
	if err != nil || len(old) == 0 {
		return nil, after, false, err
	}
	for _, c := range old {
		kept, err := w.referred(tx, original(c.Hash))
		if err != nil {
			return nil, after, false, err
		}
		if !kept {
			left = append(left, c)
		}
	}
	return left, old[len(old)-1].Hash, len(old) == sweptLook, nil
}

// removeAll removes contents in short transactions, save those that somebody gave
// again or refers to by now.
func (w *sweeping) removeAll(ctx context.Context, left []Info) (n int, err error) {
	for len(left) > 0 {
		size, some := left[0].Size, 1
		for some < min(len(left), sweptAway) && size+left[some].Size <= sweptBytes {
			size += left[some].Size
			some++
		}
		removed := 0
		if err := w.db.Write(ctx, func(tx *sqldb.Tx) error {
			removed = 0
			for _, c := range left[:some] {
				old, err := tx.Get(`SELECT 1 FROM blobs WHERE hash = $1 AND at < $2`, []any{c.Hash, w.limit}, new(int))
				if err != nil {
					return err
				}
				kept, err := w.referred(tx, original(c.Hash))
				if err != nil {
					return err
				}
				if !old || kept {
					continue
				}
				if err := remove(tx, c.Hash); err != nil {
					return err
				}
				removed++
			}
			return nil
		}); err != nil {
			return n, err
		}
		n, left = n+removed, left[some:]
		if err := w.db.Yield(ctx); err != nil {
			return n, err
		}
	}
	return n, nil
}

// forget removes what is left of uploads: who gave what, and pieces without a
// whole. An upload under way that loses its pieces to this finds so at its end,
// and is asked to be tried again.
func (w *sweeping) forget(ctx context.Context) error {
	var pieces []string
	uploads := false
	if err := w.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		pieces = nil
		if uploads, err = tx.Get(`SELECT 1 FROM blob_uploads WHERE at < $1 LIMIT 1`, []any{w.limit}, new(int)); err != nil {
			return err
		}
		return tx.Each(`SELECT DISTINCT hash FROM blob_pieces WHERE NOT EXISTS (SELECT 1 FROM blobs b WHERE b.hash = blob_pieces.hash)`, nil, func(rows *sql.Rows) error {
			var hash string
			err := rows.Scan(&hash)
			pieces = append(pieces, hash)
			return err
		})
	}); err != nil {
		return err
	}
	if uploads {
		if err := w.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DELETE FROM blob_uploads WHERE at < $1`, w.limit)
			return err
		}); err != nil {
			return err
		}
	}
	for _, hash := range pieces {
		if err := w.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DELETE FROM blob_pieces WHERE hash = $1 AND NOT EXISTS (SELECT 1 FROM blobs b WHERE b.hash = blob_pieces.hash)`, hash)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
