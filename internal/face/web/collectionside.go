package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// narrow fills the controls beside the table.
func (s *server) narrow(r *http.Request, v *view, p *collectionData, e filter.Expr, facets []registry.Facet) error {
	n := narrowed(e, p.C)
	titles, err := s.facetTitles(r, v, n, facets)
	if err != nil {
		return err
	}
	p.Narrow = part.Narrow{Action: "/c/" + p.C.Slug, Hint: v.T("web.words-hint", "Name, code…"), Query: p.L.q, Hidden: p.L.hidden("sort", "col")}
	if len(n.rest) > 0 {
		p.Narrow.Rest = (&narrowing{rest: n.rest}).expr(p.C).String()
	}
	for i := range p.C.Schema.Fields {
		f := &p.C.Schema.Fields[i]
		kind := controlOf(f)
		if kind == noControl || !p.C.FieldReadable(v.By, f, 0) {
			continue
		}
		if kind == tickControl {
			if x := v.facet(f, facets, n, titles); len(x.Terms) > 0 {
				if x.More != nil {
					x.More.Href = p.L.href(func(l *listing) { l.more = f.Name })
				}
				p.Narrow.Facets = append(p.Narrow.Facets, x)
				continue
			}
		}
		p.Narrow.Typed = append(p.Narrow.Typed, v.condition(f, kind, n.typed[f.Name]))
	}
	slices.SortStableFunc(p.Narrow.Facets, func(a, b part.Facet) int {
		return facetRank(p.C.Schema.Field(a.Name)) - facetRank(p.C.Schema.Field(b.Name))
	})
	for i := range p.Narrow.Facets {
		x := &p.Narrow.Facets[i]
		x.Open = i < openFacets || len(n.chosen[x.Name]) > 0 || x.Name == p.L.more
	}
	p.inForce(v, n, titles)
	if p.L.q != "" || p.L.filter != "" {
		p.Narrow.Clear = p.L.href(func(l *listing) { l.q, l.filter = "", "" })
		p.Narrow.Count = v.Number(int64(len(p.InForce)))
	}
	return nil
}

// facetRank puts first what people narrow by most: what the table shows, then
// vocabularies, then other entries, and persons last.
func facetRank(f *schema.Field) int {
	switch {
	case f.Column:
		return 0
	case f.Type != schema.Reference:
		return 1
	case f.Target != pollen.People:
		return 2
	}
	return 3
}

// openFacets is how many facets are unfolded at first.
const openFacets = 3

// facetTitles finds the entries that facets of references name.
func (s *server) facetTitles(r *http.Request, v *view, n *narrowing, facets []registry.Facet) (map[pollen.EntryID]registry.Link, error) {
	var ids []pollen.EntryID
	for _, f := range facets {
		for _, t := range f.Terms {
			if t.Entry != 0 {
				ids = append(ids, t.Entry)
			}
		}
	}
	for _, keys := range n.chosen {
		for _, key := range keys {
			if id, err := pollen.ParseID[struct{}](key); err == nil {
				ids = append(ids, pollen.EntryID(id))
			}
		}
	}
	return s.Registry.Titles(r.Context(), v.By, ids)
}

// facet shows the counted values of a field, and those ticked among them.
func (v *view) facet(f *schema.Field, facets []registry.Facet, n *narrowing, titles map[pollen.EntryID]registry.Link) part.Facet {
	x := part.Facet{Name: f.Name, Label: f.LabelIn(v.Tag())}
	chosen := map[string]bool{}
	for _, key := range n.chosen[f.Name] {
		chosen[key] = true
	}
	for _, facet := range facets {
		if facet.Field.ID != f.ID {
			continue
		}
		for _, t := range facet.Terms {
			term := part.FacetTerm{Value: t.Key, Label: v.keyLabel(f, t.Key, titles), Count: v.Number(int64(t.N)), Chosen: chosen[t.Key]}
			if t.About {
				term.Count = v.T("web.about-count", "about {n}", "n", t.N)
			}
			delete(chosen, t.Key)
			x.Terms = append(x.Terms, term)
		}
		if facet.More {
			x.More = &part.Link{Text: v.T("web.more-values", "and other values")}
		}
	}
	for _, key := range n.chosen[f.Name] {
		if chosen[key] {
			x.Terms = append(x.Terms, part.FacetTerm{Value: key, Label: v.keyLabel(f, key, titles), Chosen: true})
		}
	}
	return x
}

