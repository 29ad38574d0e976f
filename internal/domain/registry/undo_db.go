package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Undone is what undoing a batch did.
type Undone struct {
	Batch    *Batch // the batch that undid it
	Returned int    // entries whose values returned
	Retired  int    // entries that the batch had made or brought back
	Restored int    // entries that the batch had retired
	Kept     int    // values that stayed: people changed them later, they are not for the actor, or another entry has them by now
}

// UndoReport is what undoing a batch did: the report of the batch that undid it,
// as JSON.
type UndoReport struct {
	Batch    pollen.BatchID `json:"batch"` // the one undone
	Returned int            `json:"returned"`
	Retired  int            `json:"retired"`
	Restored int            `json:"restored"`
	Kept     int            `json:"kept"`
}

// add counts what became of one more entry.
func (u *UndoReport) add(one UndoReport) {
	u.Returned += one.Returned
	u.Retired += one.Retired
	u.Restored += one.Restored
	u.Kept += one.Kept
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
// before, save those that the actor may not read or change and those that
// another entry has by now. An entry that the batch made or brought back is
// retired unless somebody improved it since: then it keeps what it is found by.
// One that the batch retired comes back, so that an undoing is undone like any
// batch. It is done in parts; to ask for it again, when it was stopped on its
// way, goes on with it. It fails with Conflict when the batch is undone, or
// being undone by somebody else.
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
	return Undone{&done, did.Returned, did.Retired, did.Restored, did.Kept}, err
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
		if err := t.entry(r, tx, by, c, p, ids[i]); err != nil {
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

// entry undoes what the batch did to one entry. A value that is refused now, as
// one that another entry has by now, stays: the batch is undone all the same.
func (t *undoing) entry(r *Registry, tx *sqldb.Tx, by pollen.Actor, c *Collection, p *part, id pollen.EntryID) error {
	refused := map[pollen.FieldID]bool{}
	for {
		var did UndoReport
		err := tx.Nested(func() (err error) {
			did, err = r.undoEntry(tx, by, t.Batch, p, id, refused)
			return err
		})
		if err == nil {
			t.add(did)
			return nil
		}
		failed, ok := errors.AsType[*pollen.Error](err)
		if !ok || failed.Kind == pollen.Internal || failed.Kind == pollen.Unavailable {
			return err
		}
		f := c.Schema.Field(failed.Field)
		if f == nil || refused[f.ID] {
			t.Kept++
			return nil
		}
		refused[f.ID] = true
	}
}

// undoEntry undoes what a batch did to one entry, save to the values that were
// refused.
func (r *Registry) undoEntry(tx *sqldb.Tx, by pollen.Actor, b pollen.BatchID, p *part, id pollen.EntryID, refused map[pollen.FieldID]bool) (did UndoReport, err error) {
	e, err := r.entry(tx, id)
	if err != nil {
		return did, err
	}
	ns, err := revisionsIn(tx, b, id)
	if err != nil {
		return did, err
	}
	first, last := ns[0], ns[len(ns)-1]
	standing, err := standingOf(tx, id, ns)
	if err != nil {
		return did, err
	}
	w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevert, batch: p}
	switch {
	case standing == standsBack && e.Live() && e.Revision == last:
		w.kind, w.to = pollen.ActRetire, first-1
		return UndoReport{Retired: 1}, w.save(e, e.Content)
	case standing == standsForth && !e.Live():
		w.kind, e.Into, did.Restored = pollen.ActRestore, 0, 1
	case !e.Live():
		return did, nil // it is out of sight already
	}
	// Who made the entry keeps it when somebody improved it since: every value
	// that still dates from the batch goes but what it is found by, and the rest
	// stays.
	before := Content{Values: e.foundBy(ns)}
	if first > 1 {
		w.to = first - 1
		if before, err = r.content(tx, e.Collection, id, first-1); err != nil {
			return did, err
		}
	}
	next, returned, kept := before.back(e, ns, func(f pollen.FieldID) bool { return refused[f] || w.allowed(e, []pollen.FieldID{f}) != nil })
	did.Returned = truth(returned)
	if did.Kept, err = r.counted(tx, e, &before, ns, kept); err != nil {
		return did, err
	}
	return did, w.save(e, next)
}

// foundBy is what of the values that an entry has from the revisions ns it is
// found by, and what none is without: its title, its key, what is required.
func (e *Entry) foundBy(ns []int) schema.Values {
	some := schema.Values{}
	s := &e.Collection.Schema
	for i := range s.Fields {
		f := &s.Fields[i]
		if v := e.Values[f.ID]; v != nil && slices.Contains(ns, e.SinceOf(f.ID)) && (f.Required || f.Name == s.Key || slices.Contains(s.Title, f.Name)) {
			some[f.ID] = v
		}
	}
	return some
}

// counted counts the values that stayed. Of what people changed later in an
// entry that the batch had not made, only that counts which the batch had
// changed, too.
func (r *Registry) counted(tx *sqldb.Tx, e *Entry, before *Content, ns []int, kept []pollen.FieldID) (n int, err error) {
	if ns[0] == 1 {
		return len(kept), nil
	}
	last := e.Content
	if n := ns[len(ns)-1]; n < e.Revision {
		if last, err = r.content(tx, e.Collection, e.ID, n); err != nil {
			return 0, err
		}
	}
	touched := changed(before, &last)
	for _, f := range kept {
		if slices.Contains(touched, f) {
			n++
		}
	}
	return n, nil
}

// revisionsIn lists which revisions of an entry a batch made, oldest first.
func revisionsIn(tx *sqldb.Tx, b pollen.BatchID, id pollen.EntryID) (ns []int, err error) {
	err = tx.Each(`SELECT n FROM revisions WHERE batch_id = $1 AND entry_id = $2 ORDER BY n`, []any{b, id}, func(rows *sql.Rows) error {
		var n int
		err := rows.Scan(&n)
		ns = append(ns, n)
		return err
	})
	return ns, err
}

// stands says how undoing some revisions moves the standing of an entry.
type stands int

const (
	standsSame  stands = iota // as it is: they did not change it, or others did later
	standsBack                // out of sight, as before them
	standsForth               // live, as before them
)

// standingOf tells how undoing the revisions ns moves the standing of an entry.
func standingOf(tx *sqldb.Tx, id pollen.EntryID, ns []int) (s stands, err error) {
	since, live := 0, false // the revision that the standing dates from, and what it was before ns
	err = tx.Each(`SELECT n, kind FROM revisions WHERE entry_id = $1 AND (n = 1 OR kind IN ($2, $3, $4)) ORDER BY n`,
		[]any{id, pollen.ActRetire, pollen.ActMerge, pollen.ActRestore}, func(rows *sql.Rows) error {
			var kind pollen.ActKind
			if err := rows.Scan(&since, &kind); err != nil {
				return err
			}
			if since < ns[0] {
				live = kind != pollen.ActRetire && kind != pollen.ActMerge
			}
			return nil
		})
	switch {
	case err != nil || !slices.Contains(ns, since):
		return standsSame, err
	case live:
		return standsForth, nil
	}
	return standsBack, nil
}
