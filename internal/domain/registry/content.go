package registry

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"pollen"
	"pollen/internal/pure/diff"
	"pollen/internal/pure/schema"
)

// bodyField stands for the Markdown body where fields are listed.
const bodyField pollen.FieldID = 0

// Content is what one revision holds.
type Content struct {
	Values schema.Values
	Body   string // Markdown
	// Since says which revision last changed each value (0: the body); absent
	// is revision 1.
	Since map[pollen.FieldID]int
	// Schema is the version of the collection under which the values were
	// written; 0 is the first. It is said once the type of a field has changed.
	Schema int
}

// stored is Content as JSON, keyed by field identifier so that renaming a
// field touches no entry.
type stored struct {
	Values map[pollen.FieldID]json.RawMessage `json:"v,omitempty"`
	Body   string                             `json:"b,omitempty"`
	Since  map[pollen.FieldID]int             `json:"s,omitempty"`
	Schema int                                `json:"n,omitempty"`
}

// encode writes content in its one canonical form: the bytes that a revision
// stores and that its digest seals.
func (c *Content) encode() []byte {
	size := 16 + len(c.Body)
	for _, v := range c.Values {
		size += len(v) + 8
	}
	b := append(make([]byte, 0, size), `{"v":{`...)
	for i, id := range sortedFields(c.Values) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(strconv.AppendInt(append(b, '"'), int64(id), 10), `":`...), c.Values[id]...)
	}
	b = append(b, '}')
	if c.Body != "" {
		b = append(append(b, `,"b":`...), quote(c.Body)...)
	}
	if len(c.Since) > 0 {
		b = append(b, `,"s":{`...)
		for i, id := range sortedFields(c.Since) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(strconv.AppendInt(append(b, '"'), int64(id), 10), `":`...)
			b = strconv.AppendInt(b, int64(c.Since[id]), 10)
		}
		b = append(b, '}')
	}
	if c.Schema > 0 {
		b = strconv.AppendInt(append(b, `,"n":`...), int64(c.Schema), 10)
	}
	return append(b, '}')
}

