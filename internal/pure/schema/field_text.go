package schema

import (
	"encoding/json"
	"strings"
)

// textKind is one line of text.
type textKind struct{ asText }

func (textKind) read(_ *Field, s string, _ *Env) (json.RawMessage, error) {
	return quote(strings.Join(strings.Fields(s), " ")), nil
}

// longTextKind is Markdown: lines are kept.
type longTextKind struct{ asText }

func (longTextKind) read(_ *Field, s string, _ *Env) (json.RawMessage, error) { return quote(s), nil }
func (longTextKind) key(*Field, json.RawMessage) string                       { return "" }
