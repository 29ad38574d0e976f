package sample_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/app/sample"
	"pollen/internal/pure/schema"
)

// row is one row as read.
type row struct {
	key    string
	values map[string]any
}

// rows reads a collection whole.
func rows(t testing.TB, c sample.Collection) (out []row) {
	t.Helper()
	err := c.Rows(func(key string, values map[string]any) error {
		out = append(out, row{key, values})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// collection finds one by its address.
func collection(t testing.TB, slug string) sample.Collection {
	t.Helper()
	all := sample.Collections()
	i := slices.IndexFunc(all, func(c sample.Collection) bool { return c.Slug == slug })
	if i < 0 {
		t.Fatalf("no collection %s", slug)
	}
	return all[i]
}

// texts gives a value as strings, one or many.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, item := range v {
			out = append(out, item.(string))
		}
	}
	return out
}

func TestCollectionsAreDescribed(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)
	for _, c := range sample.Collections() {
		if err := c.Schema.Validate(); err != nil {
			t.Errorf("%s: %v", c.Slug, err)
		}
		if !slug.MatchString(c.Slug) || c.Community != pollen.Commons || c.Licence == "" || c.Source == "" || c.From == "" || len(c.From) > 30 || !slices.Contains(pollen.Audiences, c.Audience) {
			t.Errorf("%s is not fully described: %+v", c.Slug, c)
		}
		for _, lang := range []string{"fr", "en"} {
			if c.Name[lang] == "" || c.Purpose[lang] == "" {
				t.Errorf("%s has no name or purpose in %s", c.Slug, lang)
			}
			for _, f := range c.Schema.Fields {
				if f.Label[lang] == "" {
					t.Errorf("%s.%s has no label in %s", c.Slug, f.Name, lang)
				}
			}
		}
		if c.Invented && (!strings.Contains(c.Purpose["fr"], "Exemple") || !strings.Contains(c.Purpose["en"], "Sample")) {
			t.Errorf("%s is invented and does not say so", c.Slug)
		}
		for _, f := range c.Schema.Fields {
			if f.ID != 0 {
				t.Errorf("%s.%s has an identifier; an instance gives it", c.Slug, f.Name)
			}
		}
	}
	if a := collection(t, pollen.People).Audience; a != pollen.AudienceMembers {
		t.Errorf("people are for %s; never public", a)
	}
}

func TestCountsAndKeys(t *testing.T) {
	for _, c := range sample.Collections() {
		all := rows(t, c)
		if len(all) != c.Count {
			t.Errorf("%s: %d rows, and says %d", c.Slug, len(all), c.Count)
		}
		for _, f := range c.Schema.Fields {
			if !f.Unique {
				continue
			}
			seen := map[any]string{}
			for _, r := range all {
				v, ok := r.values[f.Name]
				if !ok {
					continue
				}
				if other, twice := seen[v]; twice {
					t.Errorf("%s.%s: %v stands in %s and %s", c.Slug, f.Name, v, other, r.key)
				}
				seen[v] = r.key
			}
			if f.Name == c.Schema.Key && len(seen) != len(all) {
				t.Errorf("%s: %d keys for %d rows", c.Slug, len(seen), len(all))
			}
		}
	}
}

// References find their target among the rows before, but for the fields named
// Later, of which each needs to be so named.
func TestReferencesResolveInOrder(t *testing.T) {
	known := map[string]map[string]bool{}
	type reference struct{ from, field, target, key string }
	var later []reference
	for _, c := range sample.Collections() {
		known[c.Slug] = map[string]bool{}
		for _, r := range rows(t, c) {
			for _, f := range c.Schema.Fields {
				if f.Type != schema.Reference {
					continue
				}
				for _, key := range texts(r.values[f.Name]) {
					switch {
					case slices.Contains(c.Later, f.Name):
						later = append(later, reference{c.Slug + " " + r.key, c.Slug + "." + f.Name, f.Target, key})
					case !known[f.Target][key]:
						t.Errorf("%s %s: %s refers to %s %s, which does not come before", c.Slug, r.key, f.Name, f.Target, key)
					}
				}
			}
			known[c.Slug][r.key] = true
		}
	}
	for _, r := range later {
		if !known[r.target][r.key] {
			t.Errorf("%s: %s refers to %s %s, which does not exist", r.from, r.field, r.target, r.key)
		}
	}
	for _, c := range sample.Collections() {
		for _, name := range c.Later {
			if !slices.ContainsFunc(later, func(r reference) bool { return r.field == c.Slug+"."+name }) {
				t.Errorf("%s.%s is named Later and refers to nothing", c.Slug, name)
			}
		}
	}
}

