package schema_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pollen"
	"pollen/internal/pure/schema"
)

// fields has one field of each type, as the fuzz and round-trip tests use them.
var fields = map[schema.Type]*schema.Field{}

func init() {
	for i, typ := range schema.Types {
		f := &schema.Field{ID: pollen.FieldID(i + 1), Name: "f", Type: typ}
		if typ == schema.Choice {
			f.Terms = []schema.Term{{Code: "a", Label: map[string]string{"fr": "Été", "en": "Summer"}}, {Code: "b"}}
		}
		if typ == schema.Number {
			f.Unit = "kg"
		}
		fields[typ] = f
	}
}

const entry = "0123456789abc"

const blob = `{"blob":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","name":"a.png","type":"image/png","size":3}`

// Each line: what a person writes, and the canonical JSON, or "" where the
// input is refused.
var readings = map[schema.Type][][2]string{
	schema.Text:     {{"  Élysée   palace ", `"Élysée palace"`}, {"E\u0301lyse\u0301e", `"Élysée"`}, {"a\x00b", ""}, {"\xff", ""}},
	schema.LongText: {{"one\r\n\r\ntwo", `"one\n\ntwo"`}},
	schema.Number: {{"1 234,50", "1234.50"}, {"1,234.5", "1234.5"}, {"-0.5 kg", "-0.5"}, {"007", "7"}, {"1e3", "1e3"},
		{"1.2.3", ""}, {"abc", ""}, {"NaN", ""}},
	schema.Integer:  {{"42", "42"}, {"1 000", "1000"}, {"4.2", ""}, {"1234567890123456789", ""}, {"-7", "-7"}},
	schema.Boolean:  {{"Oui", "true"}, {"no", "false"}, {"VRAI", "true"}, {"peut-être", ""}},
	schema.Date:     {{"2026-11-24", `"2026-11-24"`}, {"24/11/2026", `"2026-11-24"`}, {"2026-02-30", ""}, {"November 2026", ""}},
	schema.DateTime: {{"2026-11-24T10:30:00+01:00", `"2026-11-24T09:30:00Z"`}, {"yesterday", ""}},
	schema.Choice:   {{"a", `"a"`}, {"été", `"a"`}, {"SUMMER", `"a"`}, {"winter", ""}},
	schema.Email: {{"Ana.Lopez@Example.ORG", `"Ana.Lopez@example.org"`}, {"Ana <ana@example.org>", ""}, {"ana@localhost", ""},
		{"ana", ""}, {"a@b.example, c@d.example", ""}},
	schema.Phone: {{"01 99 00 12 34", `"+33199001234"`}, {"+44 20 7946 0958", `"+442079460958"`}, {"0033 1 99 00 12 34", `"+33199001234"`},
		{"12", ""}, {"call me", ""}},
	schema.URL: {{"https://Example.org/A?b=1", `"https://example.org/A?b=1"`}, {"www.example.org", `"https://www.example.org"`},
		{"javascript:alert(1)", ""}, {"data:text/html,x", ""}, {"https://", ""}, {"https://user:pass@example.org", ""}},
	schema.Place: {{"12 rue Haute, Rennes (48.1173, -1.6778)", `{"address":"12 rue Haute, Rennes","lat":48.1173,"lon":-1.6778}`},
		{"Rennes", `{"address":"Rennes"}`}, {"(48.1, -1.6)", `{"lat":48.1,"lon":-1.6}`}, {"x (91, 0)", ""}},
	schema.Image:      {{blob, blob}, {strings.Replace(blob, "image/png", "image/svg+xml", 1), ""}, {strings.Replace(blob, "a.png", "../a.png", 1), ""}},
	schema.Attachment: {{blob, blob}, {strings.Replace(blob, "image/png", "text/html", 1), ""}},
	schema.Reference:  {{entry, `"` + entry + `"`}, {"Ana", ""}},
	schema.Localized: {{"fr: Allemagne\nen: Germany", `{"en":"Germany","fr":"Allemagne"}`}, {"Germany", `{"und":"Germany"}`},
		{"PT-br: Alemanha", `{"pt-BR":"Alemanha"}`}, {"fr: a\nfr: b", ""}},
	schema.Code: {{" AB 12 ", `"AB 12"`}},
}

