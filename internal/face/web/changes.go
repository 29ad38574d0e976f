package web

import (
	"net/http"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/face/web/part"
)

func (s *server) changesRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /changes", s.page(s.changes))
}

// perChanges is how many acts one page of recent changes tells.
const perChanges = 60

func (s *server) changes(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Section = v.T("web.changes-nav", "Recent changes"), part.Changes
	lines, next, err := s.lines(r, v, journal.Query{Limit: perChanges}, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	return show(w, r, v, http.StatusOK, changesPage(v, lines, v.more("/changes?", next)))
}

// changeLine is one act of the journal as a sentence.
type changeLine struct {
	Act  pollen.ActID
	By   part.Author
	Did  string
	What part.Link // Href "" where there is no page to show
	At   time.Time
	When string
}

// lines tells what happened, as sentences.
func (s *server) lines(r *http.Request, v *view, q journal.Query, cursor string) ([]changeLine, string, error) {
	p, err := s.Registry.Changes(r.Context(), v.By, q, cursor)
	if err != nil {
		return nil, "", err
	}
	var who []pollen.PersonaID
	var what []pollen.EntryID
	for _, a := range p.Items {
		who = append(who, a.Persona)
		if a.Object.Kind == pollen.ObjectEntry {
			what = append(what, pollen.EntryID(a.Object.ID))
		}
	}
	names, err := s.Personas.Names(r.Context(), who)
	if err != nil {
		return nil, "", err
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, what)
	if err != nil {
		return nil, "", err
	}
	var out []changeLine
	for _, a := range p.Items {
		l := changeLine{Act: a.ID, By: author(names[a.Persona]), Did: did(v, a.Kind), At: a.At, When: v.Ago(a.At, s.Now())}
		switch t, ok := titles[pollen.EntryID(a.Object.ID)]; {
		case a.Object.Kind == pollen.ObjectEntry && ok:
			l.What = part.Link{Text: t.Title, Href: "/c/" + t.Collection + "/" + t.Slug}
		case a.Object.Kind == pollen.ObjectBatch:
			l.What.Text = v.N("web.entries", a.Detail.Count, "{n} entry", "{n} entries")
		case a.Object.Kind == pollen.ObjectCollection:
			l.What = part.Link{Text: a.Detail.Name, Href: "/c/" + a.Detail.Name}
		}
		out = append(out, l)
	}
	return out, p.Next, nil
}

// did says what an act did, between who and what.
func did(v *view, k pollen.ActKind) string {
	switch k {
	case pollen.ActCreate:
		return v.T("web.did-create", "added it:")
	case pollen.ActRevise:
		return v.T("web.did-revise", "improved it:")
	case pollen.ActRevert:
		return v.T("web.did-revert", "returned to a former state:")
	case pollen.ActRetire:
		return v.T("web.did-retire", "retired it:")
	case pollen.ActRestore:
		return v.T("web.did-restore", "brought it back:")
	case pollen.ActMerge:
		return v.T("web.did-merge", "merged it:")
	case pollen.ActRename:
		return v.T("web.did-rename", "gave it another address:")
	case pollen.ActImport:
		return v.T("web.did-import", "imported some:")
	case pollen.ActFound:
		return v.T("web.did-found", "founded it:")
	case pollen.ActJoin:
		return v.T("web.did-join", "joined a community")
	case pollen.ActLeave:
		return v.T("web.did-leave", "left a community")
	}
	return v.T("web.did-other", "did something else:")
}
