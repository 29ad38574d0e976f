package registry_test

import (
	"slices"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// forged is an instance to be altered behind the program's back.
type forged struct {
	*pollentest.World
	by    pollen.Actor
	own   []pollen.EntryID // each written and revised by itself
	batch pollen.BatchID
	n     int              // how many entries there are
	of    []pollen.EntryID // brought in by two parts of a batch
}

func newForged(t *testing.T) *forged {
	w := pollentest.NewWorld(t)
	f := &forged{World: w, by: w.Actor("Ana"), n: 8}
	w.Collection("sites", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text, Unique: true}}})
	for _, name := range []string{"A", "B", "C"} {
		e := must(w.Registry.Create(t.Context(), f.by, "sites", values("name", name)))(t)
		must(w.Registry.Revise(t.Context(), f.by, e.ID, values("name", name+name)))(t)
		f.own = append(f.own, e.ID)
	}
	f.batch = must(w.Registry.Begin(t.Context(), f.by, "sites", registry.Batch{Kind: registry.BatchImport}))(t).ID
	for _, part := range [][]string{{"D", "E", "F"}, {"G", "AA", "H"}} { // AA is taken
		var rows []pollentest.Row
		for _, name := range part {
			rows = append(rows, pollentest.Row{Change: values("name", name)})
		}
		for _, out := range must(w.Part(f.by, f.batch, rows...))(t) {
			if out.Err == nil {
				f.of = append(f.of, out.Entry)
			}
		}
	}
	must(w.Part(f.by, f.batch, pollentest.Row{Entry: f.of[1], Change: values("name", "EE")}, pollentest.Row{Entry: f.of[0], Change: values("name", "DD")},
		pollentest.Row{Entry: f.of[1], Change: values("name", "EEE")}))(t)
	must(w.Registry.Revise(t.Context(), f.by, f.of[2], values("name", "FF")))(t)
	return f
}

func (f *forged) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if err := f.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			t.Errorf("nothing altered by %s", query)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func (f *forged) verify(t *testing.T) []registry.Fault {
	t.Helper()
	n, faults, err := f.Registry.Verify(t.Context())
	if n != int64(f.n) || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	return faults
}

