package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// task is bulk work that the registry carries through by itself: undoing a
// batch, editing many entries, leading references to another entry, making
// anew what lists and filters go by. It is done in parts, each a transaction so
// short that nobody's edit waits for it, and each an act of one batch. The batch
// keeps what is left to do, so that whoever comes next goes on where the last
// part ended, also after a kill.
type task interface {
	// part does the next part of the batch, and reports whether it was the last.
	part(r *Registry, tx *sqldb.Tx, by pollen.Actor, b *Batch) (last bool, err error)
	// report is what became of it so far: the report of its batch, as JSON.
	report() any
}

// plan is the task of a batch as the batch keeps it: one of these.
type plan struct {
	Undo     *undoing     `json:"undo,omitempty"`
	Edit     *editing     `json:"edit,omitempty"`
	Redirect *redirecting `json:"redirect,omitempty"`
	Index    *indexing    `json:"index,omitempty"`
}

func (p *plan) task() (task, error) {
	switch {
	case p.Undo != nil:
		return p.Undo, nil
	case p.Edit != nil:
		return p.Edit, nil
	case p.Redirect != nil:
		return p.Redirect, nil
	case p.Index != nil:
		return p.Index, nil
	}
	return nil, errors.New("a batch without a task")
}

// partRows and partTime bound one part of a task.
const (
	partRows = 200
	partTime = 25 * time.Millisecond
)

// pace tells when a part is to end.
type pace struct {
	db   *sqldb.DB
	ends time.Time
	rows int
}

func newPace(db *sqldb.DB) *pace { return &pace{db, db.Now().Add(partTime), partRows} }

// more reports whether the part may do one more entry; the first it always may.
func (p *pace) more() bool {
	p.rows--
	return p.rows == partRows-1 || p.rows >= 0 && p.db.Now().Before(p.ends)
}

// start begins the batch of a task and does its first part.
func (r *Registry) start(tx *sqldb.Tx, by pollen.Actor, b *Batch, p plan) error {
	if err := begin(tx, by, b); err != nil {
		return err
	}
	return r.goOn(tx, by, b, &p)
}

// goOn does the next part of a task and keeps how far that came. The last part
// ends the batch.
func (r *Registry) goOn(tx *sqldb.Tx, by pollen.Actor, b *Batch, p *plan) error {
	t, err := p.task()
	if err != nil {
		return err
	}
	last, err := t.part(r, tx, by, b)
	if err != nil {
		return err
	}
	report, err := json.Marshal(t.report())
	if err != nil {
		return err
	}
	left, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if b.Report, b.Plan = string(report), string(left); last {
		b.State, b.Plan, b.Ended = BatchDone, "", tx.Now
	}
	_, err = tx.Exec(`UPDATE batches SET state = $2, position = $3, report = $4, plan = $5, ended_at = $6 WHERE id = $1`,
		b.ID, b.State, b.Position, b.Report, b.Plan, ended(b))
	return err
}

// ended is when a batch ended, as stored.
func ended(b *Batch) any {
	if b.State == BatchInProgress {
		return nil
	}
	return sqldb.Millis(b.Ended)
}

// complete does what is left of a task, and returns its batch as it ended. When
// ctx ends first, [Registry.Resume] goes on with it.
func (r *Registry) complete(ctx context.Context, by pollen.Actor, id pollen.BatchID) (b Batch, err error) {
	defer r.attend(id)()
	for {
		err := r.db.Write(ctx, func(tx *sqldb.Tx) error {
			if b, err = batch(tx, id); err != nil || b.State != BatchInProgress {
				return err
			}
			var p plan
			if err := json.Unmarshal([]byte(b.Plan), &p); err != nil {
				return err
			}
			return r.goOn(tx, by, &b, &p)
		})
		if err != nil || b.State != BatchInProgress {
			return b, err
		}
		if err := r.db.Yield(ctx); err != nil {
			return b, err
		}
	}
}

// attend notes that a task is being worked on here, until the function that it
// returns is called.
func (r *Registry) attend(id pollen.BatchID) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attended[id]++
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.attended[id]--; r.attended[id] == 0 {
			delete(r.attended, id)
		}
	}
}

// Resume goes on with the tasks that were stopped on their way, by a kill or by
// whoever asked for them going away. actor tells who a persona is by now. What
// its persona may not do any more, or what cannot be done, ends as it is; what
// cannot be done at the moment, as on a full disk, is left for the next time. Both
// are told.
func (r *Registry) Resume(ctx context.Context, actor func(context.Context, pollen.PersonaID) (pollen.Actor, error)) (err error) {
	defer pollen.Wrap(&err, "registry.Resume")
	var all []Batch
	if err := r.read(ctx, func(tx *sqldb.Tx) (err error) {
		all, err = batches(tx, `state = $1 AND kind <> $2 ORDER BY id`, BatchInProgress, BatchImport)
		return err
	}); err != nil {
		return err
	}
	var failed []error
	for _, b := range all {
		r.mu.RLock()
		here := r.attended[b.ID] > 0
		r.mu.RUnlock()
		if here {
			continue
		}
		by, err := actor(ctx, b.By)
		if err == nil {
			_, err = r.complete(ctx, by, b.ID)
		}
		switch pollen.KindOf(err) {
		case pollen.Unauthenticated, pollen.Forbidden, pollen.NotFound, pollen.Invalid, pollen.Conflict:
			err = errors.Join(fmt.Errorf("batch %s ends as it stands: %w", b.ID, err), r.giveUp(ctx, b.ID))
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// giveUp ends a task as it is.
func (r *Registry) giveUp(ctx context.Context, id pollen.BatchID) error {
	return r.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE batches SET state = $2, ended_at = $3, plan = '' WHERE id = $1 AND state = $4`, id, BatchDone, sqldb.Millis(tx.Now), BatchInProgress)
		return err
	})
}
