package registry

import (
	"context"
	"errors"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// writeSet is a write of one entry, worked out down to its statements. Writing it
// is all that is left to do.
type writeSet struct {
	entry *Entry // as it will be
	steps []step // none: nothing differs
	// proven and detail are what a batch says of it, act what it says of itself.
	proven proven
	detail journal.Detail
	act    *journal.Act
	links  func() bool // whether it brings in the address of another site
	// loose says that it rests on more than its steps look at once more: on
	// entries that a value names, or on contents. It is not to be kept for later.
	loose bool
}

// step is one statement of a write set: a query, or a row for a table.
type step struct {
	query  string
	into   *table
	args   []any
	missed error // of a step that is to change a row, when it changes none
}

// table is where new rows go, what becomes of one that is there already, and in
// which order many are best written.
type table struct {
	columns, conflict string
	order             func(a, b []any) int
}

// errMoved tells that what a write set rests on is no longer so.
var errMoved = errors.New("what the write rests on has changed")

// do adds a statement.
func (d *writeSet) do(query string, args ...any) {
	d.steps = append(d.steps, step{query: query, args: args})
}

// add adds a row.
func (d *writeSet) add(into *table, missed error, args ...any) {
	d.steps = append(d.steps, step{into: into, args: args, missed: missed})
}

// write carries a write set out, with its act. It fails with errMoved, having
// written nothing, when the entry or its collection is not what it was.
func (d *writeSet) write(tx *sqldb.Tx, j *journal.Journal) error {
	for i := range d.steps {
		s := &d.steps[i]
		var n int64
		var err error
		if s.into != nil {
			n, err = tx.Insert(s.into.columns, [][]any{s.args}, s.into.conflict)
		} else {
			n, err = tx.Exec(s.query, s.args...)
		}
		if err != nil {
			return err
		}
		if n == 0 && s.missed != nil {
			return s.missed
		}
	}
	if len(d.steps) == 0 || d.act == nil {
		return nil
	}
	return j.Enter(tx, d.act)
}

// carry works a write out and carries it out. On SQLite, where all writes wait
// for one connection, it is worked out before its turn, on what is committed
// then; it is worked out once more in its turn when something it rests on has
// changed meanwhile. What refuses it before its turn refuses it.
func (r *Registry) carry(ctx context.Context, by pollen.Actor, work func(*sqldb.Tx) (*writeSet, error)) (*Entry, error) {
	var ahead *writeSet
	if r.db.Dialect == sqldb.SQLite {
		err := r.db.ReadShared(ctx, func(tx *sqldb.Tx) (err error) {
			ahead, err = work(tx)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(ahead.steps) == 0 {
			return ahead.entry.visible(by), nil
		}
	}
	var done *writeSet
	err := r.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if done = ahead; done != nil && !done.loose {
			if err = done.write(tx, r.journal); !errors.Is(err, errMoved) {
				return err
			}
		}
		if done, err = work(tx); err != nil {
			return err
		}
		return done.write(tx, r.journal)
	})
	if err != nil {
		return nil, err
	}
	return done.entry.visible(by), nil
}
