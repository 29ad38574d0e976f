package web

import (
	"net/http"
	"slices"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) chartRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/+chart", s.page(s.chart))
}

// chartDepth is how many levels one page of a chart holds; those further down
// are one step away.
const chartDepth = 2

type chartData struct {
	C     *registry.Collection
	Above []part.Link
	At    bool // from one entry down
	Roots []chartNode
	More  bool
	Label string // of the field that makes the tree
}

// chartNode is one entry of a chart.
type chartNode struct {
	Title    part.Link
	With     []part.Shown // who heads it, or what they do
	Below    string       // how many stand right below, in words
	Down     string       // address of the chart from here
	Children []chartNode
	Rest     *part.Link // to those below that are not listed
	Open     bool
	Here     bool
}

// charted is the address of the chart from an entry; "" where there is none.
func (v *view) charted(c *registry.Collection, slug string) string {
	f := registry.TreeField(c)
	if f == nil || !c.FieldReadable(v.By, f, 0) {
		return ""
	}
	if slug == "" {
		return "/c/" + c.Slug + "/+chart"
	}
	return "/c/" + c.Slug + "/+chart?at=" + slug
}

func (s *server) chart(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	var at pollen.EntryID
	v.Page.Title, v.Page.Section, v.Page.Crumbs = v.T("web.chart-of", "Chart: {collection}", "collection", c.LabelIn(v.Tag())), part.Collections, v.crumbs(c)
	p := &chartData{C: c}
	if slug := r.FormValue("at"); slug != "" {
		e, _, err := s.Registry.At(r.Context(), v.By, c.Slug, slug)
		if err != nil {
			return err
		}
		at, p.At = e.ID, true
		v.Page.Title = v.T("web.chart-from", "Chart from {title}", "title", e.Title)
	}
	t, err := s.Registry.Tree(r.Context(), v.By, c.Slug, at, chartDepth)
	if err != nil {
		return err
	}
	p.More, p.Label = t.More, t.Field.LabelIn(v.Tag())
	if p.At {
		p.Above = append(p.Above, part.Link{Text: v.T("web.chart-top", "From the top"), Href: v.charted(c, "")})
	}
	for _, e := range t.Above {
		p.Above = append(p.Above, part.Link{Text: e.Title, Href: v.charted(c, e.Slug)})
	}
	with := beside(c)
	titles, err := s.titlesOf(r, v, t.Roots, with)
	if err != nil {
		return err
	}
	for _, n := range t.Roots {
		p.Roots = append(p.Roots, v.chartNode(c, n, with, titles, 0, p.At))
	}
	return show(w, r, v, http.StatusOK, chartPage(v, p))
}

// beside are the fields told beside an entry of a chart: who heads a unit, what
// a person does.
func beside(c *registry.Collection) (out []*schema.Field) {
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		head := f.Type == schema.Reference && f.Target == pollen.People && c.Slug != pollen.People && !f.Many
		if head || slices.Contains([]string{"job_title", "role", "fonction"}, f.Name) {
			return []*schema.Field{f}
		}
	}
	return nil
}

// titlesOf finds the entries that the fields beside refer to.
func (s *server) titlesOf(r *http.Request, v *view, nodes []*registry.Node, with []*schema.Field) (map[pollen.EntryID]registry.Link, error) {
	var ids []pollen.EntryID
	var walk func([]*registry.Node)
	walk = func(nodes []*registry.Node) {
		for _, n := range nodes {
			for _, f := range with {
				ids = append(ids, f.Refs(n.Entry.Values[f.ID])...)
			}
			walk(n.Children)
		}
	}
	walk(nodes)
	return s.Registry.Titles(r.Context(), v.By, ids)
}

func (v *view) chartNode(c *registry.Collection, n *registry.Node, with []*schema.Field, titles map[pollen.EntryID]registry.Link, level int, at bool) chartNode {
	out := chartNode{Title: part.Link{Text: n.Entry.Title, Href: n.Entry.Path()}, Open: level == 0 || at && level == 1, Here: at && level == 0}
	for _, f := range with {
		out.With = append(out.With, v.shown(f, n.Entry.Values[f.ID], titles, nil)...)
	}
	if n.Below > 0 {
		out.Below = v.N("web.below", n.Below, "{n} right below", "{n} right below")
		if len(n.Children) == 0 {
			out.Down = v.charted(c, n.Entry.Slug)
		}
	}
	for _, child := range n.Children {
		out.Children = append(out.Children, v.chartNode(c, child, with, titles, level+1, at))
	}
	if rest := n.Below - len(n.Children); rest > 0 && len(n.Children) > 0 {
		out.Rest = &part.Link{Text: v.N("web.and-more", rest, "And {n} more.", "And {n} more."),
			Href: listing{c: c, filter: registry.TreeField(c).Name + ` = "` + n.Entry.ID.String() + `"`}.href(nil)}
	}
	return out
}
