package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

func (s *server) collectionRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}", s.page(s.collection))
}

// perTable is how many rows one page of a table shows.
const perTable = 40

// listing is one state of the table of a collection: all of it stands in the
// address, so that it can be kept and passed on.
type listing struct {
	c                    *registry.Collection
	q, filter, sort, cur string
	more                 string   // the field whose values are all counted
	cols                 []string // chosen here; nil leaves it to the reader's own choice
}

func readListing(c *registry.Collection, form url.Values) listing {
	return listing{c: c, q: strings.TrimSpace(form.Get("q")), filter: strings.TrimSpace(form.Get("filter")), sort: form.Get("sort"), cur: form.Get("cursor"), more: form.Get("more"), cols: form["col"]}
}

// values are the parameters of the address.
func (l listing) values() url.Values {
	u := url.Values{}
	for name, value := range map[string]string{"q": l.q, "filter": l.filter, "sort": l.sort, "cursor": l.cur, "more": l.more} {
		if value != "" {
			u.Set(name, value)
		}
	}
	if l.cols != nil {
		u["col"] = l.cols
	}
	return u
}

// href is the address of the list, changed by some.
func (l listing) href(change func(*listing)) string {
	l.cur, l.more = "", ""
	if change != nil {
		change(&l)
	}
	path := "/c/" + l.c.Slug
	if q := l.values().Encode(); q != "" {
		path += "?" + q
	}
	return path
}

// hidden are parameters for the forms that change others.
func (l listing) hidden(names ...string) (out []part.Hidden) {
	u := l.values()
	for _, name := range names {
		for _, value := range u[name] {
			out = append(out, part.Hidden{Name: name, Value: value})
		}
	}
	return out
}

type collectionData struct {
	C        *registry.Collection
	L        listing
	Problem  string // of the filter
	Disorder string // of the order: what is wrong with it
	Table    part.Table
	Narrow   part.Narrow
	InForce  []part.Removable
	Found    string
	Of       string
	Fields   []part.Choice // of the menu of columns
	Shown    []string
	Pager    part.Pager
	Keepers  part.Link
	Lines    []changeLine
	CanEdit  bool
	Total    registry.Count
	ranked   int // on the last page of a search: how many best ones it lists of more
	Narrowed bool
}

func (s *server) collection(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	l := readListing(c, r.Form)
	if r.Form.Has("narrow") { // from the controls to the one address
		return see(w, r, l.narrowedBy(r.Form, v.Zone()))
	}
	if r.Form.Has("keep") {
		return s.keepColumns(w, r, l)
	}
	p := &collectionData{C: c, L: l, CanEdit: v.By.SignedIn()}
	name := c.LabelIn(v.Tag())
	v.Page.Title, v.Page.Section, v.Page.Crumbs, v.Page.Description = name, part.Collections, v.crumbs(nil), v.in(c.Purpose)
	v.Page.Flags.NoIndex = len(l.values()) > 0
	if r.Form.Get("picked") == "none" {
		v.Page.Notice = &part.Notice{Tone: part.Attend, Text: v.T("registry.nothing-picked", "Pick at least one entry.")}
	}
	var e filter.Expr
	if l.filter != "" {
		if e, err = filter.Parse(l.filter); err != nil {
			p.Problem = v.Error(err)
		}
	}
	if e, err = s.fill(r, v, p, e); err != nil {
		return err
	}
	p.count(v, e)
	if err := s.aboutCollection(r, v, p); err != nil {
		return err
	}
	if v.Follow, err = s.follower(r, v, pollen.Ref(pollen.ObjectCollection, p.C.ID)); err != nil {
		return err
	}
	return show(w, r, v, http.StatusOK, collectionPage(v, p))
}

// colsCookie keeps which columns the reader likes, for each collection: its
// path is the collection's.
const colsCookie = "pollen_cols"

// keepColumns remembers the columns chosen in the menu, for this browser: a link
// that names some shows them and changes nothing.
func (s *server) keepColumns(w http.ResponseWriter, r *http.Request, l listing) error {
	kept := &http.Cookie{Name: colsCookie, Value: strings.Join(l.cols, "."), Path: "/c/" + l.c.Slug, MaxAge: year, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode}
	if l.cols == nil || r.Form.Get("keep") == "none" {
		kept.Value, kept.MaxAge, l.cols = "", -1, nil
	}
	http.SetCookie(w, kept)
	return see(w, r, l.href(nil))
}

