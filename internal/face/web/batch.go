package web

import (
	"encoding/json"
	"net/http"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
)

func (s *server) batchRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /batches/{id}", s.page(s.batch))
	mux.HandleFunc("POST /batches/{id}/revert", s.page(s.revertBatch))
	mux.HandleFunc("GET /c/{collection}/+batches", s.page(s.batches))
}

// perBatch is how many entries one page of a batch shows with their differences.
const perBatch = 30

// batchLine is a batch in one line.
type batchLine struct {
	What    part.Link
	By      part.Author
	When    part.When
	State   part.Chip
	Note    string
	Report  []string // what became of it, in sentences
	Undid   string   // address of the batch that this one undid
	Running bool
	Entries int // written by an import or an edit, as far as it counted
	Refused int // rows of an import
}

type batchData struct {
	C       *registry.Collection
	B       registry.Batch
	Line    batchLine
	Entries []batchEntry
	More    part.Pager
	CanUndo bool
	Note    string // why it is to be undone, as it was typed
	Problem string // why it was not
	Refused string // where to take along the rows that were refused; "" for none
}

type batchEntry struct {
	Title   part.Link
	What    string
	Retired bool
	Diff    []part.DiffField
}

func (s *server) batch(w http.ResponseWriter, r *http.Request, v *view) error {
	b, c, err := s.findBatch(r, v)
	if err != nil {
		return err
	}
	return s.showBatch(w, r, v, http.StatusOK, &batchData{C: c, B: b})
}

func (s *server) showBatch(w http.ResponseWriter, r *http.Request, v *view, status int, p *batchData) error {
	b, c := p.B, p.C
	lines, err := s.batchLines(r, v, []registry.Batch{b})
	if err != nil {
		return err
	}
	p.Line, p.CanUndo = lines[0], v.By.SignedIn() && b.Undoable()
	if refusable(&b, v.By) && p.Line.Refused > 0 {
		p.Refused = "/batches/" + b.ID.String() + "/refused"
	}
	v.Page.Title, v.Page.Section, v.Page.Crumbs = p.Line.What.Text, part.Collections, append(v.crumbs(c), part.Link{Text: v.T("web.batches-tab", "Batches"), Href: "/c/" + c.Slug + "/+batches"})
	page, err := s.Registry.BatchEntries(r.Context(), v.By, b.ID, perBatch, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	p.More = v.more("/batches/"+b.ID.String()+"?", page.Next)
	var refs []pollen.EntryID
	for _, x := range page.Items {
		for _, d := range x.Diff {
			if d.Field != nil {
				refs = append(append(refs, d.Field.Refs(d.Old)...), d.Field.Refs(d.New)...)
			}
		}
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, refs)
	if err != nil {
		return err
	}
	for _, x := range page.Items {
		e := batchEntry{Title: part.Link{Text: x.Entry.Title, Href: x.Entry.Path()}, What: v.madeOf(x.Revision.Kind), Retired: !x.Entry.Live()}
		for _, d := range x.Diff {
			e.Diff = append(e.Diff, v.difference(d, titles))
		}
		p.Entries = append(p.Entries, e)
	}
	return show(w, r, v, status, batchPage(v, p))
}

// findBatch reads the batch of an address, and its collection.
func (s *server) findBatch(r *http.Request, v *view) (b registry.Batch, c *registry.Collection, err error) {
	id, err := pollen.ParseID[struct{}](r.PathValue("id"))
	if err != nil {
		return b, nil, absent()
	}
	if b, err = s.Registry.Batch(r.Context(), v.By, pollen.BatchID(id)); err != nil {
		return b, nil, err
	}
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return b, nil, err
	}
	for _, c := range all {
		if c.ID == b.Collection {
			return b, c, nil
		}
	}
	return b, nil, absent()
}

// madeOf says what a batch did to one entry.
func (v *view) madeOf(k pollen.ActKind) string {
	switch k {
	case pollen.ActCreate:
		return v.T("web.batch-made", "Added")
	case pollen.ActRetire:
		return v.T("web.batch-retired", "Retired")
	case pollen.ActRestore:
		return v.T("web.batch-restored", "Brought back")
	case pollen.ActRevert:
		return v.T("web.batch-returned", "Values returned")
	}
	return v.T("web.batch-changed", "Changed")
}

// batchLines tells batches, each in one line.
func (s *server) batchLines(r *http.Request, v *view, all []registry.Batch) ([]batchLine, error) {
	var who []pollen.PersonaID
	for _, b := range all {
		who = append(who, b.By)
	}
	names, err := s.Personas.Names(r.Context(), who)
	if err != nil {
		return nil, err
	}
	out := make([]batchLine, len(all))
	for i, b := range all {
		l := &out[i]
		*l = batchLine{What: part.Link{Text: v.batchTitle(b), Href: "/batches/" + b.ID.String()}, By: v.author(names[b.By]),
			When: part.When{At: b.At, Words: v.Ago(b.At, s.Now())}, Note: b.Note, Running: b.State == registry.BatchInProgress}
		switch b.State {
		case registry.BatchInProgress:
			l.State = part.Chip{Text: v.T("web.batch-running", "In progress"), Due: true}
		case registry.BatchAborted:
			l.State = part.Chip{Text: v.T("web.batch-aborted", "Aborted"), Line: true}
		case registry.BatchReverted:
			l.State = part.Chip{Text: v.T("web.batch-reverted", "Undone"), Line: true}
		default:
			l.State = part.Chip{Text: v.T("web.batch-done", "Done"), Line: true}
		}
		l.report(v, b)
	}
	return out, nil
}

