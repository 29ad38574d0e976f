package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/contact"
	"pollen/internal/pure/schema"
)

func (s *server) entryRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}", s.page(s.entry))
	mux.HandleFunc("GET /c/{collection}/{slug}/links", s.page(s.links))
}

// find reads the entry of an address; a former address leads to the present
// one, and the address of a merged entry to the one it was merged into. What is
// asked below the address, and of it, is asked there again. The page of an
// entry says from where one was led to it.
func (s *server) find(w http.ResponseWriter, r *http.Request, v *view) (e *registry.Entry, gone bool, err error) {
	below := strings.TrimPrefix(r.URL.Path, "/c/"+r.PathValue("collection")+"/"+r.PathValue("slug"))
	e, moved, err := s.Registry.At(r.Context(), v.By, r.PathValue("collection"), r.PathValue("slug"))
	if err != nil {
		return nil, false, err
	}
	if e.Into != 0 && below == "" && r.Method != http.MethodPost { // what was written about one is not published on the other
		into, err := s.Registry.Get(r.Context(), v.By, e.Into)
		if err != nil {
			return nil, false, err
		}
		e, moved = into, true
	}
	v.Page.Title, v.Page.Section, v.Page.Crumbs = e.Title, part.Collections, v.crumbs(e.Collection)
	if moved {
		query := r.URL.RawQuery
		if below == "" {
			query = strings.TrimSuffix("from="+url.QueryEscape(r.PathValue("slug"))+"&"+query, "&")
		}
		to := url.URL{Path: e.Path() + below, RawQuery: query}
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
	}
	if !moved {
		v.Follow, err = s.follower(r, v, pollen.Ref(pollen.ObjectEntry, e.ID))
	}
	return e, moved, err
}

// entryTabs are the pages of an entry.
func (v *view) entryTabs(e *registry.Entry, current string) []part.Tab {
	return []part.Tab{
		{Text: v.T("web.entry-tab", "Entry"), Href: e.Path(), Current: current == "entry"},
		{Text: v.T("web.talk-tab", "Talk"), Href: e.Path() + "/talk", Current: current == "talk"},
		{Text: v.T("web.history-tab", "History"), Href: e.Path() + "/history", Count: v.Number(int64(e.Revision)), Current: current == "history"},
	}
}

// entryActs are what one can do with an entry, at the head of its page.
func (v *view) entryActs(e *registry.Entry) (acts []part.Act) {
	if !e.Live() {
		return nil
	}
	if contact.Fits(&e.Collection.Schema) {
		acts = append(acts, part.Act{Text: v.T("web.contact", "Contact"), Icon: "persona", Href: e.Path() + "/contact"})
	}
	if to := v.charted(e.Collection, e.Slug); to != "" {
		acts = append(acts, part.Act{Text: v.T("web.in-chart", "In the chart"), Icon: "group", Href: to})
	}
	return acts
}

func (s *server) entry(w http.ResponseWriter, r *http.Request, v *view) error {
	if strings.HasSuffix(r.PathValue("slug"), vcf) { // no address of an entry holds a dot
		return s.card(w, r, v)
	}
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	return s.showEntry(w, r, v, e, http.StatusOK, nil)
}

// attempt is a correction that was not kept, to be shown again.
type attempt struct {
	field   string // its name, or "body"
	rows    []part.Row
	files   part.Files
	note    string
	problem string
	theirs  string // in a conflict: what somebody else wrote
	base    int    // the revision that what was typed is based on; 0 is the page's
}

type group struct {
	ID, Title string
	Values    []part.Value
}

type linkGroup struct {
	Title string
	Links []part.Link
	All   string // address of all of them; "" when they stand here
}

type entryData struct {
	E      *registry.Entry
	Home   part.Home
	Groups []group
	Text   *part.Value // the body
	Links  []linkGroup
	Held   string // by how many people, since when
	Latest []latest
	Talk   []excerpt
	From   string // the former address that led here
	Gone   templ.Component
	CanAct bool
	About  []part.Shown    // of a person: what they do, and where
	Whose  templ.Component // the persona that it describes, told to members; nil for nobody
}

// latest is one of the latest revisions, as a sentence.
type latest struct {
	Act  pollen.ActID
	Text templ.Component
	Diff string // where one sees what it changed
}

// showEntry shows an entry, with the correction that was not kept if there is
// one.
func (s *server) showEntry(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, status int, a *attempt) error {
	v.Page.Title = e.Title // which a correction may have changed
	p, err := s.entryData(r, v, e, a)
	if err != nil {
		return err
	}
	if row := p.row(r.Header.Get(partHeader)); row != nil {
		return showPart(w, r, status, rowPart(v, p, row))
	}
	if from := r.FormValue("from"); status == http.StatusOK && registry.ValidSlug(from) && from != e.Slug {
		p.From = from
	}
	v.Page.Description, v.Page.FeedURL = p.description(), e.Path()+"/changes.atom"
	if status == http.StatusOK && v.Page.Notice == nil {
		if err := s.recall(w, r, v, e); err != nil {
			return err
		}
	}
	return show(w, r, v, status, entryPage(v, p))
}

