package schema

import (
	"encoding/json"

	"pollen"
)

// referenceKind refers to an entry of any collection, by identifier.
type referenceKind struct{ asText }

func (referenceKind) read(f *Field, s string, env *Env) (json.RawMessage, error) {
	if env.Resolve == nil {
		id, err := pollen.ParseID[entryOf](s)
		if err != nil {
			return nil, bad(f, s, "")
		}
		return quote(id.String()), nil
	}
	id, err := env.Resolve(f.Target, s)
	if pollen.Is(err, pollen.NotFound) && f.Target != "" {
		return nil, pollen.Errorf(pollen.Invalid, "schema.value.elsewhere", "“{value}” is not an entry of the collection “{target}”.", "field", f.Name, "value", clip(s, 60), "target", f.Target).On(f.Name)
	}
	if pollen.Is(err, pollen.NotFound) {
		return nil, bad(f, s, "")
	}
	if err != nil {
		return nil, err
	}
	return quote(id.String()), nil
}

func (referenceKind) readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error) {
	var o struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &o); err != nil || o.ID == "" {
		return nil, wrong(f, err)
	}
	return referenceKind{}.read(f, o.ID, env)
}

func (referenceKind) key(_ *Field, v json.RawMessage) string { return str(v) }
func (referenceKind) words(*Field, json.RawMessage) []Word   { return nil }
