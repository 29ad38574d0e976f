package web

import (
	"net/http"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// narrow fills the controls beside the table.
func (s *server) narrow(r *http.Request, v *view, p *collectionData, e filter.Expr, counted []registry.Facet) error {
	n := narrowed(e, p.C)
	x, err := s.facets(r, v, "is.", n.chosen, counted)
	if err != nil {
		return err
	}
	p.Narrow = part.Narrow{Action: "/c/" + p.C.Slug, Hint: v.T("web.words-hint", "Name, code…"), Query: p.L.q, Hidden: p.L.hidden("sort", "col")}
	if len(n.rest) > 0 {
		p.Narrow.Rest = (&narrowing{rest: n.rest}).expr(p.C).String()
	}
	var ticks []*schema.Field
	for i := range p.C.Schema.Fields {
		f := &p.C.Schema.Fields[i]
		kind := controlOf(f)
		switch {
		case kind == noControl || !p.C.FieldReadable(v.By, f, 0):
		case kind == tickControl && x.has(f):
			ticks = append(ticks, f)
		default:
			p.Narrow.Typed = append(p.Narrow.Typed, v.condition(f, kind, n.typed[f.Name]))
		}
	}
	slices.SortStableFunc(ticks, func(a, b *schema.Field) int { return facetRank(a) - facetRank(b) })
	for i, f := range ticks {
		shown, more := x.of(v, f)
		if more {
			shown.More = &part.Link{Text: v.T("web.more-values", "and other values"), Href: p.L.href(func(l *listing) { l.more = f.Name })}
		}
		shown.Open = i < openFacets || len(n.chosen[f.Name]) > 0 || f.Name == p.L.more
		p.Narrow.Facets = append(p.Narrow.Facets, shown)
	}
	p.inForce(v, n, x)
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
func (p *collectionData) inForce(v *view, n *narrowing, x *facets) {
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
			add(v.T("web.label-value", "{label}: {value}", "label", label, "value", x.label(v, f, key)), n.without(f.Name, key, p.C))
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
	p.Lines, err = s.latest(r, v, journal.Query{Collection: p.C.ID}, 3)
	return err
}
