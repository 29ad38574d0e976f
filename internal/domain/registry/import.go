package registry

import (
	"bytes"
	"encoding/json"
	"maps"
	"time"

	"pollen"
	"pollen/internal/pure/diff"
	"pollen/internal/pure/schema"
)

// Rule says how the rows of an import meet what people changed: people's edits
// win. What a row says is compared with its base, what the same source said
// last: where the source changed a value that nobody touched, it is taken; where
// both changed it in different ways, the value stays and the row's is kept aside
// for somebody to decide.
type Rule struct {
	Source string    // the base is what this source last wrote or said
	AsOf   time.Time // the base of what the source never wrote: entries as they were then
	// Overwrite takes every value of the file.
	Overwrite bool
}

// Past is one revision of an imported history, with the author and the time it
// shows.
type Past struct {
	ID     pollen.EntryID
	N      int
	Kind   pollen.ActKind
	Author pollen.PersonaID
	At     time.Time
	Into   pollen.EntryID // of a merge
}

// Kept is a value that a row brings and that people changed since.
type Kept struct {
	Field             *schema.Field
	Current, Incoming json.RawMessage
}

// said is what the rule knows of one value.
type said struct {
	current, incoming json.RawMessage
	base              json.RawMessage
	known             bool // the base is known
	byPeople          bool // without a base: somebody wrote the current value by hand
}

// decide is the rule for one value: what it becomes, and whether the incoming
// one is kept aside. A list or a text in several languages is joined element by
// element where the base is known; a language that the file does not have stays.
func (x said) decide(shape diff.Shape, overwrite bool) (next json.RawMessage, kept bool) {
	if shape == diff.Map && !overwrite && len(x.incoming) > 0 {
		under := x.current
		if x.known {
			under = x.base
		}
		x.incoming = overlay(under, x.incoming)
	}
	switch {
	case bytes.Equal(x.incoming, x.current):
		return x.current, false
	case overwrite:
		return x.incoming, false
	case x.known:
		if next, kept = diff.Values(shape, x.base, x.incoming, x.current); kept {
			next = x.current
		}
		return next, kept
	case len(x.incoming) == 0:
		return x.current, false // the source knows nothing, and nobody says that it is wrong
	case len(x.current) == 0:
		return x.incoming, false
	case x.byPeople:
		return x.current, true
	}
	return x.incoming, false
}

// overlay puts the languages of one text over those of another.
func overlay(under, over json.RawMessage) json.RawMessage {
	var below, above map[string]json.RawMessage
	if json.Unmarshal(under, &below) != nil || json.Unmarshal(over, &above) != nil {
		return over // there is nothing below
	}
	maps.Copy(below, above)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(below); err != nil {
		return over
	}
	return bytes.TrimSpace(b.Bytes())
}
