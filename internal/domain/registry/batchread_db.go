package registry

import (
	"context"
	"database/sql"
	"math"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Batches lists the batches of a collection that the actor may read, newest
// first.
func (r *Registry) Batches(ctx context.Context, by pollen.Actor, collection string, limit int, cursor string) (p pollen.Page[Batch], err error) {
	defer pollen.Wrap(&err, "registry.Batches", collection)
	before := int64(math.MaxInt64)
	if err := pollen.ReadCursor(cursor, &before); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		p.Items, err = batches(tx, `collection_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, c.ID, before, limit+1)
		return err
	})
	if len(p.Items) > limit {
		p.Items = p.Items[:limit]
		p.Next = pollen.Cursor(int64(p.Items[limit-1].ID))
	}
	return p, err
}

// BatchEntry is what a batch did to one entry.
type BatchEntry struct {
	Entry    *Entry // as it is now, without the values that the actor may not read
	Revision Revision
	Diff     []FieldDiff // from the revision before; of a new entry, all it held
}

// BatchEntries lists the revisions of a batch in a collection that the actor may
// read, with what each changed in the fields that they may read.
func (r *Registry) BatchEntries(ctx context.Context, by pollen.Actor, id pollen.BatchID, limit int, cursor string) (p pollen.Page[BatchEntry], err error) {
	defer pollen.Wrap(&err, "registry.BatchEntries", id)
	var after mark
	if err := pollen.ReadCursor(cursor, &after); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		b, err := batch(tx, id)
		if err != nil {
			return err
		}
		if _, err := r.collectionFor(tx, by, `c.id = $1`, b.Collection); err != nil {
			return err
		}
		for len(p.Items) <= limit {
			ids, act, err := nextOf(tx, id, after, limit+1-len(p.Items))
			if err != nil {
				return err
			}
			if len(ids) == 0 {
				return nil
			}
			for _, entry := range ids {
				one, err := r.batchEntry(tx, by, id, entry, act)
				if err != nil {
					return err
				}
				if len(p.Items) == limit {
					p.Next = pollen.Cursor(after)
					return nil
				}
				p.Items = append(p.Items, one)
				after = mark{act, entry}
			}
		}
		return nil
	})
	return p, err
}

// batchEntry reads what one part of a batch did to one entry.
func (r *Registry) batchEntry(tx *sqldb.Tx, by pollen.Actor, id pollen.BatchID, entry pollen.EntryID, act pollen.ActID) (one BatchEntry, err error) {
	e, err := r.entry(tx, entry)
	if err != nil {
		return one, err
	}
	err = tx.Each(`
		SELECT `+revisionColumns+` FROM revisions
		WHERE entry_id = $1 AND act_id = $2 ORDER BY n LIMIT 1`, []any{entry, act}, func(rows *sql.Rows) error {
		one.Revision, err = scanRevision(rows)
		return err
	})
	if err != nil {
		return one, err
	}
	one.Entry = e.visible(by)
	var old, next Content
	if one.Revision.N > 1 {
		old, err = r.content(tx, e.Collection, entry, one.Revision.N-1)
	}
	if err == nil {
		next, err = r.content(tx, e.Collection, entry, one.Revision.N)
	}
	if pollen.Is(err, pollen.NotFound) {
		return one, nil // erased
	}
	if err != nil {
		return one, err
	}
	for _, d := range Compare(&e.Collection.Schema, &old, &next) {
		if d.Field == nil || e.Collection.FieldReadable(by, d.Field, entry) {
			one.Diff = append(one.Diff, d)
		}
	}
	return one, nil
}
