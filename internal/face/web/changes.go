package web

import (
	"net/http"
	"net/url"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) changesRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /changes", s.page(s.changes))
	mux.HandleFunc("GET /changes.atom", s.page(s.changesFeed))
	mux.HandleFunc("GET /c/{collection}/{slug}/changes.atom", s.page(s.entryFeed))
}

// perChanges is how many acts one page of recent changes tells.
const perChanges = 60

// sorts are the sorts of acts that recent changes can be narrowed to.
var sorts = map[string][]pollen.ActKind{
	"edits": {pollen.ActCreate, pollen.ActRevise, pollen.ActVerify, pollen.ActSource, pollen.ActTranslate, pollen.ActRetire,
		pollen.ActRestore, pollen.ActRevert, pollen.ActMerge, pollen.ActRename},
	"talk":        {pollen.ActAsk, pollen.ActAnswer, pollen.ActComment, pollen.ActHelp, pollen.ActEdit, pollen.ActWithdraw},
	"thanks":      {pollen.ActThank},
	"imports":     {pollen.ActImport},
	"communities": {pollen.ActFound, pollen.ActJoin, pollen.ActLeave, pollen.ActInvite, pollen.ActSchema},
}

type changesData struct {
	Lines  []changeLine
	More   part.Pager
	Sort   part.Input
	Where  part.Input
	Narrow bool
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
	lines, next, err := s.lines(r, v, q, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	if p.Lines, err = s.thankable(r, v, lines); err != nil {
		return err
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

// changeLine is one act of the journal as a sentence; acts of one batch that
// follow each other are one.
type changeLine struct {
	Act      pollen.ActID
	By       part.Author
	Did      string
	Whom     *part.Author // of thanks: who is thanked
	What     part.Link    // Href "" where there is no page to show
	Said     string       // the beginning of the words
	At       time.Time
	When     string
	Page     string // its own page
	CanThank bool
	Thank    part.Act // set on the page of recent changes

	batch pollen.BatchID
	count int
}

// lines tells what happened, as sentences.
func (s *server) lines(r *http.Request, v *view, q journal.Query, cursor string) ([]changeLine, string, error) {
	p, err := s.Registry.Changes(r.Context(), v.By, q, cursor)
	if err != nil {
		return nil, "", err
	}
	lines, err := s.tell(r, v, p.Items)
	if err != nil {
		return nil, "", err
	}
	return v.gathered(lines), p.Next, nil
}

// thankable puts the thanks that the reader gave, or may give, beside lines.
func (s *server) thankable(r *http.Request, v *view, lines []changeLine) ([]changeLine, error) {
	var acts []pollen.ActID
	for _, l := range lines {
		if l.CanThank {
			acts = append(acts, l.Act)
		}
	}
	given, err := s.given(r, v, acts)
	for i := range lines {
		if lines[i].CanThank {
			lines[i].Thank = v.thankAct(lines[i].Act, given[lines[i].Act], v.Page.Path)
		}
	}
	return lines, err
}

// gathered makes one line of the parts of a batch that follow each other.
func (v *view) gathered(lines []changeLine) (out []changeLine) {
	for _, l := range lines {
		n := len(out) - 1
		if n < 0 || l.batch == 0 || out[n].batch != l.batch || out[n].Did != l.Did {
			out = append(out, l)
			continue
		}
		out[n].count += l.count
		out[n].What.Text = v.entries(out[n].count)
	}
	return out
}

func (v *view) entries(n int) string {
	return v.N("web.entries", n, "{n} entry", "{n} entries")
}

// tell makes a sentence of each act, which the reader may see.
func (s *server) tell(r *http.Request, v *view, acts []journal.Act) ([]changeLine, error) {
	var who []pollen.PersonaID
	var what []pollen.EntryID
	whom := map[pollen.ActID]pollen.PersonaID{}
	for i := range acts {
		a := &acts[i]
		who = append(who, a.Persona)
		if a.Object.Kind == pollen.ObjectEntry {
			what = append(what, pollen.EntryID(a.Object.ID))
		}
		if a.Kind == pollen.ActThank && len(a.Causes) > 0 {
			thanked, err := s.Registry.Contribution(r.Context(), v.By, a.Causes[0].Act)
			if err != nil && !pollen.Is(err, pollen.NotFound) {
				return nil, err
			}
			whom[a.ID] = thanked.Persona
			who = append(who, thanked.Persona)
		}
	}
	names, err := s.Personas.Names(r.Context(), who)
	if err != nil {
		return nil, err
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, what)
	if err != nil {
		return nil, err
	}
	posts, err := s.Talk.Of(r.Context(), v.By, acts)
	if err != nil {
		return nil, err
	}
	out := make([]changeLine, len(acts))
	for i := range acts {
		out[i] = s.line(v, &acts[i], names, titles)
		if p := whom[acts[i].ID]; p != 0 {
			a := author(names[p])
			out[i].Whom = &a
		}
		if p, ok := posts[acts[i].ID]; ok && saidNow(&acts[i]) && p.Folded.IsZero() {
			out[i].Said = quoted(p)
			if out[i].What.Href != "" {
				out[i].What.Href += "/talk#" + p.Act.String()
			}
		}
	}
	return out, nil
}

// saidNow reports whether an act said words, rather than did something to them.
func saidNow(a *journal.Act) bool {
	return a.Kind == pollen.ActAsk || a.Kind == pollen.ActAnswer || a.Kind == pollen.ActComment
}

// line is one act as a sentence.
func (s *server) line(v *view, a *journal.Act, names map[pollen.PersonaID]persona.Persona, titles map[pollen.EntryID]registry.Link) changeLine {
	who := names[a.Persona]
	l := changeLine{Act: a.ID, By: author(who), Did: did(v, a), At: a.At, When: v.Ago(a.At, s.Now()), Page: "/contributions/" + a.ID.String(),
		CanThank: v.thankable(a, who), batch: a.Batch, count: a.Detail.Count}
	switch t, ok := titles[pollen.EntryID(a.Object.ID)]; {
	case a.Object.Kind == pollen.ObjectEntry && ok:
		l.What = titleOf(t)
	case a.Object.Kind == pollen.ObjectBatch:
		l.What = part.Link{Text: v.entries(a.Detail.Count), Href: "/batches/" + pollen.BatchID(a.Object.ID).String()}
	case a.Object.Kind == pollen.ObjectCollection:
		l.What = part.Link{Text: a.Detail.Name, Href: "/c/" + a.Detail.Name}
	}
	return l
}

// did says what an act did, between who and what.
func did(v *view, a *journal.Act) string {
	switch a.Kind {
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
	case pollen.ActInvite:
		return v.T("web.did-invite", "invited somebody into a community")
	case pollen.ActSchema:
		return v.T("web.did-schema", "changed the fields of it:")
	}
	return didSay(v, a)
}

// didSay says what an act did to words, or in return for a gift.
func didSay(v *view, a *journal.Act) string {
	switch a.Kind {
	case pollen.ActAsk:
		return v.T("web.did-ask", "has a question about")
	case pollen.ActAnswer:
		return v.T("web.did-answer", "answers about")
	case pollen.ActComment:
		return v.T("web.did-comment", "says a word on")
	case pollen.ActEdit:
		return v.T("web.did-edit", "reworded what they said on")
	case pollen.ActHelp:
		if a.Detail.Name == string(talk.NotYet) {
			return v.T("web.did-unhelp", "still seeks help on")
		}
		return v.T("web.did-help", "was helped by an answer on")
	case pollen.ActThank:
		return v.T("web.did-thank", "says thanks to")
	case pollen.ActWithdraw:
		if a.Detail.Post == 0 {
			return v.T("web.did-unthank", "took thanks back on")
		}
		return v.T("web.did-withdraw", "withdrew what they said on")
	case pollen.ActReport:
		if a.Detail.Name != "" {
			return v.T("web.did-answer-report", "answered a report on")
		}
		return v.T("web.did-report", "reported words on")
	}
	return v.T("web.did-other", "did something else:")
}