func TestReading(t *testing.T) {
	for _, typ := range schema.Types {
		if len(readings[typ]) == 0 {
			t.Errorf("no example for %s", typ)
		}
		for _, c := range readings[typ] {
			got, err := fields[typ].FromText(c[0], nil)
			if c[1] == "" {
				if !pollen.Is(err, pollen.Invalid) {
					t.Errorf("%s %q: got %s, %v; want it refused", typ, c[0], got, err)
				}
				continue
			}
			if err != nil || string(got) != c[1] {
				t.Errorf("%s %q: got %s, %v; want %s", typ, c[0], got, err, c[1])
				continue
			}
			again(t, fields[typ], got)
		}
	}
}

// again checks that a value survives being written as text and as JSON.
func again(t *testing.T, f *schema.Field, v json.RawMessage) {
	t.Helper()
	if got, err := f.FromText(f.Text(v), nil); err != nil || string(got) != string(v) {
		t.Errorf("%s: %s written as %q reads back as %s, %v", f.Type, v, f.Text(v), got, err)
	}
	if got, err := f.FromJSON(v, nil); err != nil || string(got) != string(v) {
		t.Errorf("%s: %s as JSON reads back as %s, %v", f.Type, v, got, err)
	}
}

// Numbers published by the bodies that issue them, and the same with one digit
// changed.
func TestCheckDigits(t *testing.T) {
	for _, c := range []struct{ check, valid, invalid string }{
		{"siren", "732 829 320", "732 829 321"},
		{"siret", "73282932000074", "73282932000075"},
		{"siret", "35600000049837", "35600000049838"}, // an office of La Poste
		{"iban", "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"},
		{"iban", "FR14 2004 1010 0505 0001 3M02 606", "FR14 2004 1010 0505 0001 3M02 607"},
		{"ean", "4006381333931", "4006381333932"},
		{"ean", "73513537", "73513538"},
		{"isbn", "978-0-306-40615-7", "978-0-306-40615-8"},
		{"isbn", "0-306-40615-2", "0-306-40615-3"},
		{"isbn", "080442957X", "0804429579"},
		{"orcid", "0000-0002-1825-0097", "0000-0002-1825-0098"},
		{"orcid", "0000-0002-1694-233X", "0000-0002-1694-2339"},
		{"luhn", "79927398713", "79927398714"},
		{"lei", "529900T8BM49AURSDO55", "529900T8BM49AURSDO56"},
	} {
		f := &schema.Field{Name: "code", Type: schema.Code, Check: c.check}
		if _, err := f.FromText(c.valid, nil); err != nil {
			t.Errorf("%s %s: %v", c.check, c.valid, err)
		}
		if v, err := f.FromText(c.invalid, nil); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s %s: got %s, %v; want it refused", c.check, c.invalid, v, err)
		}
	}
}

// JSON of the wrong shape is refused with an example that is taken as it stands.
func TestAWrongShapeIsRefusedWithARightOne(t *testing.T) {
	for _, kind := range schema.Types {
		for _, many := range []bool{false, true} {
			f := &schema.Field{Name: "field", Type: kind, Many: many && kind != schema.Localized, Terms: []schema.Term{{Code: "open"}}}
			_, err := f.FromJSON([]byte(`{"fr":{"deep":[true]}}`), nil)
			refused, ok := errors.AsType[*pollen.Error](err)
			if !ok {
				t.Errorf("%s: %v", kind, err)
			} else if refused.Message.Key == "schema.value."+string(kind) {
				continue // told by what the type takes
			}
			var shape string
			for i, v := range refused.Message.Args {
				if v == "shape" {
					shape = refused.Message.Args[i+1].(string)
				}
			}
			if _, err := f.FromJSON([]byte(shape), nil); shape == "" || err != nil {
				t.Errorf("%s is refused (%v) with the example %q: %v", kind, refused, shape, err)
			}
		}
	}
}

