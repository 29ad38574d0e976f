package sqldb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"pollen"
)

// Dialect is the SQL that the database speaks.
type Dialect string

// The dialects.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Options say which database to open and where time and randomness come from.
type Options struct {
	// URL is the path of an SQLite file, or postgres://…
	URL string
	// Clock and Rand default to the system's.
	Clock func() time.Time
	Rand  io.Reader
	// Readers bounds the reading connections; 0 means eight.
	Readers int
	// Twice runs every write twice, the first time in vain, as where a race is
	// lost: for tests, of what outlives a first try.
	Twice bool
	// Volatile gives up surviving a power cut, for throw-away directories.
	Volatile bool
}

// DB is an open database. Its methods are safe for concurrent use.
type DB struct {
	Dialect Dialect
	Mint    *pollen.Mint
	Rand    io.Reader

	clock  func() time.Time
	twice  bool
	driver string
	engine engine
}

// engine is what a dialect brings: two real implementations, sqlite and
// postgres, that pass the same tests.
type engine interface {
	// begin starts a transaction that sees one state of the database and writes
	// nothing; end ends it.
	begin(ctx context.Context, db *DB) (tx *Tx, end func() error, err error)
	write(ctx context.Context, db *DB, fn func(*Tx) error) error
	// version names the state of the database.
	version(ctx context.Context) (string, error)
	close() error
	// pool gives a plain handle for migrations.
	pool() *sql.DB
}

// Open opens the database and checks that it answers. It fails with
// Unavailable, saying why, when it cannot.
func Open(ctx context.Context, o Options) (_ *DB, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Readers == 0 {
		o.Readers = 8
	}
	db := &DB{clock: o.Clock, Rand: o.Rand, twice: o.Twice}
	if db.Mint, err = pollen.NewMint(o.Clock, o.Rand); err != nil {
		return nil, err
	}
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		db.Dialect, db.driver = Postgres, "pgx"
		db.engine, err = openPostgres(ctx, o)
	} else {
		db.Dialect, db.driver = SQLite, sqliteDriver
		db.engine, err = openSQLite(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// Close waits for the writes under way and closes the database.
func (db *DB) Close() error { return db.engine.close() }

// Driver names the driver that serves: "mattn", "modernc" or "pgx".
func (db *DB) Driver() string { return db.driver }

// Pool gives a plain handle on the same database, for migrations.
func (db *DB) Pool() *sql.DB { return db.engine.pool() }

// Compact writes the file of an SQLite database anew, so that nothing is left
// of what was deleted. It wants as much room again, and nobody else writing.
// PostgreSQL does so in its own time.
func (db *DB) Compact(ctx context.Context) error {
	if db.Dialect != SQLite {
		return nil
	}
	for _, query := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.Pool().ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// Now is the present, in UTC, to the millisecond.
func (db *DB) Now() time.Time { return db.clock().UTC().Truncate(time.Millisecond) }

// Read runs fn on a consistent snapshot: that of the context, if it carries one
// (see [DB.Snapshot]). What fn writes is an error.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if done, err := db.snapshot(ctx).read(ctx, fn); done {
		return translate(err)
	}
	return translate(db.read(ctx, fn))
}

func (db *DB) read(ctx context.Context, fn func(*Tx) error) (err error) {
	tx, end, err := db.engine.begin(ctx, db)
	if err != nil {
		return err
	}
	defer func() {
		if e := end(); err == nil {
			err = e
		}
	}()
	return fn(tx)
}

// ReadShared does as [DB.Read] for short reads that many ask for at the same
// moment: on SQLite they share a snapshot, which begins after each of them was
// asked for, and wait for one another. fn must not call it.
func (db *DB) ReadShared(ctx context.Context, fn func(*Tx) error) error {
	if e, ok := db.engine.(*sqliteEngine); ok {
		return translate(e.readShared(ctx, db, fn))
	}
	return db.Read(ctx, fn)
}

// Version names the present state of the database. As long as it stays the
// same, nothing was committed, by this process or by any other: what was read
// after it was asked for still stands.
func (db *DB) Version(ctx context.Context) (string, error) {
	v, err := db.engine.version(ctx)
	return v, translate(err)
}

// Write runs fn as one atomic change, durable when Write returns nil. fn may
// run more than once and must change nothing but the database; [Tx.OnCommit]
// registers what is to happen once, after.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	db.snapshot(ctx).end()
	if db.twice {
		fn = twice(fn)
	}
	return translate(db.engine.write(ctx, db, fn))
}

