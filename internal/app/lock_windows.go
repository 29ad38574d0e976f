package app

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"pollen"
	"pollen/internal/base/sqldb"
)

// LockServing claims the directory for one server, until Close. It fails with
// Conflict when another one serves it. The system gives the claim back when
// the process dies, however it dies.
func (a *App) LockServing() error {
	if a.DB.Dialect != sqldb.SQLite { // several nodes may serve one PostgreSQL database
		return nil
	}
	f, err := os.OpenFile(filepath.Join(a.data, "serve.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return pollen.Errorf(pollen.Unavailable, "app.directory", "The directory {path} cannot be read: {reason}.", "path", a.data, "reason", err.Error())
	}
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	if err := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, new(windows.Overlapped)); err != nil {
		return errors.Join(pollen.Errorf(pollen.Conflict, "app.serving", "Another pollen serve runs on {path}. Stop it first, or choose another directory.", "path", a.data), f.Close())
	}
	a.stop = append(a.stop, func() {
		if err := f.Close(); err != nil {
			a.log.Error("giving the directory back", "error", err)
		}
	})
	return nil
}

// Served reports whether somebody else serves the directory, or may: on a
// PostgreSQL database one cannot tell.
func (a *App) Served() bool {
	if a.DB.Dialect != sqldb.SQLite {
		return true
	}
	f, err := os.OpenFile(filepath.Join(a.data, "serve.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return true
	}
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	free := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, new(windows.Overlapped)) == nil
	return f.Close() != nil || !free
}
