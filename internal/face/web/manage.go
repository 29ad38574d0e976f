package web

import (
	"net/http"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) manageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}/retire", s.page(s.asking(retireTask)))
	mux.HandleFunc("POST /c/{collection}/{slug}/retire", s.page(s.retire))
	mux.HandleFunc("POST /c/{collection}/{slug}/restore", s.page(s.restore))
	mux.HandleFunc("GET /c/{collection}/{slug}/rename", s.page(s.asking(renameTask)))
	mux.HandleFunc("POST /c/{collection}/{slug}/rename", s.page(s.rename))
	mux.HandleFunc("GET /c/{collection}/{slug}/merge", s.page(s.asking(mergeTask)))
	mux.HandleFunc("POST /c/{collection}/{slug}/merge", s.page(s.merge))
}

// task is something one does with a whole entry, asked on a page of its own
// that says what will come of it.
type task struct {
	Title, Said, Do string
	Below           string // the end of its address
	Inputs          []part.Input
	Note, Problem   string
}

func retireTask(v *view, e *registry.Entry) *task {
	return &task{Title: v.T("web.retire-title", "Retire {title}?", "title", e.Title), Do: v.T("web.retire", "Retire"), Below: "/retire",
		Said: v.T("web.retire-said", "It leaves lists and search. Its history, its address and its talk stay, and anyone can bring it back.")}
}

func renameTask(v *view, e *registry.Entry) *task {
	return &task{Title: v.T("web.rename-title", "Another address for {title}", "title", e.Title), Do: v.T("web.rename", "Change the address"), Below: "/rename",
		Said: v.T("web.rename-said", "The former address leads to the new one for ever. The title does not change: correct its values for that."),
		Inputs: []part.Input{{Name: "slug", Label: v.T("web.address", "Address"), Type: schema.Code, Required: true, Rows: []part.Row{{Text: e.Slug}},
			Help: v.T("web.address-help", "Lower-case letters, digits and hyphens.")}}}
}

func mergeTask(v *view, e *registry.Entry) *task {
	return &task{Title: v.T("web.merge-title", "Merge {title} into another entry", "title", e.Title), Do: v.T("web.merge", "Merge"), Below: "/merge",
		Said:   v.T("web.merge-said", "For two entries about the same thing. This one is retired, and its address leads to the other. The other keeps its values and gets those it lacks; what refers to this one refers to it. Both histories stay."),
		Inputs: []part.Input{{Name: "into", Label: v.T("web.merge-into", "The entry that stays"), Type: schema.Reference, Target: e.Collection.Slug, Required: true}}}
}

// asking shows the page that asks for a task.
func (s *server) asking(of func(*view, *registry.Entry) *task) func(http.ResponseWriter, *http.Request, *view) error {
	return func(w http.ResponseWriter, r *http.Request, v *view) error {
		e, gone, err := s.find(w, r, v)
		if err != nil || gone {
			return err
		}
		if !v.By.SignedIn() {
			return signInFirst()
		}
		return s.showTask(w, r, v, e, http.StatusOK, of(v, e))
	}
}

func (s *server) showTask(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, status int, t *task) error {
	v.Page.Crumbs = append(v.Page.Crumbs, part.Link{Text: e.Title, Href: e.Path()})
	v.Page.Title, v.Page.Flags.NoIndex = t.Title, true
	return show(w, r, v, status, taskPage(v, e, t))
}

// refused shows a task again with the reason it was refused for.
func (s *server) refused(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, t *task, failed error) error {
	if !again(failed) {
		return failed
	}
	t.Note, t.Problem = r.PostFormValue("note"), v.Error(failed)
	if len(t.Inputs) > 0 {
		in := &t.Inputs[0]
		in.Rows, in.Error, t.Problem = part.ReadInput(r.PostForm, in.Name, in.Type), t.Problem, ""
	}
	return s.showTask(w, r, v, e, statuses[pollen.KindOf(failed)], t)
}

func (s *server) retire(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if _, err := s.Registry.Retire(r.Context(), v.By, e.ID, r.PostFormValue("note")); err != nil {
		return s.refused(w, r, v, e, retireTask(v, e), err)
	}
	return see(w, r, e.Path())
}

func (s *server) restore(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	if _, err := s.Registry.Restore(r.Context(), v.By, e.ID, r.PostFormValue("note")); err != nil {
		return s.onEntryRefused(w, r, v, e, err)
	}
	return see(w, r, e.Path())
}

func (s *server) rename(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	now, err := s.Registry.Rename(r.Context(), v.By, e.ID, r.PostFormValue("slug"))
	if err != nil {
		return s.refused(w, r, v, e, renameTask(v, e), err)
	}
	return see(w, r, now.Path())
}

func (s *server) merge(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	if err := parse(r); err != nil {
		return err
	}
	into, err := s.chosen(r, v, e.Collection)
	if err == nil {
		var now *registry.Entry
		if now, err = s.Registry.Merge(r.Context(), v.By, e.ID, into, r.PostFormValue("note")); err == nil {
			return see(w, r, now.Path()+"?from="+e.Slug)
		}
	}
	return s.refused(w, r, v, e, mergeTask(v, e), err)
}

// chosen finds the entry that was chosen from the list, or typed by its title
// or address.
func (s *server) chosen(r *http.Request, v *view, c *registry.Collection) (pollen.EntryID, error) {
	text := ""
	for _, row := range part.ReadInput(r.PostForm, "into", schema.Reference) {
		if text = row.Text; row.Ref != "" {
			text = row.Ref
		}
	}
	found, err := s.Registry.Named(r.Context(), v.By, c.Slug, text)
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, pollen.Errorf(pollen.Invalid, "web.merge-none", "There is no entry “{text}” in this collection. Choose one from the list.", "text", text)
	case len(found) > 1:
		return 0, pollen.Errorf(pollen.Invalid, "web.merge-many", "Several entries are called “{text}”. Choose one from the list, or type its address.", "text", text)
	}
	return found[0].From, nil
}
