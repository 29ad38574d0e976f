package web

import (
	"encoding/json"
	"net/http"
	"net/url"

	"pollen"
	"pollen/internal/domain/search"
	"pollen/internal/face/web/part"
)

func (s *server) searchRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /search", s.page(s.search))
	mux.HandleFunc("GET /complete", s.page(s.complete))
}

// perSearch is how many hits one page shows.
const perSearch = 20

type searchData struct {
	Query string
	Hits  []part.Hit
	Total string
	Tabs  []part.Tab
	More  part.Pager
}

func (s *server) search(w http.ResponseWriter, r *http.Request, v *view) error {
	q, in := r.FormValue("q"), r.FormValue("collection")
	v.Page.Title, v.Page.SearchQuery, v.Page.Flags = v.T("web.search-for", "Search: {q}", "q", q), q, part.Flags{NoSearch: true, NoIndex: true}
	offset := 0
	if err := pollen.ReadCursor(r.FormValue("cursor"), &offset); err != nil {
		return err
	}
	res, err := s.Search.Find(r.Context(), v.By, search.Query{Text: q, Collection: in, Limit: perSearch, Offset: offset})
	if err != nil {
		return err
	}
	p := &searchData{Query: q, Total: v.N("web.results", res.Total, "{n} result", "{n} results")}
	if res.About {
		p.Total = v.T("web.results-about", "More than {n} results", "n", res.Total)
	}
	for _, h := range res.Hits {
		p.Hits = append(p.Hits, part.Hit{Title: marked(search.Mark(h.Title, q)), Href: "/c/" + h.Collection.Slug + "/" + h.Slug, Kind: h.Collection.LabelIn(v.Tag())})
	}
	again := "/search?q=" + url.QueryEscape(q)
	if in != "" || len(res.Facets) > 1 {
		p.Tabs = append(p.Tabs, part.Tab{Text: v.T("web.everywhere", "Everywhere"), Href: again, Current: in == ""})
		for _, f := range res.Facets {
			p.Tabs = append(p.Tabs, part.Tab{Text: f.Collection.LabelIn(v.Tag()), Count: v.Number(int64(f.Count)), Current: in == f.Collection.Slug,
				Href: again + "&collection=" + url.QueryEscape(f.Collection.Slug)})
		}
	}
	if res.Next > 0 {
		if in != "" {
			again += "&collection=" + url.QueryEscape(in)
		}
		p.More = v.more(again+"&", pollen.Cursor(res.Next))
	}
	return show(w, r, v, http.StatusOK, searchPage(v, p))
}

func marked(pieces []search.Piece) (out []part.Piece) {
	for _, x := range pieces {
		out = append(out, part.Piece{Text: x.Text, Marked: x.Marked})
	}
	return out
}

// complete answers a field while one types: in one collection where it says so.
func (s *server) complete(w http.ResponseWriter, r *http.Request, v *view) error {
	hits, err := s.Search.Complete(r.Context(), v.By, search.Query{Text: r.FormValue("q"), Collection: r.FormValue("collection"), Limit: 8})
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
