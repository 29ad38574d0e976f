package backup_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"pollen"
	"pollen/internal/base/backup"
	"pollen/internal/base/blob"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// filled is a small instance with something in it, and its backup.
func filled(t testing.TB) (*pollentest.World, []byte) {
	w := pollentest.NewWorld(t)
	ana := w.Actor("Ana")
	w.Collection("sites", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "near", Type: schema.Reference}}})
	for i := range 150 {
		if _, err := w.Registry.Create(t.Context(), ana, "sites", registry.Change{Texts: map[string][]string{"name": {fmt.Sprintf("Dépôt n° %d « \u2028' \\", i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := blob.New(w.DB).Put(t.Context(), ana, bytes.NewReader(bytes.Repeat([]byte{0, 255, 10}, 100_000)), 1<<20); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), w.DB, &b, backup.Options{Schema: 2, LeaveOut: []string{"search_docs"}}); err != nil {
		t.Fatal(err)
	}
	return w, b.Bytes()
}

func nothing(*sqldb.Tx) error { return nil }

func from(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// lines is the text of a backup without its head and its end, whose time and
// sum differ.
func lines(t *testing.T, b []byte) []string {
	z, err := zstd.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	return all[1 : len(all)-1]
}

func TestWhatIsRestoredIsWhatWasThere(t *testing.T) {
	_, b := filled(t)
	db, _ := pollentest.Database(t)
	info, err := backup.Verify(t.Context(), bytes.NewReader(b))
	if err != nil || info.Rows < 450 || info.Schema != 2 {
		t.Fatalf("%+v, %v", info, err)
	}
	if err := backup.Read(t.Context(), db, from(b), nil, nothing); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if _, err := backup.Write(t.Context(), db, &again, backup.Options{Schema: 2, LeaveOut: []string{"search_docs"}}); err != nil {
		t.Fatal(err)
	}
	want, got := map[string]int{}, map[string]int{}
	for _, l := range lines(t, b) {
		want[l]++
	}
	for _, l := range lines(t, again.Bytes()) {
		got[l]++
	}
	for l, n := range want {
		if got[l] != n {
			t.Fatalf("%d times instead of %d: %.200s", got[l], n, l)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines instead of %d", len(got), len(want))
	}
	if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		p := journal.Proof{}
		err := p.Read(tx, 10_000)
		if p.End(); p.Number < 150 || len(p.Faults) > 0 {
			t.Errorf("the journal: %d acts, %v", p.Number, p.Faults)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n, faults, err := blob.New(db).Verify(t.Context()); n != 1 || len(faults) > 0 || err != nil {
		t.Errorf("contents: %d, %v, %v", n, faults, err)
	}
	if err := backup.Read(t.Context(), db, from(b), nil, nothing); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("into a place that is taken: %v", err)
	}
}

// A text that somebody else brought into the database in another encoding ends no
// backup, and comes back as text.
func TestATextThatIsNoneIsSaved(t *testing.T) {
	if pollentest.Postgres() {
		t.Skip("PostgreSQL takes no such text")
	}
	w, _ := filled(t)
	if err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE revisions SET note = CAST(X'6672E9' AS TEXT) WHERE n = 1`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), w.DB, &b, backup.Options{Schema: 2, LeaveOut: []string{"search_docs"}}); err != nil {
		t.Fatal(err)
	}
	db, _ := pollentest.Database(t)
	if err := backup.Read(t.Context(), db, from(b.Bytes()), nil, nothing); err != nil {
		t.Fatal(err)
	}
	var note string
	if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Get(`SELECT note FROM revisions WHERE n = 1`, nil, &note)
		return err
	}); err != nil || note != "fr\uFFFD" {
		t.Errorf("it came back as %q, %v", note, err)
	}
}

func TestARowThatCouldNotBeReadFailsTheBackup(t *testing.T) {
	w, _ := filled(t)
	if err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE revisions SET content = $1 WHERE entry_id = (SELECT min(entry_id) FROM revisions)`, make([]byte, 48<<20))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Write(t.Context(), w.DB, io.Discard, backup.Options{Schema: 2}); pollen.MessageOf(err).Key != "backup.long" {
		t.Errorf("%v", err)
	}
}

func TestHalfABackupIsRefusedAndWritesNothing(t *testing.T) {
	_, b := filled(t)
	db, _ := pollentest.Database(t)
	flipped := bytes.Clone(b)
	flipped[len(b)/2] ^= 1
	for name, bad := range map[string][]byte{"half": b[:len(b)/2], "without its end": b[:len(b)-40], "one bit": flipped, "nothing": nil, "a text": []byte("CREATE TABLE acts;"),
		"twice": append(bytes.Clone(b), b...)} {
		if _, err := backup.Verify(t.Context(), bytes.NewReader(bad)); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: verified with %v", name, err)
		}
		if err := backup.Read(t.Context(), db, from(bad), nil, nothing); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: read with %v", name, err)
		}
	}
	// What is done at the end is done in the same breath.
	killed := errors.New("killed")
	if err := backup.Read(t.Context(), db, from(b), nil, func(*sqldb.Tx) error { return killed }); !errors.Is(err, killed) {
		t.Errorf("killed at the end: %v", err)
	}
	if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT 1 FROM acts UNION ALL SELECT 1 FROM entries`, nil, func(*sql.Rows) error {
			t.Error("something was written")
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
}

func packed(t testing.TB, text string) []byte {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABackupOfANewerFormIsNamedSo(t *testing.T) {
	_, err := backup.Verify(t.Context(), bytes.NewReader(packed(t, `{"pollen-backup":9,"version":"7.0"}`+"\n")))
	if m := pollen.MessageOf(err); m.Key != "backup.newer" || !strings.Contains(m.String(), "7.0") {
		t.Errorf("%v", err)
	}
}

func TestACancelledBackupSaysSo(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backup.Write(ctx, w.DB, io.Discard, backup.Options{}); !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("%v", err)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(packed(f, `{"pollen-backup":1,"version":"1","schema":2}`+"\n"+`{"table":"acts","columns":["id"]}`+"\n[1]\n"+`{"rows":1,"sha256":""}`+"\n"))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := backup.Verify(t.Context(), bytes.NewReader(b)); err != nil && !pollen.Is(err, pollen.Invalid) {
			t.Fatal(err)
		}
	})
}
