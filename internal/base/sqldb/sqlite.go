package sqldb

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pollen"
)

// ApplicationID marks an SQLite file as Pollen's (PRAGMA application_id):
// "PoLn" in ASCII.
const ApplicationID = 0x506f4c6e

// groupMax and groupTime bound how many writes share one commit and how long
// the first of them may wait for the others.
const (
	groupMax  = 256
	groupTime = 25 * time.Millisecond
)

// sqliteEngine is one writing connection owned by a goroutine, and a pool of
// reading ones, each with its prepared statements.
type sqliteEngine struct {
	db      *sql.DB
	writer  *session
	watcher chan *session // one, that writes nothing and whose data_version all others' commits change
	readers chan *session
	all     []*session
	jobs    chan *job
	asked   chan *job // reads that wait for a shared snapshot
	done    sync.WaitGroup

	mu     sync.RWMutex // held for reading while a job is handed over
	closed bool
}

// job is one write that waits for its commit, or one read for its snapshot.
type job struct {
	ctx  context.Context
	db   *DB
	fn   func(*Tx) error
	tx   *Tx
	err  error
	done chan struct{}
}

func openSQLite(ctx context.Context, o Options) (_ *sqliteEngine, err error) {
	if err := knownFile(o.URL); err != nil {
		return nil, err
	}
	db, err := sql.Open(sqliteName, "file:"+(&url.URL{Path: filepath.ToSlash(o.URL)}).EscapedPath())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(o.Readers + 3)
	db.SetMaxIdleConns(o.Readers + 3)
	e := &sqliteEngine{db: db, readers: make(chan *session, o.Readers), watcher: make(chan *session, 1), jobs: make(chan *job, groupMax), asked: make(chan *job, groupMax)}
	defer func() {
		if err != nil {
			e.release()
		}
	}()
	if e.writer, err = e.open(ctx, writerPragmas(o)); err != nil {
		return nil, openError(o.URL, err)
	}
	for range o.Readers {
		s, err := e.open(ctx, readerPragmas)
		if err != nil {
			return nil, openError(o.URL, err)
		}
		e.readers <- s
	}
	w, err := e.open(ctx, readerPragmas)
	if err != nil {
		return nil, openError(o.URL, err)
	}
	e.watcher <- w
	e.done.Go(e.loop)
	e.done.Go(e.share)
	return e, nil
}

// ownFile makes an empty database that its owner alone may read; SQLite gives
// the files beside it the same mode.
func ownFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return openError(path, err)
	}
	return nil
}

// knownFile refuses a file that is not an SQLite database of Pollen's, before
// anything is written to it.
func knownFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return ownFile(path)
	}
	if err != nil {
		return openError(path, err)
	}
	defer f.Close()
	var head [72]byte
	n, err := f.Read(head[:])
	if n == 0 { // an empty file is a new database
		return nil
	}
	// File format: magic at 0, application id at 68, https://www.sqlite.org/fileformat.html §1.3.
	app := uint32(head[68])<<24 | uint32(head[69])<<16 | uint32(head[70])<<8 | uint32(head[71])
	if err != nil || n < len(head) || !strings.HasPrefix(string(head[:]), "SQLite format 3\x00") || (app != ApplicationID && app != 0) {
		return pollen.Errorf(pollen.Invalid, "sqldb.foreign", "{path} is not a Pollen database. Choose another data directory.", "path", path)
	}
	return nil
}

func openError(path string, err error) error {
	if sqliteCode(err)&0xff == codeNotADB {
		return pollen.Errorf(pollen.Invalid, "sqldb.foreign", "{path} is not a Pollen database. Choose another data directory.", "path", path).Because(err)
	}
	if kept := unwritable(path); kept != nil {
		return pollen.Errorf(pollen.Unavailable, "sqldb.read-only", "{path} cannot be written: {reason}. Pollen must be able to write in its data directory, even to read.",
			"path", kept.Path, "reason", kept.Err.Error()).Because(err)
	}
	return pollen.Errorf(pollen.Unavailable, "sqldb.open", "The database {path} cannot be opened: {reason}.", "path", path, "reason", err.Error()).Because(err)
}

