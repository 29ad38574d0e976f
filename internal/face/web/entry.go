package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// find reads the entry of an address; a former address leads to the present
// one, and a merged entry to the one it was merged into.
func (s *server) find(w http.ResponseWriter, r *http.Request, v *view, below string) (e *registry.Entry, gone bool, err error) {
	e, moved, err := s.Registry.At(r.Context(), v.By, r.PathValue("collection"), r.PathValue("slug"))
	if err != nil {
		return nil, false, err
	}
	if e.Into != 0 && below == "" {
		into, err := s.Registry.Get(r.Context(), v.By, e.Into)
		if err != nil {
			return nil, false, err
		}
		e, moved = into, true
	}
	v.Title = e.Title
	if moved {
		http.Redirect(w, r, e.Path()+below, http.StatusPermanentRedirect)
	}
	return e, moved, nil
}

func (s *server) entry(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "")
	if err != nil || gone {
		return err
	}
	return s.showEntry(w, r, v, e, http.StatusOK, nil)
}

// attempt is a correction that was not kept, to be shown again.
type attempt struct {
	field, text, problem, theirs string
}

func (s *server) showEntry(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, status int, a *attempt) error {
	p := &entryPage{E: e, CanEdit: v.By.SignedIn() && e.Live()}
	titles, err := s.titles(r, v, []*registry.Entry{e})
	if err != nil {
		return err
	}
	revs, err := s.Registry.Revisions(r.Context(), v.By, e.ID, pollen.MaxLimit, "")
	if err != nil {
		return err
	}
	names, err := s.revisers(r, revs.Items)
	if err != nil {
		return err
	}
	byN := map[int]registry.Revision{}
	for _, rev := range revs.Items {
		byN[rev.N] = rev
	}
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if !e.Collection.FieldReadable(v.By, f, e.ID) || e.Values[f.ID] == nil && !p.CanEdit {
			continue
		}
		row := valueRow{Name: f.Name, Label: f.LabelIn(v.Tag()), Parts: display(v, f, e, titles), Texts: editable(f, e.Values[f.ID], titles),
			Long: f.Type == schema.LongText || f.Type == schema.Localized || f.Many}
		if rev, ok := byN[e.SinceOf(f.ID)]; ok && e.Values[f.ID] != nil {
			row.Life = v.T("web.said-by", "said by {who} {when}", "who", names[rev.By], "when", v.Ago(rev.At, s.Now()))
		}
		if a != nil && a.field == f.Name {
			row.Open, row.Texts, row.Problem, row.Theirs = true, a.text, a.problem, a.theirs
		}
		p.add(v, f, row)
	}
	p.Held = v.N("web.held-by", len(names), "Kept by {n} person.", "Kept by {n} people.")
	if p.Recent, _, err = s.lines(r, v, journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID), Limit: 5}, ""); err != nil {
		return err
	}
	links, err := s.Registry.LinksTo(r.Context(), v.By, e.ID, 30)
	if err != nil {
		return err
	}
	for _, l := range links {
		p.Links = append(p.Links, linkLine{Title: l.Title, Href: "/c/" + l.Collection + "/" + l.Slug})
	}
	return show(w, r, status, entry(v, p))
}

// add puts a value into the section that its field names.
func (p *entryPage) add(v *view, f *schema.Field, row valueRow) {
	title := map[string]string{"reach": v.T("web.group-reach", "How to reach"), "place": v.T("web.group-place", "Where and with whom"), "work": v.T("web.group-work", "Working together")}[f.Group]
	if title == "" {
		title = v.T("web.group-about", "In short") // also for sections without a name of their own
	}
	for i := range p.Groups {
		if p.Groups[i].Title == title {
			p.Groups[i].Values = append(p.Groups[i].Values, row)
			return
		}
	}
	p.Groups = append(p.Groups, group{title, []valueRow{row}})
}

// editable is a value as the form takes it: references by their address.
func editable(f *schema.Field, value json.RawMessage, titles map[pollen.EntryID]registry.Link) string {
	if f.Type != schema.Reference {
		return strings.Join(f.Texts(value), "\n")
	}
	var out []string
	for _, id := range f.Refs(value) {
		if t, ok := titles[id]; ok && f.Target != "" {
			out = append(out, t.Slug)
		} else if ok {
			out = append(out, t.Collection+"/"+t.Slug)
		} else {
			out = append(out, id.String())
		}
	}
	return strings.Join(out, "\n")
}

// revisers names those who made revisions.
func (s *server) revisers(r *http.Request, revs []registry.Revision) (map[pollen.PersonaID]string, error) {
	var ids []pollen.PersonaID
	for _, rev := range revs {
		ids = append(ids, rev.By)
	}
	found, err := s.Personas.Names(r.Context(), ids)
	out := map[pollen.PersonaID]string{}
	for id, p := range found {
		out[id] = p.Name
	}
	return out, err
}

