package registry

import (
	"encoding/json"

	"pollen"
	"pollen/internal/pure/diff"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// EditHow says what a mass edit does to one field of every entry.
type EditHow string

// The ways of editing many entries.
const (
	EditSet    EditHow = "set"
	EditAdd    EditHow = "add"    // to a many-valued field, or a text in another language
	EditRemove EditHow = "remove" // from a many-valued field
	EditClear  EditHow = "clear"
)

// EditHows lists what can be done to a field in many entries at once.
func EditHows(f *schema.Field) []EditHow {
	switch {
	case f.Type == schema.Image || f.Type == schema.Attachment:
		return nil
	case f.Type == schema.Localized:
		return []EditHow{EditAdd, EditSet, EditClear}
	case f.Many:
		return []EditHow{EditSet, EditAdd, EditRemove, EditClear}
	}
	return []EditHow{EditSet, EditClear}
}

// Edit is one change made to many entries.
type Edit struct {
	Field string
	How   EditHow
	Texts []string // as forms write them; not for EditClear
	Note  string
}

// Selection says which entries to edit: those named, or all that a filter finds.
type Selection struct {
	Entries []pollen.EntryID
	All     bool
	Filter  filter.Expr // with All; nil takes the whole collection
}

// MaxEdit bounds how many entries are edited together.
const MaxEdit = 5000

// PlannedEdit is what an edit would make of one entry.
type PlannedEdit struct {
	Entry    *Entry // without the values that the actor may not read
	Old, New json.RawMessage
	Words    []diff.Piece // for values that read as text
	Refused  error        // why it would not
}

// EditPlan is what an edit would do.
type EditPlan struct {
	Field     *schema.Field
	Changed   int
	Unchanged int // they hold the value already
	Refused   int
	More      bool          // more entries are found than can be edited together
	Shown     []PlannedEdit // the first that change or are refused
	// Digest stands for the entries, their values and the edit. Publishing
	// asks for it, so that what is published is what was looked at.
	Digest string

	rows       []plannedRow
	collection pollen.CollectionID
}

// plannedRow is an entry to edit, and its revision when that was planned.
type plannedRow struct {
	ID       pollen.EntryID `json:"i"`
	Revision int            `json:"n"`
}

// EditReport is what became of an edit; the report of its batch as JSON.
type EditReport struct {
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
}

// value reads what the edit gives.
func (d *Edit) value(f *schema.Field, env *schema.Env) (json.RawMessage, error) {
	known := false
	for _, h := range EditHows(f) {
		known = known || h == d.How
	}
	if !known {
		return nil, pollen.Errorf(pollen.Invalid, "registry.how", "“{field}” cannot be changed in this way for many entries at once.", "field", f.Name).On(f.Name)
	}
	if d.How == EditClear {
		if f.Required {
			return nil, pollen.Errorf(pollen.Invalid, "schema.required", "“{field}” is needed. Give it a value.", "field", f.Name).On(f.Name)
		}
		return nil, nil
	}
	v, err := f.FromTexts(d.Texts, env)
	if err == nil && v == nil {
		err = pollen.Errorf(pollen.Invalid, "registry.no-value", "Say which value, or choose to clear the field.").On(f.Name)
	}
	return v, err
}

// apply gives what a field holds after the edit.
func (d *Edit) apply(f *schema.Field, old, given json.RawMessage) (json.RawMessage, error) {
	switch {
	case d.How == EditClear:
		return nil, nil
	case d.How == EditSet || old == nil && d.How == EditAdd:
		return given, nil
	case f.Type == schema.Localized:
		all := map[string]json.RawMessage{}
		for _, v := range []json.RawMessage{old, given} {
			if err := json.Unmarshal(v, &all); err != nil {
				return nil, err
			}
		}
		b, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		return f.FromJSON(b, nil)
	}
	var kept []json.RawMessage
	taken := map[string]bool{}
	if d.How == EditRemove {
		f.Each(given, func(one json.RawMessage, _ string) { taken[string(one)] = true })
	}
	f.Each(old, func(one json.RawMessage, _ string) {
		if !taken[string(one)] {
			kept = append(kept, one)
		}
	})
	if d.How == EditAdd {
		f.Each(given, func(one json.RawMessage, _ string) { kept = append(kept, one) })
	}
	if len(kept) == 0 && f.Required {
		return nil, pollen.Errorf(pollen.Invalid, "schema.required", "“{field}” is needed. Give it a value.", "field", f.Name).On(f.Name)
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	return f.FromJSON(b, nil)
}
