package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/access"
	"pollen/internal/pure/markup"
	"pollen/internal/pure/schema"
)

func (s *server) historyRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}/history", s.page(s.history))
	mux.HandleFunc("GET /c/{collection}/{slug}/diff", s.page(func(w http.ResponseWriter, r *http.Request, _ *view) error {
		return see(w, r, strings.TrimSuffix(r.URL.EscapedPath(), "/diff")+"/history?"+r.URL.RawQuery)
	}))
	mux.HandleFunc("GET /c/{collection}/{slug}/revert", s.page(s.revertPreview))
}

// perHistory is how many revisions one page of a history lists.
const perHistory = 30

type historyData struct {
	E         *registry.Entry
	Revisions []part.Revision
	From, To  int
	Unlisted  []part.Hidden // of the two, those that stand on another page
	Cursor    string
	Change    templ.Component // who made the later of the two, and when
	Note      string
	Batch     string // address of the batch that made it
	Thanks    []thanked
	Acts      []part.Act // to thank for it
	Diff      []part.DiffField
	More      part.Pager
	CanEdit   bool
}

func (s *server) history(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	v.Page.Crumbs = append(v.Page.Crumbs, part.Link{Text: e.Title, Href: e.Path()})
	v.Page.Title = v.T("web.history-of", "History of {title}", "title", e.Title)
	if field := r.FormValue("field"); field != "" {
		return s.valueHistory(w, r, v, e, field)
	}
	p := &historyData{E: e, Cursor: r.FormValue("cursor"), CanEdit: v.By.SignedIn() && e.Live()}
	revs, err := s.Registry.Revisions(r.Context(), v.By, e.ID, perHistory, p.Cursor)
	if err != nil {
		return err
	}
	latest := e.Revision
	if p.Cursor == "" && len(revs.Items) > 0 {
		latest = revs.Items[0].N
	}
	p.To = min(number(r, "to", latest), e.Revision)
	p.From = min(number(r, "from", max(p.To-1, 1)), e.Revision)
	if err := s.revisionLines(r, v, p, revs.Items); err != nil {
		return err
	}
	if err := s.laterRevision(r, v, p, revs.Items); err != nil {
		return err
	}
	if p.Diff, err = s.differences(r, v, e, p.From, p.To); err != nil {
		return err
	}
	p.More = v.more("?from="+strconv.Itoa(p.From)+"&to="+strconv.Itoa(p.To)+"&", revs.Next)
	return show(w, r, v, http.StatusOK, historyPage(v, p))
}

// revisionLines lists the revisions of one page, and keeps of the two that are
// told apart those that stand on another.
func (s *server) revisionLines(r *http.Request, v *view, p *historyData, revs []registry.Revision) error {
	names, err := s.revisers(r, revs)
	if err != nil {
		return err
	}
	listed := map[int]bool{}
	for _, rev := range revs {
		listed[rev.N] = true
		line := part.Revision{N: rev.N, What: v.revisionTitle(p.E, rev), By: v.author(names[rev.By]), When: part.When{At: rev.At, Words: v.Ago(rev.At, s.Now())}, Note: rev.Note}
		if rev.Batch != 0 {
			line.About = part.Anchor(part.Link{Text: v.T("web.of-batch", "part of a batch"), Href: "/batches/" + rev.Batch.String()})
		}
		p.Revisions = append(p.Revisions, line)
	}
	for _, x := range []struct {
		name string
		n    int
	}{{"from", p.From}, {"to", p.To}} {
		if !listed[x.n] {
			p.Unlisted = append(p.Unlisted, part.Hidden{Name: x.name, Value: strconv.Itoa(x.n)})
		}
	}
	return nil
}

