package search_test

import (
	"fmt"
	"slices"
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

// What people type, and what they find: the promises of search, one by one.
func TestPromises(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	w.Collection("people", pollen.AudiencePublic, schema.Schema{Title: []string{"given", "family"}, Fields: []schema.Field{
		{Name: "given", Type: schema.Text}, {Name: "family", Type: schema.Text}, {Name: "mail", Type: schema.Email},
		{Name: "phone", Type: schema.Phone}, {Name: "job", Type: schema.Text}}})
	w.Collection("places", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Localized}, {Name: "code", Type: schema.Code}, {Name: "about", Type: schema.LongText}}})
	for _, x := range []struct {
		in     string
		values map[string]string
	}{
		{"people", map[string]string{"given": "Malik", "family": "Benhaddou", "mail": "malik.benhaddou@lisiere.example", "phone": "06 39 98 12 34", "job": "Directeur technique"}},
		{"people", map[string]string{"given": "Brigid", "family": "O'Brien", "phone": "+44 20 7946 0018", "job": "Négociatrice"}},
		{"people", map[string]string{"given": "Jean-Noël", "family": "Straßer"}},
		{"places", map[string]string{"name": "fr: Paris\nja: パリ\nru: Париж", "code": "75056"}},
		{"places", map[string]string{"name": "fr: Gare de Paris-Est", "about": "Des trains, des quais, une horloge."}},
		{"places", map[string]string{"name": "fr: Saint-Étienne"}},
		{"places", map[string]string{"name": "fr: École des chevaux\nen: School of Horses"}},
		{"places", map[string]string{"name": "fr: Le Mans"}},
		{"places", map[string]string{"name": "fr: Allemagne\nen: Germany\nar: ألمانيا\nzh: 德国", "code": "DE"}},
		{"places", map[string]string{"name": "fr: Deauville"}},
		{"places", map[string]string{"name": "fr: Fournisseur", "code": "FR76 3000 6000 0112 3456 7890 189", "about": "Rue de Germany, à Paris. Voir la côte."}},
	} {
		ch := registry.Change{Texts: map[string][]string{}}
		for k, v := range x.values {
			ch.Texts[k] = []string{v}
		}
		if _, err := w.Registry.Create(t.Context(), w.System, x.in, ch); err != nil {
			t.Fatal(err)
		}
	}
	w.Settle(s.Index())
	for _, c := range []struct{ promise, typed, want string }{
		{"one word, as typed or as it begins", "benhaddou", "Malik Benhaddou"},
		{"", "benh", "Malik Benhaddou"},
		{"several words in any order, each as it begins", "ben mal", "Malik Benhaddou"},
		{"initials in a title", "m benhaddou", "Malik Benhaddou"},
		{"words of different values together", "malik technique", "Malik Benhaddou"},
		{"accents and case ignored", "NEGOCIATRICE", "Brigid O'Brien"},
		{"", "saint étienne", "Saint-Étienne"},
		{"letters that fold to two", "strasser", "Jean-Noël Straßer"},
		{"", "Straßer", "Jean-Noël Straßer"},
		{"plurals and conjugations", "cheval", "École des chevaux"},
		{"", "horse", "École des chevaux"},
		{"", "directeurs techniques", "Malik Benhaddou"},
		{"", "négocier", "Brigid O'Brien"},
		{"elisions", "l'école", "École des chevaux"},
		{"", "l’horloge", "Gare de Paris-Est"},
		{"hyphens and apostrophes, with and without", "jean noel", "Jean-Noël Straßer"},
		{"", "jeannoel", "Jean-Noël Straßer"},
		{"", "obrien", "Brigid O'Brien"},
		{"", "o’brien", "Brigid O'Brien"},
		{"", "saintetienne", "Saint-Étienne"},
		{"abbreviations of names", "St Etienne", "Saint-Étienne"},
		{"articles do not stand in the way", "la gare de l'est", "Gare de Paris-Est"},
		{"but are found where they are all there is", "le mans", "Le Mans"},
		{"exact title, then title, then body", "paris", "Paris · Gare de Paris-Est · Fournisseur"},
		{"in every language of a title", "germany", "Allemagne · Fournisseur"},
		{"an exact code before what begins so", "de", "Allemagne · Deauville · Gare de Paris-Est · École des chevaux · Fournisseur"},
		{"a code in any spelling", "75056", "Paris"},
		{"", "FR7630006000011234567890189", "Fournisseur"},
		{"", "fr76 3000 6000 0112", "Fournisseur"},
		{"a telephone in any spelling", "06.39.98.12.34", "Malik Benhaddou"},
		{"", "0639981234", "Malik Benhaddou"},
		{"", "+33 6 39 98 12 34", "Malik Benhaddou"},
		{"", "+33 (0)6 39 98 12 34", "Malik Benhaddou"},
		{"", "0033 6 39981234", "Malik Benhaddou"},
		{"", "06 39 98", "Malik Benhaddou"},
		{"", "020 7946 0018", "Brigid O'Brien"},
		{"an e-mail address, whole and in part", "malik.benhaddou@lisiere.example", "Malik Benhaddou"},
		{"", "benhaddou@lisiere", "Malik Benhaddou"},
		{"other scripts", "德国", "Allemagne"},
		{"", "ألمانيا", "Allemagne"},
		{"", "париж", "Paris"},
		{"", "パリ", "Paris"},
		{"what is not there", "paris benhaddou", ""},
	} {
		r, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: c.typed})
		if got := titles(r.Hits); err != nil || got != c.want || r.Total != len(r.Hits) {
			t.Errorf("%s: %q finds %q (%d), want %q; %v", c.promise, c.typed, got, r.Total, c.want, err)
		}
		hits, err := s.Complete(t.Context(), pollen.Actor{}, search.Query{Text: c.typed})
		if got := titles(hits); err != nil || got != c.want {
			t.Errorf("%s: typing %q offers %q, want %q; %v", c.promise, c.typed, got, c.want, err)
		}
	}
}

