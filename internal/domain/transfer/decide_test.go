package transfer

import (
	"bytes"
	"encoding/json"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// The rule of three ways on whatever a source says: what stands stands, what
// nobody corrected is the source's, what it says as before is left to people.
func FuzzDecide(f *testing.F) {
	f.Add("a", "b", "c", true, false)
	f.Add("a\n\nb", "a", "b", true, false)
	f.Add("fr: a", "fr: b\nen: c", "en: d", true, true)
	f.Add("", "a|b", "b|c", false, false)
	s := &schema.Schema{Fields: []schema.Field{{ID: 1, Name: "name", Type: schema.Text}, {ID: 2, Name: "about", Type: schema.LongText},
		{ID: 3, Name: "tags", Type: schema.Text, Many: true}, {ID: 4, Name: "label", Type: schema.Localized}}}
	f.Fuzz(func(t *testing.T, base, said, now string, known, overwrite bool) {
		for i := range s.Fields {
			field := &s.Fields[i]
			var v [3]json.RawMessage
			for k, text := range []string{base, said, now} {
				var err error
				if v[k], err = field.FromText(text, nil); err != nil {
					return
				}
			}
			st := &standing{now: holding(field.ID, v[2]), mine: func(pollen.FieldID) (bool, error) { return false, nil }}
			if known {
				of := holding(field.ID, v[0])
				st.base = &of
			}
			out, err := decide(s, st, &row{said: schema.Values{field.ID: v[1]}}, overwrite)
			if err != nil {
				t.Fatal(err)
			}
			next, want, sure := out.next.Value(field.ID), json.RawMessage(nil), true
			switch {
			case bytes.Equal(v[1], v[2]):
				want = v[2]
			case overwrite && v[1] != nil, known && bytes.Equal(v[0], v[2]):
				want = v[1]
			case known && bytes.Equal(v[0], v[1]) && !overwrite:
				want = v[2]
			default:
				sure = false
			}
			switch {
			case sure && (!bytes.Equal(next, want) || len(out.conflicts) > 0):
				t.Fatalf("%s: base %s, said %s, now %s: %s, %d conflicts", field.Name, v[0], v[1], v[2], next, len(out.conflicts))
			case len(out.conflicts) > 0 && !bytes.Equal(next, v[2]):
				t.Fatalf("%s: base %s, said %s, now %s: in conflict, and %s", field.Name, v[0], v[1], v[2], next)
			case next != nil && !json.Valid(next):
				t.Fatalf("%s: %s", field.Name, next)
			}
		}
	})
}

// holding is a content with one value.
func holding(id pollen.FieldID, v json.RawMessage) registry.Content {
	c := registry.Content{Values: schema.Values{}}
	if v != nil {
		c.Values[id] = v
	}
	return c
}
