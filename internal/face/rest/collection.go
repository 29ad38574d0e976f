package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Collection is a collection as served.
type Collection struct {
	Slug     string            `json:"slug"`
	Version  int               `json:"version" doc:"Goes up with each amendment; its ETag"`
	Name     map[string]string `json:"name" doc:"By language"`
	Purpose  map[string]string `json:"purpose,omitempty"`
	Licence  string            `json:"licence,omitempty"`
	Source   string            `json:"source,omitempty"`
	Audience pollen.Audience   `json:"audience"`
	Entries  int64             `json:"entries"`
	Schema   schema.Schema     `json:"schema"`
}

func collectionOf(c *registry.Collection) Collection {
	return Collection{c.Slug, c.Version, c.Name, c.Purpose, c.Licence, c.Source, c.Audience, c.Entries, c.Schema}
}

type collectionsIn struct {
	Caller
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type collectionsOut struct{ Body pollen.Page[Collection] }

type collectionIn struct {
	Caller
	Slug string `path:"slug"`
}

type collectionOut struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     Collection
}

type foundIn struct {
	Caller
	Body struct {
		Slug      string            `json:"slug" example:"suppliers"`
		Community string            `json:"community,omitempty" doc:"The community that holds it; commons unless told"`
		Name      map[string]string `json:"name" example:"{\"en\": \"Suppliers\", \"fr\": \"Fournisseurs\"}"`
		Purpose   map[string]string `json:"purpose,omitempty"`
		Licence   string            `json:"licence,omitempty"`
		Source    string            `json:"source,omitempty"`
		Audience  pollen.Audience   `json:"audience,omitempty" enum:"public,members,community"`
		Schema    schema.Schema     `json:"schema"`
	}
}

func (s *server) collections(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-collections", Method: http.MethodGet, Path: "/api/v1/collections", Summary: "The collections that you may read"},
		on(s, func(in *collectionsIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *collectionsIn) (*collectionsOut, error) {
			all, err := s.Registry.Collections(ctx, by)
			if err != nil {
				return nil, err
			}
			p, err := paged(all, func(c *registry.Collection) string { return c.Slug }, collectionOf, in.Limit, in.Cursor)
			return &collectionsOut{p}, err
		}))
	huma.Register(api, huma.Operation{OperationID: "get-collection", Method: http.MethodGet, Path: "/api/v1/collections/{slug}", Summary: "A collection with its schema"},
		on(s, func(in *collectionIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *collectionIn) (*collectionOut, error) {
			c, err := s.Registry.Collection(ctx, by, in.Slug)
			if err != nil {
				return nil, err
			}
			return &collectionOut{ETag: etag(c.Version), Body: collectionOf(c)}, nil
		}))
	huma.Register(api, huma.Operation{OperationID: "found-collection", Method: http.MethodPost, Path: "/api/v1/collections", Summary: "Found a collection in a community of yours", DefaultStatus: http.StatusCreated},
		on(s, func(in *foundIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *foundIn) (*collectionOut, error) {
			slug := in.Body.Community
			if slug == "" {
				slug = pollen.Commons
			}
			home, err := s.Communities.Get(ctx, slug)
			if err != nil {
				return nil, err
			}
			c, err := s.Registry.Found(ctx, by, registry.NewCollection{Slug: in.Body.Slug, Community: home.ID, Name: in.Body.Name, Purpose: in.Body.Purpose,
				Licence: in.Body.Licence, Source: in.Body.Source, Audience: in.Body.Audience, Schema: in.Body.Schema})
			if err != nil {
				return nil, err
			}
			return &collectionOut{"/api/v1/collections/" + c.Slug, etag(c.Version), collectionOf(c)}, nil
		}))
	s.amendments(api)
}
