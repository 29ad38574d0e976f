package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/search"
)

// Hit is an entry found, as served.
type Hit struct {
	ID         pollen.EntryID `json:"id"`
	Collection string         `json:"collection"`
	Slug       string         `json:"slug"`
	Title      string         `json:"title"`
}

func hits(in []search.Hit) []Hit {
	out := make([]Hit, len(in))
	for i, h := range in {
		out[i] = Hit{h.Entry, h.Collection.Slug, h.Slug, h.Title}
	}
	return out
}

type searchIn struct {
	Caller
	Q          string `query:"q"`
	Collection string `query:"collection"`
	Limit      int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor     string `query:"cursor"`
}

// Facet counts what was found in one collection.
type Facet struct {
	Collection string `json:"collection"`
	Count      int    `json:"count"`
}

type searchOut struct {
	Body struct {
		Items  []Hit   `json:"items"`
		Next   string  `json:"next,omitempty"`
		Total  int     `json:"total"`
		About  bool    `json:"about,omitempty" doc:"There are more: counting stopped"`
		Facets []Facet `json:"facets"`
	}
}

type completeIn struct {
	Caller
	Q     string `query:"q"`
	Limit int    `query:"limit" minimum:"0" maximum:"50"`
}

type completeOut struct{ Body pollen.Page[Hit] }

func (s *server) finds(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "search", Method: http.MethodGet, Path: "/api/v1/search", Summary: "Search all that you may read"},
		on(s, func(in *searchIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *searchIn) (*searchOut, error) {
			offset := 0
			if err := pollen.ReadCursor(in.Cursor, &offset); err != nil {
				return nil, err
			}
			r, err := s.Search.Find(ctx, by, search.Query{Text: in.Q, Collection: in.Collection, Limit: in.Limit, Offset: offset})
			if err != nil {
				return nil, err
			}
			out := &searchOut{}
			out.Body.Items, out.Body.Total, out.Body.About, out.Body.Facets = hits(r.Hits), r.Total, r.About, []Facet{}
			for _, f := range r.Facets {
				out.Body.Facets = append(out.Body.Facets, Facet{f.Collection.Slug, f.Count})
			}
			if r.Next > 0 {
				out.Body.Next = pollen.Cursor(r.Next)
			}
			return out, nil
		}))
	huma.Register(api, huma.Operation{OperationID: "complete", Method: http.MethodGet, Path: "/api/v1/complete", Summary: "What somebody who is typing may mean"},
		on(s, func(in *completeIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *completeIn) (*completeOut, error) {
			limit := in.Limit
			if limit == 0 {
				limit = 8
			}
			found, err := s.Search.Complete(ctx, by, search.Query{Text: in.Q, Limit: limit})
			return &completeOut{pollen.Page[Hit]{Items: hits(found)}}, err
		}))
}
