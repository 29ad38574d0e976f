package sqldb

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"pollen"
)

// snapshot is one state of the database that several reads see.
type snapshot struct {
	db   *DB
	over atomic.Bool

	mu   sync.Mutex // held while a read is under way
	tx   *Tx        // nil before the first read, and once it is over
	stop func() error
}

type snapshotKey struct{}

// Snapshot lets what is read with the returned context see one and the same
// state of the database, that of the first read: a page made of many reads is
// whole, and costs one transaction. It holds a reading connection until end is
// called, which must not wait for a slow reader of the page; a write with the
// context ends it too, so that what is read afterwards is what was written.
// Reads after the end, and one that begins while another of the same snapshot
// is under way, see a state of their own.
func (db *DB) Snapshot(ctx context.Context) (_ context.Context, end func()) {
	s := &snapshot{db: db}
	return context.WithValue(ctx, snapshotKey{}, s), s.end
}

// snapshot is the one that a context carries, nil for none of this database.
func (db *DB) snapshot(ctx context.Context) *snapshot {
	s, _ := ctx.Value(snapshotKey{}).(*snapshot)
	if s == nil || s.db != db {
		return nil
	}
	return s
}

// read runs fn on the snapshot, unless it is over or in use.
func (s *snapshot) read(ctx context.Context, fn func(*Tx) error) (done bool, err error) {
	if s == nil || s.over.Load() || !s.mu.TryLock() {
		return false, nil
	}
	defer s.tidy()
	defer s.mu.Unlock()
	if s.tx == nil {
		if s.over.Load() {
			return false, nil
		}
		if s.tx, s.stop, err = s.db.engine.begin(ctx, s.db); err != nil {
			return true, err
		}
	}
	whole := false
	defer func() {
		// After an error of the database, or a panic, the transaction is good for
		// nothing more; what a capability refuses leaves it as it was.
		if _, refused := errors.AsType[*pollen.Error](err); !whole || err != nil && !refused {
			s.over.Store(true)
		}
	}()
	err = fn(s.tx)
	whole = true
	return true, err
}

// end ends the snapshot; the read under way, if there is one, goes on and ends
// it.
func (s *snapshot) end() {
	if s != nil {
		s.over.Store(true)
		s.tidy()
	}
}

// tidy gives the connection back once the snapshot is over and not in use.
func (s *snapshot) tidy() {
	if !s.over.Load() || !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	if s.tx != nil {
		_ = s.stop() // what was read stands; a broken connection tells its next user
		s.tx, s.stop = nil, nil
	}
}
