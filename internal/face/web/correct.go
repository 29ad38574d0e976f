package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) correctRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /c/{collection}/{slug}", s.page(s.correct))
	mux.HandleFunc("POST /c/{collection}/{slug}/revert", s.page(s.revert))
}

// partHeader names the row that the script swaps: the answer is that row alone.
const partHeader = "Pollen-Part"

// bodyName stands for the body where fields are named; no field can be called so.
const bodyName = "body"

// fix is the correction of one value in its place, open where one was not kept.
func (v *view) fix(e *registry.Entry, f *schema.Field, titles map[pollen.EntryID]registry.Link, a *attempt) *part.Fix {
	fix := v.inPlace(e, f, e.Values[f.ID], titles)
	fix.Input.ID, fix.Input.Name = "f-"+f.Name, "value"
	a.reopen(fix, f.Name)
	return fix
}

// inPlace is what a value is corrected with in its place.
func (v *view) inPlace(e *registry.Entry, f *schema.Field, held json.RawMessage, titles map[pollen.EntryID]registry.Link) *part.Fix {
	fix := &part.Fix{Input: v.input(f, held, titles)}
	if f.Type == schema.Localized {
		fix.Hidden, fix.More = v.fewLanguages(&fix.Input, e)
	}
	return fix
}

// fixText is the correction of the body.
func (v *view) fixText(e *registry.Entry, a *attempt) *part.Fix {
	fix := &part.Fix{Input: part.Input{ID: "f-body", Name: "value", Type: schema.LongText, Lines: 12,
		Help: v.T("web.markdown", "Markdown: **bold**, - list, [[collection/address]] for an entry, @handle for a person.")}}
	if e.Body != "" {
		fix.Input.Rows = []part.Row{{Text: e.Body}}
	}
	a.reopen(fix, bodyName)
	return fix
}

// reopen opens the form again with what was typed, where it was the one.
func (a *attempt) reopen(fix *part.Fix, name string) {
	if a != nil && a.field == name {
		fix.Open, fix.Theirs, fix.Note, fix.Input.Files, fix.Input.Error = true, a.theirs, a.note, a.files, a.problem
		if fix.Input.Type != schema.Image && fix.Input.Type != schema.Attachment { // whose rows are the files that are there
			fix.Input.Rows = a.rows
		}
		if a.base > 0 {
			fix.Base = strconv.Itoa(a.base)
		}
	}
}

// fewOffered is up to how many languages a correction in place offers all of them.
const fewOffered = 6

// fewLanguages leaves the reader's language and those of the pages in an input
// of many; those it shows are named, so that the others are left as they
// are.
func (v *view) fewLanguages(in *part.Input, e *registry.Entry) (hidden []part.Hidden, more *part.Link) {
	if held := slices.DeleteFunc(slices.Clone(in.Rows), func(r part.Row) bool { return r.Text == "" }); len(held) > fewOffered {
		more = &part.Link{Text: v.N("web.all-languages", len(held), "{n} language", "All {n} languages"), Href: e.Path() + "/edit#" + in.Name}
		in.Rows = slices.DeleteFunc(in.Rows, func(r part.Row) bool { return part.Nearness(v.Locale, r.Tag) == part.Far })
	}
	hidden = append(hidden, part.Hidden{Name: "shown"}) // even where none is shown
	for _, r := range in.Rows {
		hidden = append(hidden, part.Hidden{Name: "shown", Value: r.Tag})
	}
	return hidden, more
}

// typed reads what was typed into the input of a field that held a value:
// texts as the registry takes them, and rows to be shown again. Languages that
// were not shown stay.
func typed(form url.Values, name string, f *schema.Field, held json.RawMessage) (texts []string, rows []part.Row) {
	rows = part.ReadInput(form, name, f.Type)
	if f.Type == schema.Choice && f.Many { // boxes stand in the order of the vocabulary, values in the order of who gave them
		order := f.Texts(held)
		rank := func(r part.Row) int {
			if i := slices.Index(order, r.Text); i >= 0 {
				return i
			}
			return len(order)
		}
		slices.SortStableFunc(rows, func(a, b part.Row) int { return rank(a) - rank(b) })
	}
	all := rows
	if shown, partly := form["shown"]; partly && f.Type == schema.Localized {
		f.Each(held, func(one json.RawMessage, tag string) {
			var text string
			if json.Unmarshal(one, &text) == nil && !slices.Contains(shown, tag) && !slices.ContainsFunc(rows, func(r part.Row) bool { return r.Tag == tag }) {
				all = append(all, part.Row{Text: text, Tag: tag})
			}
		})
	}
	if texts = part.Texts(all, f.Type); len(texts) == 0 {
		texts = []string{""} // all of it was taken away
	}
	return texts, rows
}