// entries gives an identifier to every row, as an instance would.
func entries(t testing.TB) *schema.Env {
	ids := map[string]pollen.EntryID{}
	for _, c := range sample.Collections() {
		for _, r := range rows(t, c) {
			ids[c.Slug+"/"+r.key] = pollen.EntryID(len(ids) + 1)
		}
	}
	return &schema.Env{Region: "FR", Resolve: func(target, text string) (pollen.EntryID, error) {
		if id, err := pollen.ParseID[int](text); err == nil {
			return pollen.EntryID(id), nil
		}
		if id, ok := ids[target+"/"+text]; ok {
			return id, nil
		}
		return 0, pollen.Errorf(pollen.NotFound, "test.absent", "There is no {key} in {target}.", "key", text, "target", target)
	}}
}

func TestValuesAreValid(t *testing.T) {
	env := entries(t)
	for _, c := range sample.Collections() {
		for _, r := range rows(t, c) {
			for name, v := range r.values {
				if name == sample.Body {
					continue
				}
				f := c.Schema.Field(name)
				if f == nil {
					t.Fatalf("%s %s: %s is not a field", c.Slug, r.key, name)
				}
				raw, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				read, err := f.FromJSON(raw, env)
				if err != nil || read == nil {
					t.Errorf("%s %s: %s = %s is read as %s, %v", c.Slug, r.key, name, raw, read, err)
					continue
				}
				if again, err := f.FromText(f.Text(read), env); err != nil || string(again) != string(read) {
					t.Errorf("%s %s: %s = %s is written %q and read again as %s, %v", c.Slug, r.key, name, read, f.Text(read), again, err)
				}
			}
			for _, f := range c.Schema.Fields {
				if f.Required && r.values[f.Name] == nil {
					t.Errorf("%s %s has no %s", c.Slug, r.key, f.Name)
				}
			}
		}
	}
}

func TestCountriesAreNamedInOver100Languages(t *testing.T) {
	for _, r := range rows(t, collection(t, "countries")) {
		names := r.values["name"].(map[string]any)
		languages := map[string]bool{}
		for tag, name := range names {
			base, _, _ := strings.Cut(tag, "-")
			languages[base] = true
			if name == r.key {
				t.Errorf("%s is only named by its code in %s", r.key, tag)
			}
		}
		if len(languages) <= 100 || names["fr"] == nil || names["en"] == nil {
			t.Errorf("%s is named in %d languages (fr %v, en %v)", r.key, len(languages), names["fr"], names["en"])
		}
	}
	want := map[string]string{"fr": "Allemagne", "en": "Germany", "de": "Deutschland", "ja": "ドイツ", "cy": "Yr Almaen", "nb": "Tyskland", "zh-Hant": "德國"}
	for _, r := range rows(t, collection(t, "countries")) {
		for tag, name := range want {
			if got := r.values["name"].(map[string]any)[tag]; r.key == "DE" && got != name {
				t.Errorf("Germany in %s is %v, want %s", tag, got, name)
			}
		}
	}
}

// Facts anyone can look up, so that a mistake of the maker shows.
func TestKnownFacts(t *testing.T) {
	for _, fact := range []struct{ slug, key, field, want string }{
		{"communes", "38185", "name", `"Grenoble"`},
		{"communes", "38185", "postal_codes", `["38000","38100"]`},
		{"communes", "38185", "departement", `"38"`},
		{"communes", "38185", "epci", `"200040715"`}, // Grenoble-Alpes-Métropole
		{"communes", "2A004", "region", `"94"`},
		{"departements", "2B", "seat", `"2B033"`}, // Bastia
		{"departements", "984", "seat", `null`},   // the Southern Lands have none
		{"regions", "84", "seat", `"69123"`},
		{"epci", "200046977", "kind", `"MET69"`},
		{"countries", "CH", "languages", `["fr","gsw","it","rm"]`},
		{"countries", "CH", "borders", `["AT","DE","FR","IT","LI"]`},
		{"countries", "CH", "subregion", `"155"`},
		{"countries", "US", "calling_codes", `["+1"]`},
		{"countries", "FR", "numeric", `"250"`},
		{"countries", "XK", "alpha3", `null`},
		{"languages", "ar", "direction", `"rtl"`},
		{"languages", "ar", "alpha3", `"ara"`},
		{"languages", "ro", "alpha3", `"ron"`},
		{"languages", "ak", "alpha3", `"aka"`},
		{"languages", "br", "native_name", `"brezhoneg"`},
	} {
		all := rows(t, collection(t, fact.slug))
		i := slices.IndexFunc(all, func(r row) bool { return r.key == fact.key })
		if i < 0 {
			t.Errorf("no %s %s", fact.slug, fact.key)
			continue
		}
		got, err := json.Marshal(all[i].values[fact.field])
		if err != nil || string(got) != fact.want {
			t.Errorf("%s %s: %s is %s, want %s", fact.slug, fact.key, fact.field, got, fact.want)
		}
	}
}

