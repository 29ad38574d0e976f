package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Undone is what undoing a batch did.
type Undone struct {
	Batch    *Batch // the batch that undid it
	Returned int    // entries whose values returned
	Retired  int    // entries that the batch had made
	Kept     int    // values that stayed: people changed them later, or they are not for the actor
}

// UndoReport is what undoing a batch did: the report of the batch that undid it,
// as JSON.
type UndoReport struct {
	Batch    pollen.BatchID `json:"batch"` // the one undone
	Returned int            `json:"returned"`
	Retired  int            `json:"retired"`
	Kept     int            `json:"kept"`
}

// undoing is the task of undoing a batch.
type undoing struct {
	UndoReport
	After mark `json:"after"`
}

// mark is how far through a batch one has come: an entry of one of its parts.
type mark struct {
	Act   pollen.ActID   `json:"a"`
	Entry pollen.EntryID `json:"i"`
}

// Undo undoes a batch as one act, value by value: what people changed after
// the batch stays, the other values of the entry return to what they were
// before, save those that the actor may not read or change; an entry that the
// batch made is retired unless somebody improved it since. It is done in parts;
// to ask for it again, when it was stopped on its way, goes on with it. It fails
// with Conflict when the batch is undone, or being undone by somebody else.
func (r *Registry) Undo(ctx context.Context, by pollen.Actor, id pollen.BatchID, note string) (u Undone, err error) {
	defer pollen.Wrap(&err, "registry.Undo", id)
	var undo *Batch
	if err := r.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		undo, err = r.beginUndo(tx, by, id, note)
		return err
	}); err != nil {
		return u, err
	}
	done, err := r.complete(ctx, by, undo.ID)
	if err != nil {
		return u, err
	}
	var did UndoReport
	err = json.Unmarshal([]byte(done.Report), &did)
	return Undone{&done, did.Returned, did.Retired, did.Kept}, err
}

// beginUndo begins to undo a batch, or finds the undoing that was begun. A batch
// in progress is ended first: what still works on it elsewhere can bring in no
// more.
func (r *Registry) beginUndo(tx *sqldb.Tx, by pollen.Actor, id pollen.BatchID, note string) (*Batch, error) {
	b, err := batch(tx, id)
	if err != nil {
		return nil, err
	}
	c, err := r.collectionBy(tx, `c.id = $1`, b.Collection)
	if err != nil {
		return nil, err
	}
	if err := c.Writable(by); err != nil {
		return nil, err
	}
	begun, err := batches(tx, `collection_id = $1 AND kind = $2 AND digest = $3 AND state = $4`, b.Collection, BatchRevert, id.String(), BatchInProgress)
	switch {
	case err != nil:
		return nil, err
	case len(begun) > 0 && begun[0].By == by.Persona:
		return &begun[0], nil
	case len(begun) > 0:
		return nil, pollen.Errorf(pollen.Conflict, "registry.batch-moved", "Somebody else goes on with this batch at this moment. Let them finish.")
	case b.State == BatchReverted || b.State == BatchAborted:
		return nil, pollen.Errorf(pollen.Conflict, "registry.undone", "This batch is undone already.")
	case b.Kind == BatchSchema:
		return nil, pollen.Errorf(pollen.Conflict, "registry.schema-stays", "A change of the schema is not undone as a batch. Amend the collection once more.")
	}
	if _, err := tx.Exec(`UPDATE batches SET state = $2, ended_at = $3 WHERE id = $1 AND state = $4`,
		id, BatchAborted, sqldb.Millis(tx.Now), BatchInProgress); err != nil {
		return nil, err
	}
	undo := &Batch{Kind: BatchRevert, Collection: b.Collection, Note: note, Digest: id.String()}
	return undo, r.start(tx, by, undo, plan{Undo: &undoing{UndoReport: UndoReport{Batch: id}}})
}

func (t *undoing) report() any { return &t.UndoReport }

