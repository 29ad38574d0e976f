package web

import (
	"errors"
	"net/http"
	"net/url"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) createRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/+new", s.page(s.newEntry))
	mux.HandleFunc("POST /c/{collection}/+new", s.page(s.create))
}

type createData struct {
	C       *registry.Collection
	Inputs  []part.Input
	Problem string
}

func (s *server) newEntry(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	return s.showNew(w, r, v, c, r.URL.Query(), nil)
}

// showNew shows the form of a new entry, filled with what was typed.
func (s *server) showNew(w http.ResponseWriter, r *http.Request, v *view, c *registry.Collection, form url.Values, failed error) error {
	v.Page.Title, v.Page.Section, v.Page.Crumbs = v.T("web.add", "Add an entry"), part.Collections, v.crumbs(c)
	p, status := &createData{C: c}, http.StatusOK
	at := ""
	if failed != nil {
		status, p.Problem = statuses[pollen.KindOf(failed)], v.Error(failed)
		if e, ok := errors.AsType[*pollen.Error](failed); ok {
			at = e.Field
		}
	}
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if !c.FieldReadable(v.By, f, 0) || f.Type == schema.Image || f.Type == schema.Attachment {
			continue
		}
		in := v.input(f, nil, nil)
		in.Rows = part.ReadInput(form, f.Name, f.Type)
		if f.Name == at {
			in.Error, p.Problem = p.Problem, v.T("web.look-again", "Something is not right yet: look at the field that is marked.")
		}
		p.Inputs = append(p.Inputs, in)
	}
	return show(w, r, v, status, createPage(v, p))
}

func (s *server) create(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	ch := registry.Change{Texts: map[string][]string{}, Note: r.PostFormValue("-note")}
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if texts, rows := typed(r.PostForm, f.Name, f, nil); len(rows) > 0 {
			ch.Texts[f.Name] = texts
		}
	}
	e, err := s.Registry.Create(r.Context(), v.By, c.Slug, ch)
	if pollen.Is(err, pollen.Invalid) || pollen.Is(err, pollen.Conflict) {
		return s.showNew(w, r, v, c, r.PostForm, err)
	}
	if err != nil {
		return err
	}
	return see(w, r, e.Path())
}
