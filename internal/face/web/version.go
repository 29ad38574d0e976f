package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) versionRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/+versions", s.page(s.versions))
	mux.HandleFunc("GET /c/{collection}/+revert", s.page(func(w http.ResponseWriter, r *http.Request, v *view) error {
		return s.showReturn(w, r, v, nil)
	}))
	mux.HandleFunc("POST /c/{collection}/+revert", s.page(s.returnTo))
}

// versionLine is one version of a collection, with what it changed.
type versionLine struct {
	N      int
	By     part.Author
	When   part.When
	Diff   []part.DiffField
	Return string // address of returning to it; "" where that is nothing, or not for the reader
}

type versionsData struct {
	C     *registry.Collection
	Lines []versionLine
	More  part.Pager
}

// versions tells how a collection came to say of itself and hold what it does.
func (s *server) versions(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	v.Page.Title, v.Page.Section, v.Page.Crumbs = v.T("web.versions-of", "Versions of {collection}", "collection", c.LabelIn(v.Tag())), part.Collections, v.crumbs(c)
	page, err := s.Registry.Versions(r.Context(), v.By, c.Slug, perHistory, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	var who []pollen.PersonaID
	for i := range page.Items {
		who = append(who, page.Items[i].By)
	}
	names, err := s.Personas.Names(r.Context(), who)
	if err != nil {
		return err
	}
	may, err := s.Registry.Returnable(r.Context(), v.By, c.Slug)
	if err != nil {
		return err
	}
	p := &versionsData{C: c, More: v.more("/c/"+c.Slug+"/+versions?", page.Next)}
	for i := range page.Items {
		x := &page.Items[i]
		l := versionLine{N: x.N, By: v.author(names[x.By]), When: part.When{At: x.At, Words: v.Ago(x.At, s.Now())}, Diff: v.amended(&x.Difference)}
		if may[x.N] {
			l.Return = returnPath(c.Slug, x.N)
		}
		p.Lines = append(p.Lines, l)
	}
	return show(w, r, v, http.StatusOK, versionsPage(v, p))
}

func returnPath(slug string, to int) string {
	return "/c/" + slug + "/+revert?to=" + strconv.Itoa(to)
}

type returnData struct {
	C       *registry.Collection
	To      int
	Diff    []part.DiffField
	Effects []string // on the entries
	Unfit   []unfit  // entries whose value stands in the way
	Problem string
}

// unfit is an entry whose value stands in the way, with the reason.
type unfit struct {
	part.Link
	Reason string
}

// showReturn shows what returning a collection to a version would change, and
// what refused it.
func (s *server) showReturn(w http.ResponseWriter, r *http.Request, v *view, refused error) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	p := &returnData{C: c, To: number(r, "to", 0)}
	v.Page.Title, v.Page.Section, v.Page.Flags.NoIndex = v.T("web.return-fields", "Return to the fields as they were"), part.Collections, true
	v.Page.Crumbs = append(v.crumbs(c), part.Link{Text: v.T("web.versions", "Versions"), Href: "/c/" + c.Slug + "/+versions"})
	status := http.StatusOK
	d, plan, err := s.Registry.PlanReturn(r.Context(), v.By, c.Slug, p.To)
	if refused == nil && err != nil && pollen.Is(err, pollen.Forbidden) {
		refused, err = err, nil
	}
	if err != nil && refused == nil {
		return err
	}
	if refused != nil {
		p.Problem, status = v.Error(refused), statuses[pollen.KindOf(refused)]
	}
	if plan != nil {
		p.Diff = v.amended(&d)
		if err := s.returnEffects(r, v, p, plan); err != nil {
			return err
		}
	}
	return show(w, r, v, status, returnPage(v, p))
}

// returnEffects says what returning does to entries, and which stand in the way.
func (s *server) returnEffects(r *http.Request, v *view, p *returnData, plan *registry.AmendPlan) error {
	var ids []pollen.EntryID
	for i := range plan.Fields {
		x := &plan.Fields[i]
		if x.Unread {
			p.Effects = append(p.Effects, v.T("web.return-unread", "{field}: values that you may not read stand in the way.", "field", x.Field))
		}
		switch {
		case x.Unfit > 0:
			for _, e := range x.Examples {
				ids = append(ids, e.Entry)
			}
			p.Effects = append(p.Effects, v.N("web.return-unfit", int(x.Unfit), "{field}: {n} value stands in the way. Correct it first.", "{field}: {n} values stand in the way. Correct these first.", "field", x.Field))
		case x.Kind == schema.FieldReturned && x.Held > 0:
			p.Effects = append(p.Effects, v.N("web.return-held", int(x.Held), "{field}: {n} value comes back.", "{field}: {n} values come back.", "field", x.Field))
		case x.Kind == schema.FieldRetired && x.Held > 0:
			p.Effects = append(p.Effects, v.N("web.return-hides", int(x.Held), "{field}: {n} value is shown no more, and comes back with its field.", "{field}: {n} values are shown no more, and come back with their field.", "field", x.Field))
		}
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, ids)
	if err != nil {
		return err
	}
	for i := range plan.Fields {
		for _, e := range plan.Fields[i].Examples {
			l := titles[e.Entry]
			p.Unfit = append(p.Unfit, unfit{part.Link{Text: e.Title, Href: "/c/" + l.Collection + "/" + l.Slug}, v.Message(e.Reason)})
		}
	}
	return nil
}

