package web

import (
	"net/http"

	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
)

func (s *server) homeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.page(s.home))
}

type homeData struct {
	Collections []*registry.Collection
	Changes     []changeLine
}

func (s *server) home(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Section, v.Page.Flags.NoSearch = v.T("web.what", "What are you looking for?"), part.Collections, true
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return err
	}
	lines, _, err := s.lines(r, v, journal.Query{Limit: 8}, "")
	if err != nil {
		return err
	}
	return show(w, r, v, http.StatusOK, homePage(v, &homeData{Collections: all, Changes: lines}))
}