// narrowedBy is the address of the list after the controls were changed.
func (l listing) narrowedBy(form url.Values, zone *time.Location) string {
	n := readNarrowing(form, l.c, zone)
	text := ""
	if rest := strings.TrimSpace(form.Get("rest")); rest != "" {
		if e, err := filter.Parse(rest); err == nil {
			n.rest = append(n.rest, e)
		} else {
			text = rest // shown again with what is wrong
		}
	}
	if e := n.expr(l.c); e != nil && text == "" {
		text = e.String()
	} else if e != nil {
		text = e.String() + " and " + text
	}
	return l.href(func(l *listing) { l.filter = text })
}

// fill fills the table. A filter that is wrong is left out and told, and so is
// an order; fill gives the filter that is in force.
func (s *server) fill(r *http.Request, v *view, p *collectionData, e filter.Expr) (filter.Expr, error) {
	err := s.fillOrdered(r, v, p, e)
	if e != nil && pollen.Is(err, pollen.Invalid) {
		p.Problem, e = v.Error(err), nil
		err = s.fillOrdered(r, v, p, nil)
	}
	return e, err
}

// fillOrdered fills the table. The order asked for is at fault when the table
// fills without it: then it is left out and told.
func (s *server) fillOrdered(r *http.Request, v *view, p *collectionData, e filter.Expr) error {
	err, asked := s.fillTable(r, v, p, e), p.L.sort
	if asked == "" || !pollen.Is(err, pollen.Invalid) {
		return err
	}
	p.L.sort = ""
	if other := s.fillTable(r, v, p, e); other != nil {
		p.L.sort = asked
		return other
	}
	p.Disorder = v.Error(err)
	return nil
}

// fillTable reads the entries of the page and counts what is found.
func (s *server) fillTable(r *http.Request, v *view, p *collectionData, e filter.Expr) error {
	var entries []*registry.Entry
	var facets []registry.Facet
	if p.L.q != "" {
		offset := 0
		if err := pollen.ReadCursor(p.L.cur, &offset); err != nil {
			return err
		}
		res, err := s.Search.Find(r.Context(), v.By, search.Query{Text: p.L.q, Collection: p.C.Slug, Filter: e, Language: v.Tag(), Values: true, Limit: perTable, Offset: offset})
		if err != nil {
			return err
		}
		var ids []pollen.EntryID
		for _, h := range res.Hits {
			ids = append(ids, h.Entry)
		}
		if entries, err = s.readable(r, v, ids); err != nil {
			return err
		}
		p.Total, facets = registry.Count{N: res.Total, About: res.About}, res.Values
		if res.Next == 0 {
			p.ranked = res.Ranked
		}
		p.Pager = v.pages(p.L, previousOffset(offset), nextOffset(res.Next))
	} else {
		l := registry.Listing{Filter: e, Limit: perTable, Cursor: p.L.cur}
		l.Sort, l.Descending = strings.CutPrefix(p.L.sort, "-")
		page, err := s.Registry.List(r.Context(), v.By, p.C.Slug, l)
		if err != nil {
			return err
		}
		if p.Total, facets, err = s.Registry.Facets(r.Context(), v.By, p.C.Slug, registry.FacetQuery{Filter: e}); err != nil {
			return err
		}
		if e == nil && p.Total.About {
			p.Total = registry.Count{N: int(p.C.Entries)}
		}
		entries = page.Items
		p.Pager = v.pages(p.L, page.Previous, page.Next)
	}
	p.Narrowed = e != nil || p.L.q != ""
	if f := p.C.Schema.Field(p.L.more); f != nil && p.L.q == "" && registry.Facetable(f) && p.C.FieldReadable(v.By, f, 0) {
		_, all, err := s.Registry.Facets(r.Context(), v.By, p.C.Slug, registry.FacetQuery{Filter: e, Fields: []string{f.Name}, Terms: allTerms})
		if err != nil {
			return err
		}
		for i := range facets {
			for _, x := range all {
				if facets[i].Field.ID == x.Field.ID {
					facets[i] = x
				}
			}
		}
	}
	if err := s.rows(r, v, p, entries); err != nil {
		return err
	}
	return s.narrow(r, v, p, e, facets)
}

// allTerms is how many values of one field are counted when somebody asks for
// the others.
const allTerms = 200

func previousOffset(offset int) string {
	if offset == 0 {
		return ""
	}
	return pollen.Cursor(max(offset-perTable, 0))
}

func nextOffset(next int) string {
	if next == 0 {
		return ""
	}
	return pollen.Cursor(next)
}

// pages lead to the pages before and after.
func (v *view) pages(l listing, previous, next string) (p part.Pager) {
	if previous != "" {
		p.Previous = &part.Link{Href: l.href(func(l *listing) { l.cur = previous })}
	}
	if next != "" {
		p.Next = &part.Link{Href: l.href(func(l *listing) { l.cur = next })}
	}
	return p
}

