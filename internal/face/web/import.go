package web

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"pollen"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

// TakesTables are the patterns of the requests that bring a table to import, whose
// bodies may be large.
var TakesTables = []string{"POST /import", "POST /c/{collection}/+import"}

func (s *server) importRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /import", s.page(s.importStart))
	mux.HandleFunc("GET /c/{collection}/+import", s.page(s.importStart))
	for _, pattern := range TakesTables {
		mux.HandleFunc(pattern, s.page(s.importFile))
	}
	mux.HandleFunc("GET /imports/{id}", s.page(s.draft))
	mux.HandleFunc("POST /imports/{id}", s.page(s.draftStep))
}

// importStartData is the first step of an import: the file, and where it goes.
type importStartData struct {
	C        *registry.Collection // nil for a new one
	Steps    []part.Step
	Action   string
	New      newCollectionData
	Homes    []part.Choice // the communities that may hold a new one
	Home     string
	Pasted   string
	Problem  string
	Drafts   []draftLine
	Existing []*registry.Collection
}

// draftLine is an import of the reader's in one line.
type draftLine struct {
	What part.Link
	Into string
	When part.When
	Chip part.Chip
}

// importSteps say how far one is.
func (v *view) importSteps(at int) (out []part.Step) {
	for i, text := range []string{v.T("web.import-step-file", "File"), v.T("web.import-step-look", "Look"), v.T("web.import-step-run", "Import"), v.T("web.import-step-report", "Report")} {
		out = append(out, part.Step{Text: text, Past: i < at, Current: i == at})
	}
	return out
}

// importInto is the collection of the address, which the reader may write; nil
// where a new one is to be.
func (s *server) importInto(r *http.Request, v *view) (*registry.Collection, error) {
	slug := r.PathValue("collection")
	if slug == "" {
		if !v.By.SignedIn() {
			return nil, signInFirst()
		}
		return nil, nil
	}
	c, err := s.Registry.Collection(r.Context(), v.By, slug)
	if err != nil {
		return nil, err
	}
	return c, c.Writable(v.By)
}

func (s *server) importStart(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.importInto(r, v)
	if err != nil {
		return err
	}
	d := importStartData{C: c, Home: r.FormValue("community"), New: newCollectionData{Licence: "CC0-1.0", Audience: pollen.AudienceMembers}}
	return s.showImportStart(w, r, v, http.StatusOK, &d)
}

func (s *server) showImportStart(w http.ResponseWriter, r *http.Request, v *view, status int, d *importStartData) error {
	d.Steps, d.Action = v.importSteps(0), "/import"
	v.Page.Title, v.Page.Section, v.Page.Flags.NoIndex = v.T("web.import", "Import"), part.Collections, true
	v.Page.Crumbs = v.crumbs(d.C)
	if d.C != nil {
		d.Action = "/c/" + d.C.Slug + "/+import"
		v.Page.Title = v.T("web.import-into", "Import into {collection}", "collection", d.C.LabelIn(v.Tag()))
	} else if err := s.importHomes(r, v, d); err != nil {
		return err
	}
	drafts, err := s.Desk.Drafts(r.Context(), v.By)
	if err != nil {
		return err
	}
	for i := range drafts {
		if x := &drafts[i]; x.State != desk.DraftEnded && (d.C == nil || x.Collection == d.C.Slug) {
			d.Drafts = append(d.Drafts, v.draftLine(x, s.Now()))
		}
	}
	return show(w, r, v, status, importStartPage(v, d))
}

// importHomes finds the communities that may hold a new collection, and the
// collections that are there.
func (s *server) importHomes(r *http.Request, v *view, d *importStartData) error {
	all, err := s.Communities.List(r.Context())
	if err != nil {
		return err
	}
	for i := range all {
		if slices.Contains(v.By.Communities, all[i].ID) {
			d.Homes = append(d.Homes, part.Choice{Value: all[i].Slug, Label: all[i].LabelIn(v.Tag())})
		}
	}
	if d.Home == "" {
		d.Home = pollen.Commons
	}
	d.Existing, err = s.Registry.Collections(r.Context(), v.By)
	d.Existing = slices.DeleteFunc(d.Existing, func(c *registry.Collection) bool { return c.Writable(v.By) != nil })
	return err
}

func (v *view) draftLine(d *desk.Draft, now time.Time) draftLine {
	l := draftLine{What: part.Link{Text: d.File, Href: "/imports/" + d.ID.String()}, Into: d.Collection, When: part.When{At: d.At, Words: v.Ago(d.At, now)}}
	if n := d.Settings.Create; n != nil {
		l.Into = schema.Pick(n.Name, v.Tag(), n.Slug)
	}
	switch {
	case d.Stopped():
		l.Chip = part.Chip{Text: v.T("web.draft-stopped", "Stopped on its way"), Due: true}
	case d.State == desk.DraftRunning:
		l.Chip = part.Chip{Text: v.T("web.batch-running", "In progress"), Due: true}
	default:
		l.Chip = part.Chip{Text: v.T("web.draft-waits", "Waits to be imported"), Line: true}
	}
	return l
}

