package journal_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

func act(n int64) *journal.Act {
	return &journal.Act{Persona: 7, Kind: pollen.ActCreate, Object: pollen.Object{Kind: pollen.ObjectEntry, ID: pollen.AnyID(n)}}
}

func numbered(t *testing.T, db *sqldb.DB) (acts []journal.Act) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
		acts, err = journal.List(tx, journal.Query{Limit: 1000})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return acts
}

func TestNumbersAreDenseWhenManyWriteAtOnce(t *testing.T) {
	db, _ := pollentest.Database(t)
	j := journal.New(db)
	const writers, each = 8, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
					if err := j.Append(tx, act(int64(w*each+i+1))); err != nil {
						return err
					}
					if i%5 == 4 {
						return fmt.Errorf("this change is refused after its act was written")
					}
					return nil
				})
				if (i%5 == 4) != (err != nil) {
					t.Errorf("writer %d, act %d: %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	if err := j.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	acts := numbered(t, db)
	if want := writers * each * 4 / 5; len(acts) != want {
		t.Fatalf("%d acts, want %d", len(acts), want)
	}
	for i, a := range acts {
		if a.Number != int64(i+1) {
			t.Fatalf("act %d has number %d", i+1, a.Number)
		}
	}
}

// An act whose transaction began first and commits last must not be stepped
// over by a reader that has seen a later one. On PostgreSQL that is the race
// which the sequencer is there for; on SQLite the second writer waits.
func TestReaderNeverStepsOverAnActInFlight(t *testing.T) {
	if !pollentest.Postgres() {
		t.Skip("one writer at a time on SQLite: the race is PostgreSQL's (POLLEN_TEST_PG)")
	}
	db, _ := pollentest.Database(t)
	j := journal.New(db)
	var followed []pollen.AnyID
	f := &journal.Follower{Name: "test", Follow: func(tx *sqldb.Tx, acts []journal.Act) (int, error) {
		for _, a := range acts {
			followed = append(followed, a.Object.ID)
		}
		return len(acts), nil
	}}

	began, finish, first := make(chan bool), make(chan bool), make(chan error)
	go func() {
		once := sync.Once{}
		first <- db.Write(context.Background(), func(tx *sqldb.Tx) error {
			err := j.Append(tx, act(1)) // takes its place first …
			once.Do(func() {
				close(began)
				<-finish
			})
			return err
		})
	}()
	<-began
	if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return j.Append(tx, act(2)) }); err != nil {
		t.Fatal(err)
	}
	if err := j.CatchUp(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(followed) != fmt.Sprint([]pollen.AnyID{2}) {
		t.Fatalf("followed %v while act 1 is in flight", followed)
	}
	close(finish) // … and commits last
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if err := j.CatchUp(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(followed) != fmt.Sprint([]pollen.AnyID{2, 1}) {
		t.Fatalf("followed %v: act 1 was stepped over", followed)
	}
	for i, a := range numbered(t, db) {
		if a.Number != int64(i+1) {
			t.Fatalf("act %d has number %d", i+1, a.Number)
		}
	}
}

func TestTwoSequencersGiveEachNumberOnce(t *testing.T) {
	clock := pollentest.NewClock()
	url := pollentest.URL(t)
	a, b := pollentest.Open(t, url, clock), pollentest.Open(t, url, clock)
	nodes := []*journal.Journal{journal.New(a), journal.New(b)}
	var wg sync.WaitGroup
	for i, db := range []*sqldb.DB{a, b} {
		wg.Go(func() {
			for k := range 30 {
				if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return nodes[i].Append(tx, act(int64(k+1))) }); err != nil {
					t.Error(err)
				}
				if err := nodes[i].CatchUp(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	acts := numbered(t, a)
	if len(acts) != 60 {
		t.Fatalf("%d acts, want 60", len(acts))
	}
	for i, act := range acts {
		if act.Number != int64(i+1) {
			t.Fatalf("act %d has number %d", i+1, act.Number)
		}
	}
}

func TestFollowerFollowsEachActOnceAcrossACrash(t *testing.T) {
	db, _ := pollentest.Database(t)
	j := journal.New(db)
	for i := range 10 {
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return j.Append(tx, act(int64(i+1))) }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	crash := true
	f := &journal.Follower{Name: "settings", Batch: 4,
		Follow: func(tx *sqldb.Tx, acts []journal.Act) (int, error) {
			for i, a := range acts {
				// What it keeps, written in the transaction of its cursor.
				if _, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, '')`, a.Object.ID.String()); err != nil {
					return 0, err
				}
				if crash && a.Number == 6 {
					crash = false
					return 0, fmt.Errorf("crash between work and commit")
				}
				if i == 2 {
					return 3, nil // did fewer than it was given
				}
			}
			return len(acts), nil
		},
		Reset: func(tx *sqldb.Tx) error { _, err := tx.Exec(`DELETE FROM settings`); return err },
	}
	if err := j.CatchUp(t.Context(), f); err == nil || crash {
		t.Fatalf("the crash is not told: %v", err)
	}
	if err := j.CatchUp(t.Context(), f); err != nil { // an act twice breaks the primary key
		t.Fatal(err)
	}
	count := func() (n int) {
		if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Get(`SELECT count(*) FROM settings`, nil, &n)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count() != 10 {
		t.Fatalf("followed %d acts, want 10", count())
	}
	if err := j.Rebuild(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if count() != 10 {
		t.Fatalf("rebuilt from %d acts, want 10", count())
	}
	f.Reset = nil
	if err := j.Rebuild(t.Context(), f); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("rebuilding what cannot be: %v", err)
	}
}

func TestVerifyFindsWhatWasAlteredOrRemoved(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"untouched", ``, "[]"},
		{"another persona", `UPDATE acts SET persona_id = 8 WHERE number = 3`, "[{3 altered}]"},
		{"another time", `UPDATE acts SET at = at + 1 WHERE number = 2`, "[{2 altered}]"},
		{"other fields", `UPDATE acts SET detail = '{"revision":9}' WHERE number = 2`, "[{2 altered}]"},
		{"other content", `UPDATE acts SET content = salt WHERE number = 4`, "[{4 altered}]"},
		{"removed", `DELETE FROM acts WHERE number = 3`, "[{3 missing}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, _ := pollentest.Database(t)
			j := journal.New(db)
			for i := range 5 {
				if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
					a := act(int64(i + 1))
					a.Detail = journal.Detail{Revision: i + 1, Fields: []pollen.FieldID{1, 2}}
					a.Causes = []pollen.Cause{{Kind: pollen.CauseRevises, Act: 5}}
					return j.Append(tx, a)
				}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := j.Sequence(t.Context()); err != nil {
				t.Fatal(err)
			}
			var faults []journal.Fault
			if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
				if c.sql != "" {
					if _, err := tx.Exec(c.sql); err != nil {
						return err
					}
				}
				p := journal.Proof{}
				err := p.Read(tx, 100)
				p.End()
				faults = p.Faults
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(faults); got != c.want {
				t.Errorf("found %s, want %s", got, c.want)
			}
		})
	}
}

// The tree of a batch against an independent implementation of RFC 6962.
func TestTreeIsRFC6962(t *testing.T) {
	var tree journal.Tree
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, _ error) {
		for _, i := range indexes {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for n := range int64(70) {
		leaf := sha256.Sum256([]byte{byte(n)})
		stored, err := tlog.StoredHashes(n, leaf[:], reader)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, stored...)
		tree.Add(leaf[:])
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree.Root(); string(got) != string(want[:]) {
			t.Fatalf("root of %d leaves is %x, want %x", n+1, got, want)
		}
	}
}
