package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web/part"
)

func (s *server) importedRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /batches/{id}/refused", s.page(s.refusedRows))
	mux.HandleFunc("GET /c/{collection}/+conflicts", s.page(s.conflicts))
	mux.HandleFunc("POST /c/{collection}/+conflicts", s.page(s.decide))
}

// progress puts into words how far an import has come.
func (p *draftData) progress(v *view) {
	d := p.D
	p.Steps = v.importSteps(2)
	switch {
	case d.State == desk.DraftLooking:
		p.Steps = v.importSteps(1)
		p.Doing = v.T("web.looking", "Looking through the file")
	case d.Stopped():
		p.Doing = v.T("web.import-stopped", "This import was stopped on its way")
	default:
		p.Doing = v.T("web.importing", "Importing")
	}
	if d.Look != nil && d.Look.Problem != nil {
		p.Problem = v.Message(*d.Look.Problem)
	}
	x := d.Progress
	if x.Size > 0 {
		p.Share = int(min(1000, x.Read*1000/x.Size))
	}
	if x.Rows == 0 {
		return
	}
	p.Pace = append(p.Pace, v.N("web.rows-done", int(x.Rows), "{n} row done", "{n} rows done"))
	if d.Stopped() {
		return
	}
	if x.Since >= time.Second {
		p.Pace = append(p.Pace, v.N("web.rate", int(float64(x.Rows-x.Skipped)/x.Since.Seconds()), "{n} row a second", "{n} rows a second"))
	}
	if left := x.Left(); left > 0 {
		p.Pace = append(p.Pace, v.left(left))
	}
}

// left says how much time is left, about.
func (v *view) left(d time.Duration) string {
	if d < time.Minute {
		return v.N("web.left-seconds", int(d/time.Second)+1, "about {n} second left", "about {n} seconds left")
	}
	return v.N("web.left-minutes", int((d+time.Minute/2)/time.Minute), "about {n} minute left", "about {n} minutes left")
}

// importReport fills what became of an import.
func (s *server) importReport(r *http.Request, v *view, p *draftData) error {
	l := p.D.Look
	if l == nil || l.Report == nil {
		return absent()
	}
	p.found(v)
	if l.Report.Batch != 0 {
		p.Batch = part.Link{Text: v.T("web.the-batch", "The batch"), Href: "/batches/" + l.Report.Batch.String()}
		b, err := s.Registry.Batch(r.Context(), v.By, l.Report.Batch)
		if err != nil {
			return err
		}
		if b.State == registry.BatchReverted || b.State == registry.BatchAborted {
			l.Undone = true
		}
	}
	waiting, err := s.Transfer.Conflicts(r.Context(), v.By, p.C.Slug, 1, "")
	p.Pending = len(waiting.Items) > 0
	return err
}

