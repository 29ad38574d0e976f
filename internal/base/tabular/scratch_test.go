//go:build unix

package tabular_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"pollen/internal/base/tabular"
)

// A program that is killed leaves no copy of what it read: the copy has no name
// while it is read.
func TestACopyIsNotFoundWhileItIsRead(t *testing.T) {
	dir := t.TempDir()
	s, err := tabular.Spool(strings.NewReader("code,name\n"), dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("it is found as %v, %v", left, err)
	}
	for range 2 {
		if b, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size)); err != nil || string(b) != "code,name\n" {
			t.Errorf("%q, %v", b, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
