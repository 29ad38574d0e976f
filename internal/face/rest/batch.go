package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/registry"
)

// Batch is a batch as served.
type Batch struct {
	ID         pollen.BatchID      `json:"id"`
	Kind       registry.BatchKind  `json:"kind"`
	State      registry.BatchState `json:"state"`
	Collection string              `json:"collection"`
	By         string              `json:"by" doc:"The handle of a persona"`
	Source     string              `json:"source,omitempty" doc:"Of an import: where the rows come from"`
	Note       string              `json:"note,omitempty"`
	At         time.Time           `json:"at"`
	Ended      *time.Time          `json:"ended,omitempty"`
	Report     json.RawMessage     `json:"report,omitempty" doc:"What became of it, in counts"`
}

// BatchEntry is what a batch did to one entry.
type BatchEntry struct {
	Entry    pollen.EntryID `json:"entry"`
	Title    string         `json:"title"`
	Revision int            `json:"revision"`
	Kind     pollen.ActKind `json:"kind"`
	Diff     []FieldDiff    `json:"diff"`
}

type batchIn struct {
	Caller
	ID string `path:"id"`
}

type batchOut struct{ Body Batch }

type batchesIn struct {
	Caller
	Slug   string `path:"slug"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type batchesOut struct{ Body pollen.Page[Batch] }

type batchEntriesIn struct {
	Caller
	ID     string `path:"id"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type batchEntriesOut struct{ Body pollen.Page[BatchEntry] }

func (s *server) batches(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "get-batch", Method: http.MethodGet, Path: "/api/v1/batches/{id}", Summary: "A batch: what it is, by whom, where it stands"},
		on(s, func(in *batchIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *batchIn) (*batchOut, error) {
			return named(in.ID, func(id pollen.BatchID) (*batchOut, error) {
				b, err := s.Registry.Batch(ctx, by, id)
				if err != nil {
					return nil, err
				}
				all, err := s.batchesOf(ctx, by, []registry.Batch{b})
				if err != nil {
					return nil, err
				}
				return &batchOut{all[0]}, nil
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "list-batch-entries", Method: http.MethodGet, Path: "/api/v1/batches/{id}/entries", Summary: "The entries of a batch, with what it changed in each"},
		on(s, func(in *batchEntriesIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *batchEntriesIn) (*batchEntriesOut, error) {
			return named(in.ID, func(id pollen.BatchID) (*batchEntriesOut, error) {
				p, err := s.Registry.BatchEntries(ctx, by, id, in.Limit, in.Cursor)
				if err != nil {
					return nil, err
				}
				out := &batchEntriesOut{pollen.Page[BatchEntry]{Items: []BatchEntry{}, Next: p.Next}}
				for _, x := range p.Items {
					e := BatchEntry{Entry: x.Entry.ID, Title: x.Entry.Title, Revision: x.Revision.N, Kind: x.Revision.Kind, Diff: []FieldDiff{}}
					for _, d := range x.Diff {
						name := "body"
						if d.Field != nil {
							name = d.Field.Name
						}
						e.Diff = append(e.Diff, FieldDiff{name, d.Old, d.New, d.Words})
					}
					out.Body.Items = append(out.Body.Items, e)
				}
				return out, nil
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "list-batches", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/batches", Summary: "The batches of a collection, newest first"},
		on(s, func(in *batchesIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *batchesIn) (*batchesOut, error) {
			p, err := s.Registry.Batches(ctx, by, in.Slug, in.Limit, in.Cursor)
			if err != nil {
				return nil, err
			}
			all, err := s.batchesOf(ctx, by, p.Items)
			return &batchesOut{pollen.Page[Batch]{Items: all, Next: p.Next}}, err
		}))
}

// batchesOf gives batches as served: with the names of collections and personas.
func (s *server) batchesOf(ctx context.Context, by pollen.Actor, in []registry.Batch) ([]Batch, error) {
	who := make([]pollen.PersonaID, len(in))
	for i, b := range in {
		who[i] = b.By
	}
	names, err := s.Personas.Names(ctx, who)
	if err != nil {
		return nil, err
	}
	all, err := s.Registry.Collections(ctx, by)
	if err != nil {
		return nil, err
	}
	slugs := map[pollen.CollectionID]string{}
	for _, c := range all {
		slugs[c.ID] = c.Slug
	}
	out := make([]Batch, len(in))
	for i, b := range in {
		out[i] = Batch{ID: b.ID, Kind: b.Kind, State: b.State, Collection: slugs[b.Collection], By: names[b.By].Handle, Source: b.Source, Note: b.Note, At: b.At}
		if !b.Ended.IsZero() {
			out[i].Ended = &b.Ended
		}
		if json.Valid([]byte(b.Report)) {
			out[i].Report = json.RawMessage(b.Report)
		}
	}
	return out, nil
}
