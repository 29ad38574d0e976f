package transfer_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"pollen"
	"pollen/internal/domain/transfer"
)

// listed is a folder whose list of sums reads as r.
type listed struct{ r io.Reader }

func (l listed) Open(name string) (fs.File, error) {
	f, err := fstest.MapFS{transfer.SumsFile: {}}.Open(name)
	return listFile{f, l.r}, err
}

type listFile struct {
	fs.File
	r io.Reader
}

func (f listFile) Read(b []byte) (int, error) { return f.r.Read(b) }

// over gives the same text without end.
type over struct {
	text string
	rest string
}

func (o *over) Read(b []byte) (int, error) {
	if o.rest == "" {
		o.rest = o.text
	}
	n := copy(b, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// A list that is not read to its end would let altered files pass.
func TestAListOfSumsIsReadWholeOrRefused(t *testing.T) {
	sum := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		list io.Reader
		kind pollen.Kind
		key  string
	}{
		"no list":         {strings.NewReader("a plan\n"), pollen.Invalid, "transfer.sums"},
		"a line too long": {strings.NewReader(sum + "  " + strings.Repeat("a/", 40_000) + "x\n"), pollen.Invalid, "transfer.sums"},
		"too much":        {&over{text: sum + "  " + strings.Repeat("a/", 30_000) + "x\n"}, pollen.Invalid, "transfer.sums-long"},
		"cut off":         {io.MultiReader(strings.NewReader(sum+"  plan.pdf\n"), iotest.ErrReader(errors.New("cut off"))), pollen.Internal, ""},
	} {
		_, err := transfer.OpenFiles(nil, listed{c.list})
		if err == nil || pollen.KindOf(err) != c.kind || c.key != "" && pollen.MessageOf(err).Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := transfer.OpenFiles(nil, listed{strings.NewReader(sum + "  plan.pdf\n")}); err != nil {
		t.Error(err)
	}
}
