package schema

import (
	"encoding/json"
	"slices"
	"strconv"

	"pollen"
)

// Former is what a field was before its type changed. Values that were written
// then are read by it, and brought to the field's present type.
type Former struct {
	Type  Type   `json:"type"`
	Many  bool   `json:"many,omitempty"`
	Unit  string `json:"unit,omitempty"`
	Until int    `json:"until"` // the first version of the schema in which it was so no more
}

// ChangeKind says what became of a field from one schema to the next.
type ChangeKind string

// The kinds of change, as far as a field can undergo them.
const (
	FieldAdded    ChangeKind = "add"
	FieldRenamed  ChangeKind = "rename"
	FieldRetyped  ChangeKind = "retype"  // another type, or one value instead of many
	FieldAltered  ChangeKind = "alter"   // anything else: labels, audience, constraints
	FieldRetired  ChangeKind = "retire"  // its values stay in history, shown to nobody
	FieldReturned ChangeKind = "restore" // a retired one, with the values it had
)

// Change is what became of one field.
type Change struct {
	Kind  ChangeKind     `json:"kind"`
	ID    pollen.FieldID `json:"-"`
	Field string         `json:"field"`          // its name, now
	Was   string         `json:"was,omitempty"`  // of a renamed one: its name before
	From  Type           `json:"from,omitempty"` // of a retyped one: its type before
	// Indexed says that lists, filters or search show the field otherwise, so
	// that what they are made of is made again.
	Indexed bool `json:"-"`
}

// Amend makes the successor of a schema out of what somebody wishes it to be,
// which becomes version n of it, and tells the difference field by field. A
// field of the wish is one that there is by its identifier, or without one by
// its name; one that there is and that the wish leaves out is retired. It fails
// with Invalid, naming the field.
func (s *Schema) Amend(wish Schema, n int) (next Schema, changes []Change, err error) {
	next = Schema{Fields: slices.Clone(wish.Fields), Title: wish.Title, Key: wish.Key}
	kept := map[pollen.FieldID]bool{}
	for i := range next.Fields {
		f := &next.Fields[i]
		old, retired := s.meant(f)
		f.Was = nil
		switch {
		case old == nil && f.ID != 0:
			return next, nil, pollen.Errorf(pollen.Invalid, "schema.no-field", "No field of this collection has the identifier {id}. Leave it out to add one.", "id", strconv.FormatInt(int64(f.ID), 10)).On(f.Name)
		case old == nil:
			changes = append(changes, Change{Kind: FieldAdded, Field: f.Name})
			continue
		case kept[old.ID]:
			return next, nil, pollen.Errorf(pollen.Invalid, "schema.same-field", "Two fields are meant to be the one that was “{name}”. Leave the identifier out of one.", "name", old.Name).On(f.Name)
		}
		kept[old.ID] = true
		f.ID, f.Was = old.ID, slices.Clone(old.Was)
		changes = append(changes, f.succeed(old, retired, n)...)
	}
	for _, list := range [][]Field{s.Fields, s.Retired} {
		for i := range list {
			if f := &list[i]; !kept[f.ID] {
				next.Retired = append(next.Retired, *f)
			}
		}
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; !kept[f.ID] {
			changes = append(changes, Change{Kind: FieldRetired, ID: f.ID, Field: f.Name, Indexed: true})
		}
	}
	next.Title = slices.Clone(next.Title)
	for i := range next.Title {
		next.Title[i] = s.follow(&next, next.Title[i])
	}
	next.Key = s.follow(&next, next.Key)
	return next, changes, next.Validate()
}

// follow gives the name that a field of s has in its successor.
func (s *Schema) follow(next *Schema, name string) string {
	if old := s.Field(name); old != nil && next.Field(name) == nil {
		if f := next.ByID(old.ID); f != nil {
			return f.Name
		}
	}
	return name
}

// meant finds the field that a wished one means, and whether it is retired.
func (s *Schema) meant(f *Field) (old *Field, retired bool) {
	if f.ID == 0 {
		return s.Field(f.Name), false
	}
	return s.Ever(f.ID)
}

// Ever returns the field of an identifier, also one that is retired; nil is
// none.
func (s *Schema) Ever(id pollen.FieldID) (f *Field, retired bool) {
	if f = s.ByID(id); f != nil {
		return f, false
	}
	for i := range s.Retired {
		if s.Retired[i].ID == id {
			return &s.Retired[i], true
		}
	}
	return nil, false
}

// succeed makes f the successor of old from version n on.
func (f *Field) succeed(old *Field, retired bool, n int) []Change {
	if f.Name != old.Name && !slices.Contains(f.Aliases, old.Name) {
		f.Aliases = append(slices.Clone(f.Aliases), old.Name) // a file that says it as before is still understood
	}
	if f.retyped(old) {
		f.Was = append(f.Was, Former{Type: old.Type, Many: old.Many, Unit: old.Unit, Until: n})
	}
	return f.since(old, retired)
}

func (f *Field) retyped(old *Field) bool {
	return f.Type != old.Type || f.Many != old.Many && f.Type != Localized
}

// since tells what became of a field that was old, or retired as that.
func (f *Field) since(old *Field, retired bool) (changes []Change) {
	add := func(c Change) {
		c.ID, c.Field = f.ID, f.Name
		changes = append(changes, c)
	}
	if retired {
		add(Change{Kind: FieldReturned, Indexed: true})
	}
	if f.Name != old.Name {
		add(Change{Kind: FieldRenamed, Was: old.Name})
	}
	if f.retyped(old) {
		add(Change{Kind: FieldRetyped, From: old.Type, Indexed: true})
	} else if said(f, false) != said(old, false) {
		add(Change{Kind: FieldAltered, Indexed: said(f, true) != said(old, true)})
	}
	return changes
}

