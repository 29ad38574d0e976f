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
		Ahead: func(_ *sqldb.Tx, acts []journal.Act, _ string) (journal.Work, error) {
			acts = acts[:min(len(acts), 3)] // fewer than it was given
			return journal.Work{Acts: len(acts), Write: func(tx *sqldb.Tx) error {
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
			}}, nil
		},
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range acts { // it crashes now and then; each act twice would break the primary key
				if j.CatchUp(t.Context(), f) == nil {
					return
				}
			}
			t.Error("it never gets through")
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

// One act may be more than one transaction should do: then the cursor stands
// within it, and whoever follows next goes on there, also after a crash.
func TestAnActIsFollowedInParts(t *testing.T) {
	db, _ := pollentest.Database(t)
	j := journal.New(db)
	for i := range 3 {
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return j.Append(tx, act(int64(i+1))) }); err != nil {
			t.Fatal(err)
		}
	}
	crashed := false
	follower := func() *journal.Follower { // each act in three parts, by one that remembers nothing
		return &journal.Follower{Name: "parts", Ahead: func(_ *sqldb.Tx, acts []journal.Act, within string) (journal.Work, error) {
			w := journal.Work{Within: within + "."}
			if w.Within == "..." {
				w = journal.Work{Acts: 1}
			}
			name := acts[0].Object.ID.String() + within
			w.Write = func(tx *sqldb.Tx) error {
				if _, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, '')`, name); err != nil {
					return err
				}
				if within == "." && !crashed {
					crashed = true
					return errors.New("crash between two parts")
				}
				return nil
			}
			return w, nil
		}}
	}
	if err := j.CatchUp(t.Context(), follower()); err == nil {
		t.Fatal("it did not crash")
	}
	if err := j.CatchUp(t.Context(), follower()); err != nil { // a part twice would break the primary key
		t.Fatal(err)
	}
	if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		n := 0
		_, err := tx.Get(`SELECT count(*) FROM settings`, nil, &n)
		if at, _ := journal.Position(tx, "parts"); n != 9 || at != 3 {
			t.Errorf("%d parts, the cursor stands at %d", n, at)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
