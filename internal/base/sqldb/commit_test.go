package sqldb_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

// wire carries what goes to PostgreSQL and back, and does what it is told when a
// commit comes by.
type wire struct {
	to       string
	onCommit atomic.Pointer[func() (pass, answer bool)] // nil: it passes
}

func (w *wire) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // the test is over
		}
		go w.carry(c)
	}
}

func (w *wire) carry(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer to.Close()
	var mute atomic.Bool
	go func() {
		defer from.Close()
		b := make([]byte, 1<<16)
		for {
			n, err := to.Read(b)
			if err != nil || mute.Load() {
				return
			}
			if _, err := from.Write(b[:n]); err != nil {
				return
			}
		}
	}()
	b := make([]byte, 1<<16)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if f := w.onCommit.Load(); f != nil && bytes.Contains(b[:n], []byte("commit\x00")) {
			w.onCommit.Store(nil)
			pass, answer := (*f)()
			mute.Store(!answer)
			if !pass {
				return
			}
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// A commit whose answer is lost may be done or not, and that is what is told.
func TestACommitThatIsCutOff(t *testing.T) {
	if !pollentest.Postgres() {
		t.Skip("SQLite commits in this process")
	}
	address := pollentest.URL(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := &wire{to: u.Host}
	go w.serve(l)
	u.Host = l.Addr().String()
	query := u.Query()
	query.Set("sslmode", "disable")
	u.RawQuery = query.Encode()
	direct := pollentest.Open(t, address, pollentest.NewClock())
	db := pollentest.Open(t, u.String(), pollentest.NewClock())
	if err := direct.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`CREATE TABLE notes (n BIGINT PRIMARY KEY, note TEXT NOT NULL)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for n, c := range []struct {
		name         string
		pass, answer bool
		leave        bool
		done, unsure bool
	}{
		{name: "never arrives", unsure: true},
		{name: "its answer is lost", pass: true, done: true, unsure: true},
		{name: "the caller goes away", pass: true, answer: true, leave: true, done: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			atCommit := func() (pass, answer bool) {
				if c.leave {
					cancel()
				}
				return c.pass, c.answer
			}
			w.onCommit.Store(&atCommit)
			told := false
			err := db.Write(ctx, func(tx *sqldb.Tx) error {
				tx.OnCommit(func() { told = true })
				return add(n, "x")(tx)
			})
			e, _ := errors.AsType[*pollen.Error](err)
			if unsure := e != nil && e.Unsure; unsure != c.unsure || (err == nil) == c.unsure || told == c.unsure {
				t.Errorf("%v, followers told %t", err, told)
			}
			if c.pass && !c.answer { // until the server has done it
				for !slices.Contains(held(t, direct), n) {
					if err := direct.Yield(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if done := slices.Contains(held(t, direct), n); done != c.done {
				t.Errorf("done: %t", done)
			}
			if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
				return tx.Each(`SELECT 1`, nil, func(*sql.Rows) error { return nil })
			}); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
