package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/backup"
	"pollen/internal/base/once"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/pollentest"
)

// Who finds a backup comes in by none of what it holds.
func TestABackupLetsNobodyIn(t *testing.T) {
	a, ctx := open(t, pollentest.NewClock()), t.Context()
	link, err := a.Invite(ctx, app.Invitation{Email: "ana@example.org", Name: "Ana"})
	if err != nil {
		t.Fatal(err)
	}
	in, err := a.Identity.Redeem(ctx, link.Secret, "browser")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Invite(ctx, app.Invitation{Email: "bo@example.org", Name: "Bo"}); err != nil {
		t.Fatal(err)
	}
	answers := once.New(a.DB)
	if _, err := answers.Claim(ctx, in.Persona, "key", []byte("digest")); err != nil {
		t.Fatal(err)
	}
	if err := answers.Keep(ctx, in.Persona, "key", once.Answer{Status: 200, Body: []byte("kept for Ana")}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := a.Backup(ctx, &b, nil); err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sessions", "sign_in_links", "idempotent_answers", "import_drafts", "import_pieces"} {
		if strings.Contains(string(text), `{"table":"`+name+`"`) {
			t.Errorf("the backup has %s", name)
		}
	}
	if !strings.Contains(string(text), `{"table":"accounts"`) {
		t.Error("the backup has no accounts")
	}
	path, data := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(ctx, app.Options{Data: data}, path, nil, nil); err != nil {
		t.Fatal(err)
	}
	r, err := app.Open(ctx, app.Options{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Identity.Session(ctx, in.Session); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("Ana's session on what was restored: %v", err)
	}
	if p, err := r.Personas.Get(ctx, in.Persona); err != nil || p.Name != "Ana" {
		t.Errorf("Ana herself: %+v, %v", p, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// Killed before its index is made, what is restored makes it when it is served.
func TestARestoreThatIsKilledFindsEverythingLater(t *testing.T) {
	a, ctx := open(t, pollentest.NewClock()), t.Context()
	if _, err := a.Registry.Create(ctx, a.System, "people", registry.Change{Values: map[string]json.RawMessage{"given_name": []byte(`"Ana"`), "family_name": []byte(`"Galton"`)}}); err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := a.Backup(ctx, &b, nil); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	info, err := backup.Verify(ctx, bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Fill(ctx, filepath.Join(data, app.File), info, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }, nil); err != nil {
		t.Fatal(err)
	}
	r, err := app.Open(ctx, app.Options{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	found, err := r.Search.Find(ctx, r.System, search.Query{Text: "galton"})
	if err != nil || len(found.Hits) == 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// watched tells what lies in a folder when it is first read.
type watched struct {
	io.Reader
	dir  string
	seen []os.DirEntry
	err  error
	read bool
}

func (w *watched) Read(b []byte) (int, error) {
	if !w.read {
		w.read = true
		w.seen, w.err = os.ReadDir(w.dir)
	}
	return w.Reader.Read(b)
}

// A backup from standard input is copied, and nobody finds the copy: not while it is
// read, and not when the process is killed.
func TestABackupFromStandardInputLiesNowhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file has a name there")
	}
	a, ctx := open(t, pollentest.NewClock()), t.Context()
	var b bytes.Buffer
	rows, err := a.Backup(ctx, &b, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := &watched{Reader: &b, dir: t.TempDir()}
	t.Setenv("TMPDIR", in.dir)
	info, err := app.Restore(ctx, app.Options{Data: filepath.Join(t.TempDir(), "data")}, "-", in, nil)
	if err != nil || info.Rows != rows {
		t.Fatalf("%+v of %d rows: %v", info, rows, err)
	}
	if in.err != nil || !in.read || len(in.seen) != 0 {
		t.Errorf("while it is read there is %v, %v", in.seen, in.err)
	}
}
