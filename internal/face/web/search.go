package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/markup"
	"pollen/internal/pure/schema"
)

func (s *server) searchRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /search", s.page(s.search))
	mux.HandleFunc("GET /complete", s.page(s.complete))
}

// perSearch is how many hits one page shows.
const perSearch = 20

type searchData struct {
	Query  string
	Hits   []part.Hit
	Total  string
	Tabs   []part.Tab
	Facets *part.Facets
	Add    *part.Link // where one adds what was not found
	More   part.Pager
}

// sought is what a reader searches for.
type sought struct {
	text string
	c    *registry.Collection // the one searched; nil all
	tick url.Values           // what is ticked among its values
}

// address repeats a search in the address of a page.
func (q sought) address() string {
	form := url.Values{"q": {q.text}}
	if q.c != nil {
		form.Set("collection", q.c.Slug)
	}
	maps.Copy(form, q.tick)
	return "/search?" + form.Encode()
}

func (s *server) search(w http.ResponseWriter, r *http.Request, v *view) error {
	q := sought{text: strings.TrimSpace(r.FormValue("q")), tick: url.Values{}}
	v.Page.Title, v.Page.SearchQuery, v.Page.Flags = v.T("web.search", "Search"), q.text, part.Flags{NoSearch: true, NoIndex: true}
	if q.text != "" {
		v.Page.Title = v.T("web.search-for", "Search: {q}", "q", q.text)
	}
	offset := 0
	if err := pollen.ReadCursor(r.FormValue("cursor"), &offset); err != nil {
		return err
	}
	query := search.Query{Text: q.text, Language: v.Tag(), Limit: perSearch, Offset: offset}
	if in := r.FormValue("collection"); in != "" {
		c, err := s.Registry.Collection(r.Context(), v.By, in)
		if err != nil {
			return err
		}
		q.c, query.Collection, query.Values = c, c.Slug, true
		query.Filter = q.ticked(r, v)
	}
	res, err := s.Search.Find(r.Context(), v.By, query)
	if err != nil {
		return err
	}
	p := &searchData{Query: q.text, Total: v.N("web.results", res.Total, "{n} result", "{n} results"), Tabs: q.tabs(v, &res)}
	if res.About {
		p.Total = v.N("web.results-about", int(res.Total), "More than {n} result", "More than {n} results")
	}
	if p.Hits, err = s.hits(r, v, q.text, res.Hits); err != nil {
		return err
	}
	if q.c != nil {
		if p.Facets, err = s.searchFacets(r, v, q, res.Values); err != nil {
			return err
		}
		if v.By.SignedIn() {
			p.Add = &part.Link{Text: v.T("web.add-to", "Add to {collection}", "collection", q.c.LabelIn(v.Tag())), Href: "/c/" + q.c.Slug + "/+new"}
		}
	}
	if res.Next > 0 {
		p.More = v.more(q.address()+"&", pollen.Cursor(res.Next))
	}
	return show(w, r, v, http.StatusOK, searchPage(v, p))
}

// tick is the beginning of the parameters by which values are ticked.
const tick = "f."

// ticked reads what is ticked among the values of the collection, as a filter.
func (q *sought) ticked(r *http.Request, v *view) filter.Expr {
	var all []filter.Expr
	for i := range q.c.Schema.Fields {
		f := &q.c.Schema.Fields[i]
		values := r.Form[tick+f.Name]
		if len(values) == 0 || !registry.Facetable(f) || !q.c.FieldReadable(v.By, f, 0) {
			continue
		}
		q.tick[tick+f.Name] = values
		all = append(all, &filter.Cmp{Field: f.Name, Op: filter.In, Values: values})
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &filter.And{All: all}
}

// tabs are the collections in which something was found.
func (q sought) tabs(v *view, res *search.Result) (out []part.Tab) {
	if q.text == "" || q.c == nil && len(res.Facets) < 2 {
		return nil
	}
	in := func(c *registry.Collection) string { return sought{text: q.text, c: c}.address() }
	out = append(out, part.Tab{Text: v.T("web.everywhere", "Everywhere"), Href: in(nil), Current: q.c == nil})
	here := false
	for _, f := range res.Facets {
		t := part.Tab{Text: f.Collection.LabelIn(v.Tag()), Count: v.Number(int64(f.Count)), Href: in(f.Collection), Current: q.c != nil && q.c.ID == f.Collection.ID}
		if f.About {
			t.Count += "+"
		}
		here = here || t.Current
		out = append(out, t)
	}
	if q.c != nil && !here {
		out = append(out, part.Tab{Text: q.c.LabelIn(v.Tag()), Count: v.Number(0), Href: in(q.c), Current: true})
	}
	return out
}

// hitValues and hitExcerpt bound what a hit shows of its entry.
const (
	hitValues  = 3
	hitExcerpt = 160
)

// hits shows what was found, with a few of its values.
func (s *server) hits(r *http.Request, v *view, q string, found []search.Hit) (out []part.Hit, err error) {
	var ids []pollen.EntryID
	for _, h := range found {
		ids = append(ids, h.Entry)
	}
	entries, err := s.Registry.Entries(r.Context(), v.By, ids)
	if err != nil {
		return nil, err
	}
	titles, err := s.titles(r, v, slices.Collect(maps.Values(entries))...)
	if err != nil {
		return nil, err
	}
	for _, h := range found {
		hit := part.Hit{Title: marked(search.Mark(h.Title, q)), Href: "/c/" + h.Collection.Slug + "/" + h.Slug, Kind: h.Collection.LabelIn(v.Tag())}
		if e := entries[h.Entry]; e != nil {
			hit.Values = v.hitValues(e, titles)
			if e.Body != "" {
				hit.About = marked(search.Mark(markup.Excerpt(e.Body, hitExcerpt), q))
			}
		}
		out = append(out, hit)
	}
	return out, nil
}

// hitValues are the first values of an entry that its collection's table shows.
func (v *view) hitValues(e *registry.Entry, titles map[pollen.EntryID]registry.Link) (out []part.HitValue) {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if !f.Column || f.Type == schema.LongText || e.Values[f.ID] == nil || slices.Contains(e.Collection.Schema.Title, f.Name) {
			continue
		}
		if shown := v.shown(f, e.Values[f.ID], titles, nil); len(shown) > 0 {
			shown[0].Note = ""
			if out = append(out, part.HitValue{Label: f.LabelIn(v.Tag()), Shown: shown[0]}); len(out) == hitValues {
				break
			}
		}
	}
	return out
}

