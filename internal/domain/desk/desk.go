package desk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/transfer"
)

// Desk is where people prepare imports step by step, and where they are carried
// out while nobody waits: looking at a file and importing it go on when the one
// who asked has gone, and end with the process, to be gone on with by hand. Its
// methods are safe for concurrent use; a draft is open to its persona alone.
type Desk struct {
	*transfer.Transfer
	db    *sqldb.DB
	log   *slog.Logger
	actor func(context.Context, pollen.PersonaID) (pollen.Actor, error)

	mu   sync.Mutex
	at   map[DraftID]*task
	over bool
	wg   sync.WaitGroup
}

// task is something under way on this node.
type task struct {
	stop  context.CancelFunc
	ended chan struct{}

	mu       sync.Mutex
	progress transfer.Progress
}

func (k *task) tell(p transfer.Progress) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.progress = p
}

func (k *task) told() transfer.Progress {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.progress
}

// New returns the desk of a transfer. What fails in the background, and is
// nobody's fault outside, goes to log. An import goes on when its persona has
// signed out, as long as actor says that it may.
func New(db *sqldb.DB, t *transfer.Transfer, log *slog.Logger, actor func(context.Context, pollen.PersonaID) (pollen.Actor, error)) *Desk {
	return &Desk{Transfer: t, db: db, log: log, actor: actor, at: map[DraftID]*task{}}
}

// Close stops what is under way, and waits for it. What was being imported stays
// in progress.
func (k *Desk) Close() {
	k.mu.Lock()
	k.over = true
	for _, t := range k.at {
		t.stop()
	}
	k.mu.Unlock()
	k.wg.Wait()
}

// Wait waits until what is under way with a draft on this node has ended, at most
// for a while.
func (k *Desk) Wait(ctx context.Context, id DraftID, most time.Duration) {
	k.mu.Lock()
	t := k.at[id]
	k.mu.Unlock()
	if t == nil {
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-t.ended:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Look finds out what importing a draft as the settings say would do. What it
// finds is kept with the draft. It fails with Conflict when the draft is not
// ready for it.
func (k *Desk) Look(ctx context.Context, by pollen.Actor, id DraftID, s Settings) (err error) {
	defer pollen.Wrap(&err, "desk.Look", id)
	d, err := k.looked(ctx, by, id)
	if err != nil {
		return err
	}
	from := d.State
	if from != DraftReady && from != DraftLooking {
		return underWay()
	}
	s.Options.Read = s.Read
	d.Settings, d.State, d.Progress = s, DraftLooking, transfer.Progress{}
	return k.start(ctx, d, from, func(ctx context.Context, d *Draft) {
		d.State = DraftReady
		if ctx.Err() == nil {
			k.look(ctx, by, d)
		}
	})
}

// Carry imports a draft that was looked at, or goes on with one that was stopped.
// It fails with Conflict when another is under way, or it cannot be imported.
func (k *Desk) Carry(ctx context.Context, by pollen.Actor, id DraftID) (err error) {
	defer pollen.Wrap(&err, "desk.Carry", id)
	all, err := k.Drafts(ctx, by)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.ID != id && x.State == DraftRunning && x.Alive {
			return pollen.Errorf(pollen.Conflict, "desk.one-at-a-time", "Another import of yours is under way. This one can begin when it has ended.")
		}
	}
	d, err := k.Draft(ctx, by, id)
	if err != nil {
		return err
	}
	looked := d.State == DraftReady && d.Look != nil && d.Look.Report != nil && d.Look.Problem == nil
	if !looked && !d.Stopped() {
		return underWay()
	}
	from := d.State
	d.State, d.Progress = DraftRunning, transfer.Progress{}
	return k.start(ctx, d, from, func(ctx context.Context, d *Draft) { k.carry(ctx, by, d, from == DraftRunning) })
}

// Stop stops what is under way with a draft: here at once, on another node soon.
// Once it has stopped it can go on, or be undone.
func (k *Desk) Stop(ctx context.Context, by pollen.Actor, id DraftID) (err error) {
	defer pollen.Wrap(&err, "desk.Stop", id)
	if _, err := k.Draft(ctx, by, id); err != nil {
		return err
	}
	if k.halt(id) {
		return nil
	}
	return k.db.Write(ctx, func(tx *sqldb.Tx) error { // the node that is at it sees this
		_, err := tx.Exec(`UPDATE import_drafts SET stopping = 1 WHERE id = $1`, id)
		return err
	})
}

// Discard puts a draft away: its file is removed, and what an import that was
// stopped had brought is undone. It fails with Conflict while it is imported.
func (k *Desk) Discard(ctx context.Context, by pollen.Actor, id DraftID) (err error) {
	defer pollen.Wrap(&err, "desk.Discard", id)
	d, err := k.looked(ctx, by, id)
	if err != nil {
		return err
	}
	if err := k.claim(ctx, d, d.State); err != nil {
		return err
	}
	if d.State != DraftRunning {
		return k.remove(ctx, id)
	}
	return k.undo(ctx, by, d)
}

// undo takes back what an import that was stopped had brought, and lets go of it.
func (k *Desk) undo(ctx context.Context, by pollen.Actor, d *Draft) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	go k.beats(running, d.ID, d.owner, &task{stop: stop})
	u, err := k.Abort(running, by, d.Collection, k.file(running, d), d.Settings.Options)
	stop()
	if pollen.Is(err, pollen.NotFound) || err == nil && u.Batch == nil { // nothing was in
		return k.remove(ctx, d.ID)
	}
	if d.Alive = false; err == nil {
		d.State, d.Look.Undone = DraftEnded, true
	}
	return errors.Join(err, k.keep(context.WithoutCancel(ctx), d))
}

