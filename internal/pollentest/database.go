// Package pollentest is the test kit: a fresh database of its own for every
// test, a clock that stands still until it is told to move, and actors.
//
// Tests run on SQLite. With POLLEN_TEST_PG set to the address of a PostgreSQL
// server on which databases may be created, the same tests run there instead. With
// POLLEN_TEST_TWICE set, every write is run twice, the first time in vain: a write
// that lost a race must leave nothing behind.
package pollentest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pollen/internal/base/migrate"
	"pollen/internal/base/sqldb"
)

// Clock is a clock that moves only when told to. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Start is when every test clock starts.
var Start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// NewClock returns a clock that stands at [Start].
func NewClock() *Clock { return &Clock{now: Start} }

// Now is the time the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// random is a fixed source of randomness: the same identifiers in every run.
type random struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func (r *random) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.src.Read(b)
}

// Postgres reports whether the tests run on PostgreSQL.
func Postgres() bool { return os.Getenv("POLLEN_TEST_PG") != "" }

// Database opens a fresh, migrated database that goes with the test.
func Database(t testing.TB) (*sqldb.DB, *Clock) {
	t.Helper()
	clock := NewClock()
	return Open(t, URL(t), clock), clock
}

// Open opens a database at an address of [URL], as another node or process
// would.
func Open(t testing.TB, address string, clock *Clock) *sqldb.DB {
	t.Helper()
	seed := [32]byte{byte(opened.next())}
	db, err := sqldb.Open(t.Context(), sqldb.Options{URL: address, Clock: clock.Now, Rand: &random{src: rand.NewChaCha8(seed)}, Readers: 4, Volatile: true, Twice: os.Getenv("POLLEN_TEST_TWICE") != ""})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// opened gives every open database another seed, so that two nodes of one test
// do not mint the same identifiers.
var opened counter

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

// URL makes a fresh, migrated database and returns its address.
func URL(t testing.TB) string {
	t.Helper()
	if Postgres() {
		return postgresURL(t)
	}
	path := filepath.Join(t.TempDir(), "pollen.db")
	b, err := template()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// template is a migrated SQLite file, made once for a test binary.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "pollen-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "pollen.db")
	if err := migrated(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrated(address string) error {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, sqldb.Options{URL: address, Volatile: true})
	if err != nil {
		return err
	}
	if _, err := migrate.Up(ctx, db); err != nil {
		return err
	}
	return db.Close()
}

// postgresTemplate is a migrated database that the others are copied from,
// made once for a test binary.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	name := fmt.Sprintf("pollen_template_%d_%d", os.Getpid(), time.Now().UnixNano())
	if err := admin("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	return name, migrated(named(name))
})

func postgresURL(t testing.TB) string {
	t.Helper()
	from, err := postgresTemplate()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("pollen_test_%d_%d", os.Getpid(), opened.next())
	if err := admin("CREATE DATABASE " + name + " TEMPLATE " + from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(name); err != nil {
			t.Error(err)
		}
	})
	return named(name)
}

// Clean drops what a test binary left on the PostgreSQL server; TestMain calls
// it where a package wants no templates to remain.
func Clean() error {
	if !Postgres() {
		return nil
	}
	from, err := postgresTemplate()
	if err != nil {
		return err
	}
	return drop(from)
}

// drop removes a database. While the server's own vacuum is in it, which only
// a superuser may end, it waits.
func drop(name string) (err error) {
	for range 100 {
		if err = admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// named is the address of another database on the test server.
func named(database string) string {
	u, err := url.Parse(os.Getenv("POLLEN_TEST_PG"))
	if err != nil {
		panic("POLLEN_TEST_PG: " + err.Error())
	}
	u.Path = "/" + database
	return u.String()
}

func admin(statement string) error {
	db, err := sql.Open("pgx", os.Getenv("POLLEN_TEST_PG"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
