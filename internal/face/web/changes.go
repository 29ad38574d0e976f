package web

import (
	"net/http"
	"net/url"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) changesRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /changes", s.page(s.changes))
	mux.HandleFunc("GET /changes.atom", s.page(s.changesFeed))
	mux.HandleFunc("GET /c/{collection}/{slug}/changes.atom", s.page(s.entryFeed))
}

// perChanges is how many acts one page of recent changes tells.
const perChanges = 80

// sorts are the sorts of acts that recent changes can be narrowed to.
var sorts = map[string][]pollen.ActKind{
	"edits": {pollen.ActCreate, pollen.ActRevise, pollen.ActVerify, pollen.ActSource, pollen.ActTranslate, pollen.ActRetire,
		pollen.ActRestore, pollen.ActRevert, pollen.ActMerge, pollen.ActRename},
	"talk":        {pollen.ActAsk, pollen.ActAnswer, pollen.ActComment, pollen.ActHelp, pollen.ActEdit, pollen.ActWithdraw},
	"thanks":      {pollen.ActThank},
	"imports":     {pollen.ActImport, pollen.ActClaim, pollen.ActDisclaim, pollen.ActContest},
	"communities": {pollen.ActFound, pollen.ActJoin, pollen.ActLeave, pollen.ActInvite, pollen.ActSchema},
}

// changesDay is what happened on one day.
type changesDay struct {
	ID, Title string
	Lines     []changeLine
}

type changesData struct {
	Days   []changesDay
	More   part.Pager
	Sort   part.Input
	Where  part.Input
	Narrow bool
	Look   bool // the reader may look at what awaits a second pair of eyes
}

// narrowed reads what recent changes are narrowed to: a sort of acts, a
// collection, a batch.
func (s *server) narrowed(r *http.Request, v *view) (q journal.Query, address url.Values, err error) {
	q.Limit, address = perChanges, url.Values{}
	if sort := r.FormValue("sort"); sort != "" {
		if q.Kinds = sorts[sort]; q.Kinds == nil {
			return q, nil, absent()
		}
		address.Set("sort", sort)
	}
	if slug := r.FormValue("collection"); slug != "" {
		c, err := s.Registry.Collection(r.Context(), v.By, slug)
		if err != nil {
			return q, nil, err
		}
		q.Collection = c.ID
		address.Set("collection", slug)
	}
	if batch := r.FormValue("batch"); batch != "" {
		if err := q.Batch.UnmarshalText([]byte(batch)); err != nil {
			return q, nil, absent()
		}
		address.Set("batch", batch)
	}
	return q, address, nil
}

func (s *server) changes(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Section = v.T("web.changes-nav", "Recent changes"), part.Changes
	q, address, err := s.narrowed(r, v)
	if err != nil {
		return err
	}
	p := &changesData{Narrow: len(address) > 0}
	if p.Look, err = s.mayLook(r, v); err != nil {
		return err
	}
	lines, next, err := s.lines(r, v, q, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	if err := s.offerThanks(r, v, lines); err != nil {
		return err
	}
	for _, l := range lines {
		id := l.At.In(v.Zone()).Format("day-2006-01-02")
		if n := len(p.Days); n == 0 || p.Days[n-1].ID != id {
			p.Days = append(p.Days, changesDay{ID: id, Title: v.day(l.At, s.Now())})
		}
		d := &p.Days[len(p.Days)-1]
		d.Lines = append(d.Lines, l)
	}
	if v.Page.FeedURL = "/changes.atom"; p.Narrow {
		v.Page.FeedURL += "?" + address.Encode()
		p.More = v.more("/changes?"+address.Encode()+"&", next)
	} else {
		p.More = v.more("/changes?", next)
	}
	collections, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return err
	}
	p.form(v, address, collections)
	return show(w, r, v, http.StatusOK, changesPage(v, p))
}

// form is where one narrows recent changes.
func (p *changesData) form(v *view, address url.Values, collections []*registry.Collection) {
	p.Sort = part.Input{ID: "sort", Name: "sort", Type: schema.Choice, Label: v.T("web.changes-sort", "What"), Rows: []part.Row{{Text: address.Get("sort")}}, Choices: []part.Choice{
		{Value: "", Label: v.T("web.changes-all", "Everything")},
		{Value: "edits", Label: v.T("web.changes-edits", "Entries")},
		{Value: "talk", Label: v.T("web.changes-talk", "Talk")},
		{Value: "thanks", Label: v.T("web.changes-thanks", "Thanks")},
		{Value: "imports", Label: v.T("web.changes-imports", "Imports")},
		{Value: "communities", Label: v.T("web.changes-communities", "Communities")},
	}}
	p.Where = part.Input{ID: "where", Name: "collection", Type: schema.Choice, Label: v.T("web.changes-where", "Where"), Rows: []part.Row{{Text: address.Get("collection")}},
		Choices: []part.Choice{{Value: "", Label: v.T("web.changes-everywhere", "Everywhere")}}}
	for _, c := range collections {
		p.Where.Choices = append(p.Where.Choices, part.Choice{Value: c.Slug, Label: c.LabelIn(v.Tag())})
	}
}

// day is what one calls a day.
func (v *view) day(t, now time.Time) string {
	t, now = t.In(v.Zone()), now.In(v.Zone())
	switch t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return v.T("web.today", "Today")
	case now.AddDate(0, 0, -1).Format(time.DateOnly):
		return v.T("web.yesterday", "Yesterday")
	}
	return v.Date(t)
}