// importFile takes a file in, or a table that was pasted, and looks at it.
func (s *server) importFile(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.importInto(r, v)
	if err != nil {
		return err
	}
	form, d, err := s.receive(r, v, c)
	if err == nil && d == nil {
		err = pollen.Errorf(pollen.Invalid, "web.no-file", "Choose a file, or paste a table.").On("file")
	}
	var settings desk.Settings
	if err == nil {
		settings, err = s.importSettings(r, v, c, d, form)
	}
	if err == nil {
		err = s.Desk.Look(r.Context(), v.By, d.ID, settings)
	}
	if pollen.Is(err, pollen.Invalid) || pollen.Is(err, pollen.Limited) {
		return s.showImportStart(w, r, v, statuses[pollen.KindOf(err)], &importStartData{C: c, Home: form.Get("community"), Pasted: form.Get("table"), Problem: v.Error(err),
			New: newCollectionData{Name: form.Get("name"), Purpose: form.Get("purpose"), Licence: form.Get("licence"), Audience: pollen.Audience(form.Get("audience"))}})
	}
	if err != nil {
		return err
	}
	s.Desk.Wait(r.Context(), d.ID, shortWhile)
	return see(w, r, "/imports/"+d.ID.String())
}

// shortWhile is how long a page waits for what mostly takes no time at all.
const shortWhile = 1500 * time.Millisecond

// maxAnswer bounds what is typed beside a file, and maxPasted what is shown again
// of a table that was pasted, in bytes.
const (
	maxAnswer = 64 << 10
	maxPasted = 256 << 10
)

// receive reads the form of the first step as it comes, so that a large file is
// never held in memory. The first file that is none too empty counts.
func (s *server) receive(r *http.Request, v *view, c *registry.Collection) (form url.Values, d *desk.Draft, err error) {
	form = url.Values{}
	parts, err := r.MultipartReader()
	if err != nil {
		return form, nil, damagedForm(err)
	}
	into := ""
	if c != nil {
		into = c.Slug
	}
	for {
		p, e := parts.NextPart()
		if e == io.EOF {
			return form, d, err
		}
		if e != nil {
			return form, d, errors.Join(err, damagedForm(e))
		}
		name, content := v.fileOf(p)
		if p.FormName() == "table" && name != "" {
			if content, e = pasted(form, content); e != nil {
				return form, d, damagedForm(e)
			}
		}
		switch {
		case name != "" && d == nil && err == nil:
			d, err = s.Desk.Receive(r.Context(), v.By, into, name, content)
		case p.FileName() == "" && p.FormName() != "table":
			b, e := io.ReadAll(io.LimitReader(content, maxAnswer))
			if e != nil {
				return form, d, damagedForm(e)
			}
			form.Set(p.FormName(), strings.TrimSpace(strings.ToValidUTF8(string(b), "\uFFFD")))
		}
	}
}

// pasted keeps the beginning of a table in its form, to be shown again, and gives
// all of it to read. One that is too long to be shown whole is not shown: half of
// it would pass for all.
func pasted(form url.Values, content io.Reader) (io.Reader, error) {
	head, err := io.ReadAll(io.LimitReader(content, maxPasted+1))
	if len(head) <= maxPasted {
		form.Set("table", strings.ToValidUTF8(string(head), "\uFFFD"))
	}
	return io.MultiReader(bytes.NewReader(head), content), err
}

func damagedForm(err error) error {
	return pollen.Errorf(pollen.Invalid, "web.form", "The form arrived damaged. Send it again.").Because(err)
}

// fileOf tells whether a part of the form is a table, and what it is called: "" is
// for others, and for what was left blank.
func (v *view) fileOf(p *multipart.Part) (name string, content io.Reader) {
	begun := bufio.NewReaderSize(p, 4<<10)
	switch p.FormName() {
	case "file":
		if p.FileName() != "" {
			return schema.FileName(p.FileName()), begun
		}
	case "table":
		for { // what is but blank is nothing
			r, _, err := begun.ReadRune()
			if err != nil {
				return "", begun
			}
			if !unicode.IsSpace(r) || r == '\t' {
				_ = begun.UnreadRune() // it was just read
				return v.T("web.pasted-name", "Pasted table.csv"), begun
			}
		}
	}
	return "", begun
}

// importSettings are what the first step says.
func (s *server) importSettings(r *http.Request, v *view, c *registry.Collection, d *desk.Draft, form url.Values) (o desk.Settings, err error) {
	o.Lang = v.Tag()
	if c != nil {
		return o, nil
	}
	slug := form.Get("community")
	if slug == "" {
		slug = pollen.Commons
	}
	home, err := s.Communities.Get(r.Context(), slug)
	if err != nil {
		return o, err
	}
	if err := registry.MayFound(v.By, home.ID); err != nil {
		return o, err
	}
	n := d.Founding(transfer.Founding{Community: home.ID, Title: form.Get("name"), Purpose: form.Get("purpose"), Lang: v.Tag(), Licence: form.Get("licence"), Audience: pollen.Audience(form.Get("audience"))})
	o.Create = &n
	return o, nil
}