func titles(hits []search.Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Title)
	}
	return strings.Join(out, " · ")
}

// What the reader can read comes first: titles as they are shown, and names in
// the reader's language; then names in other languages, however well they fit.
func TestNamesInOtherLanguages(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	w.Collection("names", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Localized, Many: true}, {Name: "code", Type: schema.Code, Indexed: true}, {Name: "about", Type: schema.LongText}}})
	for _, v := range []map[string]string{
		{"name": "fr: pali\nhr: pari"},
		{"name": "fr: mari\nen: Mari\nbr: maires", "code": "MHR"},
		{"name": "fr: Allemagne\nen: Germany\nen: Federal Republic\nde: Deutschland\nzh: 德国"},
		{"name": "fr: Germanie"},
		{"name": "fr: Le Pari de Germain"},
		{"name": "fr: Paris"},
		{"name": "fr: Parias\nes: Le Mans"},
		{"name": "fr: Parier"},
		{"name": "fr: Le tour des Parisiens"},
		{"name": "fr: Registre", "about": "Le pari des maires, et ceux de Deutschland."},
		{"name": "fr: Les maires de France"},
		{"name": "fr: Le maire"},
		{"name": "fr: Marées"},
		{"name": "fr: Rives de l'Yon"},
		{"name": "fr: Gare de Lyon"},
	} {
		ch := registry.Change{Texts: map[string][]string{}}
		for k, x := range v {
			ch.Texts[k] = []string{x}
		}
		if _, err := w.Registry.Create(t.Context(), w.System, "names", ch); err != nil {
			t.Fatal(err)
		}
	}
	w.Settle(s.Index())
	for _, c := range []struct{ promise, language, typed, want string }{
		{"a word, what begins so, a form, another language, the text", "fr", "PARI", "Le Pari de Germain · Paris · Parias · Parier · Le tour des Parisiens · pali · Registre"},
		{"whatever the language of the reader", "en", "pari", "Le Pari de Germain · Paris · Parias · Parier · Le tour des Parisiens · pali · Registre"},
		{"a word before its form before another language", "fr", "maires", "Les maires de France · Le maire · mari · Registre"},
		{"the reader's own language is as the title", "en", "germa", "Germanie · Allemagne · Le Pari de Germain"},
		{"and is not, where they read another", "fr", "germa", "Germanie · Le Pari de Germain · Allemagne"},
		{"all of a name before a form of it", "en", "germany", "Allemagne · Germanie"},
		{"any of several names", "en", "federal rep", "Allemagne"},
		{"a language of no page is found all the same", "fr", "deutschl", "Allemagne · Registre"},
		{"in a script of its own", "en", "德", "Allemagne"},
		{"and in one word", "en", "lemans", "Parias"},
		{"what an apostrophe joins is no word", "fr", "lyon", "Gare de Lyon · Rives de l'Yon"},
		{"a code is everybody's", "fr", "mhr", "mari"},
	} {
		q := search.Query{Text: c.typed, Language: c.language}
		hits, err := s.Complete(t.Context(), pollen.Actor{}, q)
		if got := titles(hits); err != nil || got != c.want {
			t.Errorf("%s: typing %q offers %q, want %q; %v", c.promise, c.typed, got, c.want, err)
		}
		for _, e := range []filter.Expr{nil, &filter.Not{Expr: &filter.Cmp{Field: "code", Op: filter.Equal, Values: []string{"nothing"}}}} {
			if q.Filter = e; e != nil {
				q.Collection = "names"
			}
			r, err := s.Find(t.Context(), pollen.Actor{}, q)
			if got := titles(r.Hits); err != nil || got != c.want || r.Total != len(r.Hits) {
				t.Errorf("%s: %q by %v finds %q (%d), want %q; %v", c.promise, c.typed, e, got, r.Total, c.want, err)
			}
		}
	}
}

