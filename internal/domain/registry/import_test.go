package registry_test

import (
	"encoding/json"
	"testing"
	"time"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// bring imports rows from a source in one batch.
func bring(t *testing.T, w *pollentest.World, by pollen.Actor, rule registry.Rule, rows ...registry.Row) (registry.Batch, []registry.Outcome) {
	t.Helper()
	for i := range rows {
		rows[i].Line = int64(i + 2)
		if rows[i].Past == nil && rows[i].Entry == 0 {
			rows[i].Key = "code"
		}
	}
	b := must(w.Registry.Begin(t.Context(), by, "sites", registry.Batch{Kind: registry.BatchImport, Source: rule.Source}))(t)
	out := must(w.Registry.Import(t.Context(), by, b.ID, registry.Part{Rows: rows, Position: int64(len(rows)), Rule: &rule}))(t)
	if err := w.Registry.End(t.Context(), by, b.ID, ""); err != nil {
		t.Fatal(err)
	}
	return *b, out
}

// What a source says meets what people changed since it last spoke.
func TestPeoplesEditsWin(t *testing.T) {
	for _, c := range []struct {
		name               string
		field              string
		first, people, now string // what the source said, what somebody made of it ("=" nothing), what the source says now
		want               string
		kept               bool
	}{
		{"the source repeats itself", "name", "Gate", "=", "Gate", "Gate", false},
		{"nobody touched it", "name", "Gate", "=", "Door", "Door", false},
		{"the source repeats what somebody corrected", "name", "Gate", "Main gate", "Gate", "Main gate", false},
		{"the source caught up", "name", "Gate", "Main gate", "Main gate", "Main gate", false},
		{"both changed it", "name", "Gate", "Main gate", "Door", "Main gate", true},
		{"somebody removed it, the source repeats it", "access", "By the gate.", "", "By the gate.", "", false},
		{"the source removed what nobody touched", "access", "By the gate.", "=", "", "", false},
		{"the source removed what somebody corrected", "access", "By the gate.", "By the door.", "", "By the door.", true},
		{"the source says what was blank", "access", "", "=", "By the gate.", "By the gate.", false},
		{"lists are joined", "tags", "a|b", "a|b|c", "a|d", "a|c|d", false},
		{"paragraphs are joined", "access", "One.\n\nTwo.", "One!\n\nTwo.", "One.\n\nTwo!", "One!\n\nTwo!", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := pollentest.NewWorld(t)
			w.Collection("sites", pollen.AudiencePublic, sites)
			ana, bob := w.Actor("Ana"), w.Actor("Bob")
			rule := registry.Rule{Source: "erp"}
			row := func(v string) registry.Row {
				ch := values("code", "S1", "name", "Site")
				ch.Texts[c.field] = []string{v}
				if c.field == "tags" {
					ch.Texts[c.field] = nil
					ch.Values = map[string]json.RawMessage{}
					f := schema.Field{Name: "tags", Type: schema.Text, Many: true}
					ch.Values["tags"] = must(f.FromText(v, nil))(t)
					delete(ch.Texts, "tags")
				}
				return registry.Row{Change: ch}
			}
			_, out := bring(t, w, ana, rule, row(c.first))
			id := out[0].Entry
			if c.people != "=" {
				ch := row(c.people).Change
				delete(ch.Texts, "code")
				if c.field != "name" {
					delete(ch.Texts, "name")
				}
				must(w.Registry.Revise(t.Context(), bob, id, ch))(t)
			}
			preview := must(w.Registry.Preview(t.Context(), ana, "sites", []registry.Row{{Change: row(c.now).Change, Key: "code"}}, &rule))(t)
			b, out := bring(t, w, ana, rule, row(c.now))
			e := must(w.Registry.Get(t.Context(), ana, id))(t)
			if got := text(e, c.field); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if kept := len(out[0].Kept) > 0; kept != c.kept || len(preview[0].Kept) > 0 != c.kept || preview[0].Changed != out[0].Changed {
				t.Errorf("kept aside: %v, in the preview %+v", kept, preview[0])
			}
			waiting := must(w.Registry.Undecided(t.Context(), bob, b.ID, 10, ""))(t)
			if len(waiting.Items) > 0 != c.kept {
				t.Fatalf("%d values wait", len(waiting.Items))
			}
			// The same file once more changes nothing, and asks nothing new.
			was := e.Revision
			_, out = bring(t, w, ana, rule, row(c.now))
			if e := must(w.Registry.Get(t.Context(), ana, id))(t); e.Revision != was || len(out[0].Kept) > 0 {
				t.Errorf("again: revision %d after %d, kept %v", e.Revision, was, out[0].Kept)
			}
			if c.kept {
				e := must(w.Registry.Decide(t.Context(), bob, b.ID, id, c.field, registry.Take))(t)
				if got := text(e, c.field); got != c.now {
					t.Errorf("taken: %q", got)
				}
				_, err := w.Registry.Decide(t.Context(), bob, b.ID, id, c.field, registry.Keep)
				wants(t, err, pollen.NotFound)
			}
		})
	}
}

