package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/backup"
	"pollen/internal/base/journal"
	"pollen/internal/base/migrate"
	"pollen/internal/base/scratch"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/search"
)

// Backup writes the whole instance to w as it is at one moment, while it may go
// on being served. The search index is made again when it is restored, and what
// lives for a short while stays out. It returns how many rows it wrote.
func (a *App) Backup(ctx context.Context, w io.Writer, progress func(rows int64)) (int64, error) {
	return backup.Write(ctx, a.DB, w, backup.Options{Schema: a.schema, LeaveOut: leftOut, Progress: progress})
}

// leftOut are the tables that no backup holds: what is made again, and what would
// let whoever finds a backup in, or show them what somebody had not published.
var leftOut = []string{"search", "sessions", "sign_in_links", "idempotent_answers", "import_drafts", "import_pieces"}

// restoring is the name of a database that is not whole yet.
const restoring = File + ".restoring"

// Restore makes an instance of a backup, in an empty directory or database. A path
// of - is stdin, of which a copy is kept that goes with the process. The backup is
// read whole before anything is written, and what is there in the end is the whole
// instance or nothing. It fails with Invalid when the backup is not whole or from a
// newer release, and with Conflict when the place is taken.
func Restore(ctx context.Context, o Options, path string, stdin io.Reader, progress func(rows int64)) (info backup.Info, err error) {
	defer pollen.Wrap(&err, "app.Restore")
	f, err := openBackup(path, stdin)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err = backup.Verify(ctx, f); err != nil {
		return info, err
	}
	open := func() (io.ReadCloser, error) { // filling may begin once more
		_, err := f.Seek(0, io.SeekStart)
		return io.NopCloser(f), err
	}
	if o.Database != "" {
		err = fill(ctx, o.Database, info, open, progress)
	} else {
		err = restoreFile(ctx, o.Data, func(url string) error { return fill(ctx, url, info, open, progress) })
	}
	if err != nil {
		return info, err
	}
	a, err := Open(ctx, o)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return info, a.Settle(ctx)
}

func openBackup(path string, stdin io.Reader) (io.ReadSeekCloser, error) {
	if path == "-" {
		f, err := scratch.New("")
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(f, stdin); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		_, err = f.Seek(0, io.SeekStart)
		return f, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, pollen.Errorf(pollen.NotFound, "app.no-backup", "The backup {path} cannot be read: {reason}.", "path", path, "reason", Why(err))
	}
	return f, nil
}

// restoreFile makes the file of a directory under another name first, so that
// nobody ever opens half of one.
func restoreFile(ctx context.Context, dir string, fill func(url string) error) (err error) {
	names, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return pollen.Errorf(pollen.Unavailable, "app.directory", "The directory {path} cannot be read: {reason}.", "path", dir, "reason", Why(err))
	}
	if slices.ContainsFunc(names, func(e os.DirEntry) bool { return !strings.HasPrefix(e.Name(), restoring) }) {
		return pollen.Errorf(pollen.Conflict, "backup.taken", "There is something here already. Restore into an empty place.")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return pollen.Errorf(pollen.Unavailable, "app.directory", "The directory {path} cannot be read: {reason}.", "path", dir, "reason", Why(err))
	}
	path := filepath.Join(dir, restoring)
	if err := clear(path); err != nil { // what a restore that was killed has left
		return err
	}
	if err := fill(path); err != nil {
		return errors.Join(err, clear(path))
	}
	return os.Rename(path, filepath.Join(dir, File))
}

// clear removes an SQLite database.
func clear(path string) error {
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func fill(ctx context.Context, url string, info backup.Info, open func() (io.ReadCloser, error), progress func(int64)) (err error) {
	db, err := sqldb.Open(ctx, sqldb.Options{URL: url, Readers: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrate.To(ctx, db, info.Schema); err != nil {
		return err
	}
	// The index is in no backup: it is made from the journal's beginning on, also
	// when this is killed before it is.
	return backup.Read(ctx, db, open, progress, func(tx *sqldb.Tx) error { return journal.Restart(tx, search.Follower) })
}