// fiction holds the ranges that the French numbering plan keeps for audiovisual
// works (ARCEP, decision 2018-0881).
var fiction = regexp.MustCompile(`^\+33(?:19900|26191|35301|46571|53649|63998)[0-9]{4}$`)

func TestNobodyCanBeReached(t *testing.T) {
	numbers, addresses := 0, 0
	for _, c := range sample.Collections() {
		for _, r := range rows(t, c) {
			for name, v := range r.values {
				f := c.Schema.Field(name)
				if f == nil {
					continue
				}
				for _, s := range texts(v) {
					switch f.Type {
					case schema.Phone:
						numbers++
						if !fiction.MatchString(s) {
							t.Errorf("%s %s: %s %s is not kept for fiction", c.Slug, r.key, name, s)
						}
					case schema.Email:
						addresses++
						if !strings.HasSuffix(s, ".example") {
							t.Errorf("%s %s: %s does not end in .example", c.Slug, r.key, s)
						}
					}
				}
			}
		}
	}
	if numbers < 300 || addresses < 220 {
		t.Errorf("only %d numbers and %d addresses were looked at", numbers, addresses)
	}
}

func TestTheOrganisationIsATree(t *testing.T) {
	parent, head := map[string]string{}, map[string]string{}
	for _, r := range rows(t, collection(t, pollen.Units)) {
		parent[r.key], _ = r.values["parent"].(string)
		head[r.key], _ = r.values["head"].(string)
	}
	deepest, roots := 0, 0
	for u := range parent {
		depth := 1
		for p := parent[u]; p != "" && depth < 10; p = parent[p] {
			depth++
		}
		deepest = max(deepest, depth)
		if parent[u] == "" {
			roots++
		}
		if head[u] == "" {
			t.Errorf("%s has no head", u)
		}
	}
	if deepest != 4 || roots != 1 {
		t.Errorf("%d levels under %d roots, want 4 under 1", deepest, roots)
	}
	for _, r := range rows(t, collection(t, pollen.People)) {
		unit, _ := r.values["unit"].(string)
		manager, _ := r.values["manager"].(string)
		want := head[unit]
		if want == r.key {
			want = head[parent[unit]]
		}
		if manager != want {
			t.Errorf("%s reports to %q, want the head %q", r.key, manager, want)
		}
	}
}

// Blanks are left on purpose: there is something to give.
func TestThereIsSomethingToRepair(t *testing.T) {
	blank := map[string]int{}
	for _, r := range rows(t, collection(t, pollen.People)) {
		for _, name := range []string{"phone", "job_title", "site", "office"} {
			if r.values[name] == nil {
				blank[name]++
			}
		}
	}
	for name, n := range blank {
		if n > 110 {
			t.Errorf("%s is blank for %d of 220 people: that is a ruin", name, n)
		}
	}
	if blank["phone"] == 0 || blank["job_title"] == 0 || blank["site"] == 0 {
		t.Errorf("nothing to repair: %v", blank)
	}
}

func TestRowsStopsAtTheFirstError(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	err := collection(t, "communes").Rows(func(string, map[string]any) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 3 {
		t.Errorf("%d rows and %v, want 3 and %v", n, err, stop)
	}
}

func BenchmarkRows(b *testing.B) {
	for b.Loop() {
		for _, c := range sample.Collections() {
			if err := c.Rows(func(string, map[string]any) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	}
}