// correct changes one value from the page one is reading.
func (s *server) correct(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	name := r.PostFormValue("field")
	ch := registry.Change{Base: number(r, "base", 0), Note: r.PostFormValue("note")}
	a := &attempt{field: name, base: ch.Base, note: ch.Note}
	f := e.Collection.Schema.Field(name)
	switch {
	case name == bodyName:
		a.rows = part.ReadInput(r.PostForm, "value", schema.LongText)
		body := strings.Join(part.Texts(a.rows, schema.LongText), "")
		ch.Body = &body
	case f == nil || !e.Collection.FieldReadable(v.By, f, e.ID):
		return pollen.Errorf(pollen.Invalid, "registry.field", "There is no field “{name}” in this collection.", "name", name)
	case isFile(f):
		err := s.upload(r, v, &ch, "value", f, e.Values[f.ID])
		a.files = part.ReadFiles(r.PostForm, "value")
		if pollen.Is(err, pollen.Invalid) {
			return s.notKept(w, r, v, e, a, err)
		}
		if err != nil {
			return err
		}
	default:
		if ch.Texts, a.rows, err = s.corrected(r, v, e, f, ch.Base); err != nil {
			return err
		}
	}
	now, err := s.Registry.Revise(r.Context(), v.By, e.ID, ch)
	if again(err) {
		return s.notKept(w, r, v, e, a, err)
	}
	if err != nil {
		return err
	}
	return s.saved(w, r, v, now, saved{name, now.Revision, outcomeOf(e, now, published)})
}

// corrected reads what was typed in the place of a value: no text where the
// value is as it was shown, for a form need not show all of it (the seconds of a
// moment).
func (s *server) corrected(r *http.Request, v *view, e *registry.Entry, f *schema.Field, base int) (texts map[string][]string, rows []part.Row, err error) {
	typed, rows := typed(r.PostForm, "value", f, e.Values[f.ID])
	titles, err := s.titles(r, v, e)
	if err != nil {
		return nil, nil, err
	}
	then, err := s.since(r, v, e, base)
	if err != nil {
		return nil, nil, err
	}
	held, changed := then[f.Name]
	if !changed {
		held = e.Values[f.ID]
	}
	if shown := v.inPlace(e, f, held, titles).Input; shown.Same(v.Locale, rows) {
		return nil, rows, nil
	}
	return map[string][]string{f.Name: typed}, rows, nil
}

// notKept shows a correction again with the reason, and with what somebody else
// wrote meanwhile when that is the reason. It stays based on what its author saw:
// another try overwrites nothing that they were not shown.
func (s *server) notKept(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, a *attempt, failed error) error {
	a.problem = v.wrong(e.Collection, failed)
	now, err := s.Registry.Get(r.Context(), v.By, e.ID)
	if err != nil {
		return err
	}
	if now.Into != 0 {
		return s.mergedMeanwhile(w, r, v, now, a, failed)
	}
	if c := registry.ConflictsOf(failed); c != nil {
		titles, err := s.titles(r, v, now)
		if err != nil {
			return err
		}
		e, a.base = now, c.Revision
		for _, x := range c.Fields {
			if x.Field == a.field {
				a.theirs = v.plain(e, a.field, x.Theirs, titles)
			}
		}
	}
	return s.showEntry(w, r, v, e, statuses[pollen.KindOf(failed)], a)
}