func TestVerifyPassesWhatWasWrittenAndErased(t *testing.T) {
	f := newForged(t)
	if faults := f.verify(t); len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, id := range []pollen.EntryID{f.own[0], f.of[1]} {
		if err := f.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := f.Registry.Erase(tx, f.System, id)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if faults := f.verify(t); len(faults) > 0 {
		t.Error(faults)
	}
	f.exec(t, `UPDATE revisions SET digest = salt WHERE digest IS NULL`) // is not looked at where there is content
	f.exec(t, `UPDATE revisions SET digest = $2 WHERE entry_id = $1 AND n = 2`, f.of[1], []byte("another"))
	if faults := f.verify(t); len(faults) != 1 || faults[0].Batch != f.batch {
		t.Error(faults)
	}
}

func TestVerifyFindsWhatWasAltered(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*testing.T, *forged)
		want  string // in each of the faults
	}{
		{"a content", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET content = $2 WHERE entry_id = $1 AND n = 1`, f.own[0], []byte(`{"v":{}}`))
		}, "revision 1: is not what"},
		{"who wrote it", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET persona_id = persona_id + 1 WHERE entry_id = $1 AND n = 1`, f.own[0])
		}, "revision 1: is not what"},
		{"the current one goes", func(t *testing.T, f *forged) {
			f.exec(t, `DELETE FROM revisions WHERE entry_id = $1 AND n = 2`, f.own[0])
		}, "revision 2: its current revision is missing"},
		{"an earlier one goes", func(t *testing.T, f *forged) {
			f.exec(t, `DELETE FROM revisions WHERE entry_id = $1 AND n = 1`, f.own[0])
		}, "revision 1: is missing"},
		{"an earlier one is current", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE entries SET revision = 1 WHERE id = $1`, f.own[0])
		}, "revision 1: is not the last"},
		{"an entry goes with its revisions", func(t *testing.T, f *forged) {
			f.exec(t, `DELETE FROM entry_uniques WHERE entry_id = $1`, f.own[0])
			f.exec(t, `DELETE FROM revisions WHERE entry_id = $1`, f.own[0])
			f.exec(t, `DELETE FROM entries WHERE id = $1`, f.own[0])
			f.n--
		}, ": is missing"},
		{"an entry goes, and its revisions stay", func(t *testing.T, f *forged) {
			f.exec(t, `DELETE FROM entries WHERE id = $1`, f.own[0])
			f.n--
		}, ": is missing"},
		{"an entry of a batch goes, and its revisions stay", func(t *testing.T, f *forged) {
			f.exec(t, `DELETE FROM entries WHERE id = $1`, f.of[0])
			f.n--
		}, ": is missing"},
		{"the last goes, and the one before is current", func(t *testing.T, f *forged) {
			f.exec(t, `DELETE FROM revisions WHERE entry_id = $1 AND n = 2`, f.own[0])
			f.exec(t, `UPDATE entries SET revision = 1 WHERE id = $1`, f.own[0])
		}, "revision 2: is missing"},
		{"one stands twice", func(t *testing.T, f *forged) {
			f.exec(t, `INSERT INTO revisions (entry_id, n, act_id, kind, persona_id, at, note, content, salt)
				SELECT entry_id, 3, act_id, kind, persona_id, at, note, content, salt FROM revisions WHERE entry_id = $1 AND n = 1`, f.own[0])
			f.exec(t, `UPDATE entries SET revision = 3 WHERE id = $1`, f.own[0])
		}, "revision 3: is not what"},
		{"gone, and nobody erased it", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET digest = (SELECT content FROM acts WHERE id = act_id), content = NULL, salt = NULL WHERE entry_id = $1`, f.own[0])
		}, "is gone"},
		{"a content of a batch", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET content = $2 WHERE entry_id = $1 AND n = 1`, f.of[0], []byte(`{"v":{}}`))
		}, "its revisions are not what"},
		{"who wrote one of a batch", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET persona_id = persona_id + 1 WHERE entry_id = $1 AND n = 1`, f.of[2])
		}, "its revisions are not what"},
		{"when one of a batch was written", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET at = at - 1 WHERE entry_id = $1 AND n = 1`, f.of[2])
		}, "its revisions are not what"},
		{"one of a batch goes with its entry", func(t *testing.T, f *forged) {
			f.exec(t, `DELETE FROM revisions WHERE entry_id = $1`, f.of[3])
			f.exec(t, `UPDATE entries SET revision = 0 WHERE id = $1`, f.of[3])
		}, "its revisions are not what"},
		{"one more in a batch", func(t *testing.T, f *forged) {
			f.exec(t, `INSERT INTO revisions (entry_id, n, act_id, kind, persona_id, at, batch_id, note, content, salt)
				SELECT entry_id, 2, act_id, kind, persona_id, at, batch_id, note, content, salt FROM revisions WHERE entry_id = $1 AND n = 1`, f.of[3])
			f.exec(t, `UPDATE entries SET revision = 2 WHERE id = $1`, f.of[3])
		}, "its revisions are not what"},
		{"one of a batch is of another entry", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET entry_id = 4611686018427387904 WHERE entry_id = $1`, f.of[4])
			f.exec(t, `UPDATE entries SET id = 4611686018427387904 WHERE id = $1`, f.of[4])
		}, "its revisions are not what"},
		{"one of no part", func(t *testing.T, f *forged) {
			f.exec(t, `UPDATE revisions SET batch_id = $2, act_id = 1 WHERE entry_id = $1 AND n = 2`, f.own[0], int64(f.batch))
		}, "revision 2: is of no part"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newForged(t)
			c.alter(t, f)
			faults := f.verify(t)
			if len(faults) == 0 {
				t.Error("not found")
			}
			if slices.ContainsFunc(faults, func(f registry.Fault) bool { return !strings.Contains(f.String(), c.want) }) {
				t.Error(faults)
			}
		})
	}
}