func TestMany(t *testing.T) {
	f := &schema.Field{Name: "phones", Type: schema.Text, Many: true}
	v, err := f.FromText(`a|b\|c|a|  |d\\`, nil)
	if err != nil || string(v) != `["a","b|c","d\\"]` {
		t.Fatalf("got %s, %v", v, err)
	}
	again(t, f, v)
	if v, err := f.FromTexts([]string{" ", "a|b", ""}, nil); err != nil || string(v) != `["a|b"]` {
		t.Errorf("from repeated form fields: %s, %v", v, err)
	}
	if v, err := f.FromJSON([]byte(`[null, ""]`), nil); v != nil || err != nil {
		t.Errorf("nothing in a list: %s, %v", v, err)
	}
}

func TestDisplay(t *testing.T) {
	for _, c := range []struct {
		typ              schema.Type
		in, french, engl string
	}{
		{schema.Phone, "+33199001234", "01 99 00 12 34", "01 99 00 12 34"},
		{schema.Phone, "+442079460958", "+44 20 7946 0958", "+44 20 7946 0958"},
		{schema.Number, "1234567.5", "1\u202f234\u202f567,5\u00a0kg", "1,234,567.5\u00a0kg"},
		{schema.Number, "1024", "1024\u00a0kg", "1024\u00a0kg"},
		{schema.Integer, "1984", "1984", "1984"},
		{schema.Integer, "19840", "19\u202f840", "19,840"},
		{schema.Boolean, "yes", "oui", "yes"},
		{schema.Date, "2026-11-01", "1er\u00a0novembre 2026", "1\u00a0November 2026"},
		{schema.Choice, "a", "Été", "Summer"},
		{schema.Localized, "fr: Allemagne\nen: Germany\nde: Deutschland", "Allemagne", "Germany"},
		{schema.URL, "https://example.org/", "example.org", "example.org"},
	} {
		f := fields[c.typ]
		v, err := f.FromText(c.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(f.Display(v, "fr"), ";"); got != c.french {
			t.Errorf("%s in French: %q, want %q", c.in, got, c.french)
		}
		if got := strings.Join(f.Display(v, "en"), ";"); got != c.engl {
			t.Errorf("%s in English: %q, want %q", c.in, got, c.engl)
		}
	}
}

func TestKeysSortAsTheValuesDo(t *testing.T) {
	for typ, sorted := range map[schema.Type][]string{
		schema.Number:  {"-1000", "-12.5", "-12", "-1", "-0.001", "0", "0.0001", "0.5", "1", "9", "10", "99.9", "1e3", "123456"},
		schema.Integer: {"-20", "-3", "0", "2", "10", "100"},
		schema.Date:    {"1999-12-31", "2026-01-02", "2026-11-24"},
		schema.DateTime: {"2026-11-24T09:59:59.999Z", "2026-11-24T10:00:00Z", "2026-11-24T10:00:00.000000001Z", "2026-11-24T10:00:00.5Z",
			"2026-11-24T12:00:00.55+02:00", "2026-11-24T10:00:01Z"},
		schema.Text: {"abc", "École", "elan", "Zoé"},
	} {
		var keys []string
		for _, s := range sorted {
			v, err := fields[typ].FromText(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, fields[typ].Keys(v)...)
		}
		if !slices.IsSorted(keys) {
			t.Errorf("%s: keys %q are not in the order of %q", typ, keys, sorted)
		}
	}
}

func TestTelephoneIsFoundInAnySpelling(t *testing.T) {
	v, err := fields[schema.Phone].FromText("01 99 00 12 34", nil)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, w := range fields[schema.Phone].Words(v) {
		words = append(words, w.Text)
	}
	if !slices.Contains(words, "0199001234") || !slices.Contains(words, "33199001234") {
		t.Errorf("words %q lack a spelling", words)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Élysée": "elysee", "Œuvre": "oeuvre", "STRASSE Straße": "strasse strasse", "Łódź": "lodz", "Đông": "dong",
		"  a \t b ": "a b", "Ｆｕｌｌ": "full", "L’été": "l'ete", "東京": "東京", "İstanbul": "istanbul",
	} {
		if got := schema.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSoftConstraints(t *testing.T) {
	s := schema.Schema{Fields: []schema.Field{{ID: 1, Name: "name", Type: schema.Text, Required: true}, {ID: 2, Name: "phone", Type: schema.Phone}}}
	only := func(ids ...pollen.FieldID) func(pollen.FieldID) bool {
		return func(id pollen.FieldID) bool { return slices.Contains(ids, id) }
	}
	if err := s.Check(only(2), schema.Values{2: json.RawMessage(`"+33199001234"`)}); err != nil {
		t.Errorf("a missing name stands in the way of a new telephone: %v", err)
	}
	if err := s.Check(only(1), schema.Values{}); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("removing a required value: %v", err)
	}
}

func TestTitle(t *testing.T) {
	s := schema.Schema{Title: []string{"given", "family"}, Fields: []schema.Field{
		{ID: 1, Name: "given", Type: schema.Text}, {ID: 2, Name: "family", Type: schema.Text}, {ID: 3, Name: "name", Type: schema.Localized}}}
	if got := s.TitleOf(schema.Values{1: []byte(`"Ana"`), 2: []byte(`"López"`)}, "fr"); got != "Ana López" {
		t.Errorf("title %q", got)
	}
	if got := s.TitleOf(schema.Values{3: []byte(`{"en":"Germany","fr":"Allemagne"}`)}, "fr"); got != "Allemagne" {
		t.Errorf("without title fields: %q", got)
	}
}

func TestValidate(t *testing.T) {
	text := func(name string) schema.Field { return schema.Field{Name: name, Type: schema.Text} }
	for name, s := range map[string]schema.Schema{
		"bad name":        {Fields: []schema.Field{text("Job Title")}},
		"reserved":        {Fields: []schema.Field{text("slug")}},
		"twice":           {Fields: []schema.Field{text("a"), text("a")}},
		"unknown type":    {Fields: []schema.Field{{Name: "a", Type: "blob"}}},
		"no terms":        {Fields: []schema.Field{{Name: "a", Type: schema.Choice}}},
		"term twice":      {Fields: []schema.Field{{Name: "a", Type: schema.Choice, Terms: []schema.Term{{Code: "x"}, {Code: "x"}}}}},
		"bad pattern":     {Fields: []schema.Field{{Name: "a", Type: schema.Code, Pattern: "("}}},
		"unknown check":   {Fields: []schema.Field{{Name: "a", Type: schema.Code, Check: "xyz"}}},
		"unknown title":   {Fields: []schema.Field{text("a")}, Title: []string{"b"}},
		"key not unique":  {Fields: []schema.Field{text("a")}, Key: "a"},
		"unique text":     {Fields: []schema.Field{{Name: "a", Type: schema.LongText, Unique: true}}},
		"unknown readers": {Fields: []schema.Field{{Name: "a", Type: schema.Text, Audience: "everybody"}}},
	} {
		if err := s.Validate(); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok := schema.Schema{Fields: []schema.Field{{Name: "a", Type: schema.Code, Unique: true, Check: "siret"}}, Key: "a", Title: []string{"a"}}
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
}

func FuzzFromText(f *testing.F) {
	for typ, cases := range readings {
		for _, c := range cases {
			f.Add(slices.Index(schema.Types, typ), false, c[0])
			f.Add(slices.Index(schema.Types, typ), true, c[0]+"|"+c[0]+"\\|")
		}
	}
	f.Fuzz(func(t *testing.T, i int, many bool, in string) {
		field := *fields[schema.Types[uint(i)%uint(len(schema.Types))]]
		field.Many = many
		v, err := field.FromText(in, nil)
		if err != nil || v == nil {
			return
		}
		if !json.Valid(v) {
			t.Fatalf("%s: %q gives %s, which is not JSON", field.Type, in, v)
		}
		again(t, &field, v)
		field.Display(v, "fr")
		for _, k := range field.Keys(v) {
			if len(k) > 120+32 { // what is shown, and the digest of what is longer
				t.Errorf("key of %d bytes", len(k))
			}
		}
		field.Words(v)
	})
}

func FuzzFold(f *testing.F) {
	f.Add("Élysée")
	f.Fuzz(func(t *testing.T, s string) {
		once := schema.Fold(s)
		if twice := schema.Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, then %q", s, once, twice)
		}
	})
}

func BenchmarkFromText(b *testing.B) {
	for typ, s := range map[schema.Type]string{schema.Text: "Solène Vautrin", schema.Phone: "01 99 00 12 34", schema.Email: "ana@example.org"} {
		b.Run(string(typ), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := fields[typ].FromText(s, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The limit is that of all values together, however they are brought.
func TestManyValuesAreBoundedTogether(t *testing.T) {
	long := strings.Repeat("x", 90_000)
	for _, f := range []schema.Field{{Name: "tags", Type: schema.Text, Many: true}, {Name: "label", Type: schema.Localized}, {Name: "labels", Type: schema.Localized, Many: true}} {
		one, two := `["a `+long+`"]`, `["a `+long+`", "b `+long+`"]`
		if f.Type == schema.Localized {
			one, two = `{"fr": "a `+long+`"}`, `{"fr": "a `+long+`", "en": "b `+long+`"}`
		}
		if _, err := f.FromJSON([]byte(one), nil); err != nil {
			t.Errorf("%s: one value: %v", f.Name, err)
		}
		if _, err := f.FromJSON([]byte(two), nil); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: two values: %v", f.Name, err)
		}
	}
	f := schema.Field{Name: "tags", Type: schema.Text, Many: true}
	if _, err := f.FromTexts([]string{"a" + long, "b" + long}, nil); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("two texts: %v", err)
	}
}

// Values that begin alike have keys of their own, which are found whole, sort by
// what they begin with and stay small.
func TestLongValuesHaveKeysOfTheirOwn(t *testing.T) {
	long := strings.Repeat("Éé", 100)
	for _, f := range []schema.Field{{Name: "x", Type: schema.Text}, {Name: "x", Type: schema.Localized}} {
		seen := []string{}
		for _, text := range []string{long[:100], long + "nord", long + "sud", "z" + long} {
			in := text
			if f.Type == schema.Localized {
				in = "fr: " + text
			}
			v, err := f.FromText(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			keys := f.Keys(v)
			if got, err := f.KeyOf(text, nil); err != nil || len(keys) != 1 || keys[0] != got || len(got) > 160 || !utf8.ValidString(got) {
				t.Errorf("%s: keys %q, by the text %q, %v", f.Type, keys, got, err)
			}
			if slices.Contains(seen, keys[0]) {
				t.Errorf("%s: two texts have the key %q", f.Type, keys[0])
			}
			seen = append(seen, keys[0])
		}
		if seen[0] > seen[1] || seen[0] > seen[2] || seen[1] > seen[3] {
			t.Errorf("%s: %q do not sort", f.Type, seen)
		}
	}
}

// White space becomes single spaces, save what French spelling has before a
// question mark: a note, a text and a name keep it.
func TestOneLineKeepsItsSpelling(t *testing.T) {
	const in, want = "  Qui \t le\nsait\u202f?\u00a0» ", "Qui le sait\u202f?\u00a0»"
	if got, err := schema.Line("note", in, 100); got != want || err != nil {
		t.Errorf("a note: %q, %v", got, err)
	}
	if got, err := (&schema.Field{Name: "x", Type: schema.Text}).FromTexts([]string{in}, &schema.Env{}); string(got) != `"`+want+`"` || err != nil {
		t.Errorf("a text: %s, %v", got, err)
	}
	if got, err := (&schema.Field{Name: "x", Type: schema.Localized}).FromJSON([]byte(`{"fr": "Qui  le sait\u202f?"}`), &schema.Env{}); string(got) != "{\"fr\":\"Qui le sait\u202f?\"}" || err != nil {
		t.Errorf("a name: %s, %v", got, err)
	}
}

// A reference into one collection says which, where it is refused.
func TestAReferenceNamesTheCollectionItMustLeadTo(t *testing.T) {
	nobody := &schema.Env{Resolve: func(string, string) (pollen.EntryID, error) {
		return 0, pollen.Errorf(pollen.NotFound, "x", "There is none.")
	}}
	for target, want := range map[string]string{"": "of this directory", "communes": "of the collection “communes”"} {
		f := schema.Field{Name: "commune", Type: schema.Reference, Target: target}
		if _, err := f.FromText("Ana", nobody); !pollen.Is(err, pollen.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("into %q: %v", target, err)
		}
	}
}
