package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

// notes makes a database with one table.
func notes(t *testing.T) *sqldb.DB {
	t.Helper()
	db, _ := pollentest.Database(t)
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`CREATE TABLE notes (n BIGINT PRIMARY KEY, note TEXT NOT NULL)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func add(n int, text string) func(*sqldb.Tx) error {
	return func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO notes (n, note) VALUES ($1, $2)`, n, text)
		return err
	}
}

// held lists the notes that are kept.
func held(t *testing.T, db *sqldb.DB) (ns []int) {
	t.Helper()
	err := db.Read(context.WithoutCancel(t.Context()), func(tx *sqldb.Tx) error {
		ns = nil
		return tx.Each(`SELECT n FROM notes ORDER BY n`, nil, func(rows *sql.Rows) error {
			var n int
			err := rows.Scan(&n)
			ns = append(ns, n)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return ns
}

func TestAFailedWriteUndoesItselfAlone(t *testing.T) {
	db := notes(t)
	var wg sync.WaitGroup
	var kept atomic.Int64
	for i := range 200 {
		wg.Go(func() {
			err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
				if err := add(i, "x")(tx); err != nil {
					return err
				}
				switch i % 10 {
				case 3:
					return errors.New("changed my mind")
				case 7:
					panic("a bug")
				}
				return nil
			})
			if failed := i%10 == 3 || i%10 == 7; (err != nil) != failed {
				t.Errorf("write %d: %v", i, err)
			} else if !failed {
				kept.Add(1)
			}
		})
	}
	wg.Wait()
	if n := len(held(t, db)); n != 160 || kept.Load() != 160 {
		t.Errorf("%d kept, %d acknowledged", n, kept.Load())
	}
}

func TestManyRowsAreInsertedAtOnce(t *testing.T) {
	db := notes(t)
	for _, n := range []int{0, 1, 15, 16, 17, 300} {
		var rows [][]any
		for i := range n {
			rows = append(rows, []any{i, "x"})
		}
		err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(`DELETE FROM notes`); err != nil {
				return err
			}
			for _, want := range []int64{int64(n), 0} {
				added, err := tx.Insert(`notes (n, note)`, rows, `ON CONFLICT DO NOTHING`)
				if err != nil || added != want {
					t.Errorf("%d rows: %d added, want %d, %v", n, added, want, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := held(t, db); len(got) != n {
			t.Errorf("%d rows: %d are there", n, len(got))
		}
	}
}

func TestWritesThatRaceAllCount(t *testing.T) {
	db := notes(t)
	if err := db.Write(t.Context(), add(0, "")); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
					var note string
					if _, err := tx.Get(`SELECT note FROM notes WHERE n = $1`, []any{0}, &note); err != nil {
						return err
					}
					_, err := tx.Exec(`UPDATE notes SET note = $2 WHERE n = $1`, 0, note+"x")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var note string
	if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Get(`SELECT note FROM notes WHERE n = 0`, nil, &note)
		return err
	}); err != nil || len(note) != 80 {
		t.Errorf("%d of 80 changes, %v", len(note), err)
	}
}

// A long write ends though short ones that touch the same never cease.
func TestALongWriteComesThrough(t *testing.T) {
	db := notes(t)
	if err := db.Write(t.Context(), add(0, "")); err != nil {
		t.Fatal(err)
	}
	change := func(note string, last time.Duration) error {
		return db.Write(t.Context(), func(tx *sqldb.Tx) error {
			var was string
			if _, err := tx.Get(`SELECT note FROM notes WHERE n = 0`, nil, &was); err != nil {
				return err
			}
			time.Sleep(last)
			_, err := tx.Exec(`UPDATE notes SET note = $1 WHERE n = 0`, note)
			return err
		})
	}
	var long atomic.Bool
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for !long.Load() {
				if err := change("short", 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	err := change("long", 30*time.Millisecond)
	long.Store(true)
	wg.Wait()
	if err != nil {
		t.Error(err)
	}
}

func TestAReadSeesOneMomentAndWritesNothing(t *testing.T) {
	db := notes(t)
	err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		var before, after int
		if _, err := tx.Get(`SELECT count(*) FROM notes`, nil, &before); err != nil {
			return err
		}
		if err := db.Write(t.Context(), add(1, "meanwhile")); err != nil {
			return err
		}
		if _, err := tx.Get(`SELECT count(*) FROM notes`, nil, &after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("%d became %d while reading", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Read(t.Context(), add(2, "by a reader")); err == nil {
		t.Error("a reader wrote")
	}
	if ns := held(t, db); len(ns) != 1 {
		t.Errorf("%v", ns)
	}
}

// Whoever reads together with others sees what was committed before they asked,
// and is troubled by nobody's failure.
func TestSharedReads(t *testing.T) {
	db := notes(t)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if err := db.Write(t.Context(), add(i, "x")); err != nil {
				t.Error(err)
			}
			seen := false
			err := db.ReadShared(t.Context(), func(tx *sqldb.Tx) (err error) {
				if seen, err = tx.Get(`SELECT n FROM notes WHERE n = $1`, []any{i}, new(int)); err == nil && i%10 == 3 {
					err = errors.New("changed my mind")
				}
				if i%10 == 7 && db.Dialect == sqldb.SQLite {
					panic("a bug")
				}
				return err
			})
			failed := i%10 == 3 || i%10 == 7 && db.Dialect == sqldb.SQLite
			if !seen || (err != nil) != failed {
				t.Errorf("read %d: seen %v, %v", i, seen, err)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.ReadShared(ctx, func(*sqldb.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := db.ReadShared(t.Context(), add(1000, "x")); err == nil {
		t.Error("a shared read wrote")
	}
}

func TestASnapshotIsOneMomentForManyReads(t *testing.T) {
	address, clock := pollentest.URL(t), pollentest.NewClock()
	db, other := pollentest.Open(t, address, clock), pollentest.Open(t, address, clock)
	set := func(ctx context.Context, by *sqldb.DB, name string) {
		t.Helper()
		if err := by.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, '')`, name)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	count := func(n *int) func(*sqldb.Tx) error {
		return func(tx *sqldb.Tx) error {
			_, err := tx.Get(`SELECT count(*) FROM settings`, nil, n)
			return err
		}
	}
	sees := func(ctx context.Context, want int) {
		t.Helper()
		n := -1
		if err := db.Read(ctx, count(&n)); err != nil || n != want {
			t.Errorf("%d settings, %v; want %d", n, err, want)
		}
	}
	ctx, end := db.Snapshot(t.Context())
	set(t.Context(), other, "before the first read")
	sees(ctx, 1)
	set(t.Context(), other, "while it lasts")
	sees(ctx, 1)
	sees(t.Context(), 2)
	refused := errors.New("by a capability")
	if err := db.Read(ctx, func(*sqldb.Tx) error { return pollen.Errorf(pollen.NotFound, "x", "x").Because(refused) }); !errors.Is(err, refused) {
		t.Error(err)
	}
	sees(ctx, 1)
	if err := db.Read(ctx, func(tx *sqldb.Tx) error {
		sees(ctx, 2) // a read within a read sees a moment of its own
		end()        // and what is under way is not cut off
		n := 0
		if err := count(&n)(tx); err != nil || n != 1 {
			t.Errorf("%d settings, %v; want 1", n, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sees(ctx, 2)

	ctx, end = db.Snapshot(t.Context())
	defer end()
	sees(ctx, 2)
	set(ctx, db, "by the same")
	sees(ctx, 3)

	ctx, end = db.Snapshot(t.Context())
	defer end()
	sees(ctx, 3)
	if err := db.Read(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Get(`SELECT nothing FROM settings`, nil)
		return err
	}); err == nil {
		t.Error("a wrong query has no error")
	}
	sees(ctx, 3)

	for range 20 { // more than there are connections
		ctx, end := db.Snapshot(t.Context())
		sees(ctx, 3)
		end()
		end()
	}
}

func TestArgumentsStandByTheirNumbers(t *testing.T) {
	db := notes(t)
	for n, text := range map[int]string{1: "one", 2: "$1", 3: "3"} {
		if err := db.Write(t.Context(), add(n, text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		where string
		args  []any
		want  []int
	}{
		{`n = $1`, []any{2}, []int{2}},
		{`n > $2 AND n < $1`, []any{3, 1}, []int{2}},
		{`n IN ($1, $2, $1)`, []any{3, 1}, []int{1, 3}},
		{`n = 4 - $1`, []any{1}, []int{3}},
		{`note = '$1'`, nil, []int{2}},
		{`note = $1 OR note = 'it''s $2' OR n = $2`, []any{"3", 1}, []int{1, 3}},
		{`note = '$' || $1`, []any{"1"}, []int{2}},
	} {
		var got []int
		err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
			return tx.Each(`SELECT n FROM notes WHERE `+x.where+` ORDER BY n`, x.args, func(rows *sql.Rows) error {
				var n int
				err := rows.Scan(&n)
				got = append(got, n)
				return err
			})
		})
		if err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%s with %v: %v, %v; want %v", x.where, x.args, got, err, x.want)
		}
	}
}

func TestNestedUndoesItsPart(t *testing.T) {
	db := notes(t)
	told := 0
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		tx.OnCommit(func() { told++ })
		for i := range 4 {
			err := tx.Nested(func() error {
				if err := add(i, "x")(tx); err != nil {
					return err
				}
				return add(i, "again")(tx)
			})
			if err == nil {
				return fmt.Errorf("nested %d: %w", i, err)
			}
		}
		return add(9, "kept")(tx)
	})
	if ns := held(t, db); err != nil || len(ns) != 1 || ns[0] != 9 || told != 1 {
		t.Errorf("%v %v, told %d times", ns, err, told)
	}
	if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		tx.OnCommit(func() { told++ })
		return errors.New("no")
	}); err == nil || told != 1 {
		t.Errorf("told of a change that was not kept: %v", err)
	}
}

func TestACancelledWriteChangesNothing(t *testing.T) {
	db := notes(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := add(1, "x")(tx); err != nil {
			return err
		}
		cancel()
		return add(2, "x")(tx)
	})
	if !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("cancelled in the middle: %v", err)
	}
	if err := db.Write(ctx, add(3, "x")); !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("cancelled before: %v", err)
	}
	if ns := held(t, db); len(ns) != 0 {
		t.Errorf("%v", ns)
	}
}

// A full disk is one clear error for each write that it refused; what was
// acknowledged is there, and writing goes on when there is room.
func TestAFullDisk(t *testing.T) {
	if pollentest.Postgres() {
		t.Skip("the server's disk is the server's")
	}
	db := notes(t)
	limit := func(pages int) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // no less than the file has
	acknowledged := map[int]bool{}
	var mu sync.Mutex
	var full atomic.Int64
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				n := w*100 + i
				err := db.Write(t.Context(), add(n, strings.Repeat("x", 2000)))
				switch {
				case err == nil:
					mu.Lock()
					acknowledged[n] = true
					mu.Unlock()
				case pollen.Is(err, pollen.Unavailable) && pollen.MessageOf(err).Key == "sqldb.full":
					full.Add(1)
				default:
					t.Errorf("write %d: %v", n, err)
				}
			}
		})
	}
	wg.Wait()
	if full.Load() == 0 {
		t.Fatal("the disk was never full")
	}
	ns := held(t, db)
	if len(ns) != len(acknowledged) {
		t.Errorf("%d kept, %d acknowledged", len(ns), len(acknowledged))
	}
	for _, n := range ns {
		if !acknowledged[n] {
			t.Errorf("%d was refused and is there", n)
		}
	}
	limit(1 << 30)
	if err := db.Write(t.Context(), add(9999, "room again")); err != nil {
		t.Error(err)
	}
}

// The directory may be one that everybody on the machine looks into.
func TestAFileIsItsOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of Unix")
	}
	dir := t.TempDir()
	db, err := sqldb.Open(t.Context(), sqldb.Options{URL: filepath.Join(dir, "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`CREATE TABLE notes (n BIGINT PRIMARY KEY)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestWhatIsNoDatabaseOfPollens(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "other.db")
	other, err := sqldb.Open(t.Context(), sqldb.Options{URL: foreign})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`PRAGMA application_id = 42`)
		return err
	}), other.Close()); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text.db")
	half := filepath.Join(dir, "half.db")
	for path, content := range map[string]string{text: strings.Repeat("a letter to my aunt\n", 20), half: "SQLite format 3\x00"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{foreign, text, half} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		db, err := sqldb.Open(t.Context(), sqldb.Options{URL: path})
		if err == nil {
			err = db.Close()
			t.Errorf("%s was opened: %v", path, err)
			continue
		}
		if !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", path, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("%s was changed: %v", path, err)
		}
	}
	if _, err := sqldb.Open(t.Context(), sqldb.Options{URL: filepath.Join(dir, "no", "such", "x.db")}); !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("a directory that is not there: %v", err)
	}
	if _, err := sqldb.Open(t.Context(), sqldb.Options{URL: "postgres://ana:three-grains@127.0.0.1:1/x?connect_timeout=2"}); !pollen.Is(err, pollen.Unavailable) ||
		!strings.Contains(pollen.MessageOf(err).String(), "connection refused") || strings.ContainsAny(pollen.MessageOf(err).String(), "\n") || strings.Contains(err.Error(), "grains") {
		t.Errorf("a server that is not there: %v", err)
	}
}

func TestAfterClosing(t *testing.T) {
	if pollentest.Postgres() {
		t.Skip("the pool answers for itself")
	}
	db, err := sqldb.Open(t.Context(), sqldb.Options{URL: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	nothing := func(*sqldb.Tx) error { return nil }
	if err := db.Write(t.Context(), nothing); !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("write: %v", err)
	}
	if err := db.Read(t.Context(), nothing); !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("read: %v", err)
	}
	if err := db.ReadShared(t.Context(), nothing); !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("shared read: %v", err)
	}
}

func TestTheVersionTellsOfEveryCommit(t *testing.T) {
	address := pollentest.URL(t)
	clock := pollentest.NewClock()
	db, other := pollentest.Open(t, address, clock), pollentest.Open(t, address, clock)
	version := func() string {
		t.Helper()
		v, err := db.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if a, b := version(), version(); a != b {
		t.Errorf("nothing was committed between %q and %q", a, b)
	}
	if held := db.Read(t.Context(), func(*sqldb.Tx) error { return nil }); held != nil {
		t.Fatal(held)
	}
	seen := map[string]bool{version(): true}
	for i, by := range []*sqldb.DB{db, other, db, other} {
		if err := by.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, 'x')`, fmt.Sprintf("version-%d", i))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if v := version(); seen[v] {
			t.Errorf("commit %d left the version at %q", i, v)
		} else {
			seen[v] = true
		}
	}
}

// Readers filter in ever new ways, and each way is a statement: memory stays
// bounded, and those that were closed work again.
func TestFewStatementsStayPrepared(t *testing.T) {
	if pollentest.Postgres() {
		t.Skip("the driver of PostgreSQL bounds them by itself")
	}
	db := notes(t)
	if err := db.Write(t.Context(), add(1, "x")); err != nil {
		t.Fatal(err)
	}
	many := func(tx *sqldb.Tx) error {
		for i := range sqldb.MaxPrepared + 100 {
			n := 0
			if found, err := tx.Get(fmt.Sprintf(`SELECT n FROM notes WHERE n < %d`, i+2), nil, &n); err != nil || !found {
				return fmt.Errorf("statement %d: found %v, %w", i, found, err)
			}
		}
		return nil
	}
	for range 2 {
		if err := db.Read(t.Context(), many); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), many); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), add(1, "x")); err == nil {
			t.Fatal("a note is there twice")
		}
		if n := sqldb.Prepared(db); n > sqldb.MaxPrepared+3 {
			t.Errorf("%d statements stay prepared", n)
		}
	}
}