func (v *view) batchTitle(b registry.Batch) string {
	switch b.Kind {
	case registry.BatchImport:
		if b.Source != "" {
			return v.T("web.batch-import-of", "Import of {source}", "source", b.Source)
		}
		return v.T("web.batch-import", "Import")
	case registry.BatchRevert:
		return v.T("web.batch-undo", "Undoing of a batch")
	case registry.BatchSchema:
		return v.T("web.batch-schema", "Change of the schema")
	}
	return v.T("web.batch-edit", "Edit of many entries")
}

// report says what became of a batch, as far as it counted.
func (l *batchLine) report(v *view, b registry.Batch) {
	if b.Kind == registry.BatchRevert {
		var u registry.UndoReport
		if json.Unmarshal([]byte(b.Report), &u) == nil && u.Batch != 0 {
			l.Undid = "/batches/" + u.Batch.String()
			l.Report = append(l.Report, v.undone(&u)...)
		}
		return
	}
	// An import and an edit count with the same words.
	var n struct {
		Created, Changed, Unchanged, Refused, Revisions int
	}
	if json.Unmarshal([]byte(b.Report), &n) != nil {
		return // no counts of this shape: the entries below say it
	}
	l.Entries, l.Refused = n.Created+n.Changed, n.Refused
	for _, x := range []struct {
		n    int
		text string
	}{
		{n.Created, v.N("web.n-added", n.Created, "{n} entry added.", "{n} entries added.")},
		{n.Changed, v.N("web.n-changed", n.Changed, "{n} entry changed.", "{n} entries changed.")},
		{n.Unchanged, v.N("web.n-unchanged", n.Unchanged, "{n} held the value already.", "{n} held the value already.")},
		{n.Revisions, v.N("web.n-revisions", n.Revisions, "{n} revision in all.", "{n} revisions in all.")},
		{n.Refused, v.N("web.n-refused", n.Refused, "{n} refused.", "{n} refused.")},
	} {
		if x.n > 0 {
			l.Report = append(l.Report, x.text)
		}
	}
}

// undo is what the button says that undoes the batch: how many entries it touches,
// as far as that is known.
func (l *batchLine) undo(v *view) string {
	if l.Entries == 0 {
		return v.T("web.undo-batch", "Undo this batch")
	}
	return v.N("web.undo-batch-of", l.Entries, "Undo this batch: {n} entry", "Undo this batch: {n} entries")
}

// undone says what undoing did, and what people changed later and that stays.
func (v *view) undone(u *registry.UndoReport) (out []string) {
	if u.Returned > 0 {
		out = append(out, v.N("web.n-returned", u.Returned, "The values of {n} entry returned.", "The values of {n} entries returned."))
	}
	if u.Retired > 0 {
		out = append(out, v.N("web.n-retired", u.Retired, "{n} entry that it had added was retired.", "{n} entries that it had added were retired."))
	}
	if u.Restored > 0 {
		out = append(out, v.N("web.n-restored", u.Restored, "{n} entry that it had retired came back.", "{n} entries that it had retired came back."))
	}
	if u.Kept > 0 {
		out = append(out, v.N("web.n-kept", u.Kept, "{n} value stays: somebody changed it later, or another entry has it by now.", "{n} values stay: people changed them later, or other entries have them by now."))
	}
	if len(out) == 0 {
		out = append(out, v.T("web.nothing-returned", "Nothing was left to return: people had changed it all."))
	}
	return out
}

func (s *server) revertBatch(w http.ResponseWriter, r *http.Request, v *view) error {
	b, c, err := s.findBatch(r, v)
	if err != nil {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	if err := parse(r); err != nil {
		return err
	}
	note := r.PostForm.Get("note")
	u, err := s.Registry.Undo(r.Context(), v.By, b.ID, note)
	if again(err) {
		return s.showBatch(w, r, v, statuses[pollen.KindOf(err)], &batchData{C: c, B: b, Note: note, Problem: v.Error(err)})
	}
	if err != nil {
		return err
	}
	return see(w, r, "/batches/"+u.Batch.ID.String())
}

type batchesData struct {
	C     *registry.Collection
	Lines []batchLine
	More  part.Pager
}

func (s *server) batches(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	v.Page.Title, v.Page.Section, v.Page.Crumbs = v.T("web.batches-of", "Batches: {collection}", "collection", c.LabelIn(v.Tag())), part.Collections, v.crumbs(c)
	page, err := s.Registry.Batches(r.Context(), v.By, c.Slug, perTable, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	p := &batchesData{C: c, More: v.more("/c/"+c.Slug+"/+batches?", page.Next)}
	if p.Lines, err = s.batchLines(r, v, page.Items); err != nil {
		return err
	}
	return show(w, r, v, http.StatusOK, batchesPage(v, p))
}