func TestASourceThatNeverSpokeOfAnEntry(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	byHand := must(w.Registry.Create(ctx, ana, "sites", values("code", "S1", "name", "By hand")))(t)
	bring(t, w, ana, registry.Rule{Source: "old"}, registry.Row{Change: values("code", "S2", "name", "By file")})
	day := w.Clock.Now()
	w.Clock.Advance(24 * time.Hour)

	rows := func() []registry.Row {
		return []registry.Row{{Change: values("code", "S1", "name", "New")}, {Change: values("code", "S2", "name", "New", "access", "Ring.")}}
	}
	_, out := bring(t, w, ana, registry.Rule{Source: "erp"}, rows()...)
	if len(out[0].Kept) != 1 || len(out[1].Kept) != 0 || !out[1].Changed {
		t.Errorf("by hand %+v, by file %+v", out[0], out[1])
	}
	// As of a day on which nobody had touched it, the file is taken.
	_, out = bring(t, w, ana, registry.Rule{Source: "hr", AsOf: day}, rows()[0])
	if len(out[0].Kept) != 0 || text(must(w.Registry.Get(ctx, ana, byHand.ID))(t), "name") != "New" {
		t.Errorf("as of: %+v", out[0])
	}
	must(w.Registry.Revise(ctx, ana, byHand.ID, values("name", "Mine")))(t)
	_, out = bring(t, w, ana, registry.Rule{Source: "hr", Overwrite: true}, rows()[0])
	if len(out[0].Kept) != 0 || text(must(w.Registry.Get(ctx, ana, byHand.ID))(t), "name") != "New" {
		t.Errorf("overwritten: %+v", out[0])
	}
}

func TestReferencesToRowsThatComeLater(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	b := must(w.Registry.Begin(ctx, ana, "sites", registry.Batch{Kind: registry.BatchImport, Source: "erp"}))(t)
	out := must(w.Registry.Import(ctx, ana, b.ID, registry.Part{Rows: []registry.Row{
		{Change: values("code", "C", "name", "Child", "parent", "P"), Line: 2, Postpone: true},
		{Change: values("code", "P", "name", "Parent"), Line: 3, Postpone: true},
		{Change: values("code", "L", "name", "Later", "parent", "P"), Line: 4, Postpone: true},
	}}))(t)
	if len(out[0].Postponed) != 1 || len(out[2].Postponed) != 0 {
		t.Fatalf("%+v", out)
	}
	lines, entries, err := w.Registry.Postponed(ctx, b.ID, 0, 10)
	if err != nil || len(lines) != 1 || lines[0] != 2 || entries[0] != out[0].Entry {
		t.Fatalf("%v %v %v", lines, entries, err)
	}
	must(w.Registry.Import(ctx, ana, b.ID, registry.Part{Rows: []registry.Row{{Entry: entries[0], Change: values("parent", "P")}}, Done: 2}))(t)
	e := must(w.Registry.Get(ctx, ana, out[0].Entry))(t)
	if text(e, "parent") != out[1].Entry.String() {
		t.Errorf("parent %q", text(e, "parent"))
	}
	if lines, _, err := w.Registry.Postponed(ctx, b.ID, 0, 10); err != nil || len(lines) != 0 {
		t.Errorf("%v %v", lines, err)
	}
}

func TestAHistoryGoesInAsItWas(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, old := t.Context(), w.Actor("Ana"), w.Actor("Old")
	id := pollen.EntryID(1 << 40)
	day := time.Date(2019, 5, 4, 12, 0, 0, 0, time.UTC)
	past := func(n int, kind pollen.ActKind, ch registry.Change) registry.Row {
		return registry.Row{Change: ch, Past: &registry.Past{ID: id, N: n, Kind: kind, Author: old.Persona, At: day.AddDate(0, 0, n)}}
	}
	history := []registry.Row{past(1, pollen.ActCreate, values("code", "S1", "name", "One")),
		past(2, pollen.ActRevise, values("code", "S1", "name", "Two")), past(3, pollen.ActRetire, values("code", "S1", "name", "Two"))}
	for range 2 { // the second time nothing happens
		_, out := bring(t, w, ana, registry.Rule{Source: "old"}, history...)
		for _, o := range out {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
		}
	}
	revs := must(w.Registry.Revisions(ctx, ana, id, 10, ""))(t)
	if len(revs.Items) != 3 || revs.Items[1].By != old.Persona || !revs.Items[1].At.Equal(day.AddDate(0, 0, 2)) || revs.Items[0].Kind != pollen.ActRetire {
		t.Errorf("%+v", revs.Items)
	}
	if e := must(w.Registry.Get(ctx, ana, id))(t); e.Live() || text(e, "name") != "Two" {
		t.Errorf("%+v", e)
	}
	_, out := bring(t, w, ana, registry.Rule{Source: "old"}, past(2, pollen.ActRevise, values("name", "Other")), past(9, pollen.ActRevise, values("name", "Gap")))
	wants(t, out[0].Err, pollen.Conflict)
	wants(t, out[1].Err, pollen.Invalid)
}

func TestRowsThatCannotBeTold(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ana := w.Actor("Ana")
	_, out := bring(t, w, ana, registry.Rule{Source: "erp"}, registry.Row{Change: values("name", "No code")}, registry.Row{Change: values("code", "A", "name", "Same")},
		registry.Row{Change: values("code", "B", "name", "Same")})
	wants(t, out[0].Err, pollen.Invalid)
	b := must(w.Registry.Begin(t.Context(), ana, "sites", registry.Batch{Kind: registry.BatchImport}))(t)
	out = must(w.Registry.Import(t.Context(), ana, b.ID, registry.Part{Rows: []registry.Row{
		{Change: values("name", "Same"), Key: "name"}, {Change: values("alarm", "x"), Key: "alarm"}, {Change: values("tags", "x"), Key: "access"}}}))(t)
	wants(t, out[0].Err, pollen.Conflict)
	wants(t, out[1].Err, pollen.Invalid)
	wants(t, out[2].Err, pollen.Invalid)
}