// draft shows how an import stands.
func (s *server) draft(w http.ResponseWriter, r *http.Request, v *view) error {
	d, c, err := s.findDraft(r, v)
	if err != nil {
		return err
	}
	return s.showDraft(w, r, v, http.StatusOK, d, c)
}

// findDraft reads the draft of an address, and its collection where it is there.
func (s *server) findDraft(r *http.Request, v *view) (d *desk.Draft, c *registry.Collection, err error) {
	id, err := pollen.ParseID[struct{}](r.PathValue("id"))
	if err != nil {
		return nil, nil, absent()
	}
	if d, err = s.Desk.Draft(r.Context(), v.By, desk.DraftID(id)); err != nil {
		return nil, nil, err
	}
	if d.Settings.Create == nil {
		c, err = s.Registry.Collection(r.Context(), v.By, d.Collection)
	} else {
		n := d.Settings.Create
		c = &registry.Collection{Slug: n.Slug, Community: n.Community, Name: n.Name, Audience: n.Audience, Schema: n.Schema}
	}
	return d, c, err
}

func (s *server) showDraft(w http.ResponseWriter, r *http.Request, v *view, status int, d *desk.Draft, c *registry.Collection) error {
	v.Page.Title, v.Page.Section, v.Page.Flags.NoIndex = v.T("web.import-into", "Import into {collection}", "collection", c.LabelIn(v.Tag())), part.Collections, true
	v.Page.Crumbs = v.crumbs(nil)
	if d.Settings.Create == nil {
		v.Page.Crumbs = v.crumbs(c)
	}
	p := &draftData{D: d, C: c}
	switch {
	case d.Busy(), d.Stopped():
		p.progress(v)
		v.Page.Refresh = d.Busy()
		return show(w, r, v, status, importProgressPage(v, p))
	case d.State == desk.DraftEnded:
		p.Steps = v.importSteps(3)
		if err := s.importReport(r, v, p); err != nil {
			return err
		}
		return show(w, r, v, status, importReportPage(v, p))
	}
	p.Steps = v.importSteps(1)
	if err := s.importLook(r, v, p); err != nil {
		return err
	}
	return show(w, r, v, status, importLookPage(v, p))
}

// draftStep does what a button of an import's page says.
func (s *server) draftStep(w http.ResponseWriter, r *http.Request, v *view) error {
	d, c, err := s.findDraft(r, v)
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	ctx, here := r.Context(), "/imports/"+d.ID.String()
	switch r.PostForm.Get("do") {
	case "stop":
		err = s.Desk.Stop(ctx, v.By, d.ID)
	case "resume":
		err = s.Desk.Carry(ctx, v.By, d.ID)
	case "undo":
		err = s.Desk.Discard(ctx, v.By, d.ID)
	case "discard":
		if err := s.Desk.Discard(ctx, v.By, d.ID); err != nil {
			return err
		}
		if c.ID != 0 {
			return see(w, r, "/c/"+c.Slug+"/+import")
		}
		return see(w, r, "/import")
	default:
		here, err = s.lookOrRun(r, v, d, here)
	}
	if pollen.Is(err, pollen.Conflict) {
		return s.pressedTwice(w, r, v, d.ID, err)
	}
	if err != nil {
		return err
	}
	s.Desk.Wait(ctx, d.ID, shortWhile)
	return see(w, r, here)
}

// pressedTwice leads who pressed a button once more to how the import stands that
// the first press began.
func (s *server) pressedTwice(w http.ResponseWriter, r *http.Request, v *view, id desk.DraftID, conflict error) error {
	s.Desk.Wait(r.Context(), id, shortWhile)
	d, err := s.Desk.Draft(r.Context(), v.By, id)
	if err != nil {
		return err
	}
	if !d.Busy() && d.State != desk.DraftEnded {
		return conflict
	}
	return see(w, r, "/imports/"+id.String())
}

// lookOrRun imports what was looked at, and looks again where something else was
// said since: nobody publishes what they have not seen. It gives where to go on.
func (s *server) lookOrRun(r *http.Request, v *view, d *desk.Draft, here string) (string, error) {
	next, err := s.draftSettings(r, v, d)
	if err != nil {
		return here, err
	}
	same, err := sameSettings(&d.Settings, &next)
	if err != nil {
		return here, err
	}
	run := r.PostForm.Get("do") == "run"
	if same && run {
		return here, s.Desk.Carry(r.Context(), v.By, d.ID)
	}
	say := url.Values{}
	if from := cmp.Or(r.PostForm.Get(columnsFrom), r.PostForm.Get(columnsShown), "0"); from != "0" {
		say.Set(columnsFrom, from)
	}
	if run {
		say.Set("changed", "1")
	}
	if len(say) > 0 {
		here += "?" + say.Encode()
	}
	if same && r.PostForm.Has(columnsFrom) {
		return here, nil // only other columns are asked for
	}
	return here, s.Desk.Look(r.Context(), v.By, d.ID, next)
}
