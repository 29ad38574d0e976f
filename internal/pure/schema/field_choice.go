package schema

import (
	"encoding/json"
	"strings"
)

// choiceKind is a term of the field's vocabulary, kept by its code.
type choiceKind struct{ asText }

func (choiceKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	want := Fold(s)
	for i := range f.Terms {
		if f.Terms[i].Code == s {
			return quote(s), nil
		}
	}
	for i := range f.Terms {
		t := &f.Terms[i]
		if Fold(t.Code) == want {
			return quote(t.Code), nil
		}
		for _, l := range t.Label {
			if Fold(l) == want {
				return quote(t.Code), nil
			}
		}
	}
	var some []string
	for i := 0; i < len(f.Terms) && i < 8; i++ {
		some = append(some, f.Terms[i].Code)
	}
	if len(f.Terms) > len(some) {
		some = append(some, "…")
	}
	return nil, bad(f, s, strings.Join(some, ", "))
}

func (k choiceKind) readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error) {
	return k.read(f, string(raw), env) // a code that looks like a number
}

func (choiceKind) display(f *Field, v json.RawMessage, lang string) string {
	code := str(v)
	for i := range f.Terms {
		if f.Terms[i].Code == code {
			return Pick(f.Terms[i].Label, lang, code)
		}
	}
	return code
}

func (choiceKind) key(_ *Field, v json.RawMessage) string { return str(v) }

func (choiceKind) words(f *Field, v json.RawMessage) (out []Word) {
	code := str(v)
	out = append(out, Word{Text: code, Exact: true})
	for i := range f.Terms {
		if f.Terms[i].Code == code {
			for _, l := range f.Terms[i].Label {
				out = append(out, Word{Text: l})
			}
		}
	}
	return out
}