// looked is a draft that nobody on this node looks at any more.
func (k *Desk) looked(ctx context.Context, by pollen.Actor, id DraftID) (*Draft, error) {
	d, err := k.Draft(ctx, by, id)
	if err == nil && d.State == DraftLooking && k.halt(id) {
		return k.Draft(ctx, by, id)
	}
	return d, err
}

func underWay() error {
	return pollen.Errorf(pollen.Conflict, "desk.under-way", "This import is under way or over. See how it stands.")
}

// halt stops a task of this node and waits for its end.
func (k *Desk) halt(id DraftID) bool {
	k.mu.Lock()
	t := k.at[id]
	k.mu.Unlock()
	if t == nil {
		return false
	}
	t.stop()
	<-t.ended
	return true
}

// start does something with a draft in the background, and keeps the draft
// before and after. from is the state it must be in, and nobody at it.
func (k *Desk) start(ctx context.Context, d *Draft, from DraftState, do func(context.Context, *Draft)) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	t := &task{stop: stop, ended: make(chan struct{})}
	k.mu.Lock()
	if k.at[d.ID] != nil || k.over {
		k.mu.Unlock()
		stop()
		return underWay()
	}
	k.at[d.ID] = t
	k.wg.Add(1)
	k.mu.Unlock()
	err := k.claim(ctx, d, from)
	if err == nil {
		err = k.keep(ctx, d)
	}
	if err != nil {
		k.end(d.ID, t)
		return err
	}
	d.Settings.Options.Gentle, d.Settings.Options.Tell = true, t.tell
	go func() {
		defer k.end(d.ID, t)
		go k.beats(running, d.ID, d.owner, t)
		do(running, d)
		d.Alive, d.Progress = false, t.told()
		if err := k.keep(context.WithoutCancel(running), d); err != nil && !pollen.Is(err, pollen.Conflict) { // else another took it over
			k.log.Error("keeping an import", "draft", d.ID, "error", err)
		}
	}()
	return nil
}

func (k *Desk) end(id DraftID, t *task) {
	t.stop()
	k.mu.Lock()
	delete(k.at, id)
	k.mu.Unlock()
	close(t.ended)
	k.wg.Done()
}

