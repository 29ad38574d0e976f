package registry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

var machines = schema.Schema{Key: "code", Title: []string{"code"}, Fields: []schema.Field{
	{Name: "code", Type: schema.Code, Unique: true, Indexed: true, Required: true},
	{Name: "kind", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "old"}, {Code: "new"}}},
	{Name: "tags", Type: schema.Text, Many: true, Indexed: true},
	{Name: "label", Type: schema.Localized},
	{Name: "locked", Type: schema.Text, Protected: true},
	{Name: "own", Type: schema.Text, Audience: pollen.AudiencePersona},
	{Name: "photo", Type: schema.Image}}}

func fleet(t *testing.T, n int) (*pollentest.World, []pollen.EntryID) {
	w := pollentest.NewWorld(t)
	w.Collection("machines", pollen.AudienceMembers, machines)
	var ids []pollen.EntryID
	for i := range n {
		e := must(w.Registry.Create(t.Context(), w.System, "machines", registry.Change{Texts: map[string][]string{
			"code": {fmt.Sprintf("M%03d", i)}, "kind": {[]string{"old", "new"}[i%2]}, "tags": {"a", fmt.Sprint(i)}, "label": {"fr: Machine"}, "locked": {"x"}}}))(t)
		ids = append(ids, e.ID)
	}
	return w, ids
}

func TestEditMany(t *testing.T) {
	w, ids := fleet(t, 6)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	held := func(i int, field string) string {
		e := must(w.Registry.Get(ctx, w.System, ids[i]))(t)
		return string(e.Values[e.Collection.Schema.Field(field).ID])
	}
	run := func(s registry.Selection, d registry.Edit, want string) *registry.Batch {
		t.Helper()
		p := must(w.Registry.PlanEdit(ctx, ana, "machines", s, d, 10))(t)
		if got := fmt.Sprintf("%d changed, %d unchanged, %d refused", p.Changed, p.Unchanged, p.Refused); got != want {
			t.Errorf("%+v: planned %s, want %s", d, got, want)
		}
		b, did, err := w.Registry.EditMany(ctx, ana, "machines", s, d, p.Digest)
		if err != nil {
			t.Fatalf("%+v: %v", d, err)
		}
		if got := fmt.Sprintf("%d changed, %d unchanged, %d refused", did.Changed, did.Unchanged, did.Refused); got != want {
			t.Errorf("%+v: %s, want %s", d, got, want)
		}
		return b
	}
	all := registry.Selection{All: true}
	some := registry.Selection{Entries: []pollen.EntryID{ids[0], ids[1], ids[0], 12345}}

	b := run(all, registry.Edit{Field: "kind", How: registry.EditSet, Texts: []string{"new"}, Note: "all of them were replaced"}, "3 changed, 3 unchanged, 0 refused")
	run(some, registry.Edit{Field: "tags", How: registry.EditAdd, Texts: []string{"b", "0"}}, "2 changed, 0 unchanged, 0 refused")
	run(some, registry.Edit{Field: "tags", How: registry.EditRemove, Texts: []string{"a"}}, "2 changed, 0 unchanged, 0 refused")
	run(some, registry.Edit{Field: "label", How: registry.EditAdd, Texts: []string{"en: Machine tool"}}, "2 changed, 0 unchanged, 0 refused")
	old := registry.Selection{All: true, Filter: must(filter.Parse("tags contains a"))(t)}
	run(old, registry.Edit{Field: "tags", How: registry.EditClear}, "4 changed, 0 unchanged, 0 refused")
	for field, want := range map[string]string{"kind": `"new"`, "tags": `["0","b"]`, "label": `{"en":"Machine tool","fr":"Machine"}`} {
		if got := held(0, field); got != want {
			t.Errorf("%s holds %s, want %s", field, got, want)
		}
	}
	if got := held(2, "tags"); got != "" {
		t.Errorf("cleared, it holds %s", got)
	}

	// What somebody changed later stays when the batch is undone.
	must(w.Registry.Revise(ctx, bob, ids[2], registry.Change{Values: map[string]json.RawMessage{"kind": json.RawMessage("null")}}))(t)
	u := must(w.Registry.Undo(ctx, bob, b.ID, ""))(t)
	if u.Returned != 2 || u.Kept != 1 || held(0, "kind") != `"old"` || held(2, "kind") != "" {
		t.Errorf("undone: %+v, %s, %s", u, held(0, "kind"), held(2, "kind"))
	}
	list := must(w.Registry.Batches(ctx, bob, "machines", 2, ""))(t)
	var report registry.UndoReport
	if err := json.Unmarshal([]byte(list.Items[0].Report), &report); err != nil || report != (registry.UndoReport{Batch: b.ID, Returned: 2, Kept: 1}) {
		t.Errorf("the report of undoing is %+v, %v", report, err)
	}
	n := len(list.Items)
	for list.Next != "" {
		list = must(w.Registry.Batches(ctx, bob, "machines", 2, list.Next))(t)
		n += len(list.Items)
	}
	if n != 6 || list.Items[len(list.Items)-1].ID != b.ID {
		t.Errorf("%d batches", n)
	}
}