// entryData fetches what the page of an entry shows.
func (s *server) entryData(r *http.Request, v *view, e *registry.Entry, a *attempt) (*entryData, error) {
	around, err := s.Registry.Around(r.Context(), v.By, e)
	if err != nil {
		return nil, err
	}
	names, err := s.sayers(r, around.Said)
	if err != nil {
		return nil, err
	}
	said, err := s.Talk.Around(r.Context(), v.By, e, perExcerpt)
	if err != nil {
		return nil, err
	}
	m := s.markup(r, v)
	p := &entryData{E: e, Home: part.Home{Path: e.Path(), Base: strconv.Itoa(e.Revision)}, CanAct: v.By.SignedIn()}
	lives := map[int]templ.Component{} // most values of an entry were said by the same few revisions
	canFix := p.CanAct && e.Live()
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		value := e.Values[f.ID]
		if value == nil && !canFix && (a == nil || a.field != f.Name) || !e.Collection.FieldReadable(v.By, f, e.ID) {
			continue
		}
		row := part.Value{ID: f.Name, Label: f.LabelIn(v.Tag()), Help: schema.Pick(f.Help, v.Tag(), ""), Wide: f.Type == schema.LongText}
		if value != nil {
			show := m
			if f.Type == schema.Image && portrait(e) != "" {
				show = nil // the head of the page shows it
			}
			row.Shown, row.Rest = fold(v, f, v.shown(f, value, around.Refs, show))
			row.Listed = row.Rest != nil || f.Type == schema.Localized || f.Type == schema.Attachment || f.Type == schema.Image
			row.Talk, row.Talked = true, said.Subjects[f.ID]
			if rev, ok := around.Said[e.SinceOf(f.ID)]; ok {
				if lives[rev.N] == nil {
					lives[rev.N] = s.said(v, e, rev, names[rev.By])
				}
				row.Life, row.State = lives[rev.N], states[f.LifeOf(rev.At, s.Now())]
			}
		}
		if canFix || a != nil && a.field == f.Name { // what was typed is shown again, even where it can no longer be published
			row.Fix = v.fix(e, f, around.Refs, a)
		} else if value == nil {
			continue // nobody could say it here
		}
		p.add(v, f, row)
	}
	p.text(s, v, around, names, m, canFix, a)
	p.held(v, around, names)
	p.latest(s, v, around, names)
	p.links(v, around)
	if p.Talk, err = s.excerpts(r, v, e, said.Latest); err != nil {
		return nil, err
	}
	p.gone(s, v, around, names)
	p.about(v, around)
	return p, s.whose(r, v, p)
}

var states = map[schema.Life]part.State{schema.Fresh: part.Fresh, schema.Due: part.Due, schema.Overdue: part.Late}

// row finds a row of the page by its identifier.
func (p *entryData) row(id string) *part.Value {
	for i := range p.Groups {
		for k := range p.Groups[i].Values {
			if p.Groups[i].Values[k].ID == id {
				return &p.Groups[i].Values[k]
			}
		}
	}
	if p.Text != nil && p.Text.ID == id {
		return p.Text
	}
	return nil
}

// sectionTitle is what the section of a field is called.
func (v *view) sectionTitle(f *schema.Field) string {
	switch f.Group {
	case "":
		return v.T("web.group-about", "In short")
	case "reach":
		return v.T("web.group-reach", "How to reach")
	case "place":
		return v.T("web.group-place", "Where and with whom")
	case "work":
		return v.T("web.group-work", "Working together")
	case "access":
		return v.T("web.group-access", "Getting in")
	}
	first, size := utf8.DecodeRuneInString(f.Group)
	return string(unicode.ToUpper(first)) + f.Group[size:]
}

// add puts a value into the section that its field names.
func (p *entryData) add(v *view, f *schema.Field, row part.Value) {
	title := v.sectionTitle(f)
	for i := range p.Groups {
		if p.Groups[i].Title == title {
			p.Groups[i].Values = append(p.Groups[i].Values, row)
			return
		}
	}
	const usual = 8 // rows are large to move
	p.Groups = append(p.Groups, group{"group-" + strconv.Itoa(len(p.Groups)), title, append(make([]part.Value, 0, usual), row)})
}

