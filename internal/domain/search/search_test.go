package search_test

import (
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

func world(t *testing.T) (*pollentest.World, *search.Search, func(by pollen.Actor, q string) string) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Localized}, {Name: "code", Type: schema.Code}, {Name: "phone", Type: schema.Phone},
		{Name: "access", Type: schema.LongText}, {Name: "alarm", Type: schema.Text, Audience: pollen.AudienceCommunity}}})
	w.Collection("secrets", pollen.AudienceCommunity, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	for _, v := range []map[string]string{
		{"name": "fr: Palais de l'Élysée\nen: Elysee Palace", "code": "SITE-0042", "phone": "04 65 71 12 77"},
		{"name": "fr: Les chevaux de Łódź", "access": "Demander les clés au gardien du palais."},
		{"name": "fr: Œuvres sociales\nja: 東京都庁", "alarm": "xyzzy"},
		{"name": "fr: Élysée"},
	} {
		ch := registry.Change{Texts: map[string][]string{}}
		for k, x := range v {
			ch.Texts[k] = []string{x}
		}
		if _, err := w.Registry.Create(t.Context(), w.System, "sites", ch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Registry.Create(t.Context(), w.System, "secrets", registry.Change{Texts: map[string][]string{"name": {"Élysée secret"}}}); err != nil {
		t.Fatal(err)
	}
	w.Settle(s.Index())
	return w, s, func(by pollen.Actor, q string) string {
		t.Helper()
		r, err := s.Find(t.Context(), by, search.Query{Text: q})
		if err != nil {
			t.Fatal(err)
		}
		if r.Total != len(r.Hits) {
			t.Errorf("%q: %d hits, counted as %d", q, len(r.Hits), r.Total)
		}
		var titles []string
		for _, h := range r.Hits {
			titles = append(titles, h.Title)
		}
		return strings.Join(titles, " · ")
	}
}

func TestFind(t *testing.T) {
	_, _, find := world(t)
	for q, want := range map[string]string{
		"elysee":            "Élysée · Palais de l'Élysée", // accents; the whole title first
		"ÉLYSÉE palais":     "Palais de l'Élysée",
		"palais":            "Palais de l'Élysée · Les chevaux de Łódź", // title before body
		"palac":             "Palais de l'Élysée",                       // a prefix, in another language
		"cheval lodz":       "Les chevaux de Łódź",
		"sociale":           "Œuvres sociales", // French word form
		"oeuvres":           "Œuvres sociales",
		"palaces":           "Palais de l'Élysée", // English word form
		"東京":                "Œuvres sociales",
		"SITE-0042":         "Palais de l'Élysée",
		"site 0042":         "Palais de l'Élysée",
		"0465711277":        "Palais de l'Élysée",
		"04.65.71.12.77":    "Palais de l'Élysée",
		"+33 4 65 71 12 77": "Palais de l'Élysée",
		"0033465711277":     "Palais de l'Élysée",
		"nothing":           "",
		"  ":                "",
		`" OR title : * (`:  "",
		"xyzzy":             "", // a value for the community alone is not indexed
	} {
		if got := find(pollen.Actor{}, q); got != want {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
	}
}

func TestNobodyFindsWhatTheyMayNotRead(t *testing.T) {
	w, s, find := world(t)
	member := w.Actor("Ana")
	if got := find(pollen.Actor{}, "secret"); got != "" {
		t.Errorf("a reader who is not signed in finds %q", got)
	}
	if got := find(member, "secret"); got != "Élysée secret" {
		t.Errorf("a member finds %q", got)
	}
	r, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: "elysee"})
	if err != nil || len(r.Facets) != 1 || r.Facets[0].Count != 2 {
		t.Errorf("facets %+v, %v", r.Facets, err)
	}
	hits, err := s.Complete(t.Context(), pollen.Actor{}, search.Query{Text: "ely", Limit: 5})
	if err != nil || len(hits) != 2 || hits[0].Title != "Élysée" {
		t.Errorf("type-ahead %+v, %v", hits, err)
	}
}

func TestFilterAndFacets(t *testing.T) {
	w, s, _ := world(t)
	w.Collection("depots", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "size", Type: schema.Integer, Indexed: true},
		{Name: "kind", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "big"}, {Code: "small"}}},
		{Name: "grade", Type: schema.Text, Indexed: true, Audience: pollen.AudienceCommunity}}})
	for i, name := range []string{"Élysée nord", "Élysée sud", "Élysées", "Autre"} {
		if _, err := w.Registry.Create(t.Context(), w.System, "depots", registry.Change{Texts: map[string][]string{
			"name": {name}, "size": {fmt.Sprint(i)}, "kind": {[]string{"big", "small"}[i%2]}, "grade": {"x"}}}); err != nil {
			t.Fatal(err)
		}
	}
	w.Settle(s.Index())
	for _, c := range []struct{ collection, filter, want string }{
		{"", "", "5 depots=3 sites=2"},
		{"depots", "", "3 depots=3 sites=2 kind:big=2 kind:small=1"}, // where else there is something stays in sight
		{"depots", "size >= 1", "2 depots=2 kind:big=1 kind:small=1"},
		{"depots", "kind = big", "2 depots=2 kind:big=2 kind:small=1"},
		{"depots", "size > 9", "0"},
		{"depots", "grade = x", "invalid"},
		{"", "size > 1", "invalid"},
		{"secrets", "", "0"},
	} {
		q := search.Query{Text: "elysee", Collection: c.collection, Values: true}
		if c.filter != "" {
			e, err := filter.Parse(c.filter)
			if err != nil {
				t.Fatal(err)
			}
			q.Filter = e
		}
		r, err := s.Find(t.Context(), pollen.Actor{}, q)
		out := []string{fmt.Sprint(r.Total)}
		for _, f := range r.Facets {
			out = append(out, fmt.Sprintf("%s=%d", f.Collection.Slug, f.Count))
		}
		for _, f := range r.Values {
			for _, term := range f.Terms {
				out = append(out, fmt.Sprintf("%s:%s=%d", f.Field.Name, term.Key, term.N))
			}
		}
		got := strings.Join(out, " ")
		if err != nil {
			got = string(pollen.KindOf(err))
		} else if len(r.Hits) != r.Total {
			t.Errorf("%+v: %d hits, counted as %d", c, len(r.Hits), r.Total)
		}
		if got != c.want {
			t.Errorf("in %q by %q: %s, want %s", c.collection, c.filter, got, c.want)
		}
	}
}