// unwritable says what keeps a database from being written: its file or its
// directory. nil where nothing does.
func unwritable(path string) (kept *fs.PathError) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		err = f.Close()
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		if f, err = os.CreateTemp(filepath.Dir(path), ".pollen-*"); err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
		path = filepath.Dir(path)
	}
	if errors.As(err, &kept) {
		kept.Path = path
	}
	return kept
}

// readerPragmas set a reading connection up.
var readerPragmas = []string{
	"PRAGMA busy_timeout=30000",
	"PRAGMA foreign_keys=ON",
	"PRAGMA temp_store=MEMORY",
	"PRAGMA cache_size=-16384",
	"PRAGMA mmap_size=67108864", // each maps its own, and all of it counts as held: doc/performance.md
	"PRAGMA query_only=ON",
}

// writerPragmas set the writing connection up.
func writerPragmas(o Options) []string {
	sync := "FULL" // an acknowledged edit survives a power cut
	if o.Volatile {
		sync = "OFF"
	}
	return []string{
		"PRAGMA busy_timeout=30000",
		fmt.Sprintf("PRAGMA application_id=%d", ApplicationID),
		"PRAGMA journal_mode=WAL",
		"PRAGMA synchronous=" + sync,
		"PRAGMA foreign_keys=ON",
		"PRAGMA temp_store=MEMORY",
		"PRAGMA cache_size=-98304",
		"PRAGMA wal_autocheckpoint=4000",
		"PRAGMA journal_size_limit=268435456",
	}
}

