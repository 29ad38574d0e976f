package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/diff"
)

// Revision is a revision as served.
type Revision struct {
	N     int            `json:"n"`
	Kind  pollen.ActKind `json:"kind"`
	By    string         `json:"by" doc:"Handle of the persona"`
	At    time.Time      `json:"at"`
	Note  string         `json:"note,omitempty"`
	Batch pollen.BatchID `json:"batch,omitzero"`
	Act   pollen.ActID   `json:"contribution"`
}

// FieldDiff is what became of one value.
type FieldDiff struct {
	Field string          `json:"field" doc:"Its name; body for the body"`
	Old   json.RawMessage `json:"old,omitempty"`
	New   json.RawMessage `json:"new,omitempty"`
	Words []diff.Piece    `json:"words,omitempty"`
}

// Act is what happened, as served.
type Act struct {
	ID     pollen.ActID   `json:"id"`
	Number int64          `json:"number"`
	At     time.Time      `json:"at"`
	By     string         `json:"by"`
	Kind   pollen.ActKind `json:"kind"`
	Object pollen.Object  `json:"object"`
	Batch  pollen.BatchID `json:"batch,omitzero"`
	Causes []pollen.Cause `json:"causes,omitempty"`
	Detail ActDetail      `json:"detail,omitzero"`
	Held   journal.Held   `json:"held,omitempty" enum:"waiting,seen,taken-back" doc:"Of what you gave while you were new here: whether a second pair of eyes looked at it"`
}

// ActDetail is what an act says beyond its kind and object.
type ActDetail struct {
	journal.Detail
	Fields []string `json:"fields,omitempty" doc:"The names of the fields it changed, as far as you may read them"`
}

// actsOf gives acts as served, with names in place of the identifiers of personas
// and fields. That one is held is its author's affair, and of those who look.
func (s *server) actsOf(ctx context.Context, by pollen.Actor, acts []*journal.Act) ([]Act, error) {
	ids, fields := make([]pollen.PersonaID, len(acts)), false
	for i, a := range acts {
		ids[i] = a.Persona
		fields = fields || len(a.Detail.Fields) > 0
	}
	names, err := s.Personas.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	called := map[pollen.FieldID]string{}
	if fields {
		if called, err = s.calledFields(ctx, by); err != nil {
			return nil, err
		}
	}
	out := make([]Act, len(acts))
	for i, a := range acts {
		out[i] = Act{ID: a.ID, Number: a.Number, At: a.At, By: names[a.Persona].Handle, Kind: a.Kind, Object: a.Object, Batch: a.Batch, Causes: a.Causes, Detail: ActDetail{Detail: a.Detail}}
		for _, id := range a.Detail.Fields {
			if name := called[id]; name != "" {
				out[i].Detail.Fields = append(out[i].Detail.Fields, name)
			}
		}
		if a.Persona == by.Persona {
			out[i].Held = a.Held
		}
	}
	return out, nil
}

// calledFields tells what the fields are called of the collections that the actor
// may read.
func (s *server) calledFields(ctx context.Context, by pollen.Actor) (map[pollen.FieldID]string, error) {
	all, err := s.Registry.Collections(ctx, by)
	names := map[pollen.FieldID]string{}
	for _, c := range all {
		for i := range c.Schema.Fields {
			names[c.Schema.Fields[i].ID] = c.Schema.Fields[i].Name
		}
	}
	return names, err
}