// twice runs fn, undoes it, and runs it again.
func twice(fn func(*Tx) error) func(*Tx) error {
	return func(tx *Tx) error {
		vain := *tx
		if _, err := tx.Exec(`SAVEPOINT vain`); err != nil {
			return err
		}
		failed := fn(&vain) // as it will again
		if _, err := tx.Exec(`ROLLBACK TO SAVEPOINT vain`); err != nil {
			return errors.Join(failed, err)
		}
		if _, err := tx.Exec(`RELEASE SAVEPOINT vain`); err != nil {
			return err
		}
		return fn(tx)
	}
}

// yield is how long one who writes part after part stands back between them.
const yield = 2 * time.Millisecond

// Yield lets others write, of this process and of others, before the next part
// of bulk work.
func (db *DB) Yield(ctx context.Context) error {
	timer := time.NewTimer(yield)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// InParts runs a statement that removes some rows until it removes none, each time
// as one change, and lets others write in between.
func (db *DB) InParts(ctx context.Context, query string, args ...any) error {
	for {
		var n int64
		err := db.Write(ctx, func(tx *Tx) (err error) {
			n, err = tx.Exec(query, args...)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		if err := db.Yield(ctx); err != nil {
			return err
		}
	}
}

// Exclusive runs fn as one change while no other node of the same database
// runs one under the same key. On SQLite it is [DB.Write].
func (db *DB) Exclusive(ctx context.Context, key int64, fn func(*Tx) error) error {
	if pg, ok := db.engine.(*postgresEngine); ok {
		return translate(pg.exclusive(ctx, db, key, fn))
	}
	return db.Write(ctx, fn)
}

// Tx is a transaction under way. It is not safe for concurrent use, and is
// over when the function it was given to returns.
type Tx struct {
	// Now is the time of the whole transaction: UTC, to the millisecond.
	Now time.Time
	DB  *DB

	ctx    context.Context
	runner runner
	after  []func()
	torn   bool // it wrote, or a statement failed: an error must undo it
	reads  bool
}

// runner executes statements inside the transaction.
type runner interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	query(ctx context.Context, query string, args []any) (*sql.Rows, error)
}

// Context is the context the transaction was started with.
func (t *Tx) Context() context.Context { return t.ctx }

// Reads reports whether the transaction only reads: whatever it sees is
// committed, and may be remembered.
func (t *Tx) Reads() bool { return t.reads }

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	if err := fit(args); err != nil {
		return 0, err
	}
	t.torn = true
	r, err := t.runner.exec(t.ctx, query, args)
	if err != nil {
		return 0, named(query, err)
	}
	return r.RowsAffected()
}

// fit refuses texts that no text column is to hold: PostgreSQL takes none that is
// not UTF-8 or has a zero in it, and SQLite would keep what a backup could not
// bring there.
func fit(args []any) error {
	for _, a := range args {
		if s, ok := a.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return pollen.Errorf(pollen.Invalid, "sqldb.text", "This holds a text that is not valid UTF-8, or a zero character. Write it again.")
		}
	}
	return nil
}

// insertSizes are how many rows one statement inserts, largest first: a few
// sizes, so that statements stay prepared.
var insertSizes = []int{128, 16, 1}

// Insert adds rows to a table, many by one statement, and returns how many it
// added. into names the table and its columns, as in “notes (n, note)”; conflict
// is what is to happen with rows that are there already, ON CONFLICT …, or "".
func (t *Tx) Insert(into string, rows [][]any, conflict string) (added int64, err error) {
	for _, size := range insertSizes {
		for len(rows) >= size {
			args := make([]any, 0, size*len(rows[0]))
			for _, row := range rows[:size] {
				args = append(args, row...)
			}
			n, err := t.Exec(insertion(into, size, len(rows[0]), conflict), args...)
			if err != nil {
				return added, err
			}
			added, rows = added+n, rows[size:]
		}
	}
	return added, nil
}

