package tabular

import (
	"errors"
	"io"

	"pollen"
	"pollen/internal/base/scratch"
)

// Spooled is a copy of an input that can be read several times.
type Spooled struct {
	*scratch.File
	Size int64 // bytes
}

// Spool copies r into a temporary file of a folder, "" the system's. It fails
// with Invalid when r is longer than max bytes.
func Spool(r io.Reader, dir string, max int64) (_ *Spooled, err error) {
	f, err := scratch.New(dir)
	if err != nil {
		return nil, err
	}
	s := &Spooled{File: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.Size, err = io.Copy(f, io.LimitReader(r, max+1)); err != nil {
		return nil, err
	}
	if s.Size > max {
		return nil, pollen.Errorf(pollen.Invalid, "tabular.too-large",
			"The file is larger than {max}. Import it on the server with: pollen import.", "max", pollen.Bytes(max))
	}
	return s, nil
}
