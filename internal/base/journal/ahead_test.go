package journal_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

// What a follower works out ahead is written once for each act, in order, also
// when writing fails half-way and when several nodes follow at once.
func TestWorkingAheadFollowsEachActOnce(t *testing.T) {
	db, _ := pollentest.Database(t)
	j := journal.New(db)
	const acts = 50
	for i := range acts {
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return j.Append(tx, act(int64(i+1))) }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	failures := 2
	var order []int64 // of what was committed
	f := &journal.Follower{Name: "settings", Batch: 4,
		Ahead: func(_ *sqldb.Tx, acts []journal.Act) (int, func(*sqldb.Tx) error, error) {
			acts = acts[:min(len(acts), 3)] // fewer than it was given
			return len(acts), func(tx *sqldb.Tx) error {
				for _, a := range acts {
					if _, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, '')`, a.Object.ID.String()); err != nil {
						return err
					}
				}
				mu.Lock()
				defer mu.Unlock()
				if failures > 0 {
					failures--
					return errors.New("crash between work and commit")
				}
				tx.OnCommit(func() {
					mu.Lock()
					defer mu.Unlock()
					for _, a := range acts {
						order = append(order, a.Number)
					}
				})
				return nil
			}, nil
		},
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for j.CatchUp(t.Context(), f) != nil { // each act twice would break the primary key
			}
		})
	}
	wg.Wait()
	slices.Sort(order)
	if len(order) != acts || order[0] != 1 || order[acts-1] != acts || failures != 0 {
		t.Errorf("followed %v", order)
	}
	if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		at, err := journal.Position(tx, f.Name)
		if at != acts {
			t.Errorf("the cursor stands at %d", at)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A follower that lets acts gather because there are many of them still follows
// each, and the lone act after them.
func TestRunningFollowsManyAndThenOne(t *testing.T) {
	db, _ := pollentest.Database(t)
	j := journal.New(db)
	write := func(n int) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			for i := range n {
				if err := j.Append(tx, act(int64(i+1))); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := j.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	followed := make(chan int64, 1000)
	f := &journal.Follower{Name: "settings", Follow: func(tx *sqldb.Tx, acts []journal.Act) (int, error) {
		tx.OnCommit(func() {
			for _, a := range acts {
				followed <- a.Number
			}
		})
		return len(acts), nil
	}}
	write(100)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { j.Run(ctx, f, func(err error) { t.Error(err) }) })
	for n := range int64(101) {
		if n == 100 {
			write(1)
		}
		if got := <-followed; got != n+1 {
			t.Errorf("followed %d, want %d", got, n+1)
		}
	}
	cancel()
	wg.Wait()
}
