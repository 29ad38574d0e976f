package web

import (
	"encoding/json"
	"net/http"
	"net/url"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
)

func (s *server) home(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Title = v.T("web.what", "What are you looking for?")
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return err
	}
	lines, _, err := s.lines(r, v, journal.Query{Limit: 8}, "")
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, home(v, &homePage{Collections: all, Changes: lines}))
}

func (s *server) changes(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Title = v.T("web.changes-nav", "Recent changes")
	lines, next, err := s.lines(r, v, journal.Query{Limit: 60}, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, changes(v, lines, next))
}

// lines tells what happened, as sentences.
func (s *server) lines(r *http.Request, v *view, q journal.Query, cursor string) ([]changeLine, string, error) {
	p, err := s.Registry.Changes(r.Context(), v.By, q, cursor)
	if err != nil {
		return nil, "", err
	}
	var who []pollen.PersonaID
	var what []pollen.EntryID
	for _, a := range p.Items {
		who = append(who, a.Persona)
		if a.Object.Kind == pollen.ObjectEntry {
			what = append(what, pollen.EntryID(a.Object.ID))
		}
	}
	names, err := s.Personas.Names(r.Context(), who)
	if err != nil {
		return nil, "", err
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, what)
	if err != nil {
		return nil, "", err
	}
	var out []changeLine
	for _, a := range p.Items {
		l := changeLine{Who: names[a.Persona].Name, Handle: names[a.Persona].Handle, Did: did(v, a.Kind), When: v.Ago(a.At, s.Now()), Href: "/changes"}
		switch t, ok := titles[pollen.EntryID(a.Object.ID)]; {
		case a.Object.Kind == pollen.ObjectEntry && ok:
			l.What, l.Href = t.Title, "/c/"+t.Collection+"/"+t.Slug
		case a.Object.Kind == pollen.ObjectBatch:
			l.What = v.N("web.entries", a.Detail.Count, "{n} entry", "{n} entries")
		case a.Object.Kind == pollen.ObjectCollection:
			l.What, l.Href = a.Detail.Name, "/c/"+a.Detail.Name
		}
		out = append(out, l)
	}
	return out, p.Next, nil
}

// did says what an act did, between who and what.
func did(v *view, k pollen.ActKind) string {
	switch k {
	case pollen.ActCreate:
		return v.T("web.did-create", "added it:")
	case pollen.ActRevise:
		return v.T("web.did-revise", "improved it:")
	case pollen.ActRevert:
		return v.T("web.did-revert", "returned to a former state:")
	case pollen.ActRetire:
		return v.T("web.did-retire", "retired it:")
	case pollen.ActRestore:
		return v.T("web.did-restore", "brought it back:")
	case pollen.ActMerge:
		return v.T("web.did-merge", "merged it:")
	case pollen.ActRename:
		return v.T("web.did-rename", "gave it another address:")
	case pollen.ActImport:
		return v.T("web.did-import", "imported some:")
	case pollen.ActFound:
		return v.T("web.did-found", "founded it:")
	case pollen.ActJoin:
		return v.T("web.did-join", "joined a community")
	case pollen.ActLeave:
		return v.T("web.did-leave", "left a community")
	}
	return v.T("web.did-other", "did something else:")
}

// perSearch is how many hits one page shows.
const perSearch = 20

func (s *server) search(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Query = r.FormValue("q")
	v.Title = v.T("web.search-for", "Search: {q}", "q", v.Query)
	offset := 0
	if err := pollen.ReadCursor(r.FormValue("cursor"), &offset); err != nil {
		return err
	}
	in := r.FormValue("in")
	res, err := s.Search.Find(r.Context(), v.By, search.Query{Text: v.Query, Collection: in, Limit: perSearch, Offset: offset})
	if err != nil {
		return err
	}
	p := &searchPage{Total: v.N("web.results", res.Total, "{n} result", "{n} results")}
	if res.About {
		p.Total = v.T("web.results-about", "More than {n} results", "n", v.Number(int64(res.Total)))
	}
	for _, h := range res.Hits {
		p.Hits = append(p.Hits, hitLine{Title: search.Mark(h.Title, v.Query), Href: "/c/" + h.Collection.Slug + "/" + h.Slug, Collection: h.Collection.LabelIn(v.Tag())})
	}
	if in != "" {
		p.Facets = append(p.Facets, facetLine{Label: v.T("web.everywhere", "Look everywhere"), Href: "/search?q=" + url.QueryEscape(v.Query)})
	}
	for _, f := range res.Facets {
		p.Facets = append(p.Facets, facetLine{Label: f.Collection.LabelIn(v.Tag()), Count: v.Number(int64(f.Count)), Current: in != "",
			Href: "/search?q=" + url.QueryEscape(v.Query) + "&in=" + url.QueryEscape(f.Collection.Slug)})
	}
	if res.Next > 0 {
		p.Next = pollen.Cursor(res.Next)
	}
	return show(w, r, http.StatusOK, results(v, p))
}

// again repeats the search in the address of its next page.
func again(v *view, p *searchPage) string {
	s := "q=" + url.QueryEscape(v.Query) + "&"
	for _, f := range p.Facets {
		if f.Current {
			u, err := url.Parse(f.Href)
			if err == nil {
				s += "in=" + url.QueryEscape(u.Query().Get("in")) + "&"
			}
		}
	}
	return s
}

// complete answers the search field while one types.
func (s *server) complete(w http.ResponseWriter, r *http.Request, v *view) error {
	hits, err := s.Search.Complete(r.Context(), v.By, r.FormValue("q"), 8)
	if err != nil {
		return err
	}
	type item struct {
		Title      string `json:"title"`
		Collection string `json:"collection"`
		Slug       string `json:"slug"`
		Label      string `json:"label"` // of the collection, in the reader's language
	}
	items := []item{}
	for _, h := range hits {
		items = append(items, item{h.Title, h.Collection.Slug, h.Slug, h.Collection.LabelIn(v.Tag())})
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"items": items})
}

// purpose is what a collection is for, in the reader's language.
func purpose(v *view, c *registry.Collection) string {
	if s := c.Purpose[v.Tag()]; s != "" {
		return s
	}
	return c.Purpose["en"]
}
