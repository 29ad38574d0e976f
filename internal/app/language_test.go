package app_test

import (
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/pure/schema"
)

// The language that one node, or the command line, sets is at once the one in
// which every node makes titles, those that there are and those to come.
func TestTheLanguageOfTitlesIsOneForAllNodes(t *testing.T) {
	a, b, _, _ := nodes(t)
	ctx := t.Context()
	_, err := a.Registry.Found(ctx, a.System, registry.NewCollection{Slug: "countries", Community: a.Commons.ID, Audience: pollen.AudiencePublic,
		Name: map[string]string{"en": "Countries"}, Schema: schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Localized}}}})
	if err != nil {
		t.Fatal(err)
	}
	create := func(name string) *registry.Entry {
		t.Helper()
		e, err := b.Registry.Create(ctx, b.System, "countries", registry.Change{Texts: map[string][]string{"name": {name}}})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	germany := create("fr: Allemagne\nen: Germany")
	if germany.Title != "Germany" {
		t.Errorf("unless told titles are in English: %q", germany.Title)
	}
	if err := a.Set(ctx, "language", "FR"); err != nil {
		t.Fatal(err)
	}
	if sweden := create("fr: Suède\nen: Sweden"); sweden.Title != "Suède" {
		t.Errorf("the other node makes %q", sweden.Title)
	}
	hits, err := b.Search.Complete(ctx, pollen.Actor{}, search.Query{Text: "allem", Language: "en"})
	if err != nil || len(hits) != 1 || hits[0].Entry != germany.ID || hits[0].Title != "Allemagne" || hits[0].Slug != "germany" {
		t.Errorf("found %+v, %v", hits, err)
	}
	if err := a.Set(ctx, "language", "!"); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("no language: %v", err)
	}
}
