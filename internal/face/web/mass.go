package web

import (
	"net/http"
	"net/url"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

func (s *server) massRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/+edit", s.page(s.massEdit))
	mux.HandleFunc("POST /c/{collection}/+edit", s.page(s.massEdit))
}

// shownPlanned is how many entries a preview shows with their differences.
const shownPlanned = 50

// massData is one step of a mass edit: choose a field, say the value, look at
// what would change, publish.
type massData struct {
	C       *registry.Collection
	Steps   []part.Step
	Carried []part.Hidden // which entries
	Which   string        // in words
	Fields  []part.Choice
	Field   *schema.Field // chosen
	Hows    []part.Choice
	How     string
	Input   part.Input
	Note    string
	Plan    *registry.EditPlan
	Rows    []plannedRow
	Again   []part.Hidden // the edit, to be published
	Back    string
}

type plannedRow struct {
	Title part.Link
	Diff  []part.DiffField
	Why   string // it is refused
}

func (s *server) massEdit(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	if err := parse(r); err != nil {
		return err
	}
	v.Page.Title, v.Page.Section, v.Page.Crumbs = v.T("web.edit-many", "Edit many"), part.Collections, v.crumbs(c)
	v.Page.Flags.NoIndex = true
	l := readListing(c, r.Form)
	if r.Method == http.MethodPost {
		v.Page.Path = l.back() // a step has no address of its own
	}
	if r.Form.Get("all") == "" && len(r.Form["pick"]) == 0 {
		return see(w, r, l.unpicked())
	}
	sel, err := s.selection(r, v, c)
	if err != nil {
		return err
	}
	p := &massData{C: c, Back: l.back(), Note: r.Form.Get("note")}
	p.carry(v, r.Form, sel)
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if len(registry.EditHows(f)) == 0 || !c.FieldReadable(v.By, f, 0) || f.Protected && !v.By.System() {
			continue
		}
		p.Fields = append(p.Fields, part.Choice{Value: f.Name, Label: f.LabelIn(v.Tag())})
		if f.Name == r.Form.Get("field") {
			p.Field = f
		}
	}
	if p.Field == nil {
		p.steps(v, 0)
		return show(w, r, v, http.StatusOK, massPage(v, p))
	}
	step := r.PostForm.Get("step")
	d := p.edit(v, r.Form)
	if step == "" {
		p.steps(v, 1)
		return show(w, r, v, http.StatusOK, massPage(v, p))
	}
	status := http.StatusOK
	if step == "publish" {
		b, _, err := s.Registry.EditMany(r.Context(), v.By, c.Slug, sel, d, r.PostForm.Get("digest"))
		if err == nil {
			return see(w, r, "/batches/"+b.ID.String())
		}
		if !pollen.Is(err, pollen.Stale) && !again(err) {
			return err
		}
		status = statuses[pollen.KindOf(err)]
		v.Page.Notice = &part.Notice{Tone: part.Attend, Text: v.Error(err)}
	}
	plan, err := s.Registry.PlanEdit(r.Context(), v.By, c.Slug, sel, d, shownPlanned)
	if pollen.Is(err, pollen.Invalid) {
		p.Input.Error = v.wrong(c, err)
		p.steps(v, 1)
		return show(w, r, v, statuses[pollen.Invalid], massPage(v, p))
	}
	if err != nil {
		return err
	}
	p.steps(v, 2)
	if err := s.planned(r, v, p, &plan); err != nil {
		return err
	}
	return show(w, r, v, status, massPage(v, p))
}

// listed are the parameters of the list that a mass edit began in, to go back to
// where one was.
var listed = []string{"q", "filter", "sort", "cursor", "col"}

// back is the same page of the list.
func (l listing) back() string {
	cur := l.cur
	return l.href(func(l *listing) { l.cur = cur })
}

// unpicked is the same page of the list, which says that nothing was picked.
func (l listing) unpicked() string {
	to, query, _ := strings.Cut(l.back(), "?")
	return to + "?" + strings.TrimPrefix(query+"&picked=none", "&")
}