// refusedRows answers with the rows of an import that were refused, each with its
// line and its reason, to be corrected and imported again.
func (s *server) refusedRows(w http.ResponseWriter, r *http.Request, v *view) error {
	b, c, err := s.findBatch(r, v)
	if err != nil {
		return err
	}
	if !refusable(&b, v.By) {
		return absent()
	}
	i := slices.IndexFunc(tables, func(t table) bool { return string(t.format) == r.FormValue("format") })
	if i < 0 {
		i = 0
	}
	format := tables[i].format
	if err := download(w, format.MediaType(), c.Slug+"-"+v.T("web.refused-name", "refused rows")+"."+string(format), nil); err != nil {
		return err
	}
	if _, err := s.Transfer.Refused(r.Context(), v.By, b.ID, w, format, v.Message); err != nil {
		if pollen.Is(err, pollen.Internal) && r.Context().Err() == nil {
			s.Log.Error("refused rows ended early", "batch", b.ID, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// refusable reports whether the reader may take along what a batch refused: rows
// that were never published are theirs alone who sent them.
func refusable(b *registry.Batch, by pollen.Actor) bool {
	return b.Kind == registry.BatchImport && by.SignedIn() && b.By == by.Persona
}

// conflictsData are the values of a collection that wait to be decided.
type conflictsData struct {
	C       *registry.Collection
	Rows    []conflictRow
	Cursor  string // of the page, to come back to it
	More    part.Pager
	Can     bool
	Problem string // why not all was decided
}

type conflictRow struct {
	decideRow
	Said   templ.Component // who said what stands here, and when; nil where the reader may not know
	Source part.Link       // to the import that says otherwise
	When   part.When       // it began
	Key    string          // of the parameters that decide it
	Ticked string          // what was chosen and not kept
	Wrong  string          // why it was not
}

// undecided is what was chosen for a row and not kept.
type undecided struct {
	ticked string
	failed error // nil where it was not tried
}

// perConflicts is how many values one page lets decide.
const perConflicts = 50

func (s *server) conflicts(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	return s.showConflicts(w, r, v, http.StatusOK, c, nil)
}

func (s *server) showConflicts(w http.ResponseWriter, r *http.Request, v *view, status int, c *registry.Collection, left map[string]undecided) error {
	page, err := s.Transfer.Conflicts(r.Context(), v.By, c.Slug, perConflicts, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	v.Page.Title, v.Page.Section, v.Page.Crumbs = v.T("web.conflicts-of", "To decide: {collection}", "collection", c.LabelIn(v.Tag())), part.Collections, v.crumbs(c)
	d := &conflictsData{C: c, Cursor: r.FormValue("cursor"), More: v.more("/c/"+c.Slug+"/+conflicts?", page.Next), Can: c.Writable(v.By) == nil}
	var refs []pollen.EntryID
	var sayers []pollen.PersonaID
	for i := range page.Items {
		sayers = append(sayers, page.Items[i].Said.By)
		if x := &page.Items[i]; x.Field != nil {
			refs = append(append(refs, x.Field.Refs(x.Here)...), x.Field.Refs(x.Incoming)...)
		}
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, refs)
	if err != nil {
		return err
	}
	names, err := s.Personas.Names(r.Context(), sayers)
	if err != nil {
		return err
	}
	for i := range page.Items {
		x := &page.Items[i]
		row := conflictRow{Said: s.saidHere(v, x, names[x.Said.By]), Source: part.Link{Text: x.Source, Href: "/batches/" + x.Batch.String()},
			When: part.When{At: x.At, Words: v.Ago(x.At, s.Now())}, Key: x.Batch.String() + "." + x.Entry.ID.String() + "." + x.Name()}
		if x, ok := left[row.Key]; ok {
			row.Ticked = x.ticked
			if x.failed != nil {
				row.Wrong = v.wrong(c, x.failed)
			}
		}
		row.Entry, row.Field = part.Link{Text: x.Entry.Title, Href: x.Entry.Path()}, v.fieldLabel(c, x.Name())
		if x.Field != nil {
			row.Here, row.Incoming = v.value(x.Field, x.Here, titles), v.value(x.Field, x.Incoming, titles)
		} else {
			row.Here, row.Incoming = x.Texts()
		}
		d.Rows = append(d.Rows, row)
	}
	if len(left) > 0 {
		d.Problem = v.T("web.not-decided", "Not all of it could be decided: what is left stands below as you ticked it.")
	}
	return show(w, r, v, status, conflictsPage(v, d))
}

// saidHere tells who said the value that stands here, and leads to the revision
// that did.
func (s *server) saidHere(v *view, x *transfer.Conflict, who persona.Persona) templ.Component {
	n := x.Said.Revision
	if n == 0 {
		return nil
	}
	when := part.Link{Text: v.Ago(x.Said.At, s.Now()), Href: x.Entry.Path() + "/history?from=" + strconv.Itoa(max(n-1, 1)) + "&to=" + strconv.Itoa(n)}
	return part.Say(v.Locale, "web.said-by", "said by {who}, {when}", "who", who.Name, "when", part.Anchor(when))
}

// decide decides the values of one page: each as it was ticked, or all of them one
// way. What somebody decided meanwhile stays decided, and what cannot be decided
// is shown again.
func (s *server) decide(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.importInto(r, v)
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	all, status := r.PostForm.Get("all"), 0
	left := map[string]undecided{} // by the key of the row
	for _, key := range r.PostForm["key"] {
		choice, err := choiceOf(key)
		if err != nil {
			return err
		}
		said := r.PostForm.Get(key)
		if all != "" {
			said = all
		}
		if said != "keep" && said != "take" {
			continue // not yet
		}
		choice.Take = said == "take"
		if status == http.StatusTooManyRequests { // so would be what follows
			left[key] = undecided{ticked: said}
			continue
		}
		err = s.Transfer.Decide(r.Context(), v.By, c.Slug, choice)
		if again(err) || pollen.Is(err, pollen.Forbidden) {
			left[key], status = undecided{said, err}, statuses[pollen.KindOf(err)]
		} else if err != nil && !pollen.Is(err, pollen.NotFound) {
			return err
		}
	}
	if len(left) > 0 {
		return s.showConflicts(w, r, v, status, c, left)
	}
	return see(w, r, "/c/"+c.Slug+"/+conflicts")
}

// choiceOf reads the key of a row.
func choiceOf(key string) (c transfer.Choice, err error) {
	parts := strings.SplitN(key, ".", 3)
	if len(parts) != 3 {
		return c, absent()
	}
	batch, err := pollen.ParseID[struct{}](parts[0])
	if err != nil {
		return c, absent()
	}
	entry, err := pollen.ParseID[struct{}](parts[1])
	if err != nil {
		return c, absent()
	}
	return transfer.Choice{Batch: pollen.BatchID(batch), Entry: pollen.EntryID(entry), Field: parts[2]}, nil
}
