package web

import (
	"net/http"
	"strconv"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) entryRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}", s.page(s.entry))
	mux.HandleFunc("POST /c/{collection}/{slug}", s.page(s.correct))
}

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
	v.Page.Title, v.Page.Section, v.Page.Crumbs = e.Title, part.Collections, v.crumbs(e.Collection)
	if moved {
		http.Redirect(w, r, e.Path()+below, http.StatusPermanentRedirect)
	}
	return e, moved, nil
}

// entryTabs are the pages of an entry.
func (v *view) entryTabs(e *registry.Entry, current string) []part.Tab {
	return []part.Tab{
		{Text: v.T("web.entry-tab", "Entry"), Href: e.Path(), Current: current == "entry"},
		{Text: v.T("web.history-tab", "History"), Href: e.Path() + "/history", Count: v.Number(int64(e.Revision)), Current: current == "history"},
	}
}

// entryActs are what one can do with an entry, at the head of its page.
func (v *view) entryActs(*registry.Entry) []part.Act { return nil }

func (s *server) entry(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "")
	if err != nil || gone {
		return err
	}
	return s.showEntry(w, r, v, e, http.StatusOK, nil)
}

// attempt is a correction that was not kept, to be shown again.
type attempt struct {
	field   string
	rows    []part.Row
	problem string
	theirs  string
}

type group struct {
	ID, Title string
	Values    []part.Value
}

type entryData struct {
	E      *registry.Entry
	Groups []group
	Links  []part.Link
	Held   string // by how many people
	Recent []changeLine
}

func (s *server) showEntry(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, status int, a *attempt) error {
	titles, err := s.titles(r, v, e)
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
	p, canEdit := &entryData{E: e}, v.By.SignedIn() && e.Live()
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if !e.Collection.FieldReadable(v.By, f, e.ID) || e.Values[f.ID] == nil && !canEdit {
			continue
		}
		row := part.Value{ID: f.Name, Label: f.LabelIn(v.Tag()), Help: schema.Pick(f.Help, v.Tag(), ""), Shown: v.shown(f, e.Values[f.ID], titles),
			Listed: f.Many || f.Type == schema.Localized, History: e.Path() + "/history?field=" + f.Name}
		if rev, ok := byN[e.SinceOf(f.ID)]; ok && e.Values[f.ID] != nil {
			row.Life = part.Say(v.Locale, "web.said-by", "said by {who} {when}", "who", names[rev.By].Name, "when", v.Ago(rev.At, s.Now()))
		}
		if canEdit && f.Type != schema.Image && f.Type != schema.Attachment {
			row.Fix = v.fix(e, f, titles, a)
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
		p.Links = append(p.Links, part.Link{Text: l.Title, Href: "/c/" + l.Collection + "/" + l.Slug})
	}
	return show(w, r, v, status, entryPage(v, p))
}

// fix is the correction of one value in its place, open where one was not kept.
func (v *view) fix(e *registry.Entry, f *schema.Field, titles map[pollen.EntryID]registry.Link, a *attempt) *part.Fix {
	in := v.input(f, e.Values[f.ID], titles)
	in.ID, in.Name = "f-"+f.Name, "value"
	fix := &part.Fix{Action: e.Path() + "#" + f.Name, Hidden: []part.Hidden{{Name: "base", Value: strconv.Itoa(e.Revision)}, {Name: "field", Value: f.Name}}, Input: in}
	if a != nil && a.field == f.Name {
		fix.Open, fix.Theirs = true, a.theirs
		fix.Input.Rows, fix.Input.Error = a.rows, a.problem
	}
	return fix
}

// add puts a value into the section that its field names.
func (p *entryData) add(v *view, f *schema.Field, row part.Value) {
	id, title := f.Group, map[string]string{"reach": v.T("web.group-reach", "How to reach"), "place": v.T("web.group-place", "Where and with whom"), "work": v.T("web.group-work", "Working together")}[f.Group]
	if title == "" {
		id, title = "about", v.T("web.group-about", "In short") // also for sections without a name of their own
	}
	for i := range p.Groups {
		if p.Groups[i].Title == title {
			p.Groups[i].Values = append(p.Groups[i].Values, row)
			return
		}
	}
	p.Groups = append(p.Groups, group{"group-" + id, title, []part.Value{row}})
}

// revisers finds those who made revisions.
func (s *server) revisers(r *http.Request, revs []registry.Revision) (map[pollen.PersonaID]persona.Persona, error) {
	var ids []pollen.PersonaID
	for _, rev := range revs {
		ids = append(ids, rev.By)
	}
	return s.Personas.Names(r.Context(), ids)
}

// correct changes one value from the page one is reading.
func (s *server) correct(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "")
	if err != nil || gone {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	field := r.PostFormValue("field")
	base, err := strconv.Atoi(r.PostFormValue("base"))
	if err != nil {
		base = 0
	}
	f := e.Collection.Schema.Field(field)
	if f == nil || !e.Collection.FieldReadable(v.By, f, e.ID) {
		return pollen.Errorf(pollen.Invalid, "registry.field", "There is no field “{name}” in this collection.", "name", field)
	}
	texts, rows := typed(r.PostForm, "value", f)
	_, err = s.Registry.Revise(r.Context(), v.By, e.ID, registry.Change{Texts: map[string][]string{field: texts}, Base: base, Note: r.PostFormValue("note")})
	switch {
	case pollen.Is(err, pollen.Invalid), pollen.Is(err, pollen.Conflict):
		a := &attempt{field: field, rows: rows, problem: v.Error(err)}
		if c := registry.ConflictsOf(err); c != nil && len(c.Fields) > 0 {
			a.theirs = f.Text(c.Fields[0].Theirs)
		}
		return s.showEntry(w, r, v, e, statuses[pollen.KindOf(err)], a)
	case err != nil:
		return err
	}
	return see(w, r, e.Path()+"#"+field)
}