func (t *undoing) part(r *Registry, tx *sqldb.Tx, by pollen.Actor, undo *Batch) (last bool, err error) {
	c, err := r.collectionBy(tx, `c.id = $1`, undo.Collection)
	if err != nil {
		return false, err
	}
	if err := c.Writable(by); err != nil {
		return false, err
	}
	ids, act, err := nextOf(tx, t.Batch, t.After, partRows)
	if err != nil {
		return false, err
	}
	if len(ids) == 0 {
		_, err := tx.Exec(`UPDATE batches SET state = $2 WHERE id = $1 AND state = $3`, t.Batch, BatchReverted, BatchDone)
		return true, err
	}
	p := &part{id: undo.ID, act: pollen.ActID(tx.DB.Mint.Ordered())}
	for i, pace := 0, newPace(tx.DB); i < len(ids) && pace.more(); i++ {
		if err := r.undoEntry(tx, by, t.Batch, p, ids[i], &t.UndoReport); err != nil {
			return false, err
		}
		t.After = mark{act, ids[i]}
		undo.Position++
	}
	p.detail.Of = t.Batch
	return false, r.seal(tx, by, c, p, pollen.ActRevert)
}

// nextOf lists the next entries of one part of a batch.
func nextOf(tx *sqldb.Tx, b pollen.BatchID, after mark, limit int) (ids []pollen.EntryID, act pollen.ActID, err error) {
	for act = after.Act; len(ids) == 0; after.Entry = 0 {
		if act != 0 {
			if ids, err = entriesOf(tx, act, after.Entry, limit); err != nil || len(ids) > 0 {
				return ids, act, err
			}
		}
		found, err := tx.Get(`SELECT id FROM acts WHERE batch_id = $1 AND id > $2 ORDER BY id LIMIT 1`, []any{b, int64(act)}, &act)
		if err != nil || !found {
			return nil, 0, err
		}
	}
	return ids, act, nil
}

// entriesOf lists the entries that one part of a batch wrote, by identifier.
func entriesOf(tx *sqldb.Tx, act pollen.ActID, after pollen.EntryID, limit int) (ids []pollen.EntryID, err error) {
	err = tx.Each(`SELECT DISTINCT entry_id FROM revisions WHERE act_id = $1 AND entry_id > $2 AND batch_id IS NOT NULL ORDER BY entry_id LIMIT $3`,
		[]any{act, int64(after), limit}, func(rows *sql.Rows) error {
			var id pollen.EntryID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// undoEntry undoes what a batch did to one entry.
func (r *Registry) undoEntry(tx *sqldb.Tx, by pollen.Actor, b pollen.BatchID, p *part, id pollen.EntryID, u *UndoReport) error {
	e, err := r.entry(tx, id)
	if err != nil {
		return err
	}
	var ns []int
	err = tx.Each(`SELECT n FROM revisions WHERE batch_id = $1 AND entry_id = $2 ORDER BY n`, []any{b, id}, func(rows *sql.Rows) error {
		var n int
		err := rows.Scan(&n)
		ns = append(ns, n)
		return err
	})
	if err != nil {
		return err
	}
	if !e.Live() {
		return nil // it is out of sight already
	}
	w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevert, batch: p, note: ""}
	// Who made the entry keeps it when somebody improved it since: every value
	// that still dates from the batch goes, and the rest stays.
	before := Content{}
	if first := ns[0]; first > 1 {
		w.to = first - 1
		if before, err = r.content(tx, e.Collection, id, first-1); err != nil {
			return err
		}
	} else if e.Revision == ns[len(ns)-1] {
		w.kind = pollen.ActRetire
		u.Retired++
		return w.save(e, e.Content)
	}
	// Of what people changed later in an entry that the batch had not made, only
	// that counts as kept which the batch had changed, too.
	last := e.Content
	if n := ns[len(ns)-1]; n < e.Revision {
		if last, err = r.content(tx, e.Collection, id, n); err != nil {
			return err
		}
	}
	touched := changed(&before, &last)
	next, returned, kept := before.back(e, ns, func(f pollen.FieldID) bool { return w.allowed(e, []pollen.FieldID{f}) != nil })
	for _, f := range kept {
		if ns[0] == 1 || slices.Contains(touched, f) {
			u.Kept++
		}
	}
	if returned {
		u.Returned++
	}
	return w.save(e, next)
}
