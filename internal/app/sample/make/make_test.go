package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The people that the package carries are those that this program draws: a
// change of the lists, the units or the sites is followed by go generate.
func TestPeopleAreUpToDate(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"communes.jsonl.gz", "units.jsonl", "sites.jsonl"} {
		b, err := os.ReadFile(filepath.Join("..", "data", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := run("", dir); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(filepath.Join(dir, "people.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	carried, err := os.ReadFile(filepath.Join("..", "data", "people.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, carried) {
		t.Error("data/people.jsonl is not what make draws: run go generate in internal/app/sample")
	}
}