// mergedMeanwhile shows a correction of an entry that was merged into another on
// the page of that one, beside what it says there: its author decides whether it
// holds for it. The script is refused, and sends the form once more without it.
func (s *server) mergedMeanwhile(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, a *attempt, failed error) (err error) {
	if r.Header.Get(partHeader) != "" {
		return failed
	}
	title := e.Title
	for e.Into != 0 {
		if e, err = s.Registry.Get(r.Context(), v.By, e.Into); err != nil {
			return err
		}
	}
	if v.Follow, err = s.follower(r, v, pollen.Ref(pollen.ObjectEntry, e.ID)); err != nil {
		return err
	}
	titles, err := s.titles(r, v, e)
	if err != nil {
		return err
	}
	v.Page.Path, a.base = e.Path(), e.Revision
	a.problem = v.T("web.merged-meanwhile", "“{title}”, which you corrected, was merged into this entry meanwhile. Your words are not published: publish them here if they hold for it.", "title", title)
	if f := e.Collection.Schema.Field(a.field); f != nil {
		a.theirs = v.plain(e, a.field, e.Values[f.ID], titles)
	}
	return s.showEntry(w, r, v, e, statuses[pollen.KindOf(failed)], a)
}

// plain is a value in one line of text.
func (v *view) plain(e *registry.Entry, field string, value json.RawMessage, titles map[pollen.EntryID]registry.Link) string {
	f := e.Collection.Schema.Field(field)
	if f == nil { // the body
		f = &schema.Field{Name: bodyName, Type: schema.LongText}
	}
	texts := f.DisplayIn(value, v.Tag(), v.Zone())
	switch f.Type {
	case schema.Localized:
		texts = f.Texts(value)
	case schema.Reference:
		return cmp.Or(v.value(f, value, titles), v.T("web.nothing", "No value"))
	}
	if len(texts) == 0 {
		return v.T("web.nothing", "No value")
	}
	return strings.Join(texts, ", ")
}

// outcome is what a correction came to.
type outcome string

const (
	published outcome = "published"
	returned  outcome = "returned" // to what it was
	unchanged outcome = "unchanged"
	created   outcome = "created"
)

func outcomeOf(before, now *registry.Entry, o outcome) outcome {
	if now.Revision == before.Revision {
		return unchanged
	}
	return o
}

// saved is a correction that was kept: which value, by which revision.
type saved struct {
	field string // "" for all that the revision changed
	n     int
	outcome
}

// savedCookie tells the page that follows what was saved; it lives for that
// page alone.
const savedCookie = "pollen_saved"

