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
	Query    string
	Problems []string // of what is ticked
	Hits     []part.Hit
	Total    string
	Tabs     []part.Tab
	Facets   *part.Facets
	Add      *part.Link // where one adds what was not found
	More     part.Pager
}

// sought is what a reader searches for.
type sought struct {
	text   string
	c      *registry.Collection // the one searched; nil all
	ticked map[string][]string  // index keys of its values, by field
}

// address repeats a search in the address of a page.
func (q sought) address() string {
	form := url.Values{"q": {q.text}}
	if q.c != nil {
		form.Set("collection", q.c.Slug)
	}
	for field, values := range q.ticked {
		form[tick+field] = values
	}
	return "/search?" + form.Encode()
}

func (s *server) search(w http.ResponseWriter, r *http.Request, v *view) error {
	q := sought{text: strings.TrimSpace(r.FormValue("q")), ticked: map[string][]string{}}
	v.Page.Title, v.Page.SearchQuery, v.Page.Flags = v.T("web.search", "Search"), q.text, part.Flags{NoSearch: true, NoIndex: true}
	if q.text != "" {
		v.Page.Title = v.T("web.search-for", "Search: {q}", "q", q.text)
	}
	offset := 0
	if err := pollen.ReadCursor(r.FormValue("cursor"), &offset); err != nil {
		return err
	}
	query := search.Query{Text: q.text, Language: v.Tag(), Limit: perSearch, Offset: offset}
	p := &searchData{Query: q.text}
	if in := r.FormValue("collection"); in != "" {
		c, err := s.Registry.Collection(r.Context(), v.By, in)
		if err != nil {
			return err
		}
		q.c, query.Collection, query.Values = c, c.Slug, true
		if p.Problems, err = s.readTicks(r, v, &q); err != nil {
			return err
		}
		query.Filter = q.filter()
	}
	res, err := s.Search.Find(r.Context(), v.By, query)
	if err != nil {
		return err
	}
	p.Total, p.Tabs = v.N("web.results", res.Total, "{n} result", "{n} results"), q.tabs(v, &res)
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
	if res.Ranked > 0 && res.Next == 0 {
		p.Total = v.bestOnly(p.Total, res.Ranked)
	}
	if res.Next > 0 {
		p.More = v.more(q.address()+"&", pollen.Cursor(res.Next))
	}
	return show(w, r, v, http.StatusOK, searchPage(v, p))
}

// bestOnly adds to how many there are, on the last page, that the pages give the
// best of them.
func (v *view) bestOnly(found string, ranked int) string {
	return v.N("web.best-only", ranked, "{found}; the {n} best is listed. Add a word, or choose values, to come to the others.",
		"{found}; the {n} best are listed. Add a word, or choose values, to come to the others.", "found", found)
}

// tick is the beginning of the parameters by which values are ticked.
const tick = "f."

// readTicks reads what is ticked among the values of the collection. What is no
// value, or none any more, is left out and told.
func (s *server) readTicks(r *http.Request, v *view, q *sought) (problems []string, err error) {
	env := &schema.Env{Resolve: func(target, text string) (pollen.EntryID, error) { return s.tickedEntry(r, v, target, text) }}
	for i := range q.c.Schema.Fields {
		f := &q.c.Schema.Fields[i]
		if !registry.Facetable(f) || !q.c.FieldReadable(v.By, f, 0) {
			continue
		}
		for _, value := range r.Form[tick+f.Name] {
			switch key, err := f.KeyOf(value, env); {
			case pollen.Is(err, pollen.Invalid):
				problems = append(problems, v.T("web.label-value", "{label}: {value}", "label", f.LabelIn(v.Tag()), "value", v.Error(err)))
			case err != nil:
				return nil, err
			case !slices.Contains(q.ticked[f.Name], key):
				q.ticked[f.Name] = append(q.ticked[f.Name], key)
			}
		}
	}
	return problems, nil
}

// tickedEntry finds an entry of a collection that the reader may see, by its
// identifier. It fails with NotFound.
func (s *server) tickedEntry(r *http.Request, v *view, target, text string) (pollen.EntryID, error) {
	parsed, err := pollen.ParseID[struct{}](text)
	if err != nil {
		return 0, absent()
	}
	id := pollen.EntryID(parsed)
	titles, err := s.Registry.Titles(r.Context(), v.By, []pollen.EntryID{id})
	if link, ok := titles[id]; err == nil && (!ok || target != "" && link.Collection != target) {
		err = absent()
	}
	return id, err
}

// filter asks for what is ticked; nil when nothing is.
func (q *sought) filter() filter.Expr {
	return (&narrowing{chosen: q.ticked}).expr(q.c)
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
func (s *server) searchFacets(r *http.Request, v *view, q sought, counted []registry.Facet) (*part.Facets, error) {
	x, err := s.facets(r, v, tick, q.ticked, counted)
	if err != nil {
		return nil, err
	}
	out := &part.Facets{Query: q.text, Hint: v.T("web.search-hint", "A person, a site, a code…"), Hidden: []part.Hidden{{Name: "collection", Value: q.c.Slug}}}
	for i := range q.c.Schema.Fields {
		if f := &q.c.Schema.Fields[i]; x.has(f) {
			shown, _ := x.of(v, f)
			out.All = append(out.All, shown)
		}
	}
	if len(q.ticked) > 0 {
		out.Clear = sought{text: q.text, c: q.c}.address()
	}
	if len(out.All) == 0 {
		return nil, nil
	}
	return out, nil
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