// rows fills the table.
func (s *server) rows(r *http.Request, v *view, p *collectionData, entries []*registry.Entry) error {
	titles, err := s.titles(r, v, entries...)
	if err != nil {
		return err
	}
	p.Table = part.Table{Name: v.Page.Title, Caption: v.Page.Title}
	fields := p.columns(v, r)
	if p.CanEdit {
		p.Table.Form = pickForm
	}
	for _, e := range entries {
		row := part.TableRow{Title: part.Link{Text: e.Title, Href: e.Path()}, Portrait: portrait(e)}
		if p.CanEdit {
			row.Pick = e.ID.String()
		}
		for _, f := range fields {
			shown := v.shown(f, e.Values[f.ID], titles, nil)
			switch {
			case f.Type == schema.Localized && len(shown) > 1:
				shown = shown[:1] // the reader's; the entry has the others
				shown[0].Note = ""
			case len(shown) > cellValues:
				shown = append(shown[:cellValues:cellValues], part.Shown{Text: "…"})
			}
			row.Cells = append(row.Cells, part.Cell{Shown: shown})
		}
		p.Table.Rows = append(p.Table.Rows, row)
	}
	return nil
}

// cellValues is how many values of a many-valued field a cell shows.
const cellValues = 4

// pickForm is the form that acts on the entries picked.
const pickForm = "pick-form"

// columns adds the columns to the table and lists their fields: those chosen in
// the address, or before, or by the schema. The title always comes first.
func (p *collectionData) columns(v *view, r *http.Request) (fields []*schema.Field) {
	chosen := p.L.cols
	if kept := cookie(r, colsCookie); len(chosen) == 0 && kept != "" {
		chosen = strings.Split(kept, ".")
	}
	p.Table.Columns = append(p.Table.Columns, p.column(v.T("web.entry-tab", "Entry"), "title"))
	p.Fields, p.Shown = nil, nil
	for i := range p.C.Schema.Fields {
		f := &p.C.Schema.Fields[i]
		alone := len(p.C.Schema.Title) == 1 && p.C.Schema.Title[0] == f.Name // is the title
		if alone || f.Type == schema.Image || f.Type == schema.Attachment || !p.C.FieldReadable(v.By, f, 0) {
			continue
		}
		p.Fields = append(p.Fields, part.Choice{Value: f.Name, Label: f.LabelIn(v.Tag())})
		if wanted := slices.Contains(chosen, f.Name); !wanted && (len(chosen) > 0 || !f.Column || slices.Contains(p.C.Schema.Title, f.Name)) {
			continue
		}
		p.Shown = append(p.Shown, f.Name)
		name := f.Name
		if !f.Searchable() || f.Many || p.L.q != "" {
			name = ""
		}
		c := p.column(f.LabelIn(v.Tag()), name)
		c.Number = f.Type == schema.Number || f.Type == schema.Integer
		c.Tight = f.Type == schema.Date || f.Type == schema.Phone || f.Type == schema.Code || f.Type == schema.Email
		fields, p.Table.Columns = append(fields, f), append(p.Table.Columns, c)
	}
	return fields
}

// column sorts by its field, the other way round at the second click. What
// words find is in the order of what fits best.
func (p *collectionData) column(label, name string) part.Column {
	c := part.Column{Label: label}
	if name == "" || p.L.q != "" {
		return c
	}
	next := name
	switch {
	case p.L.sort == name || p.L.sort == "" && name == "title":
		c.Sort, next = part.Ascending, "-"+name
	case p.L.sort == "-"+name:
		c.Sort = part.Descending
	}
	c.Href = p.L.href(func(l *listing) { l.sort = next })
	return c
}

// count says how many entries there are.
func (p *collectionData) count(v *view, e filter.Expr) {
	p.Found = v.N("web.entries", p.Total.N, "{n} entry", "{n} entries")
	if p.Total.About {
		p.Found = v.N("web.entries-about", int(p.Total.N), "More than {n} entry", "More than {n} entries")
	}
	if p.Narrowed {
		p.Of = v.N("web.of-entries", int(p.C.Entries), "of {n}", "of {n}")
	}
	if len(p.Table.Rows) > 0 && (p.Pager.Next != nil || p.Pager.Previous != nil) {
		p.Pager.Said = v.N("web.rows-here", len(p.Table.Rows), "{n} entry on this page", "{n} entries on this page")
	}
	if p.ranked > 0 {
		p.Pager.Said = v.bestOnly(p.Found, p.ranked)
	}
}
