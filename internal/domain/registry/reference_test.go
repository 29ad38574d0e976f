package registry_test

import (
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// By no way of naming an entry does a reference tell whether it is there to who
// may not read it.
func TestAReferenceMeansOnlyWhatItsAuthorMayRead(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("plans", pollen.AudienceCommunity, sites)
	w.Collection("staff", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Key: "badge", Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Indexed: true},
		{Name: "badge", Type: schema.Code, Unique: true, Audience: pollen.AudienceCommunity},
	}})
	w.Collection("notes", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Indexed: true},
		{Name: "about", Type: schema.Reference, Indexed: true, Many: true},
	}})
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	bob.Communities = nil
	plan := must(w.Registry.Create(ctx, ana, "plans", values("code", "P1", "name", "Moving out")))(t)
	must(w.Registry.Create(ctx, ana, "staff", values("badge", "B7", "name", "Zoe")))(t)
	note := must(w.Registry.Create(ctx, ana, "notes", values("name", "Note", "about", "plans/P1", "about", "staff/B7")))(t)

	ways := []string{plan.ID.String(), "plans/moving-out", "plans/P1", "plans/Moving out", "staff/B7", "plans/nothing", "nothing/P1"}
	for i, way := range ways {
		known := i < 5
		_, err := w.Registry.Create(ctx, ana, "notes", values("name", "Ana's", "about", way))
		if (err == nil) != known {
			t.Errorf("Ana refers to %s: %v", way, err)
		}
		_, err = w.Registry.Create(ctx, bob, "notes", values("name", "Bob's", "about", way))
		wants(t, err, pollen.Invalid)
		for _, by := range []pollen.Actor{bob, {}} {
			e := must(filter.Parse(`about = "` + way + `"`))(t)
			_, err = w.Registry.Count(ctx, by, "notes", e, 10)
			wants(t, err, pollen.Invalid)
			_, err = w.Registry.List(ctx, by, "notes", registry.Listing{Filter: e})
			wants(t, err, pollen.Invalid)
		}
	}
	// He may write again what stands there already.
	again := must(w.Registry.Revise(ctx, bob, note.ID, values("about", "staff/zoe", "about", plan.ID.String())))(t)
	if about := again.Collection.Schema.Field("about"); len(about.Refs(again.Values[about.ID])) != 2 {
		t.Errorf("written again: %s", text(again, "about"))
	}
}