// searchFacets are the values by which what was found can be narrowed.
func (s *server) searchFacets(r *http.Request, v *view, q sought, values []registry.Facet) (*part.Facets, error) {
	all, err := s.facets(r, v, values, q.tick)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	out := &part.Facets{Query: q.text, Hint: v.T("web.search-hint", "A person, a site, a code…"), Hidden: []part.Hidden{{Name: "collection", Value: q.c.Slug}}, All: all}
	if len(q.tick) > 0 {
		out.Clear = sought{text: q.text, c: q.c}.address()
	}
	return out, nil
}

// facets counts entries by value, in words; what is ticked stands in form.
func (s *server) facets(r *http.Request, v *view, all []registry.Facet, form url.Values) (out []part.Facet, err error) {
	var refs []pollen.EntryID
	for _, x := range all {
		for _, t := range x.Terms {
			if t.Entry != 0 {
				refs = append(refs, t.Entry)
			}
		}
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, refs)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		f := part.Facet{Name: tick + x.Field.Name, Label: x.Field.LabelIn(v.Tag())}
		for _, t := range x.Terms {
			label := v.termLabel(x.Field, t, titles)
			if label == "" {
				continue // it refers to what the reader may not see
			}
			term := part.FacetTerm{Value: t.Key, Label: label, Count: v.Number(int64(t.N)), Chosen: slices.Contains(form[f.Name], t.Key)}
			if t.About {
				term.Count = v.T("web.about-n", "About {n}", "n", t.N)
			}
			f.Terms = append(f.Terms, term)
		}
		if len(f.Terms) > 0 {
			out = append(out, f)
		}
	}
	return out, nil
}

// termLabel says a value of a facet in words.
func (v *view) termLabel(f *schema.Field, t registry.FacetTerm, titles map[pollen.EntryID]registry.Link) string {
	if t.Entry != 0 {
		return titles[t.Entry].Title
	}
	single := *f
	single.Many = false
	value, err := single.FromText(t.Key, nil)
	if err != nil {
		return t.Key
	}
	return strings.Join(single.DisplayIn(value, v.Tag(), v.Zone()), ", ")
}

func marked(pieces []search.Piece) (out []part.Piece) {
	for _, x := range pieces {
		out = append(out, part.Piece{Text: x.Text, Marked: x.Marked})
	}
	return out
}

// complete answers a field while one types: in one collection where it says so.
func (s *server) complete(w http.ResponseWriter, r *http.Request, v *view) error {
	hits, err := s.Search.Complete(r.Context(), v.By, search.Query{Text: r.FormValue("q"), Collection: r.FormValue("collection"), Language: v.Tag(), Limit: 8})
	if err != nil {
		return err
	}
	type item struct {
		ID         string `json:"id"`
		Title      string `json:"title"`
		Collection string `json:"collection"`
		Slug       string `json:"slug"`
		Label      string `json:"label"` // of the collection, in the reader's language
	}
	items := []item{}
	for _, h := range hits {
		items = append(items, item{h.Entry.String(), h.Title, h.Collection.Slug, h.Slug, h.Collection.LabelIn(v.Tag())})
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"items": items})
}
