package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"

	"pollen"
)

// retries is how often a transaction that lost a race is run again: of a few
// who write the same entry on a slow machine, one loses a dozen times running.
const retries = 40

// patience is how often a transaction loses before those of this node let it
// pass: a long one among many short ones that touch the same would never win.
const patience = 5

type postgresEngine struct {
	db *sql.DB
	// turn is held by every write, and alone by one whose patience is at an end.
	turn sync.RWMutex
}

func openPostgres(ctx context.Context, o Options) (*postgresEngine, error) {
	db, err := sql.Open("pgx", o.URL)
	if err != nil {
		return nil, pollen.Errorf(pollen.Invalid, "sqldb.url", "The database address is wrong: {reason}.", "reason", err.Error())
	}
	db.SetMaxOpenConns(2 * o.Readers)
	db.SetMaxIdleConns(2 * o.Readers)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		reason := strings.Join(strings.Fields(err.Error()), " ") // it may be of several lines, and holds no password
		return nil, errors.Join(pollen.Errorf(pollen.Unavailable, "sqldb.unreached", "The database cannot be reached: {reason}.", "reason", reason).Because(err), db.Close())
	}
	return &postgresEngine{db: db}, nil
}

func (e *postgresEngine) begin(ctx context.Context, db *DB) (tx *Tx, end func() error, err error) {
	t, err := e.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	end = func() error {
		if err := t.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			return err
		}
		return nil // the context ended it
	}
	return &Tx{Now: db.Now(), DB: db, ctx: ctx, runner: pgTx{t}, reads: true}, end, nil
}

// version is the snapshot of what is visible: two that are equal see the same.
func (e *postgresEngine) version(ctx context.Context) (v string, err error) {
	err = e.db.QueryRowContext(ctx, "SELECT CAST(pg_current_snapshot() AS TEXT)").Scan(&v)
	return v, err
}

func (e *postgresEngine) write(ctx context.Context, db *DB, fn func(*Tx) error) error {
	for attempt := 0; ; attempt++ {
		t, err := e.inTurn(attempt >= patience, func() (*Tx, error) { return e.attempt(ctx, db, fn) })
		if err == nil {
			for _, f := range t.after {
				f()
			}
			return nil
		}
		if attempt == retries || !again(err) {
			return err
		}
		// full jitter, so that the losers of one race do not meet in the next
		select {
		case <-time.After(rand.N(time.Millisecond << min(attempt+1, 8))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// inTurn runs a transaction beside the others of this node, or alone.
func (e *postgresEngine) inTurn(alone bool, run func() (*Tx, error)) (*Tx, error) {
	if alone {
		e.turn.Lock()
		defer e.turn.Unlock()
	} else {
		e.turn.RLock()
		defer e.turn.RUnlock()
	}
	return run()
}

// exclusive runs fn while no other node runs one under the same key. It reads
// what is committed at each statement, so that it sees every act committed
// before it took the lock.
func (e *postgresEngine) exclusive(ctx context.Context, db *DB, key int64, fn func(*Tx) error) error {
	tx, err := e.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	t := &Tx{Now: db.Now(), DB: db, ctx: ctx, runner: pgTx{tx}}
	_, err = t.Exec(`SELECT pg_advisory_xact_lock($1)`, key)
	if err == nil {
		err = fn(t)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// commitWait is how long a commit may take.
const commitWait = 30 * time.Second

// attempt runs a transaction once. It ends with ctx until it is committed: while
// a commit is under way nobody could tell any more whether it was done.
func (e *postgresEngine) attempt(ctx context.Context, db *DB, fn func(*Tx) error) (*Tx, error) {
	whole, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	leave := context.AfterFunc(ctx, stop)
	tx, err := e.db.BeginTx(whole, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	t := &Tx{Now: db.Now(), DB: db, ctx: ctx, runner: pgTx{tx}}
	if err = protect(fn, t); err == nil && !leave() {
		err = ctx.Err()
	}
	if err != nil {
		if e := tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			err = errors.Join(err, e)
		}
		return nil, err
	}
	defer time.AfterFunc(commitWait, stop).Stop()
	return t, unsure(tx.Commit())
}

// unsure tells, of the error of a commit, when nobody knows whether it was done:
// the server did not say that it was undone. (pgconn.SafeToRetry says of an answer
// that is lost that the connection was closed before anything was sent.)
func unsure(err error) error {
	if err == nil || errors.Is(err, pgx.ErrTxCommitRollback) {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.SeverityUnlocalized == "ERROR" {
		return err
	}
	e := pollen.Errorf(pollen.Unavailable, "sqldb.unsure", "The database broke off while this was being saved. It may be saved or not: look before you do it again.").Because(err)
	e.Unsure = true
	return e
}

// again reports whether the server asks for the transaction to be run again:
// serialization_failure or deadlock_detected.
func again(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40001" || pg.Code == "40P01")
}

func (e *postgresEngine) pool() *sql.DB { return e.db }
func (e *postgresEngine) close() error  { return e.db.Close() }

// pgTx runs statements on PostgreSQL; pgx prepares and caches them itself.
type pgTx struct{ tx *sql.Tx }

func (p pgTx) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	return p.tx.ExecContext(ctx, query, args...)
}

func (p pgTx) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	return p.tx.QueryContext(ctx, query, args...)
}
