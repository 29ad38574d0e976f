package web_test

import (
	"net/http"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// rooms are entries that are counted by kind, site and whether they are open:
// two at Agence, none at Usine.
func rooms(t *testing.T) (s *site, agence, usine string) {
	s = open(t)
	s.Collection("rooms", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text},
		{Name: "kind", Type: schema.Choice, Indexed: true, Column: true, Terms: []schema.Term{{Code: "a", Label: map[string]string{"fr": "Atelier"}}, {Code: "b", Label: map[string]string{"fr": "Bureau"}}, {Code: "c", Label: map[string]string{"fr": "Cave"}}}},
		{Name: "open", Type: schema.Boolean, Indexed: true},
		{Name: "at", Type: schema.Reference, Target: "sites", Indexed: true, Label: map[string]string{"fr": "Lieu"}}}})
	agence, usine = s.create(t, "name", "Agence").ID.String(), s.create(t, "name", "Usine").ID.String()
	for name, kind := range map[string]string{"Salle nord": "a", "Salle sud": "b"} {
		if _, err := s.Registry.Create(t.Context(), s.System, "rooms", registry.Change{Texts: map[string][]string{"name": {name}, "kind": {kind}, "open": {"yes"}, "at": {"agence"}}}); err != nil {
			t.Fatal(err)
		}
	}
	s.Settle(s.search.Index(), s.Registry.Counts())
	return s, agence, usine
}

// Both lists that are narrowed by ticking count the same values in the same
// words, and let one untick what counts nothing.
func TestWhatIsTickedCanBeUnticked(t *testing.T) {
	s, agence, usine := rooms(t)
	ana := s.reader(t, "Ana")
	for _, list := range []struct{ path, prefix string }{{"/search?q=salle&collection=rooms&", "f."}, {"/c/rooms?narrow=1&", "is."}} {
		t.Run(list.prefix, func(t *testing.T) {
			r := *ana
			r.t = t
			for _, c := range []struct {
				name, value string
				sees        []string
			}{
				{"kind", "c", []string{"Cave</span>", "Atelier</span>", "Bureau</span>"}},
				{"at", usine, []string{"Usine</span>", "Agence</span>"}},
				{"open", "false", []string{"non</span>", "oui</span>"}},
				{"at", agence, []string{"Agence</span>", "nord</a>", "sud</a>"}},
			} {
				resp, page := r.get(list.path + list.prefix + c.name + "=" + c.value)
				if resp.StatusCode != http.StatusOK {
					t.Errorf("%s=%s: %d", c.name, c.value, resp.StatusCode)
				}
				r.sees(page, c.sees...)
				if !strings.Contains(page, `name="`+list.prefix+c.name+`" value="`+c.value+`" checked`) {
					t.Errorf("%s=%s cannot be unticked", c.name, c.value)
				}
			}
		})
	}
}

// What is ticked by an old address and is no value, or none any more, is told;
// the rest of what is ticked counts.
func TestATickThatNamesNothingIsTold(t *testing.T) {
	s, agence, _ := rooms(t)
	ana := s.reader(t, "Ana")
	gone := pollen.EntryID(1).String()
	for _, path := range []string{"/search?q=salle&collection=rooms&f.at=" + gone, "/search?q=salle&collection=rooms&f.at=nowhere", "/search?q=salle&collection=rooms&f.kind=zz&f.at=" + gone,
		"/c/rooms?narrow=1&is.at=" + gone, "/c/rooms?narrow=1&q=salle&is.at=" + gone, "/c/rooms?narrow=1&is.kind=zz"} {
		resp, page := ana.get(path)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
		ana.sees(page, `role="alert"`, "nord</a>", "sud</a>")
	}
	path := "/search?q=salle&collection=rooms&f.kind=a&f.kind=zz&f.at=" + gone + "&f.at=" + s.id(t, "rooms", "salle-sud") + "&f.at=agence&f.at=" + agence
	_, page := ana.get(path)
	ana.sees(page, "1 résultat", "nord</a>", "Lieu\u00a0: «", "kind\u00a0: «", `value="a" checked`, `value="`+agence+`" checked`)
	if got := strings.Count(page, `role="alert"`); got != 4 {
		t.Errorf("of four ticks that name nothing %d are told", got)
	}
	if strings.Contains(page, gone+`"`) {
		t.Error("what is left out can be ticked")
	}
}

// What is wrong with the order of a list takes nothing from its filter, nor the
// other way round.
func TestFilterAndOrderAreRefusedEachByItself(t *testing.T) {
	s, _, _ := rooms(t)
	ana := s.reader(t, "Ana")
	for _, c := range []struct {
		path             string
		found            string
		sorted           bool // by kind
		alerts, ofFilter int
	}{
		{"/c/rooms?filter=kind+%3D+a&sort=nothing", "1 fiche", false, 1, 0},
		{"/c/rooms?filter=kind+%3D+zz&sort=-kind", "2 fiches", true, 1, 1},
		{"/c/rooms?filter=kind+%3D+zz&sort=nothing", "2 fiches", false, 2, 1},
		{"/c/rooms?filter=kind+%3D&sort=-kind", "2 fiches", true, 1, 1},
		{"/c/rooms?filter=kind+%3D+a&sort=-kind", "1 fiche", true, 0, 0},
		{"/c/rooms?sort=nothing", "2 fiches", false, 1, 0},
	} {
		resp, page := ana.get(c.path)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", c.path, resp.StatusCode)
		}
		ana.sees(page, "<b>"+c.found+"</b>")
		if got := strings.Count(page, `role="alert"`); got != c.alerts {
			t.Errorf("%s: %d alerts, want %d", c.path, got, c.alerts)
		}
		if got := strings.Count(page, `aria-invalid="true"`); got != c.ofFilter {
			t.Errorf("%s: the filter is marked as wrong %d times, want %d", c.path, got, c.ofFilter)
		}
		if got := strings.Contains(page, `aria-sort="descending"`); got != c.sorted {
			t.Errorf("%s: sorted by kind: %v, want %v", c.path, got, c.sorted)
		}
	}
}
