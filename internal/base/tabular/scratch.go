package tabular

import (
	"errors"
	"fmt"
	"os"
)

// Scratch is a temporary file that goes with its process, however that ends:
// where the system lets an open file be removed, nobody finds it from the
// beginning; elsewhere Close removes it.
type Scratch struct {
	*os.File
	named bool
}

// NewScratch makes a temporary file in a folder, "" the system's.
func NewScratch(dir string) (*Scratch, error) {
	f, err := os.CreateTemp(dir, "pollen-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	return &Scratch{f, os.Remove(f.Name()) != nil}, nil
}

// Close closes the file, which is gone then.
func (s *Scratch) Close() error {
	err := s.File.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}