// text is the row of the body.
func (p *entryData) text(s *server, v *view, around registry.Around, names map[pollen.PersonaID]persona.Persona, m *marks, canFix bool, a *attempt) {
	if p.E.Body == "" && !canFix && (a == nil || a.field != bodyName) {
		return
	}
	p.Text = &part.Value{ID: "body", Label: v.T("web.body", "Text"), Blank: v.T("web.no-text", "Nobody has written anything more yet."), Wide: true}
	if p.E.Body != "" {
		p.Text.Shown = []part.Shown{{Markup: m.html(p.E.Body)}}
		if rev, ok := around.Said[p.E.SinceOf(0)]; ok {
			p.Text.Life = s.said(v, p.E, rev, names[rev.By])
		}
	}
	if canFix || a != nil && a.field == bodyName {
		p.Text.Fix = v.fixText(p.E, a)
	}
}

// said tells who said a value and when.
func (s *server) said(v *view, e *registry.Entry, rev registry.Revision, who persona.Persona) templ.Component {
	when := part.Time(v.Locale, part.When{At: rev.At, Words: v.Ago(rev.At, s.Now())})
	switch {
	case rev.Batch != 0:
		return part.Say(v.Locale, "web.said-in-batch", "in {batch}, {when}", "batch", part.Anchor(part.Link{Text: v.T("web.a-batch", "a batch"), Href: "/batches/" + rev.Batch.String()}), "when", when)
	case who.Entry != 0 && who.Entry == e.ID:
		return part.Say(v.Locale, "web.said-self", "said by the person concerned, {when}", "when", when)
	}
	return part.Say(v.Locale, "web.said-by", "said by {who}, {when}", "who", who.Name, "when", when)
}

// held says where the values of the entry come from, and since when. What brings
// in a table for the operator is no person.
func (p *entryData) held(v *view, around registry.Around, names map[pollen.PersonaID]persona.Persona) {
	first, ok := around.Said[1]
	if !ok || len(names) == 0 {
		return
	}
	people := 0
	for _, who := range names {
		if who.Kind != pollen.PersonaSystem {
			people++
		}
	}
	since := v.Month(first.At)
	switch {
	case people == len(names):
		p.Held = v.N("web.held-since", people, "Its values come from {n} person, since {when}.", "Its values come from {n} people, since {when}.", "when", since)
	case people > 0:
		p.Held = v.N("web.held-import-and", people, "Its values come from an import and {n} person, since {when}.", "Its values come from an import and {n} people, since {when}.", "when", since)
	default:
		p.Held = v.T("web.held-import", "Its values come from an import, since {when}.", "when", since)
	}
}

// latest tells the latest revisions.
func (p *entryData) latest(s *server, v *view, around registry.Around, names map[pollen.PersonaID]persona.Persona) {
	for _, n := range around.Latest {
		rev := around.Said[n]
		l := latest{Act: rev.Act, Text: s.revisionSaid(v, p.E, rev, names[rev.By])}
		if n > 1 {
			l.Diff = p.E.Path() + "/history?from=" + strconv.Itoa(n-1) + "&to=" + strconv.Itoa(n)
		}
		p.Latest = append(p.Latest, l)
	}
}

// revisionSaid tells a revision in one sentence.
func (s *server) revisionSaid(v *view, e *registry.Entry, rev registry.Revision, who persona.Persona) templ.Component {
	args := []any{"who", by(v.author(who)), "when", part.Time(v.Locale, part.When{At: rev.At, Words: v.Ago(rev.At, s.Now())}), "fields", v.fieldList(e, rev)}
	switch rev.Kind {
	case pollen.ActCreate:
		return part.Say(v.Locale, "web.rev-create", "{who} added this entry, {when}", args...)
	case pollen.ActRetire:
		return part.Say(v.Locale, "web.rev-retire", "{who} retired it, {when}", args...)
	case pollen.ActRestore:
		return part.Say(v.Locale, "web.rev-restore", "{who} brought it back, {when}", args...)
	case pollen.ActMerge:
		return part.Say(v.Locale, "web.rev-merge", "{who} merged it into another, {when}", args...)
	case pollen.ActRevert:
		if len(rev.Fields) == 0 && !rev.Body {
			return part.Say(v.Locale, "web.rev-revert", "{who} took a change back, {when}", args...)
		}
		return part.Say(v.Locale, "web.rev-revert-fields", "{who} took a change of {fields} back, {when}", args...)
	}
	if len(rev.Fields) == 0 && !rev.Body {
		return part.Say(v.Locale, "web.rev-revise", "{who} improved it, {when}", args...)
	}
	return part.Say(v.Locale, "web.rev-revise-fields", "{who} improved {fields}, {when}", args...)
}

