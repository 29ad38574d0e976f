package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) createRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/+new", s.page(s.newEntry))
	mux.HandleFunc("POST /c/{collection}/+new", s.page(s.create))
}

// Names of what a form of values asks besides them; no field can be called so.
const (
	noteName   = "-note"
	anywayName = "-anyway"
)

// formData is a form of all the values of an entry, made or to be made.
type formData struct {
	C        *registry.Collection
	E        *registry.Entry // nil for a new one
	Sections []formSection
	Body     part.Input
	Note     string
	Base     string
	Problem  string
	Similar  []part.Link // entries of the same name
	Leave    string      // where one goes without publishing
}

type formSection struct {
	ID, Title string
	Inputs    []part.Input
}

// newEntry offers the form of a new entry; the address may fill values in.
func (s *server) newEntry(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	return s.showForm(w, r, v, http.StatusOK, v.form(c, nil, nil, r.URL.Query()))
}

// form makes the form of a new entry, or of one that holds values; typed is
// what was typed before, nil at first.
func (v *view) form(c *registry.Collection, e *registry.Entry, titles map[pollen.EntryID]registry.Link, typed url.Values) *formData {
	p := &formData{C: c, E: e, Note: typed.Get(noteName), Leave: "/c/" + c.Slug,
		Body: part.Input{Name: bodyName, Label: v.T("web.body", "Text"), Type: schema.LongText, Lines: 10, Help: v.T("web.markdown", "Markdown: **bold**, - list, [[collection/address]] for an entry, @handle for a person.")}}
	var id pollen.EntryID
	if e != nil {
		p.Leave, id = e.Path(), e.ID
		if e.Body != "" {
			p.Body.Rows = []part.Row{{Text: e.Body}}
		}
	}
	if rows := part.ReadInput(typed, bodyName, schema.LongText); typed[bodyName] != nil {
		p.Body.Rows = rows
	}
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if !c.FieldReadable(v.By, f, id) {
			continue
		}
		in := v.input(f, nil, titles)
		if e != nil {
			in = v.input(f, e.Values[f.ID], titles)
		}
		if isFile(f) {
			in.Files = part.ReadFiles(typed, f.Name)
		} else if typed[f.Name] != nil {
			in.Rows = part.ReadInput(typed, f.Name, f.Type)
		}
		p.add(v, f, in)
	}
	return p
}

func (p *formData) add(v *view, f *schema.Field, in part.Input) {
	title := v.sectionTitle(f)
	for i := range p.Sections {
		if p.Sections[i].Title == title {
			p.Sections[i].Inputs = append(p.Sections[i].Inputs, in)
			return
		}
	}
	p.Sections = append(p.Sections, formSection{"section-" + f.Name, title, []part.Input{in}})
}

// wrong marks the field that an error is about, and says the error at the top
// when it is about none.
func (p *formData) wrong(v *view, failed error) {
	p.Problem = v.wrong(p.C, failed)
	if e, ok := errors.AsType[*pollen.Error](failed); ok {
		if in := p.input(e.Field); in != nil {
			in.Error, p.Problem = p.Problem, v.T("web.look-again", "Something is not right yet: look at the field that is marked.")
		}
	}
}

// marked leads to the fields that are marked.
func (p *formData) marked() (out []part.Link) {
	add := func(in *part.Input) {
		if in.Error != "" || in.Theirs != "" {
			out = append(out, part.Link{Text: in.Label, Href: "#" + in.Anchor()})
		}
	}
	for i := range p.Sections {
		for k := range p.Sections[i].Inputs {
			add(&p.Sections[i].Inputs[k])
		}
	}
	add(&p.Body)
	return out
}

func (p *formData) input(name string) *part.Input {
	for i := range p.Sections {
		for k := range p.Sections[i].Inputs {
			if p.Sections[i].Inputs[k].Name == name {
				return &p.Sections[i].Inputs[k]
			}
		}
	}
	if name == bodyName {
		return &p.Body
	}
	return nil
}

func (s *server) showForm(w http.ResponseWriter, r *http.Request, v *view, status int, p *formData) error {
	v.Page.Title, v.Page.Section, v.Page.Crumbs, v.Page.Flags.NoIndex = v.T("web.add-to", "Add to {collection}", "collection", p.C.LabelIn(v.Tag())), part.Collections, v.crumbs(p.C), true
	if p.E != nil {
		v.Page.Title = v.T("web.edit-title", "Change {title}", "title", p.E.Title)
		v.Page.Crumbs = append(v.Page.Crumbs, part.Link{Text: p.E.Title, Href: p.E.Path()})
	}
	return show(w, r, v, status, formPage(v, p))
}

func (s *server) create(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	ch, err := s.newValues(r, v, c)
	p := v.form(c, nil, nil, r.PostForm)
	if err != nil {
		return s.createRefused(w, r, v, p, err)
	}
	if r.PostFormValue(anywayName) == "" {
		if p.Similar, err = s.similar(r, v, c); err != nil {
			return err
		}
		if len(p.Similar) > 0 {
			return s.showForm(w, r, v, http.StatusConflict, p)
		}
	}
	e, err := s.Registry.Create(r.Context(), v.By, c.Slug, *ch)
	if err != nil {
		return s.createRefused(w, r, v, p, err)
	}
	return s.saved(w, r, v, e, saved{n: e.Revision, outcome: created})
}

// newValues reads the values of a new entry. Its files are kept before anything
// is asked about it; one that is refused keeps none of the others from it.
func (s *server) newValues(r *http.Request, v *view, c *registry.Collection) (ch *registry.Change, refused error) {
	ch = &registry.Change{Texts: map[string][]string{}, Note: r.PostFormValue(noteName)}
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if isFile(f) {
			if err := s.upload(r, v, ch, f.Name, f, nil); pollen.Is(err, pollen.Invalid) {
				refused = err
			} else if err != nil {
				return nil, err
			}
			continue
		}
		if texts, rows := typed(r.PostForm, f.Name, f, nil); len(rows) > 0 {
			ch.Texts[f.Name] = texts
		}
	}
	if body := r.PostFormValue(bodyName); strings.TrimSpace(body) != "" {
		ch.Body = &body
	}
	return ch, refused
}

// createRefused shows the form of a new entry again, with what is wrong in it.
func (s *server) createRefused(w http.ResponseWriter, r *http.Request, v *view, p *formData, failed error) error {
	if !again(failed) {
		return failed
	}
	p.wrong(v, failed)
	return s.showForm(w, r, v, statuses[pollen.KindOf(failed)], p)
}

// similar finds entries that have the title which is about to be made.
func (s *server) similar(r *http.Request, v *view, c *registry.Collection) (out []part.Link, err error) {
	var words []string
	for _, name := range c.Schema.Title {
		if f := c.Schema.Field(name); f != nil {
			for _, row := range part.ReadInput(r.PostForm, name, f.Type) {
				words = append(words, row.Text)
				break
			}
		}
	}
	if len(words) == 0 {
		return nil, nil
	}
	found, err := s.Registry.Named(r.Context(), v.By, c.Slug, strings.Join(words, " "))
	for _, l := range found {
		out = append(out, part.Link{Text: l.Title, Href: "/c/" + l.Collection + "/" + l.Slug})
	}
	return out, err
}