// selection reads which entries are meant: those ticked, or all that is found.
func (s *server) selection(r *http.Request, v *view, c *registry.Collection) (sel registry.Selection, err error) {
	if r.Form.Get("all") == "" {
		for _, text := range r.Form["pick"] {
			id, err := pollen.ParseID[struct{}](text)
			if err != nil {
				return sel, absent()
			}
			sel.Entries = append(sel.Entries, pollen.EntryID(id))
		}
		return sel, nil
	}
	if text := r.Form.Get("filter"); text != "" {
		if sel.Filter, err = filter.Parse(text); err != nil {
			return sel, err
		}
	}
	q := strings.TrimSpace(r.Form.Get("q"))
	if q == "" {
		sel.All = true
		return sel, nil
	}
	sel.Entries, err = s.Search.Entries(r.Context(), v.By, search.Query{Text: q, Collection: c.Slug, Filter: sel.Filter}, registry.MaxEdit+1)
	sel.Filter = nil
	return sel, err
}

// carry keeps from step to step which entries are meant.
func (p *massData) carry(v *view, form url.Values, sel registry.Selection) {
	names := append([]string{"pick"}, listed...)
	p.Which = v.N("web.ticked", len(form["pick"]), "{n} entry ticked", "{n} entries ticked")
	if form.Get("all") != "" {
		names[0], p.Which = "all", v.T("web.all-found", "All entries that are found")
		if !sel.All {
			p.Which = v.N("web.all-n-found", len(sel.Entries), "The {n} entry that is found", "All {n} entries that are found")
		}
	}
	for _, name := range names {
		for _, value := range form[name] {
			if value != "" {
				p.Carried = append(p.Carried, part.Hidden{Name: name, Value: value})
			}
		}
	}
}

// edit reads what is to be done to the field.
func (p *massData) edit(v *view, form url.Values) registry.Edit {
	texts, rows := typed(form, "value", p.Field, nil)
	d := registry.Edit{Field: p.Field.Name, How: registry.EditHow(form.Get("how")), Texts: texts, Note: p.Note}
	hows := registry.EditHows(p.Field)
	if d.How == "" {
		d.How = hows[0]
	}
	p.How = string(d.How)
	for _, h := range hows {
		label := v.T("web.how-set", "Set to this value")
		switch h {
		case registry.EditAdd:
			label = v.T("web.how-add", "Add to what is there")
		case registry.EditRemove:
			label = v.T("web.how-remove", "Remove from what is there")
		case registry.EditClear:
			label = v.T("web.how-clear", "Clear the field")
		}
		if h != registry.EditClear || !p.Field.Required {
			p.Hows = append(p.Hows, part.Choice{Value: string(h), Label: label})
		}
	}
	p.Input = v.input(p.Field, nil, nil)
	p.Input.Name, p.Input.Required, p.Input.Rows = "value", false, rows
	p.Again = []part.Hidden{{Name: "field", Value: p.Field.Name}, {Name: "how", Value: p.How}, {Name: "note", Value: p.Note}}
	for _, name := range []string{"value", "value.ref", "value.lang"} {
		for _, value := range form[name] {
			p.Again = append(p.Again, part.Hidden{Name: name, Value: value})
		}
	}
	return d
}

// planned shows what would change.
func (s *server) planned(r *http.Request, v *view, p *massData, plan *registry.EditPlan) error {
	p.Plan = plan
	var refs []pollen.EntryID
	for _, x := range plan.Shown {
		refs = append(append(refs, plan.Field.Refs(x.Old)...), plan.Field.Refs(x.New)...)
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, refs)
	if err != nil {
		return err
	}
	for _, x := range plan.Shown {
		row := plannedRow{Title: part.Link{Text: x.Entry.Title, Href: x.Entry.Path()}}
		if x.Refused != nil {
			row.Why = v.Error(x.Refused)
		} else {
			row.Diff = []part.DiffField{v.difference(registry.FieldDiff{Field: plan.Field, Old: x.Old, New: x.New, Words: x.Words}, titles)}
		}
		p.Rows = append(p.Rows, row)
	}
	return nil
}

// steps says how far one is.
func (p *massData) steps(v *view, at int) {
	for i, text := range []string{v.T("web.step-field", "Choose a field"), v.T("web.step-value", "Say the value"), v.T("web.step-look", "Look, then publish")} {
		p.Steps = append(p.Steps, part.Step{Text: text, Past: i < at, Current: i == at})
	}
}
