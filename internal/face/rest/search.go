package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/pure/filter"
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
	Filter     string `query:"filter" doc:"With collection: narrows what was found by values, as in lists"`
	Facets     bool   `query:"facets" doc:"With collection: counts by the values of its fields, too"`
	Limit      int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor     string `query:"cursor"`
}

// Facet counts what was found in one collection.
type Facet struct {
	Collection string `json:"collection"`
	Count      int    `json:"count"`
	About      bool   `json:"about,omitempty" doc:"There may be more"`
}

// FieldFacet counts entries by the values of one field.
type FieldFacet struct {
	Field string      `json:"field"`
	Terms []FacetTerm `json:"terms"`
	More  bool        `json:"more,omitempty" doc:"There are other values"`
}

// FacetTerm is one value, as a filter takes it.
type FacetTerm struct {
	Value string `json:"value"`
	Count int    `json:"count"`
	About bool   `json:"about,omitempty" doc:"There are more: counting stopped"`
}

func facets(in []registry.Facet) []FieldFacet {
	out := make([]FieldFacet, len(in))
	for i, f := range in {
		out[i] = FieldFacet{Field: f.Field.Name, Terms: make([]FacetTerm, len(f.Terms)), More: f.More}
		for k, t := range f.Terms {
			out[i].Terms[k] = FacetTerm{t.Key, t.N, t.About}
		}
	}
	return out
}

type searchOut struct {
	Body struct {
		Items  []Hit        `json:"items"`
		Next   string       `json:"next,omitempty"`
		Total  int          `json:"total"`
		About  bool         `json:"about,omitempty" doc:"There are more: counting stopped"`
		Ranked int          `json:"ranked,omitempty" doc:"How many the pages give, the best ones, where more are found: narrow the search to come to the others"`
		Facets []Facet      `json:"facets"`
		Values []FieldFacet `json:"values,omitempty" doc:"When facets are asked for: counts by value"`
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
			q := search.Query{Text: in.Q, Collection: in.Collection, Language: in.reader(), Values: in.Facets, Limit: in.Limit, Offset: offset}
			if in.Filter != "" {
				e, err := filter.Parse(in.Filter)
				if err != nil {
					return nil, err
				}
				q.Filter = e
			}
			r, err := s.Search.Find(ctx, by, q)
			if err != nil {
				return nil, err
			}
			out := &searchOut{}
			out.Body.Values, out.Body.Ranked = facets(r.Values), r.Ranked
			out.Body.Items, out.Body.Total, out.Body.About, out.Body.Facets = hits(r.Hits), r.Total, r.About, []Facet{}
			for _, f := range r.Facets {
				out.Body.Facets = append(out.Body.Facets, Facet{f.Collection.Slug, f.Count, f.About})
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
			found, err := s.Search.Complete(ctx, by, search.Query{Text: in.Q, Language: in.reader(), Limit: limit})
			return &completeOut{pollen.Page[Hit]{Items: hits(found)}}, err
		}))
}
