package app

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"pollen"
	"pollen/internal/domain/transfer"
)

// besideTable opens the files beside a table to import: a folder, out of which
// nothing leads, or a ZIP file.
func (a *App) besideTable(name string) (_ *transfer.Files, done func() error, err error) {
	unreadable := func(err error) error {
		return pollen.Errorf(pollen.NotFound, "app.no-file", "{path} cannot be read: {reason}.", "path", name, "reason", Why(err))
	}
	if zipped(name) {
		z, err := zip.OpenReader(name)
		if err != nil {
			return nil, nil, unreadable(err)
		}
		f, err := transfer.OpenFiles(a.Blobs, z)
		if err != nil {
			return nil, nil, errors.Join(err, z.Close())
		}
		return f, z.Close, nil
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, nil, unreadable(err)
	}
	f, err := transfer.OpenFiles(a.Blobs, root.FS())
	if err != nil {
		return nil, nil, errors.Join(err, root.Close())
	}
	return f, root.Close, nil
}

func zipped(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

// sink is where the files of an export go.
type sink interface {
	transfer.FileSink
	io.Closer
}

// sinkAt begins a folder, or a ZIP file, for the files of an export.
func sinkAt(name string) (sink, error) {
	s, err := newSink(name)
	if err != nil {
		return nil, pollen.Errorf(pollen.Unavailable, "app.write", "{path} cannot be written: {reason}.", "path", name, "reason", Why(err))
	}
	return s, nil
}

func newSink(name string) (sink, error) {
	if zipped(name) {
		f, err := os.Create(name)
		if err != nil {
			return nil, err
		}
		return &zipSink{f, zip.NewWriter(f)}, nil
	}
	if err := os.MkdirAll(name, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &folderSink{root: root}, nil
}

type zipSink struct {
	f *os.File
	*zip.Writer
}

// Close ends the ZIP file.
func (s *zipSink) Close() error { return errors.Join(s.Writer.Close(), s.f.Close()) }

type folderSink struct {
	root *os.Root
	open *os.File
}

// Create begins a file below the folder.
func (s *folderSink) Create(name string) (_ io.Writer, err error) {
	if err := s.end(); err != nil {
		return nil, err
	}
	if err := s.root.MkdirAll(path.Dir(name), 0o777); err != nil {
		return nil, err
	}
	s.open, err = s.root.Create(name)
	return s.open, err
}

func (s *folderSink) end() error {
	if s.open == nil {
		return nil
	}
	f := s.open
	s.open = nil
	return f.Close()
}

// Close ends the last file.
func (s *folderSink) Close() error { return errors.Join(s.end(), s.root.Close()) }

// Why is the reason of an error of files in the system's words, without the path and
// the call, which the message around it names.
func Why(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