// Whoever wants to break it gets an answer.
func TestHostileQueries(t *testing.T) {
	_, s, _ := world(t)
	for _, q := range []string{
		`"`, `""`, `'`, `''`, `*`, `a*`, `*a`, `^`, `^elysee`, `=elysee`, `_elys`, `@`, `~a`, `-`, `--`, `:`, `title:elysee`, `terms : x`, `NEAR(elysee palais)`, `elysee AND`, `OR`, `NOT elysee`,
		`elysee & palais | !x`, `a:*`, `\`, "\x00", "a\x00b", "\xff\xfe", "elysee\xff", `%`, `(`, `))`, `{`, "\u202e", "\u0301", "😀", "....", "' OR 1=1 --",
		strings.Repeat("elysee ", 1<<20), strings.Repeat("x", 10<<20), strings.Repeat("é", 1<<20), strings.Repeat("(", 1<<16),
	} {
		if _, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: q, Limit: -1, Offset: -5}); err != nil {
			t.Errorf("%.40q: %v", q, err)
		}
		if _, err := s.Complete(t.Context(), pollen.Actor{}, search.Query{Text: q}); err != nil {
			t.Errorf("typing %.40q: %v", q, err)
		}
	}
}

// More than is counted exactly is said to be about so many, and every
// collection that has some is named however late it came.
func TestManyHits(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	for _, c := range []string{"crowd", "few"} {
		w.Collection(c, pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "n", Type: schema.Code}}})
	}
	create := func(collection, name string, n int) {
		if _, err := w.Registry.Create(t.Context(), w.System, collection, registry.Change{Texts: map[string][]string{"name": {name}, "n": {fmt.Sprintf("INV%06d", n)}}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 500 {
		create("crowd", fmt.Sprintf("Dupont number%03d", i), i)
	}
	create("few", "Dupont", 1000)
	w.Settle(s.Index())
	for q, want := range map[string]string{
		"dupont":   "Dupont, 501: crowd 500, few 1",
		"dupont n": "Dupont number000, 500: crowd 500",
		"numb":     "Dupont number000, 500: crowd 500",
	} {
		r, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: q})
		got := fmt.Sprintf("%s, %d:", r.Hits[0].Title, r.Total)
		for i, f := range r.Facets {
			got += fmt.Sprintf("%s %s %d", []string{"", ","}[min(i, 1)], f.Collection.Slug, f.Count)
		}
		if err != nil || got != want || r.About {
			t.Errorf("%q: %s (about: %v), want %s, %v", q, got, r.About, want, err)
		}
	}
	seen := map[pollen.EntryID]bool{}
	for offset := 0; ; {
		r, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: "dupont", Limit: 150, Offset: offset})
		if err != nil || r.Ranked < 400 || r.Ranked >= r.Total {
			t.Fatalf("%d are listed of %d, %v", r.Ranked, r.Total, err)
		}
		for _, h := range r.Hits {
			seen[h.Entry] = true
		}
		if offset = r.Next; offset == 0 {
			if len(seen) != r.Ranked {
				t.Errorf("the pages list %d, and say %d", len(seen), r.Ranked)
			}
			break
		}
	}
	if r, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: "number001"}); err != nil || r.Ranked != 0 {
		t.Errorf("all are listed, and it says %d, %v", r.Ranked, err)
	}
	// A beginning that goes on in very many ways finds some of them, and says so
	// where not all of them were looked for.
	r, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: "inv000"})
	if err != nil || len(r.Hits) == 0 || r.Total < 500 && !r.About {
		t.Errorf("%d hits, %d, about: %v, %v", len(r.Hits), r.Total, r.About, err)
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

// What was for all readers of its collection is for fewer than these once the
// collection is opened to more, and the other way round.
func TestAChangeOfAudienceChangesWhatIsFound(t *testing.T) {
	w, s, find := world(t)
	guest := w.Actor("Olu")
	guest.Communities = nil
	w.Collection("plans", pollen.AudienceCommunity, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "door", Type: schema.Text, Audience: pollen.AudienceCommunity}}})
	if _, err := w.Registry.Create(t.Context(), w.System, "plans", registry.Change{Texts: map[string][]string{"name": {"Cellar"}, "door": {"xyloglyph"}}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		audience       pollen.Audience
		member, others string
	}{
		{pollen.AudienceCommunity, "Cellar", ""},
		{pollen.AudiencePublic, "", ""},
		{pollen.AudienceCommunity, "Cellar", ""},
		{pollen.AudienceMembers, "", ""},
	} {
		if _, _, err := w.Registry.Amend(t.Context(), w.System, "plans", registry.Amendment{Audience: step.audience}); err != nil {
			t.Fatal(err)
		}
		w.Settle(s.Index())
		if got := find(w.System, "xyloglyph"); got != step.member {
			t.Errorf("for %s: who may read it finds %q, want %q", step.audience, got, step.member)
		}
		if got := find(guest, "xyloglyph"); got != step.others {
			t.Errorf("for %s: who may not finds %q", step.audience, got)
		}
	}
	if got := find(guest, "cellar"); got != "Cellar" {
		t.Errorf("the rest is found as %q", got)
	}
}

func TestFilterAndFacets(t *testing.T) {
	w, s, _ := world(t)
	w.Collection("depots", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "size", Type: schema.Integer, Indexed: true},
		{Name: "kind", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "big"}, {Code: "small"}}},
		{Name: "town", Type: schema.Text, Indexed: true}, {Name: "remark", Type: schema.Text, Indexed: true},
		{Name: "grade", Type: schema.Text, Indexed: true, Audience: pollen.AudienceCommunity}}})
	long := strings.Repeat("a ", 70) // the key of a text is its first 120 bytes
	for i, name := range []string{"Élysée nord", "Élysée sud", "Élysées", "Autre"} {
		if _, err := w.Registry.Create(t.Context(), w.System, "depots", registry.Change{Texts: map[string][]string{
			"name": {name}, "size": {fmt.Sprint(i)}, "kind": {[]string{"big", "small"}[i%2]}, "grade": {"x"},
			"town": {[]string{"Saint-Denis", "Saint-Denis Nord", "saint-denis", "Lyon"}[i]}, "remark": {[]string{long + "b", "Saint Denis"}[i%2]}}}); err != nil {
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
		{"depots", "town = SAINT-DENIS", "2 depots=2 kind:big=2"}, // and not who only holds its words
		{"depots", "town = Lyon", "0"},
		{"depots", "town = Saint-Denis and kind = small", "0 kind:big=2"},
		{"depots", "not town = Saint-Denis", "1 depots=1 kind:small=1"},
		{"depots", `remark = "` + long + `b"`, "2 depots=2 kind:big=2"},
		{"depots", `remark = "` + long + `c"`, "0"},
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

// Words and a filter find what each finds, whatever the filter asks of values
// that the index holds and of others.
func TestWordsAndAFilter(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	w.Collection("towns", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	w.Collection("depots", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Indexed: true}, {Name: "size", Type: schema.Integer, Indexed: true}, {Name: "code", Type: schema.Code, Indexed: true},
		{Name: "kinds", Type: schema.Choice, Many: true, Indexed: true, Terms: []schema.Term{{Code: "A"}, {Code: "a"}, {Code: "wide open"}}},
		{Name: "town", Type: schema.Reference, Indexed: true, Target: "towns"}, {Name: "open", Type: schema.Boolean, Indexed: true},
		{Name: "grade", Type: schema.Choice, Indexed: true, Audience: pollen.AudienceCommunity, Terms: []schema.Term{{Code: "x"}}},
		{Name: "free", Type: schema.Choice, Terms: []schema.Term{{Code: "x"}}}}})
	create := func(collection string, texts map[string][]string) *registry.Entry {
		t.Helper()
		e, err := w.Registry.Create(t.Context(), w.System, collection, registry.Change{Texts: texts})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	create("towns", map[string][]string{"name": {"Lyon"}})
	paris := create("towns", map[string][]string{"name": {"Paris"}})
	var all []*registry.Entry
	for i := range 12 {
		texts := map[string][]string{"name": {fmt.Sprintf("Depot %02d", i)}, "size": {fmt.Sprint(i)}, "code": {fmt.Sprintf("D-%02d.%d", i/4, i%4)},
			"kinds": strings.Split([]string{"A", "a", "A|wide open", ""}[i%4], "|"), "town": {[]string{"lyon", "paris", ""}[i%3]}, "open": {[]string{"yes", "no"}[i%2]}, "grade": {"x"}}
		all = append(all, create("depots", texts))
	}
	w.Settle(s.Index())
	compare := func(q string) (n int) {
		t.Helper()
		e, err := filter.Parse(q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := w.Registry.List(t.Context(), pollen.Actor{}, "depots", registry.Listing{Filter: e})
		found, failed := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: "depot", Collection: "depots", Filter: e, Values: true})
		if pollen.KindOf(err) != pollen.KindOf(failed) {
			t.Errorf("%s: %v, and with words %v", q, err, failed)
		}
		for i, x := range found.Hits {
			if found.Total != len(want.Items) || x.Title != want.Items[i].Title {
				t.Errorf("%s: with words %d, %s; want %d, %s", q, found.Total, titles(found.Hits), len(want.Items), want.Items[i].Title)
				break
			}
		}
		return found.Total
	}
	for q, n := range map[string]int{
		"kinds = A": 6, "kinds = a": 3, `kinds in (a, "wide open")`: 6, "kinds != A": 6, "not kinds = A": 6, "kinds present": 9,
		"town = lyon": 4, "town = " + paris.ID.String(): 4, "town in (lyon, paris)": 8, "town != lyon": 8, "open = yes": 6, "open": 6, "not open": 6,
		"open = yes and kinds = A": 6, "open = yes and kinds = a": 0, "town = lyon or kinds = a": 6, "town = lyon or size > 9": 6, "not (town = lyon or open)": 4,
		"not (open = yes and size > 3)": 8, "kinds = A and size > 3 and town != paris": 2, "code = d-01.2": 1, "code = D012": 0, "code != D-01.2": 11,
		"code in (D-01.2, D-02.0)": 2, `name = "Depot 03" and open = no`: 1,
		"kinds = z": 0, "town = nowhere": 0, "open = maybe": 0, "grade = x": 0, "free = x": 0, "nothing = x": 0, // refused alike
	} {
		if got := compare(q); got != n {
			t.Errorf("%s: %d, want %d", q, got, n)
		}
	}
	if _, err := w.Registry.Revise(t.Context(), w.System, all[0].ID, registry.Change{Texts: map[string][]string{"kinds": {"a"}, "town": {"paris"}}}); err != nil {
		t.Fatal(err)
	}
	e, err := filter.Parse("kinds = A")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := s.Entries(t.Context(), w.System, search.Query{Text: "depot", Collection: "depots", Filter: e}, 100)
	if err != nil || len(ids) != 5 || slices.Contains(ids, all[0].ID) {
		t.Errorf("who acts on all of it acts on %d, before the index knows of a change, %v", len(ids), err)
	}
	w.Settle(s.Index())
	if a, b := compare("kinds = A"), compare("town = paris"); a != 5 || b != 5 {
		t.Errorf("after a revision: %d, %d", a, b)
	}
	// What stops to be filtered by, or to be for all readers, leaves the index;
	// what begins to be, enters it.
	c := all[0].Collection.Schema
	c.Field("free").Indexed, c.Field("kinds").Indexed, c.Field("open").Audience = true, false, pollen.AudienceCommunity
	if _, _, err := w.Registry.Amend(t.Context(), w.System, "depots", registry.Amendment{Schema: &c}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Registry.Revise(t.Context(), w.System, all[0].ID, registry.Change{Texts: map[string][]string{"free": {"x"}}}); err != nil {
		t.Fatal(err)
	}
	w.Settle(s.Index())
	if a, b, c := compare("free = x"), compare("kinds = A"), compare("open"); a != 1 || b+c != 0 {
		t.Errorf("after an amendment: %d, %d, %d", a, b, c)
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
		{"Les chevaux de Łódź", "cheval lodz", "Les [chevaux] de [Łódź]"},
		{"Concarneau", "carne", "Concarneau"}, // never inside a word
		{"École d'été", "l'ecole", "[École] d'été"},
		{"Saint-Étienne", "st étienne", "[Saint]-[Étienne]"},
		{"東京都庁", "東京", "[東京]都庁"},
		{"E\u0301lyse\u0301e", "elysee", "[E\u0301lyse\u0301e]"},
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

func TestALargeActIsIndexedInParts(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	c := w.Collection("sites", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "door", Type: schema.Text, Indexed: true}}})
	b, err := w.Registry.Begin(t.Context(), w.System, "sites", registry.Batch{Kind: registry.BatchImport})
	if err != nil {
		t.Fatal(err)
	}
	const many = 450 // more than two transactions index
	rows := make([]pollentest.Row, many)
	for i := range rows {
		rows[i].Texts = map[string][]string{"name": {"Depot"}, "door": {fmt.Sprintf("north%d", i)}}
	}
	w.Settle(s.Index())
	if _, err := w.Part(w.System, b.ID, rows...); err != nil {
		t.Fatal(err)
	}
	followed := func(what string, wantParts int, q string, want int) {
		t.Helper()
		w.Settle()
		if parts, err := w.Journal.Step(t.Context(), s.Index()); err != nil || parts != wantParts {
			t.Errorf("%s was indexed in %d parts, %v; want %d", what, parts, err, wantParts)
		}
		if r, err := s.Find(t.Context(), pollen.Actor{}, search.Query{Text: q}); err != nil || r.Total != want {
			t.Errorf("%s: %q finds %d, %v; want %d", what, q, r.Total, err, want)
		}
	}
	followed("an import", 3, "depot", many)
	next := c.Schema
	next.Fields = next.Fields[:1]
	if _, _, err := w.Registry.Amend(t.Context(), w.System, "sites", registry.Amendment{Schema: &next}); err != nil {
		t.Fatal(err)
	}
	followed("an amendment", 3, "north7", 0)
	followed("nothing", 0, "depot", many)
}

// Who types the beginning of a name is offered what begins so, however many others
// hold the words somewhere.
func TestWhatBeginsAsIsTypedIsOfferedFirst(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	w.Collection("communes", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	create := func(name string) {
		if _, err := w.Registry.Create(t.Context(), w.System, "communes", registry.Change{Texts: map[string][]string{"name": {name}}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		create(fmt.Sprintf("Braud-et-Saint-Louis-%02d", i))
		create(fmt.Sprintf("Bel-Étage-la-Roche-%02d", i))
	}
	create("Saint-Étienne")
	create("Saint-Étienne-du-Rouvray")
	create("La Roche-sur-Yon")
	create("Martine Dupont")
	create("Jean Martin")
	w.Settle(s.Index())
	for typed, want := range map[string]string{
		"saint et":       "Saint-Étienne · Saint-Étienne-du-Rouvray",
		"Saint-Et":       "Saint-Étienne · Saint-Étienne-du-Rouvray",
		"saint etienne ": "Saint-Étienne · Saint-Étienne-du-Rouvray",
		"la roche su":    "La Roche-sur-Yon",
		"martin":         "Jean Martin · Martine Dupont", // a whole word is more than the beginning of one
	} {
		hits, err := s.Complete(t.Context(), pollen.Actor{}, search.Query{Text: typed, Limit: strings.Count(want, "·") + 1})
		if got := titles(hits); err != nil || got != want {
			t.Errorf("typing %q offers %q, want %q; %v", typed, got, want, err)
		}
	}
}
