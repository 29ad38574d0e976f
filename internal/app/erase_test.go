package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/transfer"
)

// What is erased is nowhere any more, in no door and in no byte of the database;
// what the person gave to other entries stays, and the journal verifies.
func TestErasingAPersonLeavesTheProof(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	a, err := app.Open(t.Context(), app.Options{Data: dir, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	raw := func(pairs ...string) registry.Change {
		ch := registry.Change{Values: map[string]json.RawMessage{}}
		for i := 0; i < len(pairs); i += 2 {
			ch.Values[pairs[i]] = json.RawMessage(`"` + pairs[i+1] + `"`)
		}
		return ch
	}
	e, err := a.Registry.Create(ctx, a.System, pollen.People, raw("given_name", "Zorglub", "family_name", "Zorglubovitch", "email", "zorglub@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := a.Registry.Create(ctx, a.System, pollen.People, raw("given_name", "Ana"))
	if err != nil {
		t.Fatal(err)
	}
	// Somebody wrote about him twice more, and merged that.
	second, err := a.Registry.Create(ctx, a.System, pollen.People, raw("given_name", "Zorglub", "phone", "+33199005555"))
	if err != nil {
		t.Fatal(err)
	}
	third, err := a.Registry.Create(ctx, a.System, pollen.People, raw("given_name", "Zorglub II"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range [][2]pollen.EntryID{{third.ID, second.ID}, {second.ID, e.ID}} {
		if _, err := a.Registry.Merge(ctx, a.System, m[0], m[1], "zorglub again"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Invite(ctx, app.Invitation{Email: "zorglub@example.org", Entry: e.Slug}); err != nil {
		t.Fatal(err)
	}
	handle := "zorglub.zorglubovitch"
	p, err := a.Personas.ByHandle(ctx, handle)
	if err != nil {
		t.Fatal(err)
	}
	by, err := a.Actor(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	gift := raw("phone", "+33199001234")
	gift.Note = "Zorglub called."
	gave, err := a.Registry.Revise(ctx, by, other.ID, gift)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Registry.Revise(ctx, by, e.ID, raw("phone", "+33199009999")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Registry.Rename(ctx, by, e.ID, "zorglub-the-great"); err != nil {
		t.Fatal(err)
	}
	said, err := a.Talk.Say(ctx, by, other.ID, talk.Words{Body: "Call Zorglub about it."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Talk.Edit(ctx, by, said.Act, "Call Zorglub at once."); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Desk.Receive(ctx, by, pollen.People, "zorglub.csv", strings.NewReader("family_name\nZorglub\n")); err != nil {
		t.Fatal(err)
	}
	rows := strings.NewReader("family_name,email\nZorglub,no address\n")
	if done, err := a.Transfer.Run(ctx, by, pollen.People, transfer.File{Name: "z.csv", Content: rows, Size: int64(rows.Len())}, transfer.Options{}); err != nil || done.Refused != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	token, err := a.Identity.Token(ctx, a.System, p.ID, p.Kind, "zorglub's laptop")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	before, err := a.Check(ctx, nil)
	if err != nil || len(before.Faults) > 0 {
		t.Fatalf("%v, %v", before.Faults, err)
	}
	kept := before.Checkpoint()

	if told, err := a.ToErase(ctx, handle); err != nil || told.Merged != 2 {
		t.Errorf("told %+v, %v", told, err)
	}
	gone, err := a.Erase(ctx, handle)
	if err != nil || gone.Acts < 2 || gone.Merged != 2 {
		t.Fatalf("%+v, %v", gone, err)
	}
	proof, err := a.Check(ctx, &kept)
	if err != nil || len(proof.Faults) > 0 || proof.Erased != int64(gone.Acts) {
		t.Errorf("the journal: %+v, %v", proof.Faults, err)
	}
	if _, faults, err := a.Registry.Verify(ctx); err != nil || len(faults) > 0 {
		t.Errorf("the entries: %v, %v", faults, err)
	}
	if _, err := a.Identity.TokenPersona(ctx, token); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("the token: %v", err)
	}
	if r, err := a.Search.Find(ctx, a.System, search.Query{Text: "zorglub"}); err != nil || len(r.Hits) > 0 {
		t.Errorf("found %+v, %v", r.Hits, err)
	}
	if now, err := a.Registry.Get(ctx, a.System, e.ID); err != nil || now.Live() || len(now.Values) > 0 {
		t.Errorf("the entry: %+v, %v", now, err)
	}
	if now, err := a.Registry.Get(ctx, a.System, other.ID); err != nil || now.Revision != gave.Revision || len(now.Values) != len(gave.Values) {
		t.Errorf("what was given: %+v, %v", now, err)
	}
	if revs, err := a.Registry.Revisions(ctx, a.System, e.ID, 0, ""); err != nil || len(revs.Items) < 3 || revs.Items[0].Kind != pollen.ActErase {
		t.Errorf("history: %+v, %v", revs.Items, err)
	}
	var table, whole bytes.Buffer
	if _, err := a.Transfer.Export(ctx, a.System, pollen.People, &table, transfer.Exporting{Format: tabular.JSONL, History: true}); err != nil || holds(table.Bytes()) {
		t.Errorf("the export holds it: %v\n%s", err, table.String())
	}
	if _, err := a.Backup(ctx, &whole, nil); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	back := filepath.Join(t.TempDir(), "back")
	file := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(file, whole.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(ctx, app.Options{Data: back}, file, nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{dir, back} {
		names, err := os.ReadDir(place)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			b, err := os.ReadFile(filepath.Join(place, n.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if holds(b) {
				i := strings.Index(strings.ToLower(string(b)), "zorglub")
				t.Errorf("%s/%s holds it: %q", filepath.Base(place), n.Name(), b[max(0, i-80):min(len(b), i+80)])
			}
		}
	}
}

func holds(b []byte) bool { return bytes.Contains(bytes.ToLower(b), []byte("zorglub")) }

// Taking the salt of an act away, to hide that it was altered, is found.
func TestAnErasedActIsAccountedFor(t *testing.T) {
	a := opened(t)
	if _, err := a.DB.Pool().ExecContext(t.Context(), `UPDATE acts SET salt = NULL, kind = 'leave' WHERE number = 2`); err != nil {
		t.Fatal(err)
	}
	if p, err := a.Check(t.Context(), nil); err != nil || len(p.Faults) != 1 {
		t.Errorf("%+v, %v", p.Faults, err)
	}
	if _, err := a.Erase(t.Context(), "pollen"); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("erasing the command line: %v", err)
	}
	if _, err := a.Erase(t.Context(), "nobody"); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("erasing nobody: %v", err)
	}
}
