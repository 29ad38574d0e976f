package transfer

import (
	"bytes"
	"encoding/json"
	"slices"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// standing is what is known of the entry that a row is about.
type standing struct {
	now registry.Content
	// base is what the source last wrote or said, nil where that is not known.
	base *registry.Content
	// mine reports whether a value was written by an import, where base is not
	// known: then nobody's correction is lost by taking another.
	mine func(pollen.FieldID) (bool, error)
}

// conflict is a value that the source and people both changed.
type conflict struct {
	field    pollen.FieldID
	incoming json.RawMessage
}

// verdict is what becomes of an entry.
type verdict struct {
	next      registry.Content
	conflicts []conflict
	kept      int
	said      schema.Values // what the source says of every value it speaks of
}

// decide is the rule of three ways: for each value that a row speaks of,
//
//	the row says      people made it     becomes
//	what stands       anything           what stands
//	another value     nothing of it      the row's
//	the base          another value      what people made it
//	another value     another value      merged, or kept and listed
//
// Where no base is known, a value that an import wrote gives way, an empty one
// is filled, and one that a person wrote is kept and listed. With overwrite the
// row's value stands, but an empty cell never removes what the source did not
// bring.
func decide(s *schema.Schema, st *standing, r *row, overwrite bool) (v verdict, err error) {
	v.next, v.said = st.now.Clone(), schema.Values{}
	for _, id := range fieldsOf(r.said) {
		f := s.ByID(id)
		now := st.now.Value(id)
		var base json.RawMessage
		if st.base != nil {
			base = st.base.Value(id)
		}
		mine := r.said[id]
		if tags, some := r.tags[id]; some {
			if mine, err = overlay(f, base, mine, tags); err != nil {
				return v, err
			}
		}
		v.said[id] = mine
		if st.base == nil && now != nil && mine != nil && !bytes.Equal(now, mine) && !overwrite {
			ours, err := st.mine(id)
			if err != nil {
				return v, err
			}
			if ours {
				base = now
			}
		}
		next, clash := registry.Merge3(f, base, mine, now)
		switch {
		case bytes.Equal(mine, now):
			continue
		case overwrite && (mine != nil || base != nil):
			next = mine
		case clash:
			v.conflicts = append(v.conflicts, conflict{id, mine})
			continue
		case mine != nil && bytes.Equal(mine, base):
			v.kept++
		}
		if err := v.next.SetValue(id, next); err != nil {
			return v, err
		}
	}
	return v, nil
}

// overlay puts the languages that a row speaks of over those of the base.
func overlay(f *schema.Field, base, said json.RawMessage, tags []string) (json.RawMessage, error) {
	all, mine := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for v, by := range map[*json.RawMessage]map[string]json.RawMessage{&base: all, &said: mine} {
		if len(*v) > 0 {
			if err := json.Unmarshal(*v, &by); err != nil {
				return nil, err
			}
		}
	}
	for _, tag := range tags {
		if delete(all, tag); mine[tag] != nil {
			all[tag] = mine[tag]
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return f.FromJSON(b, nil)
}

func fieldsOf(v schema.Values) []pollen.FieldID {
	ids := make([]pollen.FieldID, 0, len(v))
	for id := range v {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
