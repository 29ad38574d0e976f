package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pollen/client"
)

// On a full disk every command says so in one line, what was there before is
// there after it, and nothing half-written stands under a name that one would
// take for whole.
func TestAFullDiskIsOneLine(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=12m"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("a small disk cannot be mounted: %v", err)
		}
		t.Skipf("a small disk cannot be mounted here, which wants root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	data, backup := filepath.Join(disk, "data"), filepath.Join(disk, "backup")
	pollen := func(want int, args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		if got := run(t.Context(), append(args, "--data", data), &out, &said); got != want || strings.Count(said.String(), "\n") > 1 {
			t.Errorf("%v: ended with %d and said %q", args, got, said.String())
		}
		return said.String()
	}
	pollen(done, "init")
	pollen(done, "invite", "ana@example.org")
	var token, said bytes.Buffer
	if got := run(t.Context(), []string{"token", "--data", data, "--persona", "ana"}, &token, &said); got != done {
		t.Fatalf("no token: %s", said.String())
	}
	url := serving(t, data)
	filler := filepath.Join(disk, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 1<<12))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if said := pollen(failed, "backup", backup); !strings.Contains(said, "no space left") && !strings.Contains(said, "disk") {
		t.Errorf("the backup says %q", said)
	}
	if _, err := os.Stat(backup); err == nil {
		t.Error("there is a backup that is not whole")
	}
	pollen(failed, "invite", "bo@example.org")
	if _, err := (&client.Client{Base: url, Token: strings.TrimSpace(token.String())}).Me(t.Context()); err != nil {
		t.Errorf("a token's first use: %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	pollen(done, "check")
	pollen(done, "invite", "bo@example.org")
	pollen(done, "backup", backup)
}

// serving serves a directory until the test ends.
func serving(t *testing.T, data string) (url string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, in, io.Discard)
		in.CloseWithError(io.EOF)
	}()
	t.Cleanup(func() { stop(); <-ended })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if i := strings.Index(lines.Text(), "http://"); i >= 0 {
			go io.Copy(io.Discard, out)
			return strings.TrimSpace(lines.Text()[i:])
		}
	}
	t.Fatal("the server did not start")
	return ""
}