// beats tells at intervals that a task is alive, until it has ended or another
// node asked it to stop, or took its draft over.
func (k *Desk) beats(ctx context.Context, id DraftID, owner int64, t *task) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		on, err := k.beat(ctx, id, owner, t.told())
		if err != nil && ctx.Err() == nil {
			k.log.Error("telling how far an import is", "draft", id, "error", err)
		}
		if err == nil && !on {
			t.stop()
			return
		}
	}
}

// file is the file of a draft.
func (k *Desk) file(ctx context.Context, d *Draft) transfer.File {
	return transfer.File{Name: d.File, Content: &stored{ctx: ctx, db: k.db, id: d.ID, size: d.Size}, Size: d.Size}
}

// look proposes what nobody has said yet, and finds out what importing would do.
func (k *Desk) look(ctx context.Context, by pollen.Actor, d *Draft) {
	l := &Look{}
	if d.Look != nil && d.Settings.Options.Targets != nil {
		*l = *d.Look
		l.Report, l.Reasons, l.Problem = nil, nil, nil
	}
	d.Look = l
	err := k.propose(ctx, by, d)
	if err == nil {
		var r *transfer.Report
		o := d.Settings.Options
		o.Gentle = false // nothing is written, so nobody waits for it
		if n := d.Settings.Create; n != nil {
			r, err = k.PreviewNew(ctx, by, *n, k.file(ctx, d), o)
		} else {
			r, err = k.Preview(ctx, by, d.Collection, k.file(ctx, d), o)
		}
		l.keep(r)
	}
	if err != nil {
		k.fault(ctx, d, err)
	}
}

// propose finds out the columns of a draft.
func (k *Desk) propose(ctx context.Context, by pollen.Actor, d *Draft) error {
	s, l := &d.Settings, d.Look
	if s.Options.Targets != nil {
		return nil
	}
	if s.Create != nil {
		p, err := k.Fit(ctx, k.file(ctx, d), &s.Options, s.Create, s.Lang)
		if err != nil {
			return err
		}
		l.Examples, l.Detected, l.Schema, l.Guesses = p.Examples, p.Detected, p.Schema, p.Guesses
	} else {
		targets, examples, detected, err := k.Transfer.Columns(ctx, by, d.Collection, k.file(ctx, d), s.Options)
		if err != nil {
			return err
		}
		s.Options.Targets, l.Examples, l.Detected = targets, examples, detected
	}
	l.Columns, l.Targets = nil, s.Options.Targets
	for _, t := range s.Options.Targets {
		l.Columns = append(l.Columns, t.Column)
	}
	return nil
}

// carry imports a draft, again where it was stopped before.
func (k *Desk) carry(ctx context.Context, by pollen.Actor, d *Draft, again bool) {
	f := k.file(ctx, d)
	if n := d.Settings.Create; n != nil {
		if err := k.FoundFor(ctx, by, *n, f, d.Settings.Options); err != nil {
			d.State = DraftReady
			k.fault(ctx, d, err)
			return
		}
		d.Collection, d.Settings.Create = n.Slug, nil
		if err := k.keep(ctx, d); err != nil {
			k.fault(ctx, d, err)
			return
		}
	}
	d.Look.Problem = nil
	o := d.Settings.Options
	o.Renew = func(ctx context.Context) (pollen.Actor, error) { return k.actor(ctx, by.Persona) }
	r, err := k.Run(ctx, by, d.Collection, f, o)
	switch {
	case err == nil:
		d.State = DraftEnded
	case !again && (r == nil || r.Batch == 0):
		d.State = DraftReady // nothing is in
	}
	if r != nil && r.Batch != 0 {
		d.Look.keep(r)
	}
	if err != nil {
		k.fault(ctx, d, err)
	}
}

// fault keeps why something did not work, unless it was told to stop.
func (k *Desk) fault(ctx context.Context, d *Draft, err error) {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return
	}
	if pollen.Is(err, pollen.Internal) {
		k.log.Error("an import failed", "draft", d.ID, "error", err)
	}
	d.Look.fault(err)
}
