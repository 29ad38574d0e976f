package registry_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/community"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// By no way of naming an entry does a reference tell whether it is there to who
// may not read it.
func TestAReferenceMeansOnlyWhatItsAuthorMayRead(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudienceMembers, sites)
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

// A reference that leads to no collection is refused when the collection is founded
// or amended: every value of it would be.
func TestAReferenceLeadsToACollection(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	night, err := w.Communities.Found(ctx, w.Actor("Bob"), community.Community{Slug: "night", Name: map[string]string{"en": "Night"}, Join: community.Invitation})
	if err != nil {
		t.Fatal(err)
	}
	w.Collection("shed", pollen.AudienceMembers, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	if _, err := w.Registry.Found(ctx, w.System, registry.NewCollection{Slug: "vault", Community: night.ID, Name: map[string]string{"en": "Vault"}, Audience: pollen.AudienceCommunity,
		Schema: schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}}}); err != nil {
		t.Fatal(err)
	}
	of := func(target string) schema.Schema {
		return schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "at", Type: schema.Reference, Target: target}}}
	}
	found := func(by pollen.Actor, slug, target string, await bool) error {
		_, err := w.Registry.Found(ctx, by, registry.NewCollection{Slug: slug, Community: w.Commons.ID, Name: map[string]string{"en": slug}, Audience: pollen.AudiencePublic, Schema: of(target), Await: await})
		return err
	}
	if e, ok := errors.AsType[*pollen.Error](found(ana, "sites", "nopenope", false)); !ok || e.Kind != pollen.Invalid || e.Field != "at" {
		t.Errorf("no such collection: %+v, want Invalid on the field", e)
	}
	for slug, target := range map[string]string{"sites": "shed", "units": "units", "any": ""} {
		if err := found(ana, slug, target, false); err != nil {
			t.Errorf("a reference to %q: %v", target, err)
		}
	}
	if err := found(ana, "people", "later", true); err != nil {
		t.Errorf("one that waits: %v", err)
	}
	amend := func(slug, target string) error {
		c, err := w.Registry.Collection(ctx, ana, slug)
		if err != nil {
			t.Fatal(err)
		}
		s := c.Schema
		s.Fields = append(slices.Clone(s.Fields), schema.Field{Name: "more", Type: schema.Reference, Target: target})
		_, _, err = w.Registry.Amend(ctx, ana, slug, registry.Amendment{Schema: &s})
		return err
	}
	if err := amend("people", "nopenope"); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("amended to no collection: %v, want Invalid", err)
	}
	if err := amend("people", "sites"); err != nil {
		t.Errorf("what waits stands in the way of another field: %v", err)
	}
	told := func(target string) string {
		return strings.ReplaceAll(pollen.MessageOf(found(ana, "spy", target, false)).String(), target, "it")
	}
	if hidden, absent := told("vault"), told("nopenope"); hidden != absent {
		t.Errorf("a hidden collection is told: %q, and one that there is not %q", hidden, absent)
	}
}
