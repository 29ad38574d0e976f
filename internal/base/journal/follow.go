package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Follower reacts to the journal at its own pace.
type Follower struct {
	// Name is that of its cursor.
	Name string
	// Follow reacts to acts, in order, in the transaction that moves the
	// cursor past them. It may return fewer acts done than it was given, to
	// keep transactions short: the rest is handed to it again.
	Follow func(tx *sqldb.Tx, acts []Act) (done int, err error)
	// Reset empties what the follower keeps, before it is rebuilt. Nil says
	// that it cannot be rebuilt, since what it did once must not be done again
	// (sending a notice).
	Reset func(tx *sqldb.Tx) error
	// Batch bounds how many acts are handed over at once; 0 means 200.
	Batch int
}

// Step lets a follower react to the next acts, and reports how many it did; 0
// says that it has caught up.
func (j *Journal) Step(ctx context.Context, f *Follower) (done int, err error) {
	defer pollen.Wrap(&err, "journal.Step", f.Name)
	limit := f.Batch
	if limit == 0 {
		limit = 200
	}
	// Most steps find nothing: look before taking the writing connection.
	behind := false
	err = j.db.Read(ctx, func(tx *sqldb.Tx) error {
		at, err := position(tx, f.Name)
		if err != nil {
			return err
		}
		head, err := Head(tx)
		behind = head > at
		return err
	})
	if err != nil || !behind {
		return 0, err
	}
	err = j.db.Write(ctx, func(tx *sqldb.Tx) error {
		at, err := position(tx, f.Name)
		if err != nil {
			return err
		}
		acts, err := List(tx, Query{After: at, Limit: limit})
		if err != nil || len(acts) == 0 {
			done = 0
			return err
		}
		if done, err = f.Follow(tx, acts); err != nil {
			return err
		}
		if done <= 0 || done > len(acts) {
			return fmt.Errorf("follower %s did %d of %d acts", f.Name, done, len(acts))
		}
		return move(tx, f.Name, acts[done-1].Number)
	})
	return done, err
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

// Run follows the journal until ctx is done: at once after acts of this
// process, within a quarter of a second after those of others. Errors go to
// report, and the follower tries again a moment later.
func (j *Journal) Run(ctx context.Context, f *Follower, report func(error)) {
	for ctx.Err() == nil {
		changed := j.Changed()
		n, err := j.Step(ctx, f)
		wait := poll
		switch {
		case err != nil && ctx.Err() == nil:
			report(err)
			wait = 5 * time.Second
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

// Position is how far a named cursor has read.
type Position struct {
	Name   string
	Number int64
	At     time.Time
}

// Positions lists every cursor by name.
func Positions(tx *sqldb.Tx) (ps []Position, err error) {
	err = tx.Each(`SELECT name, number, at FROM cursors ORDER BY name`, nil, func(r *sql.Rows) error {
		var p Position
		var at int64
		err := r.Scan(&p.Name, &p.Number, &at)
		p.At = sqldb.Time(at)
		ps = append(ps, p)
		return err
	})
	return ps, err
}

func position(tx *sqldb.Tx, name string) (n int64, err error) {
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
