package tabular

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"pollen"
	"pollen/internal/base/scratch"
)

// sampleSize is how much of a file is looked at before reading it.
const sampleSize = 1 << 20

// input is a file being opened: its beginning, and the means to read it all.
type input struct {
	head  []byte    // the first sampleSize bytes of the content
	whole bool      // head is all there is
	body  io.Reader // the content from its very beginning
	gzip  bool

	count    atomic.Int64 // bytes taken from the caller's reader
	at       io.ReaderAt  // random access to the caller's reader, if it has any
	size     int64        // with at
	maxSpool int64
	tempDir  string
	spooled  *scratch.File
}

// newInput takes the sample. The caller's reader may stand anywhere in its
// file; it is read from there.
func newInput(r io.Reader, o Options) (*input, error) {
	in := &input{maxSpool: o.MaxSpool, tempDir: o.TempDir}
	in.at, in.size = randomAccess(r)
	err := in.sample(counter{r, &in.count})
	if err == nil && len(in.head) == 0 {
		err = emptyFile()
	}
	return in, err
}

// sample reads the beginning of r into head and makes body replay it.
func (in *input) sample(r io.Reader) error {
	head := make([]byte, sampleSize)
	n, err := io.ReadFull(r, head)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		in.whole = true
	case err != nil:
		return readError(err)
	}
	in.head = head[:n]
	in.body = io.MultiReader(bytes.NewReader(in.head), r)
	return nil
}

// randomAccess returns what lies before r's position, when r can tell. A pipe
// has the methods and refuses them.
func randomAccess(r io.Reader) (io.ReaderAt, int64) {
	ra, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return nil, 0
	}
	pos, err := ra.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, 0
	}
	end, err := ra.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0
	}
	if back, err := ra.Seek(pos, io.SeekStart); err != nil || back != pos {
		return nil, 0
	}
	return io.NewSectionReader(ra, pos, end-pos), end - pos
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// gunzip replaces the content by what is compressed in it, if anything is.
func (in *input) gunzip() error {
	if !bytes.HasPrefix(in.head, []byte{0x1f, 0x8b, 8}) {
		return nil
	}
	zr, err := gzip.NewReader(in.body)
	if err != nil {
		return damagedGzip(err)
	}
	in.gzip, in.at, in.whole = true, nil, false
	if err := in.sample(&gunzipped{r: zr, compressed: &in.count}); err != nil {
		return err
	}
	if len(in.head) == 0 {
		return emptyFile()
	}
	return nil
}

// Beyond bombFloor bytes, content that is more than bombRatio times as big as
// its compressed form is refused. Tables of real life stay under 100.
const (
	bombFloor = 64 << 20
	bombRatio = 250
)

func bomb() error {
	return pollen.Errorf(pollen.Invalid, "tabular.bomb",
		"This file unpacks to far more than a table would. It was not read.")
}

// gunzipped reads unpacked content, and stops when there is absurdly much.
type gunzipped struct {
	r          io.Reader
	n          int64
	compressed *atomic.Int64
}

func (g *gunzipped) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	g.n += int64(n)
	if g.n > bombFloor && g.n/bombRatio > g.compressed.Load() {
		return 0, bomb()
	}
	if err != nil && err != io.EOF {
		err = damagedGzip(err)
	}
	return n, err
}

func damagedGzip(err error) error {
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) ||
		err == io.EOF || isFlateError(err) {
		return pollen.Errorf(pollen.Invalid, "tabular.gzip",
			"The compressed file is damaged or cut off.").Because(err)
	}
	return readError(err)
}

// readError names the operation for the log; what failed is the caller's
// reader, not the table.
func readError(err error) error { return fmt.Errorf("reading the input: %w", err) }

// randomAccess returns the content with random access, copied to a temporary
// file when there is no other way. It fails with Limited when it is too big for
// that.
func (in *input) randomAccess() (io.ReaderAt, int64, error) {
	if in.at != nil {
		return in.at, in.size, nil
	}
	if in.whole {
		return bytes.NewReader(in.head), int64(len(in.head)), nil
	}
	f, err := scratch.New(in.tempDir)
	if err != nil {
		return nil, 0, err
	}
	in.spooled = f
	n, err := io.Copy(f, io.LimitReader(in.body, in.maxSpool+1))
	if err != nil {
		return nil, 0, readError(err)
	}
	if n > in.maxSpool {
		return nil, 0, pollen.Errorf(pollen.Limited, "tabular.spool",
			"The workbook is larger than {max}. Split it, or save it as CSV.", "max", pollen.Bytes(in.maxSpool))
	}
	return f, n, nil
}

// Close lets go of the temporary file, if one was made.
func (in *input) Close() error {
	if in.spooled == nil {
		return nil
	}
	f := in.spooled
	in.spooled = nil
	return f.Close()
}