// keyLabel says the value behind an index key as people read it.
func (v *view) keyLabel(f *schema.Field, key string, titles map[pollen.EntryID]registry.Link) string {
	value := json.RawMessage(strconv.Quote(key))
	switch f.Type {
	case schema.Reference:
		if id, err := pollen.ParseID[struct{}](key); err == nil {
			if t, ok := titles[pollen.EntryID(id)]; ok {
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

// condition is what can be typed for a field.
func (v *view) condition(f *schema.Field, kind control, t *condition) part.Condition {
	c := part.Condition{Name: f.Name, Label: f.LabelIn(v.Tag()), Kind: part.HasCondition, Element: "text", Unit: f.Unit, Open: t != nil}
	switch kind {
	case textControl:
		c.Kind = part.TextCondition
	case rangeControl:
		c.Kind = part.RangeCondition
		switch f.Type {
		case schema.Date:
			c.Element = "date"
		case schema.DateTime:
			c.Element = "datetime-local"
		case schema.Integer:
			c.Mode = "numeric"
		default:
			c.Mode = "decimal"
		}
	}
	if t != nil {
		c.Op, c.Text, c.From, c.To, c.Has = t.Op, t.Text, t.From, t.To, t.Has
		if f.Type == schema.DateTime {
			c.From, c.To = part.Picked(v.Locale, t.From), part.Picked(v.Locale, t.To)
		}
	}
	return c
}

// inForce lists the conditions, each with the address of the list without it.
func (p *collectionData) inForce(v *view, n *narrowing, titles map[pollen.EntryID]registry.Link) {
	p.InForce = nil
	add := func(text string, e filter.Expr) {
		p.InForce = append(p.InForce, part.Removable{Text: text, Href: p.L.href(func(l *listing) {
			if l.filter = ""; e != nil {
				l.filter = e.String()
			}
		})})
	}
	if p.L.q != "" {
		p.InForce = append(p.InForce, part.Removable{Text: v.T("web.quoted", "Words: {text}", "text", p.L.q), Href: p.L.href(func(l *listing) { l.q = "" })})
	}
	for i := range p.C.Schema.Fields {
		f := &p.C.Schema.Fields[i]
		label := f.LabelIn(v.Tag())
		for _, key := range n.chosen[f.Name] {
			add(v.T("web.label-value", "{label}: {value}", "label", label, "value", v.keyLabel(f, key, titles)), n.without(f.Name, key, p.C))
		}
		t := n.typed[f.Name]
		if t == nil {
			continue
		}
		add(v.said(f, label, t), n.without(f.Name, "", p.C))
	}
	for i, part := range n.rest {
		less := &narrowing{chosen: n.chosen, typed: n.typed}
		less.rest = append(append(less.rest, n.rest[:i]...), n.rest[i+1:]...)
		add(part.String(), less.expr(p.C))
	}
}

// said puts a typed condition into words.
func (v *view) said(f *schema.Field, label string, t *condition) string {
	display := func(text string) string {
		single := *f
		single.Many = false
		if value, err := single.FromText(text, nil); err == nil {
			for _, s := range single.DisplayIn(value, v.Tag(), v.Zone()) {
				return s
			}
		}
		return text
	}
	var out []string
	switch {
	case t.Text != "" && t.Op == string(filter.Starts):
		out = append(out, v.T("web.cond-starts", "{label} starts with “{value}”", "label", label, "value", t.Text))
	case t.Text != "" && t.Op == string(filter.Equal):
		out = append(out, v.T("web.cond-is", "{label} is “{value}”", "label", label, "value", t.Text))
	case t.Text != "":
		out = append(out, v.T("web.cond-contains", "{label} contains “{value}”", "label", label, "value", t.Text))
	}
	switch {
	case t.From != "" && t.To != "":
		out = append(out, v.T("web.cond-between", "{label} from {from} to {to}", "label", label, "from", display(t.From), "to", display(t.To)))
	case t.From != "":
		out = append(out, v.T("web.cond-from", "{label} from {from}", "label", label, "from", display(t.From)))
	case t.To != "":
		out = append(out, v.T("web.cond-to", "{label} up to {to}", "label", label, "to", display(t.To)))
	}
	switch t.Has {
	case "yes":
		out = append(out, v.T("web.cond-has", "with {label}", "label", label))
	case "no":
		out = append(out, v.T("web.cond-has-no", "without {label}", "label", label))
	}
	return v.List(out)
}

// aboutCollection says what the collection is and who keeps it alive.
func (s *server) aboutCollection(r *http.Request, v *view, p *collectionData) error {
	if p.L.cur != "" || p.Narrowed {
		return nil
	}
	var err error
	p.Lines, _, err = s.lines(r, v, journal.Query{Collection: p.C.ID, Limit: 3}, "")
	return err
}
