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
	// Ahead takes the place of Follow where most of the work is not in writing, or
	// where one act may be more than one transaction should do: it works out, on a
	// snapshot, what is to be written next. While it is written, in the transaction
	// that moves the cursor, Ahead is asked for what comes after. What it read may
	// then be old: the acts that made it so come later. within is how far the first
	// of the acts is done already, as the [Work] before said.
	Ahead func(tx *sqldb.Tx, acts []Act, within string) (Work, error)
	// Reset empties what the follower keeps, before it is rebuilt. Nil says
	// that it cannot be rebuilt, since what it did once must not be done again
	// (sending a notice).
	Reset func(tx *sqldb.Tx) error
	// Batch bounds how many acts are handed over at once; 0 means 200.
	Batch int
}

// Work is what a follower worked out.
type Work struct {
	Acts int // that are done once it is written
	// Within is how far the next act is done then, in words of the follower's own
	// that cost it nothing to go on from; "" is its beginning.
	Within string
	Write  func(*sqldb.Tx) error // may run again
}

// stepStages bounds how many transactions one step writes when it looks ahead.
const stepStages = 8

// Step lets a follower react to the next acts, and reports how many it did; 0
// says that it has caught up.
func (j *Journal) Step(ctx context.Context, f *Follower) (done int, err error) {
	defer pollen.Wrap(&err, "journal.Step", f.Name)
	next, err := j.stage(ctx, f, nil)
	for n := 0; err == nil && next != nil && n < stepStages; n++ {
		this := next
		ahead := j.lookAhead(ctx, f, this)
		moved, failed := j.take(ctx, f, this)
		next, err = ahead()
		switch {
		case failed != nil:
			return done, failed
		case moved: // another node did these
			next, err = j.stage(ctx, f, nil)
		default:
			done += max(this.done, 1) // a part of one act is something done
		}
	}
	return done, err
}

// place is how far a follower has come: past an act, and so far within the next.
type place struct {
	number int64
	within string
}

// stage is what a follower is to do in one transaction.
type stage struct {
	from, to place // that the cursor moves between
	done     int
	write    func(*sqldb.Tx) error
}

// stage looks at the acts after a place, that of the cursor for nil; it is nil
// when there are none. Most looks find nothing, and take no writing connection.
func (j *Journal) stage(ctx context.Context, f *Follower, from *place) (s *stage, err error) {
	err = j.db.Read(ctx, func(tx *sqldb.Tx) error {
		s = nil
		at := place{}
		if from != nil {
			at = *from
		} else if at, err = cursor(tx, f.Name); err != nil {
			return err
		}
		head, err := Head(tx)
		if err != nil || head <= at.number {
			return err
		}
		s = &stage{from: at}
		if f.Ahead == nil {
			s.write = func(tx *sqldb.Tx) error {
				return s.react(tx, f, func(acts []Act) (w Work, err error) {
					w.Acts, err = f.Follow(tx, acts)
					return w, err
				})
			}
			return nil
		}
		return s.react(tx, f, func(acts []Act) (Work, error) {
			w, err := f.Ahead(tx, acts, at.within)
			s.write = w.Write
			return w, err
		})
	})
	return s, err
}

// react hands the acts of a stage over, and notes how far that came.
func (s *stage) react(tx *sqldb.Tx, f *Follower, to func([]Act) (Work, error)) error {
	limit := f.Batch
	if limit == 0 {
		limit = 200
	}
	acts, err := List(tx, Query{After: s.from.number, Limit: limit})
	if err != nil {
		return err
	}
	w, err := to(acts)
	if err != nil {
		return err
	}
	s.done, s.to = w.Acts, place{s.from.number, w.Within}
	if w.Acts > 0 && w.Acts <= len(acts) {
		s.to.number = acts[w.Acts-1].Number
	}
	if w.Acts < 0 || w.Acts > len(acts) || s.to == s.from {
		return fmt.Errorf("follower %s did %d of %d acts", f.Name, w.Acts, len(acts))
	}
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
		next, err = j.stage(ctx, f, &s.to)
	}()
	return func() (*stage, error) {
		<-done
		return next, err
	}
}

// take writes a stage and moves the cursor, unless it is elsewhere by now.
func (j *Journal) take(ctx context.Context, f *Follower, s *stage) (moved bool, err error) {
	err = j.db.Write(ctx, func(tx *sqldb.Tx) error {
		at, err := cursor(tx, f.Name)
		if moved = at != s.from; err != nil || moved {
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
		return move(tx, f.Name, place{})
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
		await(ctx, changed, wait)
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
		await(ctx, changed, wait)
	}
}

// await waits for a nudge, for so long at most.
func await(ctx context.Context, changed <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Position is the number of the last act that a named cursor has read; 0 where
// there is none.
func Position(tx *sqldb.Tx, name string) (int64, error) {
	at, err := cursor(tx, name)
	return at.number, err
}

// Restart lets a follower begin anew, in a database where what it makes is not
// there yet.
func Restart(tx *sqldb.Tx, name string) error { return move(tx, name, place{}) }

func cursor(tx *sqldb.Tx, name string) (at place, err error) {
	_, err = tx.Get(`SELECT number, within FROM cursors WHERE name = $1`, []any{name}, &at.number, &at.within)
	return at, err
}

func move(tx *sqldb.Tx, name string, to place) error {
	_, err := tx.Exec(`
		INSERT INTO cursors (name, number, within, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET number = excluded.number, within = excluded.within, at = excluded.at`,
		name, to.number, to.within, sqldb.Millis(tx.Now))
	return err
}
