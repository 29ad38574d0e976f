package web

import (
	"net/http"
	"strconv"
	"strings"

	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
)

func (s *server) historyRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}/history", s.page(s.history))
	mux.HandleFunc("POST /c/{collection}/{slug}/revert", s.page(s.revert))
}

type historyData struct {
	E         *registry.Entry
	Revisions []part.Revision
	From, To  int
	Diff      []part.DiffField
	More      part.Pager
	CanEdit   bool
}

func (s *server) history(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "/history")
	if err != nil || gone {
		return err
	}
	revs, err := s.Registry.Revisions(r.Context(), v.By, e.ID, 50, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	names, err := s.revisers(r, revs.Items)
	if err != nil {
		return err
	}
	p := &historyData{E: e, More: v.more("?", revs.Next), CanEdit: v.By.SignedIn() && e.Live(), From: number(r, "from", max(e.Revision-1, 1)), To: number(r, "to", e.Revision)}
	for _, rev := range revs.Items {
		p.Revisions = append(p.Revisions, part.Revision{N: rev.N, What: strings.TrimSuffix(did(v, rev.Kind), ":"), By: author(names[rev.By]),
			When: part.When{At: rev.At, Words: v.Ago(rev.At, s.Now())}, Note: rev.Note})
	}
	diffs, err := s.Registry.Diff(r.Context(), v.By, e.ID, p.From, p.To)
	if err != nil {
		return err
	}
	for _, d := range diffs {
		p.Diff = append(p.Diff, v.difference(d))
	}
	return show(w, r, v, http.StatusOK, historyPage(v, p))
}

// difference is what became of one value, as people read it.
func (v *view) difference(d registry.FieldDiff) part.DiffField {
	line := part.DiffField{Label: v.T("web.body", "The text below")}
	if d.Field != nil {
		line.Label = d.Field.LabelIn(v.Tag())
	}
	for _, x := range d.Words {
		line.Pieces = append(line.Pieces, part.DiffPiece{Op: part.Op(x.Op), Text: x.Text})
	}
	if d.Words == nil && d.Field != nil {
		line.Old, line.New = d.Field.Text(d.Old), d.Field.Text(d.New)
	}
	return line
}

func number(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil || n < 1 {
		return otherwise
	}
	return n
}

func (s *server) revert(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v, "/history")
	if err != nil || gone {
		return err
	}
	if _, err := s.Registry.Revert(r.Context(), v.By, e.ID, number(r, "to", 0), ""); err != nil {
		return err
	}
	return see(w, r, e.Path()+"/history")
}
