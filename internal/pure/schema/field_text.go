package schema

import "encoding/json"

// textKind is one line of text.
type textKind struct{ asText }

func (textKind) read(_ *Field, s string, _ *Env) (json.RawMessage, error) {
	return quote(oneLine(s)), nil
}

// longTextKind is Markdown: lines are kept.
type longTextKind struct{ asText }

func (longTextKind) read(_ *Field, s string, _ *Env) (json.RawMessage, error) { return quote(s), nil }
func (longTextKind) key(*Field, json.RawMessage) string                       { return "" }