func TestIndexFollowsTheJournal(t *testing.T) {
	w, s, find := world(t)
	ana := w.Actor("Ana")
	e, _, err := w.Registry.At(t.Context(), ana, "sites", "elysee")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Registry.Revise(t.Context(), ana, e.ID, registry.Change{Texts: map[string][]string{"name": {"fr: Matignon"}}}); err != nil {
		t.Fatal(err)
	}
	w.Settle(s.Index())
	if got := find(ana, "matignon") + "/" + find(pollen.Actor{}, "elysee"); got != "Matignon/Palais de l'Élysée" {
		t.Errorf("after a revision: %s", got)
	}
	if _, err := w.Registry.Retire(t.Context(), ana, e.ID, ""); err != nil {
		t.Fatal(err)
	}
	w.Settle(s.Index())
	if got := find(ana, "matignon"); got != "" {
		t.Errorf("a retired entry is found: %s", got)
	}
	if err := w.Journal.Rebuild(t.Context(), s.Index()); err != nil {
		t.Fatal(err)
	}
	if got := find(pollen.Actor{}, "palais"); got != "Palais de l'Élysée · Les chevaux de Łódź" {
		t.Errorf("rebuilt, it finds %s", got)
	}
}

func TestMark(t *testing.T) {
	for _, c := range [][3]string{
		{"Palais de l'Élysée", "elys", "Palais de l'[Élysée]"},
		{"Œuvres sociales", "social", "Œuvres [sociales]"},
		{"Anything", "x", "Anything"},
		{"a b", "", "a b"},
	} {
		got := ""
		for _, p := range search.Mark(c[0], c[1]) {
			if p.Marked {
				got += "[" + p.Text + "]"
			} else {
				got += p.Text
			}
		}
		if got != c[2] {
			t.Errorf("marking %q in %q: %s, want %s", c[1], c[0], got, c[2])
		}
	}
}

func FuzzFindNeverFails(f *testing.F) {
	w := pollentest.NewWorld(f)
	s := search.New(w.DB, w.Registry)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	for _, q := range []string{"a", `"`, "NEAR(a b)", "a* OR -b", "c'd", "\\", "title:x", "😀", "1 2 3 4 5 6 7 8 9"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		if _, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: q}); err != nil {
			t.Error(fmt.Sprintf("%q", q), err)
		}
		for _, p := range search.Mark(q, q) {
			if p.Text == "" {
				t.Errorf("empty piece in %q", q)
			}
		}
	})
}