// laterRevision tells who made the later of the two, when and why, whether or
// not the page lists it. One that is not for the reader is not told of.
func (s *server) laterRevision(r *http.Request, v *view, p *historyData, listed []registry.Revision) error {
	var rev registry.Revision
	if i := slices.IndexFunc(listed, func(x registry.Revision) bool { return x.N == p.To }); i >= 0 {
		rev = listed[i]
	} else {
		var err error
		if rev, err = s.Registry.Revision(r.Context(), v.By, p.E.ID, p.To); pollen.Is(err, pollen.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	names, err := s.revisers(r, []registry.Revision{rev})
	if err != nil {
		return err
	}
	p.Change, p.Note = s.revisionSaid(v, p.E, rev, names[rev.By]), rev.Note
	if rev.Batch != 0 {
		p.Batch = "/batches/" + rev.Batch.String()
		return nil
	}
	return s.thanksForRevision(r, v, p, rev, names[rev.By])
}

// thanksForRevision are the thanks for the later of the two, and the offer to
// thank for it.
func (s *server) thanksForRevision(r *http.Request, v *view, p *historyData, rev registry.Revision, who persona.Persona) error {
	given, err := s.given(r, v, []pollen.ActID{rev.Act})
	p.Thanks = given[rev.Act]
	if v.thankable(&journal.Act{Kind: rev.Kind, Persona: rev.By}, who) {
		p.Acts = []part.Act{v.thankAct(rev.Act, p.Thanks, v.Page.Path)}
	}
	return err
}

// revisers finds those who made revisions.
func (s *server) revisers(r *http.Request, revs []registry.Revision) (map[pollen.PersonaID]persona.Persona, error) {
	var ids []pollen.PersonaID
	for _, rev := range revs {
		ids = append(ids, rev.By)
	}
	return s.Personas.Names(r.Context(), ids)
}

// revisionTitle is what a revision is called in a list: the fields it changed.
func (v *view) revisionTitle(e *registry.Entry, rev registry.Revision) string {
	fields := v.fieldList(e, rev)
	switch {
	case rev.Kind == pollen.ActCreate:
		return v.T("web.title-create", "Created")
	case rev.Kind == pollen.ActRetire:
		return v.T("web.title-retire", "Retired")
	case rev.Kind == pollen.ActRestore:
		return v.T("web.title-restore", "Brought back")
	case rev.Kind == pollen.ActMerge:
		return v.T("web.title-merge", "Merged into another")
	case fields == "":
		return v.T("web.title-revise", "A change")
	case rev.Kind == pollen.ActRevert:
		return v.T("web.title-revert", "Taken back: {fields}", "fields", fields)
	}
	return fields
}

// differences tells two revisions apart, as people read them.
func (s *server) differences(r *http.Request, v *view, e *registry.Entry, from, to int) (out []part.DiffField, err error) {
	if from == to {
		return nil, nil
	}
	diffs, err := s.Registry.Diff(r.Context(), v.By, e.ID, from, to)
	if err != nil {
		return nil, err
	}
	var refs []pollen.EntryID
	for _, d := range diffs {
		if d.Field != nil {
			refs = append(append(refs, d.Field.Refs(d.Old)...), d.Field.Refs(d.New)...)
		}
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, refs)
	if err != nil {
		return nil, err
	}
	for _, d := range diffs {
		out = append(out, v.difference(d, titles))
	}
	return out, nil
}

// byWords is from how many letters on values are told apart word by word; two
// shorter ones read better side by side.
const byWords = 60

// difference is what became of one value, as people read it.
func (v *view) difference(d registry.FieldDiff, titles map[pollen.EntryID]registry.Link) part.DiffField {
	if d.Field == nil {
		return part.DiffField{Label: v.T("web.body", "Text"), Pieces: pieces(d)}
	}
	line := part.DiffField{Label: d.Field.LabelIn(v.Tag()), Old: v.value(d.Field, d.Old, titles), New: v.value(d.Field, d.New, titles)}
	long := utf8.RuneCountInString(line.Old) > byWords || utf8.RuneCountInString(line.New) > byWords
	if d.Words != nil && (long || d.Field.Type == schema.LongText || d.Field.Type == schema.Localized) && d.Field.Type != schema.Choice {
		line.Pieces = pieces(d)
	}
	return line
}

func pieces(d registry.FieldDiff) (out []part.DiffPiece) {
	for _, x := range d.Words {
		out = append(out, part.DiffPiece{Op: part.Op(x.Op), Text: x.Text})
	}
	return out
}

// value is a value in one line of text.
func (v *view) value(f *schema.Field, value json.RawMessage, titles map[pollen.EntryID]registry.Link) string {
	var out []string
	for _, x := range v.shown(f, value, titles, nil) {
		if f.Type == schema.Localized && x.Note != "" {
			x.Text += " (" + x.Note + ")"
		}
		out = append(out, x.Text)
	}
	return strings.Join(out, ", ")
}

type revertData struct {
	E    *registry.Entry
	To   int
	Note string
	Diff []part.DiffField
}

// revertPreview shows what returning to a revision would change.
func (s *server) revertPreview(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	return s.showRevert(w, r, v, e, http.StatusOK, number(r, "to", 0))
}

func (s *server) showRevert(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, status, to int) (err error) {
	p := &revertData{E: e, To: to, Note: r.PostFormValue("note")}
	v.Page.Crumbs = append(v.Page.Crumbs, part.Link{Text: e.Title, Href: e.Path()}, part.Link{Text: v.T("web.history-tab", "History"), Href: e.Path() + "/history"})
	v.Page.Title = v.T("web.revert", "Return to revision {n}", "n", p.To)
	if p.Diff, err = s.differences(r, v, e, e.Revision, p.To); err != nil {
		return err
	}
	return show(w, r, v, status, revertPage(v, p))
}

func signInFirst() error {
	return access.SignIn()
}

type valueHistoryData struct {
	E       *registry.Entry
	Name    string
	Label   string
	Sayings []saying
	More    part.Pager
	CanEdit bool
}

// saying is one value in its history.
type saying struct {
	N       int
	Current bool
	Value   []part.Shown
	By      part.Author
	When    part.When
	Note    string
	Diff    string // where one sees what else changed
	Batch   string
}

// valueHistory tells the history of one value: what it was, by whom, when.
func (s *server) valueHistory(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, name string) error {
	page, err := s.Registry.Sayings(r.Context(), v.By, e.ID, name, perHistory, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	f := e.Collection.Schema.Field(name)
	p := &valueHistoryData{E: e, Name: name, Label: v.T("web.body", "Text"), CanEdit: v.By.SignedIn() && e.Live(), More: v.more("?field="+url.QueryEscape(name)+"&", page.Next)}
	current := e.SinceOf(0)
	if f != nil {
		p.Label, current = f.LabelIn(v.Tag()), e.SinceOf(f.ID)
	}
	v.Page.Title = v.T("web.history-of-value", "{field}: history of {title}", "field", p.Label, "title", e.Title)
	var who []registry.Revision
	var refs []pollen.EntryID
	for _, x := range page.Items {
		who = append(who, x.Revision)
		if f != nil {
			refs = append(refs, f.Refs(x.Value)...)
		}
	}
	names, err := s.revisers(r, who)
	if err != nil {
		return err
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, refs)
	if err != nil {
		return err
	}
	for _, x := range page.Items {
		rev := x.Revision
		line := saying{N: rev.N, Current: rev.N == current, By: v.author(names[rev.By]), When: part.When{At: rev.At, Words: v.Ago(rev.At, s.Now())}, Note: rev.Note}
		if f != nil {
			line.Value = v.shown(f, x.Value, titles, nil)
		} else if x.Value != nil {
			var body string
			if err := json.Unmarshal(x.Value, &body); err != nil {
				return err
			}
			line.Value = []part.Shown{{Text: markup.Excerpt(body, 200)}}
		}
		if rev.N > 1 {
			line.Diff = e.Path() + "/history?from=" + strconv.Itoa(rev.N-1) + "&to=" + strconv.Itoa(rev.N)
		}
		if rev.Batch != 0 {
			line.Batch = "/batches/" + rev.Batch.String()
		}
		p.Sayings = append(p.Sayings, line)
	}
	return show(w, r, v, http.StatusOK, valueHistoryPage(v, p))
}

// heading says which revisions are told apart. Of an entry that never changed
// there is one alone.
func (p *historyData) heading(v *view) string {
	if p.From == p.To {
		return v.T("web.one-revision", "Revision {n}", "n", p.To)
	}
	return v.T("web.changed-between", "From revision {from} to {to}", "from", p.From, "to", p.To)
}