// fieldList names the fields that a revision changed, a few at most.
func (v *view) fieldList(e *registry.Entry, rev registry.Revision) string {
	const most = 3
	var out []string
	for _, id := range rev.Fields {
		if f := e.Collection.Schema.ByID(id); f != nil {
			out = append(out, f.LabelIn(v.Tag()))
		}
	}
	if rev.Body {
		out = append(out, v.T("web.body", "Text"))
	}
	if more := len(out) - most; more > 1 {
		out = append(out[:most], v.N("web.more-fields", more, "{n} other", "{n} others"))
	}
	return v.List(out)
}

// links are what leads here, by the field that does.
func (p *entryData) links(v *view, around registry.Around) {
	for _, g := range around.Links {
		out := linkGroup{Title: g.Collection.LabelIn(v.Tag()) + " · " + g.Field.LabelIn(v.Tag())}
		for _, l := range g.Links {
			out.Links = append(out.Links, part.Link{Text: l.Title, Href: "/c/" + l.Collection + "/" + l.Slug})
		}
		if g.More {
			out.All = p.E.Path() + "/links?in=" + g.Collection.Slug + "&field=" + g.Field.Name
		}
		p.Links = append(p.Links, out)
	}
}

// gone says since when an entry is retired, and by whom.
func (p *entryData) gone(s *server, v *view, around registry.Around, names map[pollen.PersonaID]persona.Persona) {
	if p.E.Live() {
		return
	}
	rev := around.Said[p.E.Revision]
	p.Gone = part.Say(v.Locale, "web.gone", "Retired by {who}, {when}: it stands in no list and no search, and its history stays.",
		"who", by(v.author(names[rev.By])), "when", part.Time(v.Locale, part.When{At: rev.At, Words: v.Ago(rev.At, s.Now())}))
}

// about says below a person's name what they do, and where.
func (p *entryData) about(v *view, around registry.Around) {
	if p.E.Collection.Slug != pollen.People {
		return
	}
	for _, name := range []string{"job_title", "unit"} {
		if f := p.E.Collection.Schema.Field(name); f != nil {
			p.About = append(p.About, v.shown(f, p.E.Values[f.ID], around.Refs, nil)...)
		}
	}
}

// whose says to members which persona an entry of people describes.
func (s *server) whose(r *http.Request, v *view, p *entryData) error {
	if p.E.Collection.Slug != pollen.People || !v.By.SignedIn() {
		return nil
	}
	who, err := s.Personas.Described(r.Context(), p.E.ID)
	if err != nil || who.ID == 0 {
		return err
	}
	p.Whose = part.Say(v.Locale, "web.entry-whose", "It describes {who}, who is told of every change.", "who", by(v.author(who)))
	return nil
}

// description is what search engines show of the entry.
func (p *entryData) description() string {
	var out []string
	for _, g := range p.Groups {
		for _, row := range g.Values {
			for _, x := range row.Shown {
				if x.Text != "" && x.Text != p.E.Title && len(out) < 6 {
					out = append(out, x.Text)
				}
			}
		}
	}
	return strings.Join(out, " · ")
}

// sayers finds those who made revisions.
func (s *server) sayers(r *http.Request, said map[int]registry.Revision) (map[pollen.PersonaID]persona.Persona, error) {
	ids := make([]pollen.PersonaID, 0, len(said))
	for _, rev := range said {
		if !slices.Contains(ids, rev.By) {
			ids = append(ids, rev.By)
		}
	}
	return s.Personas.Names(r.Context(), ids)
}

// perLinks is how many links one page lists.
const perLinks = 100

type linksData struct {
	E     *registry.Entry
	Title string
	Links []part.Link
	More  part.Pager
}

// links lists everything that leads to an entry, by one field of a collection
// or by all.
func (s *server) links(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	v.Page.Title = v.T("web.links-to", "What leads to {title}", "title", e.Title)
	in, name := r.FormValue("in"), r.FormValue("field")
	p := &linksData{E: e, Title: v.T("web.links-here", "What leads here")}
	var field pollen.FieldID
	if in != "" {
		c, err := s.Registry.Collection(r.Context(), v.By, in)
		if err != nil {
			return err
		}
		f := c.Schema.Field(name)
		if f == nil || !c.FieldReadable(v.By, f, 0) {
			return absent()
		}
		field, p.Title = f.ID, c.LabelIn(v.Tag())+" · "+f.LabelIn(v.Tag())
	}
	links, err := s.Registry.LinksTo(r.Context(), v.By, e.ID, field, perLinks, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	for _, l := range links.Items {
		p.Links = append(p.Links, part.Link{Text: l.Title, Href: "/c/" + l.Collection + "/" + l.Slug})
	}
	again := "?"
	if in != "" {
		again += "in=" + in + "&field=" + name + "&"
	}
	p.More = v.more(again, links.Next)
	return show(w, r, v, http.StatusOK, linksPage(v, p))
}
