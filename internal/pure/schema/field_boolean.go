package schema

import "encoding/json"

// booleanKind is yes or no.
type booleanKind struct{}

var booleans = map[string]string{
	"true": "true", "yes": "true", "y": "true", "oui": "true", "o": "true", "vrai": "true", "1": "true", "x": "true", "on": "true",
	"false": "false", "no": "false", "n": "false", "non": "false", "faux": "false", "0": "false", "off": "false",
}

func (booleanKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	if b, ok := booleans[Fold(s)]; ok {
		return json.RawMessage(b), nil
	}
	return nil, bad(f, s, "")
}

func (k booleanKind) readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error) {
	return k.read(f, string(raw), env)
}

func (booleanKind) text(_ *Field, v json.RawMessage) string {
	if string(v) == "true" {
		return "yes"
	}
	return "no"
}

func (booleanKind) display(_ *Field, v json.RawMessage, lang string) string {
	yes := string(v) == "true"
	switch {
	case lang == "fr" && yes:
		return "oui"
	case lang == "fr":
		return "non"
	case yes:
		return "yes"
	}
	return "no"
}

func (booleanKind) key(_ *Field, v json.RawMessage) string { return string(v) }
func (booleanKind) words(*Field, json.RawMessage) []Word   { return nil }
