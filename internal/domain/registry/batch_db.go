package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Begin opens a batch on a collection that the actor may write.
func (r *Registry) Begin(ctx context.Context, by pollen.Actor, collection string, b Batch) (_ *Batch, err error) {
	defer pollen.Wrap(&err, "registry.Begin", collection)
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if err := c.Writable(by); err != nil {
			return err
		}
		b.Collection = c.ID
		return begin(tx, by, &b)
	})
	return &b, err
}

func begin(tx *sqldb.Tx, by pollen.Actor, b *Batch) error {
	b.ID, b.State, b.By, b.At = pollen.BatchID(tx.DB.Mint.Ordered()), BatchInProgress, by.Persona, tx.Now
	_, err := tx.Exec(`
		INSERT INTO batches (id, kind, state, collection_id, persona_id, source, digest, note, plan, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		b.ID, b.Kind, b.State, b.Collection, int64(by.Persona), b.Source, b.Digest, b.Note, b.Plan, sqldb.Millis(b.At))
	return err
}

const batchColumns = `id, kind, state, collection_id, persona_id, source, digest, position, note, plan, report, at, ended_at`

func scanBatch(rows *sql.Rows) (b Batch, err error) {
	var at int64
	var ended sql.NullInt64
	err = rows.Scan(&b.ID, &b.Kind, &b.State, &b.Collection, &b.By, &b.Source, &b.Digest, &b.Position, &b.Note, &b.Plan, &b.Report, &at, &ended)
	b.At, b.Ended = sqldb.Time(at), sqldb.Time(ended.Int64)
	return b, err
}

func batch(tx *sqldb.Tx, id pollen.BatchID) (b Batch, err error) {
	found := false
	err = tx.Each(`SELECT `+batchColumns+` FROM batches WHERE id = $1`, []any{id}, func(rows *sql.Rows) error {
		found = true
		b, err = scanBatch(rows)
		return err
	})
	if err == nil && !found {
		err = absent()
	}
	return b, err
}

// Batch returns a batch of a collection that the actor may read.
func (r *Registry) Batch(ctx context.Context, by pollen.Actor, id pollen.BatchID) (b Batch, err error) {
	defer pollen.Wrap(&err, "registry.Batch", id)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		if b, err = batch(tx, id); err != nil {
			return err
		}
		_, err = r.collectionFor(tx, by, `c.id = $1`, b.Collection)
		return err
	})
	return b, err
}

// errRefused tells that a part written without savepoints has a refused row.
var errRefused = errors.New("a row is refused")

// newPart begins a part of a batch. One that is not guarded holds its new
// entries and remembers what it looked up, which a row that is undone would belie.
func newPart(tx *sqldb.Tx, id pollen.BatchID, guarded bool) *part {
	p := &part{id: id, act: pollen.ActID(tx.DB.Mint.Ordered())}
	if !guarded {
		p.fresh, p.known = newFresh(), newKnown()
	}
	return p
}

// partEnv is the surroundings of the values of a part, whose new entries can be
// referred to.
func (r *Registry) partEnv(tx *sqldb.Tx, by pollen.Actor, c *Collection, p *part) *schema.Env {
	env := r.env(tx, by)
	find := env.Resolve
	env.Resolve = func(target, text string) (pollen.EntryID, error) {
		if target == "" || target == c.Slug {
			if err := p.flush(tx); err != nil {
				return 0, err
			}
		}
		return find(target, text)
	}
	return env
}

func batchAct(k BatchKind) pollen.ActKind {
	switch k {
	case BatchImport:
		return pollen.ActImport
	case BatchRevert:
		return pollen.ActRevert
	}
	return pollen.ActRevise
}

// seal ends a part and appends its act, unless it wrote nothing.
func (r *Registry) seal(tx *sqldb.Tx, by pollen.Actor, c *Collection, p *part, kind pollen.ActKind) error {
	if err := p.flush(tx); err != nil {
		return err
	}
	if p.tree.Len() == 0 {
		return nil
	}
	p.detail.Collection, p.detail.Count = c.ID, p.tree.Len()
	return r.journal.Append(tx, &journal.Act{ID: p.act, Persona: by.Persona, Kind: kind, Object: pollen.Ref(pollen.ObjectBatch, p.id),
		Community: c.Community, Batch: p.id, Detail: p.detail, Content: p.tree.Root(), Links: p.brings})
}

// End closes a batch in progress.
func (r *Registry) End(ctx context.Context, by pollen.Actor, id pollen.BatchID, report string) (err error) {
	defer pollen.Wrap(&err, "registry.End", id)
	return r.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE batches SET state = $2, ended_at = $3, report = $4 WHERE id = $1 AND persona_id = $5 AND state = $6`,
			id, BatchDone, sqldb.Millis(tx.Now), report, int64(by.Persona), BatchInProgress)
		if err == nil && n == 0 {
			err = pollen.Errorf(pollen.Conflict, "registry.batch-ended", "This batch has ended. Start a new one.")
		}
		return err
	})
}

