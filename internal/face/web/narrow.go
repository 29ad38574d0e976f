package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// narrowing is a filter as the controls beside a list show it: what they can
// show of it, and the rest. A filter is always the conditions of all the
// controls together, so that the address of a list holds one expression.
type narrowing struct {
	chosen map[string][]string // index keys of values ticked, by field
	typed  map[string]*condition
	rest   []filter.Expr
}

// condition is what is typed for one field.
type condition struct {
	Op, Text string // contains, starts or =
	From, To string
	Has      string // "yes" or "no"; "" does not ask
}

func (c *condition) blank() bool { return *c == condition{} || *c == condition{Op: c.Op} }

// controls tells which control shows the conditions on a field.
type control string

const (
	noControl    control = ""
	tickControl  control = "tick"  // the values with their counts
	textControl  control = "text"  // contains, starts with, is
	rangeControl control = "range" // from, to
)

func controlOf(f *schema.Field) control {
	switch {
	case !f.Searchable():
		return noControl
	case registry.Facetable(f):
		return tickControl
	case f.Type == schema.Number, f.Type == schema.Integer, f.Type == schema.Date, f.Type == schema.DateTime:
		return rangeControl
	case f.Textual():
		return textControl
	}
	return noControl
}

// narrowed takes a filter apart. What no control can show stays as it is.
func narrowed(e filter.Expr, c *registry.Collection) *narrowing {
	n := &narrowing{chosen: map[string][]string{}, typed: map[string]*condition{}}
	parts := []filter.Expr{e}
	if and, ok := e.(*filter.And); ok {
		parts = and.All
	}
	for _, part := range parts {
		if part != nil && !n.take(part, c) {
			n.rest = append(n.rest, part)
		}
	}
	return n
}

// take gives one condition to the control that can show it.
func (n *narrowing) take(e filter.Expr, c *registry.Collection) bool {
	has := "yes"
	if not, ok := e.(*filter.Not); ok {
		e, has = not.Expr, "no"
	}
	cmp, ok := e.(*filter.Cmp)
	if !ok || has == "no" && cmp.Op != filter.IsPresent {
		return false
	}
	f := c.Schema.Field(cmp.Field)
	if f == nil {
		return false
	}
	if controlOf(f) == tickControl && (cmp.Op == filter.Equal || cmp.Op == filter.In) && len(n.chosen[f.Name]) == 0 {
		keys, ok := keysOf(f, cmp.Values)
		if ok {
			n.chosen[f.Name] = keys
		}
		return ok
	}
	t := n.typed[f.Name]
	if t == nil {
		t = &condition{}
	}
	was := *t
	switch kind := controlOf(f); {
	case cmp.Op == filter.IsPresent && t.Has == "":
		t.Has = has
	case kind == textControl && t.Text == "" && (cmp.Op == filter.Contains || cmp.Op == filter.Starts || cmp.Op == filter.Equal):
		t.Op, t.Text = string(cmp.Op), cmp.Values[0]
	case kind == rangeControl && cmp.Op == filter.AtLeast && t.From == "":
		t.From = cmp.Values[0]
	case kind == rangeControl && cmp.Op == filter.AtMost && t.To == "":
		t.To = cmp.Values[0]
	}
	if *t == was || controlOf(f) == noControl {
		return false
	}
	n.typed[f.Name] = t
	return true
}

// keysOf gives the index keys of values, where they can be told without the
// registry: a reference must name its entry by identifier.
func keysOf(f *schema.Field, values []string) (keys []string, ok bool) {
	for _, v := range values {
		if f.Type == schema.Reference {
			if _, err := pollen.ParseID[struct{}](v); err != nil {
				return nil, false
			}
			keys = append(keys, v)
			continue
		}
		key, err := f.KeyOf(v, nil)
		if err != nil {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, true
}

// expr puts the filter together, in the order of the schema; nil when nothing
// is asked.
func (n *narrowing) expr(c *registry.Collection) filter.Expr {
	var all []filter.Expr
	for i := range c.Schema.Fields {
		name := c.Schema.Fields[i].Name
		switch keys := n.chosen[name]; len(keys) {
		case 0:
		case 1:
			all = append(all, &filter.Cmp{Field: name, Op: filter.Equal, Values: keys})
		default:
			all = append(all, &filter.Cmp{Field: name, Op: filter.In, Values: keys})
		}
		t := n.typed[name]
		if t == nil {
			continue
		}
		if t.Text != "" {
			op := filter.Op(t.Op)
			if op != filter.Starts && op != filter.Equal {
				op = filter.Contains
			}
			all = append(all, &filter.Cmp{Field: name, Op: op, Values: []string{t.Text}})
		}
		if t.From != "" {
			all = append(all, &filter.Cmp{Field: name, Op: filter.AtLeast, Values: []string{t.From}})
		}
		if t.To != "" {
			all = append(all, &filter.Cmp{Field: name, Op: filter.AtMost, Values: []string{t.To}})
		}
		switch has := (&filter.Cmp{Field: name, Op: filter.IsPresent}); t.Has {
		case "yes":
			all = append(all, has)
		case "no":
			all = append(all, &filter.Not{Expr: has})
		}
	}
	all = append(all, n.rest...)
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &filter.And{All: all}
}

// readNarrowing reads the controls as a form sends them. Moments are typed in a
// zone, and kept with it.
func readNarrowing(form url.Values, c *registry.Collection, zone *time.Location) *narrowing {
	n := &narrowing{chosen: map[string][]string{}, typed: map[string]*condition{}}
	for i := range c.Schema.Fields {
		name := c.Schema.Fields[i].Name
		if controlOf(&c.Schema.Fields[i]) == noControl {
			continue
		}
		for _, key := range form["is."+name] {
			if key != "" && !slices.Contains(n.chosen[name], key) {
				n.chosen[name] = append(n.chosen[name], key)
			}
		}
		get := func(what string) string { return strings.TrimSpace(form.Get(what + "." + name)) }
		moment := func(text string) string {
			if f := (&schema.Field{Name: name, Type: schema.DateTime}); c.Schema.Fields[i].Type == f.Type {
				if v, err := f.FromText(text, &schema.Env{Zone: zone}); err == nil {
					return f.Text(v)
				}
			}
			return text
		}
		if t := (condition{Op: get("op"), Text: get("text"), From: moment(get("from")), To: moment(get("to")), Has: get("has")}); !t.blank() {
			n.typed[name] = &t
		}
	}
	return n
}

// without gives the filter without one of its conditions.
func (n *narrowing) without(field, key string, c *registry.Collection) filter.Expr {
	less := &narrowing{chosen: map[string][]string{}, typed: map[string]*condition{}, rest: n.rest}
	for name, keys := range n.chosen {
		less.chosen[name] = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return name == field && k == key })
	}
	for name, t := range n.typed {
		if name != field || key != "" {
			less.typed[name] = t
		}
	}
	return less.expr(c)
}