type revisionsIn struct {
	Caller
	ID     string `path:"id"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type revisionsOut struct{ Body pollen.Page[Revision] }

type diffIn struct {
	Caller
	ID   string `path:"id"`
	From int    `query:"from" required:"true" minimum:"1"`
	To   int    `query:"to" required:"true" minimum:"1"`
}

type diffOut struct{ Body pollen.Page[FieldDiff] }

type restoreIn struct {
	Caller
	ID   string `path:"id"`
	Note string `query:"note"`
}

type revertIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		To   int    `json:"to" minimum:"1"`
		Base int    `json:"base,omitempty" minimum:"1" doc:"The revision you read: 409 when a value changed since"`
		Note string `json:"note,omitempty"`
	}
}

type mergeIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Into pollen.EntryID `json:"into"`
		Note string         `json:"note,omitempty"`
	}
}

type renameIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Slug string `json:"slug"`
	}
}

type undoIn struct {
	Caller
	ID   string `path:"id"`
	Note string `query:"note"`
}

type undoOut struct {
	Body struct {
		Batch    pollen.BatchID `json:"batch" doc:"The batch that undid it"`
		Returned int            `json:"returned" doc:"Entries whose values returned"`
		Retired  int            `json:"retired" doc:"Entries that it had made or brought back"`
		Restored int            `json:"restored" doc:"Entries that it had retired"`
		Kept     int            `json:"kept" doc:"Values that stayed: people changed them later, or another entry has them by now"`
	}
}

type journalIn struct {
	Caller
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type journalOut struct{ Body pollen.Page[Act] }

func (s *server) histories(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-revisions", Method: http.MethodGet, Path: "/api/v1/entries/{id}/revisions", Summary: "The history of an entry, newest first"},
		on(s, func(in *revisionsIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *revisionsIn) (*revisionsOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*revisionsOut, error) { return s.revisions(ctx, by, in, id) })
		}))
	huma.Register(api, huma.Operation{OperationID: "diff-revisions", Method: http.MethodGet, Path: "/api/v1/entries/{id}/diff", Summary: "Two revisions compared, value by value and word by word"},
		on(s, func(in *diffIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *diffIn) (*diffOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*diffOut, error) { return s.diff(ctx, by, id, in.From, in.To) })
		}))
	huma.Register(api, huma.Operation{OperationID: "restore-entry", Method: http.MethodPost, Path: "/api/v1/entries/{id}/restore", Summary: "Bring a retired or merged entry back"},
		on(s, func(in *restoreIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *restoreIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
				e, err := s.Registry.Restore(ctx, by, id, in.Note)
				return s.answered(ctx, by, e, err)
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "revert-entry", Method: http.MethodPost, Path: "/api/v1/entries/{id}/revert", Summary: "Return to an earlier revision, as a new one"},
		on(s, func(in *revertIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *revertIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
				e, err := s.Registry.Revert(ctx, by, id, registry.Reversal{To: in.Body.To, Base: in.Body.Base, Note: in.Body.Note})
				return s.answered(ctx, by, e, err)
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "merge-entry", Method: http.MethodPost, Path: "/api/v1/entries/{id}/merge", Summary: "Merge an entry into another of its collection"},
		on(s, func(in *mergeIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *mergeIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
				e, err := s.Registry.Merge(ctx, by, id, in.Body.Into, in.Body.Note)
				return s.answered(ctx, by, e, err)
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "rename-entry", Method: http.MethodPost, Path: "/api/v1/entries/{id}/rename", Summary: "Give an entry another address; the former one leads to it"},
		on(s, func(in *renameIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *renameIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
				e, err := s.Registry.Rename(ctx, by, id, in.Body.Slug)
				return s.answered(ctx, by, e, err)
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "revert-batch", Method: http.MethodPost, Path: "/api/v1/batches/{id}/revert", Summary: "Undo a batch, value by value"},
		on(s, func(in *undoIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *undoIn) (*undoOut, error) {
			return named(in.ID, func(id pollen.BatchID) (*undoOut, error) {
				u, err := s.Registry.Undo(ctx, by, id, in.Note)
				if err != nil {
					return nil, err
				}
				out := &undoOut{}
				out.Body.Batch, out.Body.Returned, out.Body.Retired, out.Body.Restored, out.Body.Kept = u.Batch.ID, u.Returned, u.Retired, u.Restored, u.Kept
				return out, nil
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "list-journal", Method: http.MethodGet, Path: "/api/v1/journal", Summary: "What happened, newest first, as far as you may read it"},
		on(s, func(in *journalIn) Caller { return in.Caller }, s.journal))
}

// answered gives an entry as served, unless there was an error.
func (s *server) answered(ctx context.Context, by pollen.Actor, e *registry.Entry, err error) (*entryOut, error) {
	if err != nil {
		return nil, err
	}
	all, err := s.entriesOf(ctx, by, []*registry.Entry{e})
	if err != nil {
		return nil, err
	}
	return &entryOut{Status: http.StatusOK, ETag: etag(e.Revision), Body: all[0]}, nil
}

func (s *server) diff(ctx context.Context, by pollen.Actor, id pollen.EntryID, from, to int) (*diffOut, error) {
	ds, err := s.Registry.Diff(ctx, by, id, from, to)
	if err != nil {
		return nil, err
	}
	out := &diffOut{Body: pollen.Page[FieldDiff]{Items: []FieldDiff{}}}
	for _, d := range ds {
		name := "body"
		if d.Field != nil {
			name = d.Field.Name
		}
		out.Body.Items = append(out.Body.Items, FieldDiff{name, d.Old, d.New, d.Words})
	}
	return out, nil
}

func (s *server) revisions(ctx context.Context, by pollen.Actor, in *revisionsIn, id pollen.EntryID) (*revisionsOut, error) {
	p, err := s.Registry.Revisions(ctx, by, id, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	ids := make([]pollen.PersonaID, len(p.Items))
	for i, r := range p.Items {
		ids[i] = r.By
	}
	names, err := s.Personas.Names(ctx, ids)
	out := &revisionsOut{Body: pollen.Page[Revision]{Items: []Revision{}, Next: p.Next}}
	for _, r := range p.Items {
		out.Body.Items = append(out.Body.Items, Revision{r.N, r.Kind, names[r.By].Handle, r.At, r.Note, r.Batch, r.Act})
	}
	return out, err
}

func (s *server) journal(ctx context.Context, by pollen.Actor, in *journalIn) (*journalOut, error) {
	p, err := s.Registry.Changes(ctx, by, journal.Query{Limit: in.Limit}, in.Cursor)
	if err != nil {
		return nil, err
	}
	return s.acts(ctx, by, p)
}

// acts serves a page of acts.
func (s *server) acts(ctx context.Context, by pollen.Actor, p pollen.Page[journal.Act]) (*journalOut, error) {
	acts := make([]*journal.Act, len(p.Items))
	for i := range p.Items {
		acts[i] = &p.Items[i]
	}
	items, err := s.actsOf(ctx, by, acts)
	return &journalOut{Body: pollen.Page[Act]{Items: items, Next: p.Next}}, err
}