// saved answers a correction that was kept: with the row alone, or by leading
// back to the page.
func (s *server) saved(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, x saved) error {
	if x.field != "" && r.Header.Get(partHeader) == x.field {
		if err := s.thankFor(r, v, e, x); err != nil {
			return err
		}
		return s.showEntry(w, r, v, e, http.StatusOK, nil)
	}
	http.SetCookie(w, &http.Cookie{Name: savedCookie, Value: x.field + "." + strconv.Itoa(x.n) + "." + string(x.outcome), Path: e.Path(), MaxAge: 60,
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	if x.field == "" {
		return see(w, r, e.Path())
	}
	return see(w, r, e.Path()+"#"+x.field)
}

// recall says on the page what was saved just before.
func (s *server) recall(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry) error {
	field, rest, ok := strings.Cut(cookie(r, savedCookie), ".")
	if !ok {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: savedCookie, Path: e.Path(), MaxAge: -1, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	n, o, _ := strings.Cut(rest, ".")
	if at, err := strconv.Atoi(n); err == nil && v.By.SignedIn() && at > 0 && at <= e.Revision && (field == "" || field == bodyName || e.Collection.Schema.Field(field) != nil) {
		return s.thankFor(r, v, e, saved{field, at, outcome(o)})
	}
	return nil
}

// thankFor says on the page that a value is online, and to somebody new here
// that lists wait for a second pair of eyes, if they do.
func (s *server) thankFor(r *http.Request, v *view, e *registry.Entry, x saved) error {
	v.Page.Notice = v.thank(e, x)
	held, err := s.Guard.Holds(r.Context(), e.ID, x.n)
	if held && x.outcome != unchanged {
		v.Page.Notice.Text = v.T("web.saved-held", "Lists and notices show it once somebody else has looked at it.")
	}
	return err
}

// thank says that a value is online, and offers to take it back.
func (v *view) thank(e *registry.Entry, x saved) *part.Notice {
	notice := &part.Notice{Tone: part.Done}
	switch x.outcome {
	case unchanged:
		notice.Text = v.T("web.saved-same", "It was so already: nothing changed.")
		return notice
	case created:
		notice.Bold, notice.Text = v.T("web.saved", "Online."), v.T("web.saved-new", "Thank you. Anyone can improve it from now on.")
		return notice
	case returned:
		notice.Bold, notice.Text = v.T("web.returned", "Taken back."), v.T("web.returned-to", "It says again what it said before.")
	default:
		notice.Bold, notice.Text = v.T("web.saved", "Online."), v.T("web.saved-kept", "The former value stays in the history.")
	}
	fields := []string{x.field}
	if x.field == "" {
		fields = changedBy(e, x.n)
	}
	if len(fields) == 0 { // somebody wrote over it meanwhile
		return notice
	}
	notice.Undo = &part.Undo{Action: e.Path() + "/revert", Swap: x.field, Hidden: []part.Hidden{{Name: "to", Value: strconv.Itoa(x.n - 1)}, {Name: "base", Value: strconv.Itoa(x.n)}}}
	for _, name := range fields {
		notice.Undo.Hidden = append(notice.Undo.Hidden, part.Hidden{Name: "field", Value: name})
	}
	return notice
}

// changedBy names the values that a revision changed last.
func changedBy(e *registry.Entry, n int) (names []string) {
	for i := range e.Collection.Schema.Fields {
		if f := &e.Collection.Schema.Fields[i]; e.SinceOf(f.ID) == n {
			names = append(names, f.Name)
		}
	}
	if e.SinceOf(0) == n {
		names = append(names, bodyName)
	}
	return names
}

// revert returns an entry, or some values of it, to what they were.
func (s *server) revert(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	v.Page.Path = e.Path() // the preview alone says nothing
	if r.PostFormValue("to") == "" {
		return pollen.Errorf(pollen.Invalid, "web.revert-to", "Say which revision to return to.")
	}
	back := registry.Reversal{To: number(r, "to", 0), Fields: r.PostForm["field"], Base: number(r, "base", 0), Note: r.PostFormValue("note")}
	now, err := s.Registry.Revert(r.Context(), v.By, e.ID, back)
	switch whole := len(back.Fields) == 0; {
	case whole && again(err):
		v.Page.Notice = &part.Notice{Tone: part.Attend, Text: v.wrong(e.Collection, err)}
		return s.showRevert(w, r, v, e, statuses[pollen.KindOf(err)], back.To)
	case err != nil:
		return s.onEntryRefused(w, r, v, e, err)
	case whole:
		return see(w, r, e.Path()+"/history")
	}
	name := ""
	if len(back.Fields) == 1 {
		name = back.Fields[0]
	}
	return s.saved(w, r, v, now, saved{name, now.Revision, outcomeOf(e, now, returned)})
}

// onEntryRefused says on the page of an entry why one of its buttons was refused.
// The script sends the form once more without it, and is shown the page then.
func (s *server) onEntryRefused(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, failed error) error {
	if !again(failed) || r.Header.Get(partHeader) != "" {
		return failed
	}
	v.Page.Notice = &part.Notice{Tone: part.Problem, Text: v.wrong(e.Collection, failed)}
	return s.showEntry(w, r, v, e, statuses[pollen.KindOf(failed)], nil)
}

// number reads a positive number from a request.
func number(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil || n < 1 {
		return otherwise
	}
	return n
}

// maxForm bounds what of a form with files is kept in memory, in bytes.
const maxForm = 4 << 20

// parse reads a form of either kind.
func parse(r *http.Request) error {
	err := r.ParseForm()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(maxForm)
	}
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return pollen.Errorf(pollen.Invalid, "web.form-big", "That is too much at once: a form carries {n} MB at most.", "n", big.Limit>>20)
	}
	if err != nil {
		return pollen.Errorf(pollen.Invalid, "web.form", "The form arrived damaged. Send it again.").Because(err)
	}
	return nil
}