// correct changes one value from the page one is reading.
func (s *server) correct(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "")
	if err != nil || gone {
		return err
	}
	field, text := r.PostFormValue("field"), r.PostFormValue("value")
	base, err := strconv.Atoi(r.PostFormValue("base"))
	if err != nil {
		base = 0
	}
	f := e.Collection.Schema.Field(field)
	if f == nil {
		return pollen.Errorf(pollen.Invalid, "registry.field", "There is no field “{name}” in this collection.", "name", field)
	}
	texts := []string{text}
	if f.Many {
		texts = strings.Split(text, "\n")
	}
	_, err = s.Registry.Revise(r.Context(), v.By, e.ID, registry.Change{Texts: map[string][]string{field: texts}, Base: base, Note: r.PostFormValue("note")})
	switch {
	case pollen.Is(err, pollen.Invalid), pollen.Is(err, pollen.Conflict):
		a := &attempt{field: field, text: text, problem: v.Error(err)}
		if c := registry.ConflictsOf(err); c != nil && len(c.Fields) > 0 {
			a.theirs = f.Text(c.Fields[0].Theirs)
		}
		return s.showEntry(w, r, v, e, statuses[pollen.KindOf(err)], a)
	case err != nil:
		return err
	}
	return see(w, r, e.Path()+"#"+field)
}

func (s *server) newEntry(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.showNew(w, r, v, http.StatusOK, "")
}

func (s *server) showNew(w http.ResponseWriter, r *http.Request, v *view, status int, problem string) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	v.Title = v.T("web.add", "Add an entry")
	p := &newPage{C: c, Problem: problem}
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if f.Type == schema.Image || f.Type == schema.Attachment || !c.FieldReadable(v.By, f, 0) {
			continue
		}
		p.Rows = append(p.Rows, valueRow{Name: f.Name, Label: f.LabelIn(v.Tag()), Texts: r.PostFormValue(f.Name),
			Long: f.Type == schema.LongText || f.Type == schema.Localized || f.Many})
	}
	return show(w, r, status, newEntry(v, p))
}

func (s *server) create(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	ch := registry.Change{Texts: map[string][]string{}}
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if text := r.PostFormValue(f.Name); strings.TrimSpace(text) != "" {
			ch.Texts[f.Name] = []string{text}
			if f.Many {
				ch.Texts[f.Name] = strings.Split(text, "\n")
			}
		}
	}
	e, err := s.Registry.Create(r.Context(), v.By, c.Slug, ch)
	if pollen.Is(err, pollen.Invalid) || pollen.Is(err, pollen.Conflict) {
		return s.showNew(w, r, v, statuses[pollen.KindOf(err)], v.Error(err))
	}
	if err != nil {
		return err
	}
	return see(w, r, e.Path())
}

func (s *server) history(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "/history")
	if err != nil || gone {
		return err
	}
	revs, err := s.Registry.Revisions(r.Context(), v.By, e.ID, 50, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	names, err := s.revisers(r, revs.Items)
	if err != nil {
		return err
	}
	p := &historyPage{E: e, Next: revs.Next, CanEdit: v.By.SignedIn() && e.Live(), From: number(r, "from", max(e.Revision-1, 1)), To: number(r, "to", e.Revision)}
	for _, rev := range revs.Items {
		p.Revisions = append(p.Revisions, revisionLine{N: rev.N, Who: names[rev.By], Did: strings.TrimSuffix(did(v, rev.Kind), ":"), When: v.Ago(rev.At, s.Now()), Note: rev.Note})
	}
	diffs, err := s.Registry.Diff(r.Context(), v.By, e.ID, p.From, p.To)
	if err != nil {
		return err
	}
	for _, d := range diffs {
		line := diffLine{Label: v.T("web.body", "The text below")}
		if d.Field != nil {
			line.Label = d.Field.LabelIn(v.Tag())
		}
		for _, x := range d.Words {
			line.Pieces = append(line.Pieces, piece{string(x.Op), x.Text})
		}
		if d.Words == nil && d.Field != nil {
			line.Pieces = []piece{{"delete", d.Field.Text(d.Old)}, {"insert", d.Field.Text(d.New)}}
		}
		p.Diff = append(p.Diff, line)
	}
	return show(w, r, http.StatusOK, history(v, p))
}

func number(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil || n < 1 {
		return otherwise
	}
	return n
}

func (s *server) revert(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "/history")
	if err != nil || gone {
		return err
	}
	if _, err := s.Registry.Revert(r.Context(), v.By, e.ID, number(r, "to", 0), ""); err != nil {
		return err
	}
	return see(w, r, e.Path()+"/history")
}

// languageNames are the languages in their own words.
var languageNames = map[string]string{"fr": "Français", "en": "English"}

func pressed(b bool) string { return strconv.FormatBool(b) }

func here(current bool) templ.Attributes {
	if !current {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}

// initials are the first letters of a name, two at most.
func initials(name string) string {
	out := ""
	for _, w := range strings.Fields(name) {
		r, _ := utf8.DecodeRuneInString(w)
		if out += string(r); utf8.RuneCountInString(out) == 2 {
			break
		}
	}
	return out
}
