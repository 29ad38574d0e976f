package schema_test

import (
	"testing"

	"pollen"
	"pollen/internal/pure/schema"
)

// The marks are written as escapes: seen, they would turn this file.
func TestTextsThatTurnWhatFollowsAreRefused(t *testing.T) {
	for text, turns := range map[string]bool{
		"Dépôt (nord)":                       false,
		"مستودع (شمال) 12":                   false,
		"left-to-right mark \u200e, \u200f":  false,
		"\u202a+33 4 65 71 12 77\u202c":      false, // as telephones paste numbers
		"\u2067\u05d0\u2066abc\u2069\u2069":  false,
		"not closed \u202b":                  true,
		"not closed \u2068":                  true,
		"closes another's \u2069":            true,
		"closes another's \u202c":            true,
		"crossed \u202b\u2067\u202c\u2069":   true,
		"says txt.exe \u202eexe.txt\u202c":   true,
		"says as much \u202dtxt\u202c – “”…": true,
	} {
		if schema.Turns(text) != turns {
			t.Errorf("%+q turns: %v", text, !turns)
		}
		for _, kind := range []schema.Type{schema.Text, schema.Localized, schema.LongText} {
			typed := text
			if kind == schema.Localized {
				typed = "fr: " + text
			}
			f := schema.Field{Name: "x", Type: kind}
			_, err := f.FromTexts([]string{typed}, &schema.Env{Region: "FR"})
			if refused := pollen.Is(err, pollen.Invalid); refused != (turns && kind != schema.LongText) {
				t.Errorf("%s %+q: %v", kind, text, err)
			}
		}
	}
}
