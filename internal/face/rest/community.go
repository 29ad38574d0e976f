package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/community"
)

// Community is a community as served and as founded.
type Community struct {
	Slug    string             `json:"slug"`
	Name    map[string]string  `json:"name" doc:"By language"`
	Purpose string             `json:"purpose,omitempty" doc:"Markdown"`
	Join    community.JoinRule `json:"join" enum:"open,request,invitation"`
	Members int                `json:"members,omitempty" readOnly:"true"`
}

func communityOf(c *community.Community) Community {
	return Community{c.Slug, c.Name, c.Purpose, c.Join, c.Members}
}

type communitiesIn struct {
	Caller
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type communitiesOut struct{ Body pollen.Page[Community] }

type communityIn struct {
	Caller
	Slug string `path:"slug"`
}

type communityOut struct {
	Location string `header:"Location"`
	Body     Community
}

type newCommunityIn struct {
	Caller
	Body Community
}

type inviteIn struct {
	Caller
	Slug string `path:"slug"`
	Body struct {
		Handle string `json:"handle" doc:"Of the persona"`
	}
}

type joinOut struct {
	Body struct {
		Joined bool `json:"joined" doc:"False: you asked, and a member will answer"`
	}
}

func (s *server) communities(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-communities", Method: http.MethodGet, Path: "/api/v1/communities", Summary: "The communities"},
		on(s, func(in *communitiesIn) Caller { return in.Caller }, func(ctx context.Context, _ pollen.Actor, in *communitiesIn) (*communitiesOut, error) {
			all, err := s.Communities.List(ctx)
			if err != nil {
				return nil, err
			}
			p, err := paged(all, func(c community.Community) string { return c.Slug }, func(c community.Community) Community { return communityOf(&c) }, in.Limit, in.Cursor)
			return &communitiesOut{p}, err
		}))
	huma.Register(api, huma.Operation{OperationID: "get-community", Method: http.MethodGet, Path: "/api/v1/communities/{slug}", Summary: "A community"},
		on(s, func(in *communityIn) Caller { return in.Caller }, func(ctx context.Context, _ pollen.Actor, in *communityIn) (*communityOut, error) {
			c, err := s.Communities.Get(ctx, in.Slug)
			if err != nil {
				return nil, err
			}
			return &communityOut{Body: communityOf(c)}, nil
		}))
	huma.Register(api, huma.Operation{OperationID: "found-community", Method: http.MethodPost, Path: "/api/v1/communities", Summary: "Found a community", DefaultStatus: http.StatusCreated},
		on(s, func(in *newCommunityIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *newCommunityIn) (*communityOut, error) {
			c, err := s.Communities.Found(ctx, by, community.Community{Slug: in.Body.Slug, Name: in.Body.Name, Purpose: in.Body.Purpose, Join: in.Body.Join})
			if err != nil {
				return nil, err
			}
			return &communityOut{"/api/v1/communities/" + c.Slug, communityOf(c)}, nil
		}))
	huma.Register(api, huma.Operation{OperationID: "join-community", Method: http.MethodPost, Path: "/api/v1/communities/{slug}/join", Summary: "Join, or ask to"},
		on(s, func(in *communityIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *communityIn) (*joinOut, error) {
			joined, err := s.Communities.Join(ctx, by, in.Slug)
			out := &joinOut{}
			out.Body.Joined = joined
			return out, err
		}))
	huma.Register(api, huma.Operation{OperationID: "invite-into-community", Method: http.MethodPost, Path: "/api/v1/communities/{slug}/invite", Summary: "Invite a persona, or grant its request", DefaultStatus: http.StatusNoContent},
		on(s, func(in *inviteIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *inviteIn) (*struct{}, error) {
			p, err := s.Personas.ByHandle(ctx, in.Body.Handle)
			if err != nil {
				return nil, err
			}
			return nil, s.Communities.Invite(ctx, by, in.Slug, p.ID)
		}))
	huma.Register(api, huma.Operation{OperationID: "leave-community", Method: http.MethodPost, Path: "/api/v1/communities/{slug}/leave", Summary: "Leave", DefaultStatus: http.StatusNoContent},
		on(s, func(in *communityIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *communityIn) (*struct{}, error) {
			return nil, s.Communities.Leave(ctx, by, in.Slug)
		}))
}