// returnTo returns a collection to an earlier version.
func (s *server) returnTo(w http.ResponseWriter, r *http.Request, v *view) error {
	slug := r.PathValue("collection")
	v.Page.Path = "/c/" + slug + "/+versions" // the preview alone says nothing
	_, _, err := s.Registry.Amend(r.Context(), v.By, slug, registry.Amendment{To: number(r, "to", 0), Expect: []int{number(r, "base", 0)}})
	if again(err) || pollen.Is(err, pollen.Stale) {
		return s.showReturn(w, r, v, err)
	}
	if err != nil {
		return err
	}
	return see(w, r, "/c/"+slug+"/+versions")
}

// amendments reads the versions that acts made, for those that amend.
func (s *server) amendments(r *http.Request, v *view, acts []journal.Act) (map[pollen.ActID]*registry.Version, error) {
	out := map[pollen.ActID]*registry.Version{}
	for i := range acts {
		a := &acts[i]
		if a.Kind != pollen.ActSchema || a.Object.Kind != pollen.ObjectCollection || a.Detail.Revision == 0 {
			continue
		}
		x, err := s.Registry.Version(r.Context(), v.By, a.Detail.Name, a.Detail.Revision)
		if err != nil {
			return nil, err
		}
		out[a.ID] = &x
	}
	return out, nil
}

// tellAmended says in one sentence what became of a collection.
func (v *view) tellAmended(x *story, of *registry.Version, args []any) templ.Component {
	if of == nil || of.Empty() {
		return part.Say(v.Locale, "web.did-schema", "{who} changed the fields of {what}", args...)
	}
	args = append(args, "changes", v.changesOf(&of.Difference))
	if x.Detail.To != 0 {
		return part.Say(v.Locale, "web.did-return", "{who} returned {what} to what it was: {changes}", args...)
	}
	return part.Say(v.Locale, "web.did-amend", "{who} changed {what}: {changes}", args...)
}

// changesOf names what became of a collection, a few things at most.
func (v *view) changesOf(d *registry.Difference) string {
	const most = 4
	var out []string
	for _, name := range d.Settings {
		switch name {
		case "audience":
			out = append(out, v.T("web.from-to", "{what} from “{from}” to “{to}”", "what", v.setting(name), "from", v.audience(d.From.Audience), "to", v.audience(d.To.Audience)))
		case "licence":
			out = append(out, v.T("web.from-to", "{what} from “{from}” to “{to}”", "what", v.setting(name), "from", d.From.Licence, "to", d.To.Licence))
		default:
			out = append(out, v.T("web.setting-changed", "{what} changed", "what", v.setting(name)))
		}
	}
	for _, x := range d.Fields {
		out = append(out, v.changeOf(d, x))
	}
	if more := len(out) - most; more > 1 {
		out = append(out[:most], v.N("web.more-fields", more, "{n} other", "{n} others"))
	}
	return v.List(out)
}

// changeOf says what became of one field.
func (v *view) changeOf(d *registry.Difference, x schema.Change) string {
	f := d.To.Schema.ByID(x.ID)
	if f == nil {
		f = d.From.Schema.ByID(x.ID)
	}
	field := f.LabelIn(v.Tag())
	switch x.Kind {
	case schema.FieldAdded:
		return v.T("web.field-added", "{field} added", "field", field)
	case schema.FieldRetired:
		return v.T("web.field-retired", "{field} removed", "field", field)
	case schema.FieldReturned:
		return v.T("web.field-returned", "{field} brought back", "field", field)
	case schema.FieldRenamed:
		return v.T("web.field-renamed", "{was} renamed {field}", "was", x.Was, "field", x.Field)
	case schema.FieldRetyped:
		return v.T("web.field-retyped", "{field} of another type", "field", field)
	}
	return v.T("web.field-altered", "{field} altered", "field", field)
}

// setting is the name of what a collection says of itself.
func (v *view) setting(name string) string {
	switch name {
	case "name":
		return v.T("web.name", "Name")
	case "purpose":
		return v.T("web.purpose", "Purpose")
	case "licence":
		return v.T("web.licence", "Licence")
	case "source":
		return v.T("web.source", "Source")
	case "audience":
		return v.T("web.audience", "Who reads it")
	case "title":
		return v.T("web.title-fields", "Fields of the title")
	}
	return v.T("web.version-key", "Field that imports match on")
}