func sortedFields[V any](m map[pollen.FieldID]V) []pollen.FieldID {
	ids := make([]pollen.FieldID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func decode(b []byte) (c Content, err error) {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return c, err
	}
	if s.Values == nil {
		s.Values = map[pollen.FieldID]json.RawMessage{}
	}
	return Content{Values: s.Values, Body: s.Body, Since: s.Since, Schema: s.Schema}, nil
}

// lift brings content to the present types of the collection's fields.
func (r *Registry) lift(c *Collection, x *Content) {
	if c.Schema.Retyped() {
		c.Schema.Lift(x.Values, x.Schema, &schema.Env{Region: r.options.Region}) // the same whatever the zone is by now
		x.Schema = c.Version
	}
}

// quote writes a JSON string without the escapes that only HTML needs.
func quote(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("registry: a string that cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// SinceOf is the revision that last changed a value.
func (c *Content) SinceOf(id pollen.FieldID) int {
	if n := c.Since[id]; n > 0 {
		return n
	}
	return 1
}

// holds reports whether there is a value, or a text.
func (c *Content) holds(id pollen.FieldID) bool {
	if id == bodyField {
		return c.Body != ""
	}
	return c.Values[id] != nil
}

// Clone copies content, so that the copy can be changed.
func (c *Content) Clone() Content {
	out := Content{Schema: c.Schema, Values: make(schema.Values, len(c.Values)+4), Body: c.Body, Since: make(map[pollen.FieldID]int, len(c.Since)+4)}
	for id, v := range c.Values {
		out.Values[id] = v
	}
	for id, n := range c.Since {
		out.Since[id] = n
	}
	return out
}

// changed lists the fields in which two contents differ, bodyField for the
// body.
func changed(old, next *Content) (ids []pollen.FieldID) {
	if old.Body != next.Body {
		ids = append(ids, bodyField)
	}
	for _, id := range sortedFields(old.Values) {
		if !bytes.Equal(old.Values[id], next.Values[id]) {
			ids = append(ids, id)
		}
	}
	for _, id := range sortedFields(next.Values) {
		if _, ok := old.Values[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Equal reports whether two contents hold the same values and body.
func (c *Content) Equal(other *Content) bool { return len(changed(c, other)) == 0 }

// Merge3 joins what two sides made of one value since base, by the shape of its
// field; nil is the body, whose values are JSON strings. conflict tells that
// both changed it in different ways: then merged is theirs.
func Merge3(f *schema.Field, base, mine, theirs json.RawMessage) (merged json.RawMessage, conflict bool) {
	if f == nil {
		return diff.Values(diff.Paragraphs, base, mine, theirs)
	}
	return diff.Values(shape(f), base, mine, theirs)
}

// Value is one value of the content, the body as a JSON string under 0; nil is
// absent.
func (c *Content) Value(id pollen.FieldID) json.RawMessage {
	switch {
	case id != bodyField:
		return c.Values[id]
	case c.Body == "":
		return nil
	}
	return quote(c.Body)
}

// SetValue sets what [Content.Value] gives; nil removes.
func (c *Content) SetValue(id pollen.FieldID, v json.RawMessage) error {
	if id != bodyField {
		set(c.Values, id, v)
		return nil
	}
	c.Body = ""
	if len(v) == 0 {
		return nil
	}
	return json.Unmarshal(v, &c.Body)
}

// shape says how two changes of a field are joined.
func shape(f *schema.Field) diff.Shape {
	switch {
	case f.Type == schema.Localized:
		return diff.Map
	case f.Many:
		return diff.List
	case f.Type == schema.LongText:
		return diff.Paragraphs
	}
	return diff.Scalar
}

// FieldDiff is what became of one value between two revisions.
type FieldDiff struct {
	Field    *schema.Field // nil for the body
	Old, New json.RawMessage
	Words    []diff.Piece // for values that read as text, word by word
}

// Compare tells two contents apart, field by field in the order of the schema,
// the body last.
func Compare(s *schema.Schema, old, next *Content) (out []FieldDiff) {
	ids := changed(old, next)
	for i := range s.Fields {
		f := &s.Fields[i]
		if !slices.Contains(ids, f.ID) {
			continue
		}
		d := FieldDiff{Field: f, Old: old.Values[f.ID], New: next.Values[f.ID]}
		if f.Type != schema.Image && f.Type != schema.Attachment && f.Type != schema.Reference {
			d.Words = diff.Words(f.Text(d.Old), f.Text(d.New))
		}
		out = append(out, d)
	}
	if slices.Contains(ids, bodyField) {
		out = append(out, FieldDiff{Old: quote(old.Body), New: quote(next.Body), Words: diff.Words(old.Body, next.Body)})
	}
	return out
}

// FieldConflict is a value that two people changed in different ways.
type FieldConflict struct {
	Field  string          `json:"field"` // its name; "body" for the body
	Base   json.RawMessage `json:"base"`
	Mine   json.RawMessage `json:"mine"`
	Theirs json.RawMessage `json:"theirs"`
}

// Conflicts is the cause of a Conflict error: the values to choose between,
// and the revision that the choice will be based on.
type Conflicts struct {
	Revision int             `json:"revision"`
	Fields   []FieldConflict `json:"conflicts"`
}

// Error counts them.
func (c *Conflicts) Error() string { return strconv.Itoa(len(c.Fields)) + " values in conflict" }

// merge joins a change that was made on base with what others made of it
// since. What does not conflict is merged silently.
func merge(s *schema.Schema, base, mine, theirs *Content) (out Content, conflicts []FieldConflict) {
	out = theirs.Clone()
	for _, id := range changed(base, mine) {
		if id == bodyField {
			body, c := diff.Merge(base.Body, mine.Body, theirs.Body)
			out.Body = body
			if len(c) > 0 {
				conflicts = append(conflicts, FieldConflict{"body", quote(base.Body), quote(mine.Body), quote(theirs.Body)})
			}
			continue
		}
		f := s.ByID(id)
		if f == nil {
			continue // the field is gone
		}
		v, conflict := diff.Values(shape(f), base.Values[id], mine.Values[id], theirs.Values[id])
		if conflict {
			conflicts = append(conflicts, FieldConflict{f.Name, base.Values[id], mine.Values[id], theirs.Values[id]})
		}
		set(out.Values, id, v)
	}
	return out, conflicts
}

func set(values schema.Values, id pollen.FieldID, v json.RawMessage) {
	if len(v) == 0 {
		delete(values, id)
	} else {
		values[id] = v
	}
}
