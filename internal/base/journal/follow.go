package journal

import (
	"context"
	"fmt"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Follower reacts to the journal at its own pace, by Follow or by Ahead.
type Follower struct {
	// Name is that of its cursor.
	Name string
	// Follow reacts to acts, in order, in the transaction that moves the
	// cursor past them. It may return fewer acts done than it was given, to
	// keep transactions short: the rest is handed to it again.
	Follow func(tx *sqldb.Tx, acts []Act) (done int, err error)
	// Ahead takes the place of Follow where most of the work is not in writing: it
	// works out, on a snapshot, what is to be written for the next acts, and how
	// many of them that is for. While it is written, in the transaction that moves
	// the cursor, Ahead is asked for the acts after. What it read may then be old:
	// the acts that made it so come later. write may run again.
	Ahead func(tx *sqldb.Tx, acts []Act) (done int, write func(*sqldb.Tx) error, err error)
	// Reset empties what the follower keeps, before it is rebuilt. Nil says
	// that it cannot be rebuilt, since what it did once must not be done again
	// (sending a notice).
	Reset func(tx *sqldb.Tx) error
	// Batch bounds how many acts are handed over at once; 0 means 200.
	Batch int
}

// stepStages bounds how many transactions one step writes when it looks ahead.
const stepStages = 8

// Step lets a follower react to the next acts, and reports how many it did; 0
// says that it has caught up.
func (j *Journal) Step(ctx context.Context, f *Follower) (done int, err error) {
	defer pollen.Wrap(&err, "journal.Step", f.Name)
	next, err := j.stage(ctx, f, atCursor)
	for n := 0; err == nil && next != nil && n < stepStages; n++ {
		this := next
		ahead := j.lookAhead(ctx, f, this)
		moved, failed := j.take(ctx, f, this)
		next, err = ahead()
		switch {
		case failed != nil:
			return done, failed
		case moved: // another node did these
			next, err = j.stage(ctx, f, atCursor)
		default:
			done += this.done
		}
	}
	return done, err
}

// stage is what a follower is to do in one transaction.
type stage struct {
	after, to int64 // the numbers that the cursor moves between
	done      int
	write     func(*sqldb.Tx) error
}

// atCursor asks for the acts after the cursor of the follower.
const atCursor = -1

// stage looks at the acts after a number; nil says that there are none. Most
// looks find nothing, and take no writing connection.
func (j *Journal) stage(ctx context.Context, f *Follower, after int64) (s *stage, err error) {
	err = j.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		s = nil
		if after == atCursor {
			if after, err = Position(tx, f.Name); err != nil {
				return err
			}
		}
		head, err := Head(tx)
		if err != nil || head <= after {
			return err
		}
		s = &stage{after: after}
		if f.Ahead == nil {
			s.write = func(tx *sqldb.Tx) error {
				return s.react(tx, f, func(acts []Act) (int, error) { return f.Follow(tx, acts) })
			}
			return nil
		}
		return s.react(tx, f, func(acts []Act) (done int, err error) {
			done, s.write, err = f.Ahead(tx, acts)
			return done, err
		})
	})
	return s, err
}

// react hands the acts of a stage over, and notes how far that came.
func (s *stage) react(tx *sqldb.Tx, f *Follower, to func([]Act) (int, error)) (err error) {
	limit := f.Batch
	if limit == 0 {
		limit = 200
	}
	acts, err := List(tx, Query{After: s.after, Limit: limit})
	if err != nil {
		return err
	}
	if s.done, err = to(acts); err != nil {
		return err
	}
	if s.done <= 0 || s.done > len(acts) {
		return fmt.Errorf("follower %s did %d of %d acts", f.Name, s.done, len(acts))
	}
	s.to = acts[s.done-1].Number
	return nil
}

// lookAhead begins to look at what follows a stage, and returns what gives the
// outcome: nothing for a follower that reacts in its turn.
func (j *Journal) lookAhead(ctx context.Context, f *Follower, s *stage) func() (*stage, error) {
	if f.Ahead == nil {
		return func() (*stage, error) { return nil, nil }
	}
	var next *stage
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		next, err = j.stage(ctx, f, s.to)
	}()
	return func() (*stage, error) {
		<-done
		return next, err
	}
}

// take writes a stage and moves the cursor, unless it is elsewhere by now.
func (j *Journal) take(ctx context.Context, f *Follower, s *stage) (moved bool, err error) {
	err = j.db.Write(ctx, func(tx *sqldb.Tx) error {
		at, err := Position(tx, f.Name)
		if moved = at != s.after; err != nil || moved {
			return err
		}
		if err := s.write(tx); err != nil {
			return err
		}
		return move(tx, f.Name, s.to)
	})
	return moved, err
}

// CatchUp lets followers react until each has reached the head.
func (j *Journal) CatchUp(ctx context.Context, followers ...*Follower) error {
	for {
		if _, err := j.Sequence(ctx); err != nil {
			return err
		}
		busy := false
		for _, f := range followers {
			n, err := j.Step(ctx, f)
			if err != nil {
				return err
			}
			busy = busy || n > 0
		}
		if !busy {
			return nil
		}
	}
}

// Rebuild empties what a follower keeps and lets it read the journal again
// from the start. It fails with Invalid when the follower cannot be rebuilt.
func (j *Journal) Rebuild(ctx context.Context, f *Follower) (err error) {
	defer pollen.Wrap(&err, "journal.Rebuild", f.Name)
	if f.Reset == nil {
		return pollen.Errorf(pollen.Invalid, "journal.rebuild", "“{name}” cannot be rebuilt: it would do again what is done once.", "name", f.Name)
	}
	err = j.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := f.Reset(tx); err != nil {
			return err
		}
		return move(tx, f.Name, 0)
	})
	if err != nil {
		return err
	}
	return j.CatchUp(ctx, f)
}

// crowd is how many acts one step does when many write at the same time, and
// gather how long a follower then lets the next ones gather: each of its own
// transactions takes the turn of a writer, whether it does one act or a hundred.
const (
	crowd  = 16
	gather = 20 * time.Millisecond
)

// Run follows the journal until ctx is done: at once after acts of this
// process, unless very many are written, within a quarter of a second after
// those of others. Errors go to report, and the follower tries again a moment
// later.
func (j *Journal) Run(ctx context.Context, f *Follower, report func(error)) {
	for ctx.Err() == nil {
		changed := j.Changed()
		n, err := j.Step(ctx, f)
		wait := poll
		switch {
		case err != nil && ctx.Err() == nil:
			report(err)
			wait = 5 * time.Second
		case n >= crowd:
			changed, wait = nil, gather
		case n > 0:
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// RunSequencer numbers acts until ctx is done. Every node runs one.
func (j *Journal) RunSequencer(ctx context.Context, report func(error)) {
	if j.db.Dialect == sqldb.SQLite {
		return
	}
	for ctx.Err() == nil {
		changed := j.Changed()
		n, err := j.Sequence(ctx)
		wait := 20 * time.Millisecond
		switch {
		case err != nil && ctx.Err() == nil:
			report(err)
			wait = time.Second
		case n > 0:
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Position is the number of the last act that a named cursor has read; 0 where
// there is none.
func Position(tx *sqldb.Tx, name string) (n int64, err error) {
	_, err = tx.Get(`SELECT number FROM cursors WHERE name = $1`, []any{name}, &n)
	return n, err
}

func move(tx *sqldb.Tx, name string, number int64) error {
	_, err := tx.Exec(`
		INSERT INTO cursors (name, number, at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET number = excluded.number, at = excluded.at`,
		name, number, sqldb.Millis(tx.Now))
	return err
}
