package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTheCommittedFilesAreThoseOfTheSources fails when a source was changed and
// go generate was not run.
func TestTheCommittedFilesAreThoseOfTheSources(t *testing.T) {
	outputs, err := build(filepath.Join("..", "src"))
	if err != nil {
		t.Fatal(err)
	}
	if len(outputs) != 2 {
		t.Fatalf("%d files were built, want a script and a style sheet", len(outputs))
	}
	for name, content := range outputs {
		committed, err := os.ReadFile(filepath.Join("..", "files", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(committed, content) {
			t.Errorf("files/%s is not what src makes: run go generate ./internal/face/web/asset", name)
		}
	}
}
