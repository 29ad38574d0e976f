package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

func (s *server) homeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.page(s.home))
}

// homeGroup is the collections that one community holds.
type homeGroup struct {
	ID          string
	Community   part.Link
	Collections []*registry.Collection
}

type homeData struct {
	Total   int
	Groups  []homeGroup
	Changes []changeLine
	Gaps    []gap
	Own     *part.Link // the reader's own entry
}

// gap is a value that some entries of a collection lack: a small gift to make.
type gap struct {
	Text, Href string
}

func (s *server) home(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Section, v.Page.Flags.NoSearch = v.T("web.what", "What are you looking for?"), part.Collections, true
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return err
	}
	p := &homeData{}
	if p.Groups, err = s.homeGroups(r, v, all); err != nil {
		return err
	}
	for _, c := range all {
		p.Total += int(c.Entries)
	}
	if p.Changes, err = s.latest(r, v, journal.Query{}, 8); err != nil {
		return err
	}
	if v.By.SignedIn() {
		if p.Gaps, err = s.gaps(r, v, all); err != nil {
			return err
		}
		if err := s.own(r, v, p); err != nil {
			return err
		}
	}
	return show(w, r, v, http.StatusOK, homePage(v, p))
}

// homeGroups puts collections under their communities: those with most entries
// last, for they are looked things up in rather than read.
func (s *server) homeGroups(r *http.Request, v *view, all []*registry.Collection) (out []homeGroup, err error) {
	links, err := s.communityLinks(r, v)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		i := slices.IndexFunc(out, func(g homeGroup) bool { return g.Collections[0].Community == c.Community })
		if i < 0 {
			i = len(out)
			out = append(out, homeGroup{ID: "g-" + c.Community.String(), Community: links[c.Community]})
		}
		out[i].Collections = append(out[i].Collections, c)
	}
	first := func(c *registry.Collection) int { return slices.Index([]string{pollen.Units, pollen.People}, c.Slug) }
	for _, g := range out {
		slices.SortStableFunc(g.Collections, func(a, b *registry.Collection) int {
			if x, y := first(a), first(b); x != y {
				return y - x
			}
			return strings.Compare(schema.Fold(a.LabelIn(v.Tag())), schema.Fold(b.LabelIn(v.Tag())))
		})
	}
	slices.SortStableFunc(out, func(a, b homeGroup) int { return len(b.Collections) - len(a.Collections) })
	return out, nil
}

// own finds the reader's own entry.
func (s *server) own(r *http.Request, v *view, p *homeData) error {
	if v.By.Entry == 0 {
		return nil
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, []pollen.EntryID{v.By.Entry})
	if l, ok := titles[v.By.Entry]; ok {
		p.Own = &part.Link{Text: l.Title, Href: "/c/" + l.Collection + "/" + l.Slug}
	}
	return err
}

// How far one looks for gaps, so that the first page stays light.
const (
	gapEntries = 2000 // in a collection that is looked at
	gapLooks   = 12
	gapsShown  = 3
)

// gaps finds values that some entries lack although most of their collection
// have them.
func (s *server) gaps(r *http.Request, v *view, all []*registry.Collection) (out []gap, err error) {
	looks := 0
	for _, c := range all {
		if c.Entries == 0 || c.Entries > gapEntries {
			continue
		}
		for i := range c.Schema.Fields {
			f := &c.Schema.Fields[i]
			if !f.Column || !f.Searchable() || f.Protected || !c.FieldReadable(v.By, f, 0) || slices.Contains(c.Schema.Title, f.Name) {
				continue
			}
			if looks++; looks > gapLooks || len(out) == gapsShown {
				return out, nil
			}
			lacking := &filter.Not{Expr: &filter.Cmp{Field: f.Name, Op: filter.IsPresent}}
			n, err := s.lacking(r, v, c, f, lacking)
			if err != nil {
				return nil, err
			}
			if n == 0 || n > int(c.Entries)/2 {
				continue // it is not meant for all of them
			}
			out = append(out, gap{Href: "/c/" + c.Slug + "?filter=" + url.QueryEscape(lacking.String()),
				Text: v.N("web.gap", n, "{collection}: {n} entry lacks “{field}”", "{collection}: {n} entries lack “{field}”", "collection", c.LabelIn(v.Tag()), "field", f.LabelIn(v.Tag()))})
			break // one for each collection
		}
	}
	return out, nil
}

// lacks remembers how many entries lack a value, so that the first page does
// not count them for each reader. What is counted is the same for whoever may
// read the field, and each reader is asked about that anew.
type lacks struct {
	mu    sync.Mutex
	known map[lackKey]lack
}

type lackKey struct {
	collection pollen.CollectionID
	field      pollen.FieldID
}

type lack struct {
	n  int
	at time.Time
}

// lackAge is for how long a count is taken for true.
const lackAge = time.Minute

func (s *server) lacking(r *http.Request, v *view, c *registry.Collection, f *schema.Field, e filter.Expr) (int, error) {
	key, now := lackKey{c.ID, f.ID}, s.Now()
	s.lacks.mu.Lock()
	known, ok := s.lacks.known[key]
	s.lacks.mu.Unlock()
	if ok && now.Sub(known.at) < lackAge {
		return known.n, nil
	}
	n, err := s.Registry.Count(r.Context(), v.By, c.Slug, e, gapEntries)
	if err != nil {
		return 0, err
	}
	s.lacks.mu.Lock()
	defer s.lacks.mu.Unlock()
	if s.lacks.known == nil {
		s.lacks.known = map[lackKey]lack{}
	}
	s.lacks.known[key] = lack{n, now}
	return n, nil
}
