package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"pollen"
	"pollen/internal/base/migrate"
	"pollen/internal/base/sqldb"
)

// lockName is the file of a data directory that its server holds locked. The
// system gives it back when the process dies, however it dies.
const lockName = "serve.lock"

// Who asks whether a directory is served holds its lock for an instant, together
// with others who ask: so claiming it is tried more than once.
const (
	claimTries = 20
	claimPause = 10 * time.Millisecond
)

// lockFile opens the file of a directory that is locked.
func lockFile(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, pollen.Errorf(pollen.Unavailable, "app.directory", "The directory {path} cannot be read: {reason}.", "path", dir, "reason", Why(err))
	}
	return f, nil
}

// claim locks a directory for one server, until the file is closed. It fails
// with Conflict when another one serves it.
func claim(dir string) (*os.File, error) {
	f, err := lockFile(dir)
	if err != nil {
		return nil, err
	}
	err = lock(f)
	for try := 1; err != nil && try < claimTries; try++ {
		time.Sleep(claimPause)
		err = lock(f)
	}
	if err != nil {
		return nil, errors.Join(pollen.Errorf(pollen.Conflict, "app.serving", "Another pollen serve runs on {path}. Stop it first, or choose another directory.", "path", dir), f.Close())
	}
	return f, nil
}

// migrate brings the database to this release's schema, and claims the directory
// first for one who serves it. Beside a server of an older release it fails with
// Conflict: nobody changes the schema under a server.
func (a *App) migrate(ctx context.Context, serve bool) (err error) {
	if a.DB.Dialect == sqldb.SQLite {
		release, err := a.alone(ctx, serve)
		if err != nil {
			return err
		}
		if serve {
			a.stop = append(a.stop, release)
		} else {
			defer release()
		}
	}
	a.schema, err = migrate.Up(ctx, a.DB)
	return err
}

// alone claims the directory where that is needed: to serve it, or to change its
// schema.
func (a *App) alone(ctx context.Context, serve bool) (release func(), err error) {
	if !serve {
		behind, err := migrate.Behind(ctx, a.DB)
		if err != nil || !behind {
			return func() {}, err
		}
	}
	f, err := claim(a.data)
	if !serve && pollen.Is(err, pollen.Conflict) {
		err = pollen.Errorf(pollen.Conflict, "app.older", "An older pollen serve runs on {path}. Stop it first: this release changes the database.", "path", a.data)
	}
	if err != nil {
		return nil, err
	}
	return func() {
		if err := f.Close(); err != nil {
			a.log.Error("giving the directory back", "error", err)
		}
	}, nil
}

// Served reports whether somebody else serves the directory, or may: on a
// PostgreSQL database one cannot tell.
func (a *App) Served() bool {
	if a.DB.Dialect != sqldb.SQLite {
		return true
	}
	f, err := lockFile(a.data)
	if err != nil {
		return true
	}
	err = probe(f)
	return errors.Join(err, f.Close()) != nil
}
