package schema_test

import (
	"encoding/json"
	"testing"

	"pollen"
	"pollen/internal/pure/schema"
)

func TestATitleShowsNothingThatIsNotForEveryReader(t *testing.T) {
	s := schema.Schema{Title: []string{"secret"}, Fields: []schema.Field{
		{ID: 1, Name: "secret", Type: schema.Text, Audience: pollen.AudiencePersona}, {ID: 2, Name: "name", Type: schema.Text}}}
	if err := s.Validate(); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("a title of a value for one persona: %v, want Invalid", err)
	}
	s.Title = nil
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	v := schema.Values{1: json.RawMessage(`"1234"`), 2: json.RawMessage(`"Depot"`)}
	if got := s.TitleOf(v, "en"); got != "Depot" {
		t.Errorf("title %q", got)
	}
	delete(v, 2)
	if got := s.TitleOf(v, "en"); got != "" {
		t.Errorf("title %q, made of what not everybody may read", got)
	}
}

func TestATitleInOneOfManyLanguages(t *testing.T) {
	s := schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{ID: 1, Name: "name", Type: schema.Localized}}}
	for _, c := range []struct{ texts, lang, want string }{
		{`{"de":"a","en":"b","fr":"c"}`, "fr", "c"},
		{`{"de":"a","en":"b","fr":"c"}`, "it", "b"},
		{`{"de":"a","fr":"c"}`, "it", "a"}, // the first by tag
		{`{"en":"b","pt":"p","pt-PT":"q"}`, "pt-AO", "q"},
		{`{"en":"b","pt":"p"}`, "pt-AO", "p"},
		{`{"en":"b","en-001":"w"}`, "en-AU", "w"},
		{`{"en":"b","zh":"s"}`, "zh-Hant-HK", "b"}, // another script is not inherited from
		{`{"fr":"c"}`, "fr-CA", "c"},
	} {
		if got := s.TitleOf(schema.Values{1: json.RawMessage(c.texts)}, c.lang); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.texts, c.lang, got, c.want)
		}
	}
}
