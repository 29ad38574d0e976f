package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/base/journal"
)

// Thanks are a gift in return, as served.
type Thanks struct {
	By   string    `json:"by" doc:"Handle of the persona"`
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
}

// Contribution is an act with what hangs on it.
type Contribution struct {
	Act
	Words  *Words   `json:"words,omitempty" doc:"What was said, where it is words"`
	Thanks []Thanks `json:"thanks"`
}

type contributionIn struct {
	Caller
	ID string `path:"id"`
}

type contributionOut struct{ Body Contribution }

type thankIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Note string `json:"note,omitempty" doc:"One sentence"`
	}
}

type thankOut struct {
	Location string `header:"Location"`
	Body     struct {
		Contribution pollen.ActID `json:"contribution" doc:"The act of thanking"`
	}
}

func contributionPath(id pollen.ActID) string { return "/api/v1/contributions/" + id.String() }

func (s *server) contributions(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "get-contribution", Method: http.MethodGet, Path: "/api/v1/contributions/{id}", Summary: "One act of the journal, its words, and the thanks for it"},
		on(s, func(in *contributionIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *contributionIn) (*contributionOut, error) {
			return named(in.ID, func(id pollen.ActID) (*contributionOut, error) { return s.contribution(ctx, by, id) })
		}))
	huma.Register(api, huma.Operation{OperationID: "thank", Method: http.MethodPost, Path: "/api/v1/contributions/{id}/thanks", Summary: "Thank for a contribution", DefaultStatus: http.StatusCreated},
		on(s, func(in *thankIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *thankIn) (*thankOut, error) {
			return named(in.ID, func(id pollen.ActID) (*thankOut, error) {
				t, err := s.Thanks.Thank(ctx, by, id, in.Body.Note)
				out := &thankOut{}
				out.Location, out.Body.Contribution = contributionPath(t.ID), t.ID
				return out, err
			})
		}))
	s.actOn(api, "withdraw-thanks", http.MethodDelete, "/thanks", "Take your thanks back", func(ctx context.Context, by pollen.Actor, id pollen.ActID) error {
		return s.Thanks.Withdraw(ctx, by, id)
	})
	huma.Register(api, huma.Operation{OperationID: "list-waiting", Method: http.MethodGet, Path: "/api/v1/waiting", Summary: "Links and mass changes of newcomers that await a second pair of eyes, for those who may be one"},
		on(s, func(in *journalIn) Caller { return in.Caller }, s.waiting))
	s.actOn(api, "see-contribution", http.MethodPost, "/seen", "Let through what awaits a second pair of eyes", func(ctx context.Context, by pollen.Actor, id pollen.ActID) error {
		return s.Guard.See(ctx, by, id)
	})
}

// waiting lists what awaits a second pair of eyes.
func (s *server) waiting(ctx context.Context, by pollen.Actor, in *journalIn) (*journalOut, error) {
	p, err := s.Guard.Waiting(ctx, by, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	return s.acts(ctx, by, p)
}

func (s *server) contribution(ctx context.Context, by pollen.Actor, id pollen.ActID) (*contributionOut, error) {
	a, err := s.Registry.Contribution(ctx, by, id)
	if err != nil {
		return nil, err
	}
	posts, err := s.Talk.Of(ctx, by, []journal.Act{a})
	if err != nil {
		return nil, err
	}
	given, err := s.Thanks.Of(ctx, by, []pollen.ActID{id})
	if err != nil {
		return nil, err
	}
	told, err := s.actsOf(ctx, by, []*journal.Act{&a})
	if err != nil {
		return nil, err
	}
	var ids []pollen.PersonaID
	for _, t := range given[id] {
		ids = append(ids, t.By)
	}
	names, err := s.Personas.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := &contributionOut{Contribution{Act: told[0], Thanks: []Thanks{}}}
	for _, t := range given[id] {
		out.Body.Thanks = append(out.Body.Thanks, Thanks{names[t.By].Handle, t.Note, t.At})
	}
	if p, ok := posts[id]; ok {
		said, err := s.said(ctx, by, p, nil)
		if err != nil {
			return nil, err
		}
		out.Body.Words = &said.Body
	}
	return out, nil
}