func TestWhatAMassEditRefuses(t *testing.T) {
	w, ids := fleet(t, 3)
	ctx, ana := t.Context(), w.Actor("Ana")
	all := registry.Selection{All: true}
	for _, c := range []struct {
		by   pollen.Actor
		s    registry.Selection
		d    registry.Edit
		want pollen.Kind
	}{
		{pollen.Actor{}, all, registry.Edit{Field: "kind", How: registry.EditClear}, pollen.NotFound},
		{ana, registry.Selection{}, registry.Edit{Field: "kind", How: registry.EditClear}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "nothing", How: registry.EditClear}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "own", How: registry.EditClear}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "kind", How: registry.EditAdd, Texts: []string{"new"}}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "kind", How: registry.EditSet, Texts: []string{"purple"}}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "kind", How: registry.EditSet, Texts: []string{""}}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "code", How: registry.EditClear}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "code", How: registry.EditSet, Texts: []string{"Z"}}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "photo", How: registry.EditClear}, pollen.Invalid},
		{ana, all, registry.Edit{Field: "kind", How: registry.EditClear, Note: strings.Repeat("x", 501)}, pollen.Invalid},
		{ana, registry.Selection{All: true, Filter: must(filter.Parse("label = x"))(t)}, registry.Edit{Field: "kind", How: registry.EditClear}, pollen.Invalid},
	} {
		if _, err := w.Registry.PlanEdit(ctx, c.by, "machines", c.s, c.d, 5); !pollen.Is(err, c.want) {
			t.Errorf("%+v: %v, want %s", c.d, err, c.want)
		}
	}
	// A protected field is refused entry by entry, with its reason.
	p := must(w.Registry.PlanEdit(ctx, ana, "machines", all, registry.Edit{Field: "locked", How: registry.EditSet, Texts: []string{"y"}}, 5))(t)
	if p.Refused != 3 || p.Changed != 0 || !pollen.Is(p.Shown[0].Refused, pollen.Forbidden) {
		t.Errorf("a protected field: %+v", p)
	}
	d := registry.Edit{Field: "locked", How: registry.EditSet, Texts: []string{"y"}}
	if _, _, err := w.Registry.EditMany(ctx, ana, "machines", all, d, p.Digest); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("publishing nothing: %v", err)
	}
	// What is published is what was looked at.
	d = registry.Edit{Field: "kind", How: registry.EditSet, Texts: []string{"new"}}
	p = must(w.Registry.PlanEdit(ctx, ana, "machines", all, d, 5))(t)
	must(w.Registry.Revise(ctx, ana, ids[0], registry.Change{Texts: map[string][]string{"kind": {"new"}}}))(t)
	if _, _, err := w.Registry.EditMany(ctx, ana, "machines", all, d, p.Digest); !pollen.Is(err, pollen.Stale) {
		t.Errorf("publishing what changed meanwhile: %v", err)
	}
}

func TestBatchEntries(t *testing.T) {
	w, _ := fleet(t, 5)
	ctx, ana := t.Context(), w.Actor("Ana")
	d := registry.Edit{Field: "tags", How: registry.EditAdd, Texts: []string{"z"}}
	p := must(w.Registry.PlanEdit(ctx, ana, "machines", registry.Selection{All: true}, d, 0))(t)
	b, _, err := w.Registry.EditMany(ctx, ana, "machines", registry.Selection{All: true}, d, p.Digest)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for cursor := ""; ; {
		page := must(w.Registry.BatchEntries(ctx, ana, b.ID, 2, cursor))(t)
		for _, e := range page.Items {
			got = append(got, fmt.Sprintf("%s %d %s %s>%s", e.Entry.Title, e.Revision.N, e.Diff[0].Field.Name, e.Diff[0].Old, e.Diff[0].New))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	want := `M000 2 tags ["a","0"]>["a","0","z"]|M001 2 tags ["a","1"]>["a","1","z"]|M002 2 tags ["a","2"]>["a","2","z"]|M003 2 tags ["a","3"]>["a","3","z"]|M004 2 tags ["a","4"]>["a","4","z"]`
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("the batch changed %s", s)
	}
	for _, err := range []error{
		errOf(w.Registry.BatchEntries(ctx, pollen.Actor{}, b.ID, 2, "")),
		errOf(w.Registry.BatchEntries(ctx, ana, 42, 2, "")),
		errOf(w.Registry.Batches(ctx, pollen.Actor{}, "machines", 2, "")),
	} {
		if !pollen.Is(err, pollen.NotFound) {
			t.Errorf("reading what one may not read: %v", err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }
