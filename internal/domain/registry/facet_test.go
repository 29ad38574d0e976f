package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// counted is a world of 30 entries with what facets count.
func counted(t *testing.T) *pollentest.World {
	w := pollentest.NewWorld(t)
	w.Collection("towns", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	w.Collection("hidden", pollen.AudienceCommunity, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Key: "code", Title: []string{"code"}, Fields: []schema.Field{
		{Name: "code", Type: schema.Code, Unique: true, Indexed: true},
		{Name: "kind", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "depot"}, {Code: "agency"}, {Code: "works"}}},
		{Name: "open", Type: schema.Boolean, Indexed: true},
		{Name: "town", Type: schema.Reference, Target: "towns", Indexed: true},
		{Name: "owner", Type: schema.Reference, Target: "hidden", Indexed: true},
		{Name: "tags", Type: schema.Text, Many: true, Indexed: true},
		{Name: "grade", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "a"}}, Audience: pollen.AudienceCommunity}}})
	for _, name := range []string{"Agde", "Bègles"} {
		must(w.Registry.Create(t.Context(), w.System, "towns", registry.Change{Texts: map[string][]string{"name": {name}}}))(t)
	}
	must(w.Registry.Create(t.Context(), w.System, "hidden", registry.Change{Texts: map[string][]string{"name": {"Owner"}}}))(t)
	for i := range 30 {
		must(w.Registry.Create(t.Context(), w.System, "sites", registry.Change{Texts: map[string][]string{
			"code": {fmt.Sprintf("S%02d", i)}, "kind": {[]string{"depot", "agency", "depot"}[i%3]}, "open": {[]string{"yes", "no"}[i%2]},
			"town": {[]string{"agde", "begles", ""}[i%3]}, "owner": {"owner"}, "tags": {"x", fmt.Sprint(i % 5)}, "grade": {"a"}}}))(t)
	}
	return w
}

func facets(t *testing.T, w *pollentest.World, by pollen.Actor, f string, fields ...string) string {
	t.Helper()
	q := registry.FacetQuery{Fields: fields}
	if f != "" {
		q.Filter = must(filter.Parse(f))(t)
	}
	total, all, err := w.Registry.Facets(t.Context(), by, "sites", q)
	if err != nil {
		return string(pollen.KindOf(err))
	}
	out := []string{fmt.Sprint(total.N)}
	for _, x := range all {
		for _, term := range x.Terms {
			key := term.Key
			if term.Entry != 0 {
				e := must(w.Registry.Get(t.Context(), w.System, term.Entry))(t)
				key = e.Title
			}
			out = append(out, fmt.Sprintf("%s:%s=%d", x.Field.Name, key, term.N))
		}
		if x.More {
			out = append(out, x.Field.Name+":…")
		}
	}
	return strings.Join(out, " ")
}

func TestFacets(t *testing.T) {
	w := counted(t)
	ana := w.Actor("Ana")
	for f, want := range map[string]string{
		"":                                  "30 kind:depot=20 kind:agency=10 open:false=15 open:true=15 town:Agde=10 town:Bègles=10",
		"open":                              "15 kind:depot=10 kind:agency=5 open:false=15 open:true=15 town:Agde=5 town:Bègles=5",
		"kind = agency":                     "10 kind:depot=20 kind:agency=10 open:false=5 open:true=5 town:Bègles=10", // the other kinds stay in sight
		"code < S06":                        "6 kind:depot=4 kind:agency=2 open:false=3 open:true=3 town:Agde=2 town:Bègles=2",
		"kind = works":                      "0 kind:depot=20 kind:agency=10",
		"code contains %":                   "0",
		"code contains 1 and kind = agency": "5 kind:depot=7 kind:agency=5 open:false=3 open:true=2 town:Bègles=5",
	} {
		if got := facets(t, w, pollen.Actor{}, f); got != want {
			t.Errorf("%q: %s, want %s", f, got, want)
		}
	}
	if got, want := facets(t, w, pollen.Actor{}, "", "tags"), "30 tags:x=30 tags:0=6 tags:1=6 tags:2=6 tags:3=6 tags:4=6"; got != want {
		t.Errorf("tags: %s, want %s", got, want)
	}
	// A field and an entry that one may not read are counted for nobody else.
	if got := facets(t, w, ana, "", "owner", "grade"); got != "30 owner:Owner=30 grade:a=30" {
		t.Errorf("a member counts %s", got)
	}
	if got := facets(t, w, pollen.Actor{}, "", "owner"); got != "30" {
		t.Errorf("everybody counts %s", got)
	}
	for _, field := range []string{"grade", "nothing"} {
		if got := facets(t, w, pollen.Actor{}, "", field); got != "invalid" {
			t.Errorf("counting by %s gives %s", field, got)
		}
	}
	if _, _, err := w.Registry.Facets(t.Context(), pollen.Actor{}, "hidden", registry.FacetQuery{}); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("counting what one may not read: %v", err)
	}
}

func TestPagesLeadBothWays(t *testing.T) {
	w := counted(t)
	for _, sort := range []string{"", "town", "-town", "-title"} {
		field, desc := strings.CutPrefix(sort, "-")
		l := registry.Listing{Sort: field, Descending: desc, Limit: 7}
		var pages [][]string
		read := func() pollen.Page[*registry.Entry] {
			p := must(w.Registry.List(t.Context(), w.System, "sites", l))(t)
			var titles []string
			for _, e := range p.Items {
				titles = append(titles, e.Title)
			}
			pages = append(pages, titles)
			return p
		}
		p := read()
		if p.Previous != "" {
			t.Errorf("%q: the first page has one before", sort)
		}
		for p.Next != "" {
			l.Cursor = p.Next
			p = read()
		}
		forward := len(pages)
		for p.Previous != "" {
			l.Cursor = p.Previous
			p = read()
		}
		if forward != 5 || len(pages) != 9 {
			t.Fatalf("%q: %d pages forward, %d in all", sort, forward, len(pages))
		}
		for i := range forward - 1 {
			if there, back := fmt.Sprint(pages[i]), fmt.Sprint(pages[len(pages)-1-i]); there != back {
				t.Errorf("%q: page %d is %s, and %s on the way back", sort, i, there, back)
			}
		}
	}
}

func BenchmarkFacets(b *testing.B) {
	w := pollentest.NewWorld(b)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "code", Type: schema.Integer, Indexed: true},
		{Name: "kind", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "0"}, {Code: "1"}, {Code: "2"}, {Code: "3"}}}, {Name: "open", Type: schema.Boolean, Indexed: true}}})
	batch, err := w.Registry.Begin(b.Context(), w.System, "sites", registry.Batch{Kind: registry.BatchImport})
	if err != nil {
		b.Fatal(err)
	}
	for part := range 40 {
		rows := make([]pollentest.Row, 1000)
		for i := range rows {
			rows[i].Change = registry.Change{Texts: map[string][]string{"code": {fmt.Sprint(part*1000 + i)}, "kind": {fmt.Sprint(i % 4)}, "open": {[]string{"yes", "no"}[i%2]}}}
		}
		if _, err := w.Part(w.System, batch.ID, rows...); err != nil {
			b.Fatal(err)
		}
	}
	for name, f := range map[string]string{"all": "", "narrow": "code < 100", "wide": "code >= 100"} {
		q := registry.FacetQuery{}
		if f != "" {
			if q.Filter, err = filter.Parse(f); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := w.Registry.Facets(b.Context(), w.System, "sites", q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Of more entries than are counted the first ones are, and every count says so.
func TestFacetsOfMoreThanIsCounted(t *testing.T) {
	w := counted(t)
	c := must(w.Registry.Collection(t.Context(), w.System, "sites"))(t)
	count := func() (out string) {
		e := must(filter.Parse("town = agde"))(t)
		total, all, err := w.Registry.Facets(t.Context(), pollen.Actor{}, "sites", registry.FacetQuery{Filter: e, Fields: []string{"open"}})
		if err != nil || len(all) != 1 || len(all[0].Terms) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		return fmt.Sprint(total.N, total.About, all[0].Terms[0].About, all[0].Terms[1].About)
	}
	if got, want := count(), "10 false false false"; got != want {
		t.Errorf("counted as %s, want %s", got, want)
	}
	agde, _, err := w.Registry.At(t.Context(), w.System, "towns", "agde")
	if err != nil {
		t.Fatal(err)
	}
	const many = ` FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) SELECT i FROM n) x`
	err = w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO entries (id, collection_id, slug, title, sort, revision) SELECT i, ` + fmt.Sprint(int64(c.ID)) + `, 'many-' || i, 'Many', 'many', 1` + many)
		for name, key := range map[string]string{"town": `'` + agde.ID.String() + `'`, "open": `CASE i % 2 WHEN 0 THEN 'true' ELSE 'false' END`} {
			if err == nil {
				_, err = tx.Exec(`INSERT INTO entry_keys (field_id, key, entry_id) SELECT ` + fmt.Sprint(int64(c.Schema.Field(name).ID)) + `, ` + key + `, i` + many)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := count(), "10000 true true true"; got != want {
		t.Errorf("counted as %s, want %s", got, want)
	}
}
