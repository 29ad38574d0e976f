// Package scratch makes temporary files that go with their process, however it
// ends: what a kill leaves behind is nothing.
package scratch

import (
	"errors"
	"fmt"
	"os"
)

// File is a temporary file. Where the system lets an open file be removed, nobody
// finds it from the beginning; elsewhere Close removes it.
type File struct {
	*os.File
	named bool
}

// New makes a temporary file in a folder, "" the system's.
func New(dir string) (*File, error) {
	f, err := os.CreateTemp(dir, "pollen-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	return &File{f, os.Remove(f.Name()) != nil}, nil
}

// Close closes the file, which is gone then.
func (f *File) Close() error {
	err := f.File.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
