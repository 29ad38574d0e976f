package registry_test

import (
	"errors"
	"fmt"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// Titles are in the language of the instance; a change of it makes them anew,
// and leaves addresses and history as they are.
func TestTitlesInTheLanguageOfTheInstance(t *testing.T) {
	w := pollentest.NewWorld(t) // it speaks French
	c := w.Collection("countries", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Localized}}})
	plain := w.Collection("codes", pollen.AudiencePublic, schema.Schema{Title: []string{"code"}, Fields: []schema.Field{{Name: "code", Type: schema.Code}}})
	w.Collection("boxes", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{ // reads otherwise, but its titles do not
		{Name: "name", Type: schema.Text}, {Name: "big", Type: schema.Boolean}}})
	w.Collection("doors", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "opens", Type: schema.Choice,
		Terms: []schema.Term{{Code: "in", Label: map[string]string{"fr": "vers l’intérieur", "en": "inwards"}}}}}})
	create := func(collection, field, text string) *registry.Entry {
		t.Helper()
		return must(w.Registry.Create(t.Context(), w.System, collection, registry.Change{Texts: map[string][]string{field: {text}}}))(t)
	}
	germany := create("countries", "name", "fr: Allemagne\nen: Germany\nde: Deutschland")
	gone := create("countries", "name", "fr: Suède\nen: Sweden")
	must(w.Registry.Retire(t.Context(), w.System, gone.ID, ""))(t)
	for i := range 600 { // more than one transaction makes anew
		create("countries", "name", fmt.Sprintf("fr: Île %03d\nen: Island %03d", i, i))
	}
	code, door := create("codes", "code", "A1"), create("doors", "opens", "in")
	must(w.Registry.Create(t.Context(), w.System, "boxes", values("name", "Box", "big", "yes")))(t)
	s := search.New(w.DB, w.Registry)
	w.Settle(s.Index())
	titles := func() string {
		t.Helper()
		last, _, err := w.Registry.At(t.Context(), w.System, "countries", "ile-599")
		if err != nil {
			t.Fatal(err)
		}
		out := fmt.Sprint(last.Title, " at ", last.Slug, " ", last.Revision)
		for _, id := range []pollen.EntryID{germany.ID, gone.ID, code.ID, door.ID} {
			out += ", " + must(w.Registry.Get(t.Context(), w.System, id))(t).Title
		}
		return out
	}
	if got, want := titles(), "Île 599 at ile-599 1, Allemagne, Suède, A1, vers l’intérieur"; got != want {
		t.Errorf("titles are %s, want %s", got, want)
	}
	if err := w.Registry.Speak(t.Context(), w.Actor("Ana"), "en"); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("a member decides on the language: %v", err)
	}
	full := errors.New("the disk is full")
	w.Journal.Brake(func(*sqldb.Tx, *journal.Act) error { return full }) // in the last part of the first collection
	if err := w.Registry.Speak(t.Context(), w.System, "en"); !errors.Is(err, full) {
		t.Fatal(err)
	}
	w.Journal.Brake(nil)
	if got, want := titles(), "Île 599 at ile-599 1, Germany, Sweden, A1, vers l’intérieur"; got != want {
		t.Errorf("on the way titles are %s, want %s", got, want)
	}
	if err := w.Registry.Speak(t.Context(), w.System, "en"); err != nil {
		t.Fatal(err)
	}
	if got, want := titles(), "Island 599 at ile-599 1, Germany, Sweden, A1, inwards"; got != want {
		t.Errorf("titles are %s, want %s", got, want)
	}
	told := map[pollen.AnyID]int{} // once all titles of a collection are made, and where some are others
	for _, a := range w.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActSchema}}) {
		told[a.Object.ID]++
	}
	if len(told) != 2 || told[pollen.AnyID(c.ID)] != 1 || told[pollen.AnyID(plain.ID)] != 0 {
		t.Errorf("the journal tells of %v", told)
	}
	w.Settle(s.Index())
	hits, err := s.Complete(t.Context(), pollen.Actor{}, search.Query{Text: "german", Collection: "countries"})
	if err != nil || len(hits) != 1 || hits[0].Title != "Germany" {
		t.Errorf("found: %+v, %v", hits, err)
	}
	e := must(w.Registry.Revise(t.Context(), w.System, germany.ID, registry.Change{Texts: map[string][]string{"name": {"fr: Allemagne\nen: Federal Germany"}}}))(t)
	if got := must(w.Registry.Collection(t.Context(), w.System, c.Slug))(t); e.Title != "Federal Germany" || got.Language != "en" {
		t.Errorf("then %q, in %s", e.Title, got.Language)
	}
}
