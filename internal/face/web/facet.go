package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

// facets make counted values that one can tick, for a page that names their
// parameters in its own way.
type facets struct {
	prefix  string              // of a parameter, before the name of the field
	ticked  map[string][]string // index keys, by field
	counted []registry.Facet
	titles  map[pollen.EntryID]registry.Link // of the entries among them
}

// facets reads the titles of what was counted and ticked.
func (s *server) facets(r *http.Request, v *view, prefix string, ticked map[string][]string, counted []registry.Facet) (*facets, error) {
	var ids []pollen.EntryID
	for _, f := range counted {
		for _, t := range f.Terms {
			if t.Entry != 0 {
				ids = append(ids, t.Entry)
			}
		}
	}
	for _, keys := range ticked {
		for _, key := range keys {
			if id, err := pollen.ParseID[struct{}](key); err == nil {
				ids = append(ids, pollen.EntryID(id))
			}
		}
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, ids)
	return &facets{prefix, ticked, counted, titles}, err
}

// has reports whether there is anything to tick for a field.
func (x *facets) has(f *schema.Field) bool {
	return len(x.ticked[f.Name]) > 0 || slices.ContainsFunc(x.counted, func(c registry.Facet) bool { return c.Field.ID == f.ID })
}

// of shows the counted values of a field, and those ticked that count nothing,
// so that they can be unticked. More says whether there are other values.
func (x *facets) of(v *view, f *schema.Field) (out part.Facet, more bool) {
	out = part.Facet{Name: x.prefix + f.Name, Label: f.LabelIn(v.Tag())}
	ticked := x.ticked[f.Name]
	for _, c := range x.counted {
		if c.Field.ID != f.ID {
			continue
		}
		more = c.More
		for _, t := range c.Terms {
			term := part.FacetTerm{Value: t.Key, Label: x.label(v, f, t.Key), Count: v.Number(int64(t.N)), Chosen: slices.Contains(ticked, t.Key)}
			if t.About {
				term.Count = v.T("web.about-count", "about {n}", "n", t.N)
			}
			out.Terms = append(out.Terms, term)
		}
	}
	for _, key := range ticked {
		if !slices.ContainsFunc(out.Terms, func(t part.FacetTerm) bool { return t.Value == key }) {
			out.Terms = append(out.Terms, part.FacetTerm{Value: key, Label: x.label(v, f, key), Chosen: true})
		}
	}
	return out, more
}

// label says the value behind an index key as people read it.
func (x *facets) label(v *view, f *schema.Field, key string) string {
	value := json.RawMessage(strconv.Quote(key))
	switch f.Type {
	case schema.Reference:
		if id, err := pollen.ParseID[struct{}](key); err == nil {
			if t, ok := x.titles[pollen.EntryID(id)]; ok {
				return t.Title
			}
		}
		return v.T("web.hidden-entry", "an entry that is not for you")
	case schema.Boolean:
		value = json.RawMessage(key)
	}
	single := *f
	single.Many = false
	for _, text := range single.DisplayIn(value, v.Tag(), v.Zone()) {
		return text
	}
	return key
}