// Undone is what undoing a batch did.
type Undone struct {
	Batch    *Batch // the batch that undid it
	Returned int    // entries whose values returned
	Retired  int    // entries that the batch had made
	Kept     int    // values that stayed: people changed them later, or they are not for the actor
}

// undoRows bounds one transaction of undoing, so that nobody's edit waits.
const undoRows = 200

// Undo undoes a batch as one act, value by value: what people changed after
// the batch stays, the other values of the entry return to what they were
// before, save those that the actor may not read or change; an entry that the
// batch made is retired unless somebody improved it since.
func (r *Registry) Undo(ctx context.Context, by pollen.Actor, id pollen.BatchID, note string) (u Undone, err error) {
	defer pollen.Wrap(&err, "registry.Undo", id)
	b, undo, err := r.beginUndo(ctx, by, id, note)
	if err != nil {
		return u, err
	}
	u.Batch = undo
	for after := (mark{}); ; {
		var next mark
		var step Undone
		err := r.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
			step = Undone{}
			next, err = r.undoPart(tx, by, b, undo, after, &step)
			return err
		})
		if err != nil {
			return u, err
		}
		u.Returned, u.Retired, u.Kept = u.Returned+step.Returned, u.Retired+step.Retired, u.Kept+step.Kept
		if next == (mark{}) {
			break
		}
		after = next
	}
	state := BatchReverted
	if b.State == BatchInProgress {
		state = BatchAborted
	}
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`UPDATE batches SET state = $2 WHERE id = $1`, id, state); err != nil {
			return err
		}
		report, err := json.Marshal(UndoReport{Batch: id, Returned: u.Returned, Retired: u.Retired, Kept: u.Kept})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE batches SET state = $2, ended_at = $3, report = $4 WHERE id = $1`, undo.ID, BatchDone, sqldb.Millis(tx.Now), string(report))
		return err
	})
	return u, err
}

// beginUndo begins to undo a batch, and ends it first if it is in progress: what
// still works on it elsewhere can bring in no more. b is as it was found.
func (r *Registry) beginUndo(ctx context.Context, by pollen.Actor, id pollen.BatchID, note string) (b, undo *Batch, err error) {
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		found, err := batch(tx, id)
		if err != nil {
			return err
		}
		c, err := r.collectionBy(tx, `c.id = $1`, found.Collection)
		if err != nil {
			return err
		}
		if err := c.Writable(by); err != nil {
			return err
		}
		if found.State == BatchReverted || found.State == BatchAborted {
			return pollen.Errorf(pollen.Conflict, "registry.undone", "This batch is undone already.")
		}
		if _, err := tx.Exec(`UPDATE batches SET state = $2, ended_at = $3 WHERE id = $1 AND state = $4`,
			id, BatchDone, sqldb.Millis(tx.Now), BatchInProgress); err != nil {
			return err
		}
		b, undo = &found, &Batch{Kind: BatchRevert, Collection: found.Collection, Note: note}
		return begin(tx, by, undo)
	})
	return b, undo, err
}

// mark is how far through a batch one has come: an entry of one of its parts.
type mark struct {
	act   pollen.ActID
	entry pollen.EntryID
}

// undoPart undoes the next entries of a batch, and tells how far it came; the
// zero mark says that none are left.
func (r *Registry) undoPart(tx *sqldb.Tx, by pollen.Actor, b, undo *Batch, after mark, u *Undone) (last mark, err error) {
	c, err := r.collectionBy(tx, `c.id = $1`, b.Collection)
	if err != nil {
		return last, err
	}
	ids, act, err := nextOf(tx, b.ID, after, undoRows)
	if err != nil || len(ids) == 0 {
		return last, err
	}
	p := &part{id: undo.ID, act: pollen.ActID(tx.DB.Mint.Ordered())}
	for _, id := range ids {
		if err := r.undoEntry(tx, by, b.ID, p, id, u); err != nil {
			return last, err
		}
	}
	p.detail.Of = b.ID
	return mark{act, ids[len(ids)-1]}, r.seal(tx, by, c, p, pollen.ActRevert)
}

// nextOf lists the next entries of one part of a batch.
func nextOf(tx *sqldb.Tx, b pollen.BatchID, after mark, limit int) (ids []pollen.EntryID, act pollen.ActID, err error) {
	for act = after.act; len(ids) == 0; after.entry = 0 {
		if act != 0 {
			if ids, err = entriesOf(tx, act, after.entry, limit); err != nil || len(ids) > 0 {
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
	err = tx.Each(`SELECT entry_id FROM revisions WHERE act_id = $1 AND entry_id > $2 AND batch_id IS NOT NULL ORDER BY entry_id LIMIT $3`,
		[]any{act, int64(after), limit}, func(rows *sql.Rows) error {
			var id pollen.EntryID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return slices.Compact(ids), err
}

// undoEntry undoes what a batch did to one entry.
func (r *Registry) undoEntry(tx *sqldb.Tx, by pollen.Actor, b pollen.BatchID, p *part, id pollen.EntryID, u *Undone) error {
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