// settingOf is what a collection says of itself, in one line.
func (v *view) settingOf(c *registry.Collection, name string) string {
	switch name {
	case "name":
		return v.byLanguage(c.Name)
	case "purpose":
		return v.byLanguage(c.Purpose)
	case "licence":
		return c.Licence
	case "source":
		return c.Source
	case "audience":
		return v.audience(c.Audience)
	case "title":
		return v.List(c.Schema.Title)
	}
	return c.Schema.Key
}

// byLanguage writes texts by language in one line.
func (v *view) byLanguage(texts map[string]string) string {
	var out []string
	for _, tag := range slices.Sorted(maps.Keys(texts)) {
		out = append(out, texts[tag]+" ("+tag+")")
	}
	return v.List(out)
}

// amended tells what became of a collection, as a difference.
func (v *view) amended(d *registry.Difference) (out []part.DiffField) {
	for _, name := range d.Settings {
		out = append(out, part.DiffField{Label: v.setting(name), Old: v.settingOf(d.From, name), New: v.settingOf(d.To, name)})
	}
	var told []pollen.FieldID
	for _, x := range d.Fields {
		if slices.Contains(told, x.ID) {
			continue
		}
		told = append(told, x.ID)
		old, now := d.From.Schema.ByID(x.ID), d.To.Schema.ByID(x.ID)
		switch {
		case old == nil:
			out = append(out, part.DiffField{Label: now.LabelIn(v.Tag()), New: v.sort(now)})
		case now == nil:
			out = append(out, part.DiffField{Label: old.LabelIn(v.Tag()), Old: v.sort(old)})
		default:
			out = append(out, v.altered(old, now)...)
		}
	}
	return out
}

// altered tells two states of one field apart.
func (v *view) altered(old, now *schema.Field) (out []part.DiffField) {
	label := now.LabelIn(v.Tag())
	for _, x := range []struct{ what, old, now string }{
		{v.T("web.version-field-name", "Name in files"), old.Name, now.Name},
		{v.T("web.field-label", "Name on pages"), v.byLanguage(old.Label), v.byLanguage(now.Label)},
		{v.T("web.version-field-type", "Type"), v.sort(old), v.sort(now)},
		{v.T("web.audience", "Who reads it"), v.audienceOf(old), v.audienceOf(now)},
		{v.T("web.field-terms", "Choices"), v.terms(old), v.terms(now)},
		{v.T("web.field-rest", "Other details"), rest(old), rest(now)},
	} {
		if x.old != x.now {
			out = append(out, part.DiffField{Label: label + " · " + x.what, Old: x.old, New: x.now})
		}
	}
	return out
}

// sort says of which sort a field is.
func (v *view) sort(f *schema.Field) string {
	out := []string{v.typeName(f.Type)}
	for _, x := range []struct {
		is   bool
		text string
	}{
		{f.Unit != "", f.Unit}, {f.Target != "", f.Target},
		{f.Many, v.T("web.field-many", "several values")}, {f.Required, v.T("web.field-required", "always filled in")},
		{f.Unique, v.T("web.field-unique", "never twice the same")}, {f.Protected, v.T("web.field-protected", "protected from edits")},
	} {
		if x.is {
			out = append(out, x.text)
		}
	}
	return v.List(out)
}

func (v *view) audienceOf(f *schema.Field) string {
	if f.Audience == "" {
		return v.T("web.audience-same", "Whoever reads the collection")
	}
	return v.audience(f.Audience)
}

// terms lists the choices of a field.
func (v *view) terms(f *schema.Field) string {
	var out []string
	for _, t := range f.Terms {
		if !t.Retired {
			out = append(out, schema.Pick(t.Label, v.Tag(), t.Code))
		}
	}
	return v.List(out)
}

// rest is what a field says beyond what is told in words, as the API says it.
func rest(f *schema.Field) string {
	x := *f
	x.ID, x.Name, x.Type, x.Label, x.Many, x.Required, x.Unique, x.Protected, x.Unit, x.Target, x.Audience, x.Terms, x.Aliases, x.Was = 0, "", "", nil, false, false, false, false, "", "", "", nil, nil, nil
	b, err := json.Marshal(&x)
	if err != nil {
		panic("web: a field that cannot be encoded: " + err.Error())
	}
	var said map[string]json.RawMessage
	if err := json.Unmarshal(b, &said); err != nil {
		panic("web: a field that cannot be decoded: " + err.Error())
	}
	delete(said, "name")
	delete(said, "type")
	if len(said) == 0 {
		return ""
	}
	if b, err = json.Marshal(said); err != nil {
		panic("web: a field that cannot be encoded: " + err.Error())
	}
	return string(b)
}
