package web

import (
	"context"
	"net/http"
	"slices"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
)

func (s *server) exportRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/+export", s.page(s.export))
}

// table is a format to take entries along in.
type table struct {
	format tabular.Format
	name   string
}

var tables = []table{
	{tabular.CSV, "CSV"},
	{tabular.XLSX, "XLSX"},
	{tabular.JSONL, "JSONL"},
}

// export answers with the entries that a filter finds as a table, or with all
// revisions of all entries. What ends early is broken off, so that nobody takes
// a part for the whole.
func (s *server) export(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tables, func(t table) bool { return string(t.format) == r.FormValue("format") })
	if i < 0 {
		return absent()
	}
	session := ""
	if v.By.SignedIn() {
		session = cookie(r, s.sessionCookie())
	}
	x := transfer.Exporting{Format: tables[i].format, History: r.FormValue("history") != "",
		Renew: func(ctx context.Context) (pollen.Actor, error) { return s.Doors.Actor(ctx, session) }}
	if text := r.FormValue("filter"); text != "" && !x.History {
		if x.Filter, err = filter.Parse(text); err != nil {
			return err
		}
		if _, err := s.Registry.Count(r.Context(), v.By, c.Slug, x.Filter, 1); err != nil {
			return err
		}
	}
	if err := download(w, x.Format.MediaType(), c.Slug+"."+string(tables[i].format), nil); err != nil {
		return err
	}
	if _, err := s.Transfer.Export(r.Context(), v.By, c.Slug, w, x); err != nil {
		if pollen.Is(err, pollen.Internal) && r.Context().Err() == nil {
			s.Log.Error("export ended early", "collection", c.Slug, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exports are the addresses of the tables of what a list finds, and of all
// revisions.
func (v *view) exports(l listing) (out []part.Link) {
	for _, t := range tables {
		u := listing{c: l.c, filter: l.filter}.values()
		u.Set("format", string(t.format))
		out = append(out, part.Link{Text: t.name, Href: "/c/" + l.c.Slug + "/+export?" + u.Encode()})
	}
	return append(out, part.Link{Text: v.T("web.export-history", "All with their history (JSONL)"), Href: "/c/" + l.c.Slug + "/+export?format=jsonl&history=1"})
}