func (e *sqliteEngine) open(ctx context.Context, pragmas []string) (*session, error) {
	c, err := e.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn: c, stmts: map[string]*list.Element{}}
	e.all = append(e.all, s)
	for _, p := range pragmas {
		rows, err := c.QueryContext(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		for rows.Next() {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
	}
	return s, nil
}

func (e *sqliteEngine) begin(ctx context.Context, db *DB) (tx *Tx, end func() error, err error) {
	var s *session
	select {
	case s = <-e.readers:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if s == nil { // closed
		return nil, nil, pollen.Errorf(pollen.Unavailable, "sqldb.closed", "Pollen is stopping. Try again in a moment.")
	}
	if err := s.plain("BEGIN"); err != nil {
		e.readers <- s
		return nil, nil, err
	}
	end = func() error {
		defer func() { e.readers <- s }()
		return errors.Join(s.plain("ROLLBACK"), s.trim())
	}
	return &Tx{Now: db.Now(), DB: db, ctx: ctx, runner: s, reads: true}, end, nil
}

// version is https://www.sqlite.org/pragma.html#pragma_data_version, which is
// to be compared on one and the same connection.
func (e *sqliteEngine) version(ctx context.Context) (v string, err error) {
	var s *session
	select {
	case s = <-e.watcher:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s == nil { // closed
		return "", pollen.Errorf(pollen.Unavailable, "sqldb.closed", "Pollen is stopping. Try again in a moment.")
	}
	defer func() { e.watcher <- s }()
	rows, err := s.query(ctx, "PRAGMA data_version", nil)
	if err != nil {
		return "", err
	}
	for rows.Next() {
		err = errors.Join(err, rows.Scan(&v))
	}
	return v, errors.Join(err, rows.Err(), rows.Close())
}

func (e *sqliteEngine) write(ctx context.Context, db *DB, fn func(*Tx) error) error {
	j := &job{ctx: ctx, db: db, fn: fn, done: make(chan struct{})}
	if err := e.hand(e.jobs, j); err != nil {
		return err
	}
	for _, f := range j.tx.after {
		f()
	}
	return nil
}

// readShared runs fn on the next snapshot that is shared.
func (e *sqliteEngine) readShared(ctx context.Context, db *DB, fn func(*Tx) error) error {
	return e.hand(e.asked, &job{ctx: ctx, db: db, fn: fn, done: make(chan struct{})})
}

// hand hands a job over and waits for its outcome.
func (e *sqliteEngine) hand(to chan<- *job, j *job) error {
	e.mu.RLock()
	if e.closed {
		e.mu.RUnlock()
		return pollen.Errorf(pollen.Unavailable, "sqldb.closed", "Pollen is stopping. Try again in a moment.")
	}
	to <- j
	e.mu.RUnlock()
	<-j.done // never leave early: the caller must know whether it was kept
	return j.err
}

// share is the goroutine that reads for whoever waits: what was asked for before
// a snapshot begins is read on it, one after the other. The first page that a
// snapshot reads costs as much as all the others of a short read, and more than
// one who reads ahead would take the processor from the one who writes.
func (e *sqliteEngine) share() {
	for j := range e.asked {
		all := []*job{j}
		for range min(len(e.asked), groupMax) {
			all = append(all, <-e.asked)
		}
		e.answer(all)
	}
}

// answer runs reads on one snapshot. Each goes on as soon as it has been read.
func (e *sqliteEngine) answer(jobs []*job) {
	tx, end, err := e.begin(context.Background(), jobs[0].db)
	for _, j := range jobs {
		if j.err = errors.Join(err, j.ctx.Err()); j.err == nil {
			own := *tx
			own.ctx, own.Now = j.ctx, j.db.Now()
			j.err = protect(j.fn, &own)
		}
		close(j.done)
	}
	if err == nil {
		_ = end() // what was read stands; a broken connection tells its next user
	}
}

// loop is the goroutine that owns the writing connection.
func (e *sqliteEngine) loop() {
	for j := range e.jobs {
		e.group(j)
	}
}

// group runs first and whoever waits behind it in one transaction. A savepoint
// costs as much as what it protects, so they run without at first; when one
// fails half-way, all run once more, each inside its own.
func (e *sqliteEngine) group(first *job) {
	jobs, err := e.together([]*job{first}, false)
	if errors.Is(err, errTorn) && len(jobs) > 1 {
		jobs, err = e.together(jobs, true)
	}
	for _, j := range jobs {
		if j.err == nil {
			j.err = err
		}
		close(j.done)
	}
}

// errTorn tells that a write without a savepoint failed half-way.
var errTorn = errors.New("a write failed half-way")

// together runs jobs in one transaction, each inside a savepoint when guarded;
// when not, those who begin to wait meanwhile join. Its error is that of the
// common transaction: nobody of the group is kept.
func (e *sqliteEngine) together(jobs []*job, guarded bool) ([]*job, error) {
	if err := errors.Join(e.writer.trim(), e.writer.plain("BEGIN IMMEDIATE")); err != nil {
		return jobs, err
	}
	start := time.Now()
	for i := 0; i < len(jobs); i++ {
		if err := e.one(jobs[i], guarded); err != nil {
			// SQLite may have rolled back by itself: then there is nothing to undo.
			_ = e.writer.plain("ROLLBACK")
			return jobs, err
		}
		if !guarded && len(jobs) < groupMax && time.Since(start) < groupTime {
			select {
			case j, ok := <-e.jobs:
				if ok {
					jobs = append(jobs, j)
				}
			default:
			}
		}
	}
	err := e.writer.plain("COMMIT")
	if err != nil {
		err = errors.Join(err, e.writer.plain("ROLLBACK"))
	}
	return jobs, err
}

// one runs a job; when guarded, its failure undoes it alone. It returns an
// error when the common transaction cannot go on: a full disk rolls everything
// back, savepoints included.
func (e *sqliteEngine) one(j *job, guarded bool) error {
	j.tx = &Tx{Now: j.db.Now(), DB: j.db, ctx: j.ctx, runner: e.writer}
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	if !guarded {
		if j.err = protect(j.fn, j.tx); j.err != nil && j.tx.torn {
			return errTorn
		}
		return nil
	}
	if err := e.writer.plain("SAVEPOINT job"); err != nil {
		return err
	}
	if j.err = protect(j.fn, j.tx); j.err != nil {
		if err := e.writer.plain("ROLLBACK TO job"); err != nil {
			return j.err
		}
	}
	return e.writer.plain("RELEASE job")
}

// protect turns a panic of one job into its error: the goroutine that works for
// everybody must live on.
func protect(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
	}()
	return fn(tx)
}

func (e *sqliteEngine) pool() *sql.DB { return e.db }

func (e *sqliteEngine) close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	close(e.jobs)
	close(e.asked)
	e.mu.Unlock()
	e.done.Wait()
	for range cap(e.readers) {
		<-e.readers // wait for the reads under way
	}
	close(e.readers)
	<-e.watcher
	close(e.watcher)
	// The last to leave folds the log back into the one file.
	err := e.writer.drain("PRAGMA optimize")
	return errors.Join(err, e.release())
}

func (e *sqliteEngine) release() error {
	var errs []error
	for _, s := range e.all {
		errs = append(errs, s.close())
	}
	return errors.Join(append(errs, e.db.Close())...)
}

// session is one connection with its prepared statements. Statements run
// without the caller's cancellation: interrupting one inside a shared
// transaction would undo the others' work, so [Tx] looks at the context
// between statements instead.
type session struct {
	conn  *sql.Conn
	stmts map[string]*list.Element // of used, by text
	used  list.List                // of *prepared, the one used last first
}

// prepared is a statement with its text.
type prepared struct {
	query string
	stmt  *sql.Stmt
}

// maxPrepared bounds the statements that a connection keeps prepared between
// transactions. The program's own are fewer; what readers filter by makes more
// without end.
const maxPrepared = 512

func (s *session) prepare(query string) (*sql.Stmt, error) {
	if e, ok := s.stmts[query]; ok {
		s.used.MoveToFront(e)
		return e.Value.(*prepared).stmt, nil
	}
	st, err := s.conn.PrepareContext(context.Background(), numbered(query))
	if err != nil {
		return nil, err
	}
	s.stmts[query] = s.used.PushFront(&prepared{query, st})
	return st, nil
}

// trim closes the statements that were not used for longest. It is for between
// transactions: a driver takes rows whose statement is closed for read to the
// end.
func (s *session) trim() (err error) {
	for s.used.Len() > maxPrepared {
		p := s.used.Remove(s.used.Back()).(*prepared)
		delete(s.stmts, p.query)
		err = errors.Join(err, p.stmt.Close())
	}
	return err
}

func (s *session) exec(_ context.Context, query string, args []any) (sql.Result, error) {
	st, err := s.prepare(query)
	if err != nil {
		return nil, err
	}
	return st.Exec(args...)
}

func (s *session) query(_ context.Context, query string, args []any) (*sql.Rows, error) {
	st, err := s.prepare(query)
	if err != nil {
		return nil, err
	}
	return st.Query(args...)
}

func (s *session) plain(query string) error {
	_, err := s.exec(context.Background(), query, nil)
	return err
}

// drain runs a statement that may return rows nobody wants.
func (s *session) drain(query string) error {
	rows, err := s.conn.QueryContext(context.Background(), query)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

func (s *session) close() error {
	var errs []error
	for _, e := range s.stmts {
		errs = append(errs, e.Value.(*prepared).stmt.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

// numbered rewrites $1 as +?1. SQLite takes $1 for a name, and drivers differ
// in how they bind names. The plus does nothing but hide the argument from the
// planner, which would look at its value to guess how many rows a condition
// leaves, and therefore prepare the statement anew each time it is bound
// (https://www.sqlite.org/qpsg.html). Quoted text is left alone.
func numbered(query string) string {
	if !strings.Contains(query, "$") {
		return query
	}
	b := make([]byte, 0, len(query)+16)
	quoted := false
	for i := range len(query) {
		c := query[i]
		if c == '\'' {
			quoted = !quoted
		}
		if c == '$' && !quoted && i+1 < len(query) && '0' <= query[i+1] && query[i+1] <= '9' {
			b = append(b, '+', '?')
			continue
		}
		b = append(b, c)
	}
	return string(b)
}