// insertion is the text that inserts rows of some columns.
func insertion(into string, rows, columns int, conflict string) string {
	key := insertKey{into, conflict, rows}
	if text, ok := insertions.Load(key); ok {
		return text.(string)
	}
	b := append([]byte("INSERT INTO "), into...)
	b = append(b, " VALUES "...)
	for i := range rows * columns {
		switch {
		case i%columns != 0:
			b = append(b, ',', '$')
		case i == 0:
			b = append(b, '(', '$')
		default:
			b = append(b, "),($"...)
		}
		b = strconv.AppendInt(b, int64(i+1), 10)
	}
	b = append(append(b, ") "...), conflict...)
	insertions.Store(key, string(b))
	return string(b)
}

type insertKey struct {
	into, conflict string
	rows           int
}

// insertions keeps the few texts there are.
var insertions sync.Map

// Each runs a query and hands every row to row, which scans it.
func (t *Tx) Each(query string, args []any, row func(*sql.Rows) error) (err error) {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	if err := fit(args); err != nil {
		return err
	}
	rows, err := t.runner.query(t.ctx, query, args)
	if err != nil {
		t.torn = true
		return named(query, err)
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	err = rows.Err()
	t.torn = t.torn || err != nil
	return named(query, err)
}

// Get runs a query and scans its first row into dest. It reports false when
// there is none.
func (t *Tx) Get(query string, args []any, dest ...any) (bool, error) {
	found := false
	err := t.Each(query, args, func(r *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return r.Scan(dest...)
	})
	return found, err
}

// Nested runs fn inside a savepoint: when it fails, what it wrote is undone and
// the transaction goes on. Savepoints do not nest in one another.
func (t *Tx) Nested(fn func() error) error {
	if _, err := t.Exec(`SAVEPOINT nested`); err != nil {
		return err
	}
	err := fn()
	if err != nil {
		if _, e := t.Exec(`ROLLBACK TO SAVEPOINT nested`); e != nil {
			return errors.Join(err, e)
		}
	}
	if _, e := t.Exec(`RELEASE SAVEPOINT nested`); e != nil {
		return errors.Join(err, e)
	}
	return err
}

// Shred makes SQLite overwrite what this process deletes from now on with zeros
// (PRAGMA secure_delete), for content that is to be gone for good. PostgreSQL
// does so in its own time.
func (t *Tx) Shred() error {
	if t.DB.Dialect != SQLite {
		return nil
	}
	return t.Each(`PRAGMA secure_delete = ON`, nil, func(*sql.Rows) error { return nil })
}

// OnCommit registers what is to happen once the transaction is durable.
func (t *Tx) OnCommit(fn func()) { t.after = append(t.after, fn) }

// named puts the first words of a failed query into its error, so that the log
// tells which one it was.
func named(query string, err error) error {
	if err == nil {
		return nil
	}
	q := strings.Join(strings.Fields(query), " ")
	if len(q) > 90 {
		q = q[:90] + "…"
	}
	return fmt.Errorf("%s: %w", q, err)
}

// In writes a list of values as the arguments of IN, from number first on,
// padded so that few different queries are ever prepared. The list is not
// empty; one that grows with the data goes in parts of [Chunk].
func In[T any](list []T, first int) (string, []any) {
	size := 1
	for size < len(list) {
		size *= 2
	}
	var b []byte
	args := make([]any, size)
	for i := range size {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(append(b, '$'), int64(first+i), 10)
		args[i] = list[min(i, len(list)-1)]
	}
	return string(b), args
}

// Chunk bounds the parts of a list that goes to [In].
const Chunk = 256

// Millis writes a time as stored: UTC milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time reads what [Millis] wrote.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Flag writes a truth value as stored.
func Flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