// Compare tells what became of each field from one version of a schema to
// another, which may as well be an earlier one.
func Compare(from, to *Schema) (changes []Change) {
	for i := range to.Fields {
		f := &to.Fields[i]
		if old, retired := from.Ever(f.ID); old != nil {
			changes = append(changes, f.since(old, retired)...)
		} else {
			changes = append(changes, Change{Kind: FieldAdded, ID: f.ID, Field: f.Name})
		}
	}
	for i := range from.Fields {
		if f := &from.Fields[i]; to.ByID(f.ID) == nil {
			changes = append(changes, Change{Kind: FieldRetired, ID: f.ID, Field: f.Name, Indexed: true})
		}
	}
	return changes
}

// said writes what a field is beyond its name and type; with index, only what
// lists, filters and search go by.
func said(f *Field, index bool) string {
	x := *f
	x.Name, x.Aliases, x.Was = "", nil, nil
	if index {
		x.Label, x.Help, x.Group, x.Column, x.Required, x.HalfLife, x.Protected = nil, nil, "", false, false, 0, false
		x.Pattern, x.Check, x.Accept, x.MaxSize, x.Unit = "", "", nil, 0, ""
	}
	b, err := json.Marshal(&x)
	if err != nil {
		panic("schema: a field that cannot be encoded: " + err.Error())
	}
	return string(b)
}

// Retyped reports whether the type of any field ever changed: then values are
// read with [Schema.Lift].
func (s *Schema) Retyped() bool {
	for i := range s.Fields {
		if len(s.Fields[i].Was) > 0 {
			return true
		}
	}
	return false
}

// Lift brings values that were written under a version of the schema to the
// present types of their fields. One that cannot be read so is left out.
func (s *Schema) Lift(values Values, version int, env *Env) {
	for i := range s.Fields {
		f := &s.Fields[i]
		v := values[f.ID]
		if v == nil {
			continue
		}
		for j := 0; j < len(f.Was); j++ {
			w := f.Was[j]
			if version >= w.Until {
				continue
			}
			// A form that came back holds what was written under it as it was.
			if j = f.again(j); j == len(f.Was) {
				break
			}
			// From one form to the next, as whoever changed them saw it.
			to := *f
			if j+1 < len(f.Was) {
				to.Type, to.Many, to.Unit = f.Was[j+1].Type, f.Was[j+1].Many, f.Was[j+1].Unit
			}
			next, err := to.Convert(&w, v, env)
			if err != nil || next == nil {
				delete(values, f.ID)
				break
			}
			v = next
			values[f.ID] = v
		}
	}
}

// again gives the last of the forms of a field that is the same as its former
// form j, which may be j itself; len(f.Was) is the present one.
func (f *Field) again(j int) int {
	w := f.Was[j]
	if f.Type == w.Type && f.Many == w.Many && f.Unit == w.Unit {
		return len(f.Was)
	}
	for k := len(f.Was) - 1; k > j; k-- {
		if x := f.Was[k]; x.Type == w.Type && x.Many == w.Many && x.Unit == w.Unit {
			return k
		}
	}
	return j
}

// Convert reads a value of a former form of the field as one of the present
// one. It fails with Invalid where that would lose something.
func (f *Field) Convert(from *Former, v json.RawMessage, env *Env) (json.RawMessage, error) {
	if len(v) == 0 {
		return nil, nil
	}
	old := Field{Name: f.Name, Type: from.Type, Many: from.Many, Unit: from.Unit}
	if from.Type == f.Type {
		return f.rewrap(&old, v)
	}
	var texts []string
	switch {
	case holdsFiles(from.Type) || holdsFiles(f.Type):
		return nil, f.cannot(&old, v)
	case from.Type == Localized:
		old.Each(v, func(one json.RawMessage, _ string) { texts = append(texts, str(one)) })
	default:
		texts = old.Texts(v)
	}
	if len(texts) > 1 && !f.Many && f.Type != Localized {
		return nil, f.cannot(&old, v)
	}
	if f.Type == Localized {
		b, err := json.Marshal(map[string][]string{"und": texts})
		if err != nil {
			return nil, err
		}
		return f.FromJSON(b, env)
	}
	if f.Type == Text && slices.ContainsFunc(texts, func(s string) bool { return len(s) > 0 && slices.Contains([]byte(s), '\n') }) {
		return nil, f.cannot(&old, v)
	}
	return f.FromTexts(texts, env)
}

func holdsFiles(t Type) bool { return t == Image || t == Attachment }

// rewrap makes one value of a list, or a list of one value.
func (f *Field) rewrap(old *Field, v json.RawMessage) (json.RawMessage, error) {
	var all []json.RawMessage
	old.Each(v, func(one json.RawMessage, _ string) { all = append(all, one) })
	switch {
	case f.Many:
		return list(f, all)
	case len(all) == 1:
		return all[0], nil
	}
	return nil, f.cannot(old, v)
}

// cannot is the error for a value that the present form cannot hold whole.
func (f *Field) cannot(old *Field, v json.RawMessage) error {
	return pollen.Errorf(pollen.Invalid, "schema.convert", "“{value}” cannot be read as one value of the type {type}.", "value", clip(old.Text(v), 60), "type", string(f.Type)).On(f.Name)
}
