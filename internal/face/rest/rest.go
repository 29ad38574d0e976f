// Package rest is the REST face, /api/v1: JSON, errors by RFC 9457, OpenAPI
// 3.1 generated from this code at /api/v1/openapi.json. It translates and
// never decides.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/domain/community"
	"pollen/internal/domain/freshness"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/access"
	"pollen/internal/pure/i18n"
)

// Options are what the face stands on.
type Options struct {
	Registry    *registry.Registry
	Communities *community.Communities
	Personas    *persona.Personas
	Search      *search.Search
	Talk        *talk.Talk
	Thanks      *thanks.Box
	Transfer    *transfer.Transfer
	Notices     *notify.Notices
	Freshness   *freshness.Freshness
	Guard       *guard.Guard
	// Actor tells who calls, from a bearer token; "" is an anonymous reader.
	Actor func(ctx context.Context, token string) (pollen.Actor, error)
	Blobs *blob.Store
	Log   *slog.Logger
}

type server struct{ Options }

// Register adds the routes of the face to a mux and returns the API, whose
// OpenAPI document describes them.
func Register(mux *http.ServeMux, o Options) huma.API {
	c := huma.DefaultConfig("Pollen", pollen.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/api/v1/openapi", "", ""
	c.CreateHooks = nil
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.Info.Description = "A directory that its own users keep alive. Anyone who may read an entry and is signed in may improve it at once."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "An API token of a persona: pollen token --persona HANDLE."},
	}
	c.Security = []map[string][]string{{"token": {}}, {}}
	api := humago.New(mux, c)
	api.UseMiddleware(known)
	s := &server{o}
	s.collections(api)
	s.entries(api)
	s.histories(api)
	s.lives(api)
	s.transfers(api)
	s.batches(api)
	s.finds(api)
	s.communities(api)
	s.talks(api)
	s.contributions(api)
	s.blobs(api)
	s.notices(api)
	describe(api.OpenAPI())
	mux.HandleFunc("/api/v1/", func(w http.ResponseWriter, r *http.Request) {
		huma.WriteErr(api, humago.NewContext(nil, r, w), http.StatusNotFound, "There is nothing at this address.")
	})
	return api
}

// Caller is who calls; every operation embeds it.
type Caller struct {
	Authorization string `header:"Authorization" doc:"Bearer and an API token" hidden:"true"`
	Language      string `header:"Accept-Language" hidden:"true"`
}

// reader is the language in which the caller is answered.
func (c Caller) reader() string { return i18n.Match("", c.Language).Tag() }

// actor finds out who calls. It fails with Unauthenticated on a wrong token.
func (s *server) actor(ctx context.Context, c Caller) (pollen.Actor, error) {
	if c.Authorization == "" {
		by, err := s.Actor(ctx, "")
		if err == nil {
			err = access.Enter(by).Err(by, access.Decision{OK: true})
		}
		return by, err
	}
	scheme, token, _ := strings.Cut(c.Authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return pollen.Actor{}, pollen.Errorf(pollen.Unauthenticated, "rest.scheme", "Sign in with: Authorization: Bearer and an API token.")
	}
	return s.Actor(ctx, token)
}

// on runs an operation for its caller and turns its error into a problem.
func on[In, Out any](s *server, caller func(*In) Caller, run func(context.Context, pollen.Actor, *In) (*Out, error)) func(context.Context, *In) (*Out, error) {
	return func(ctx context.Context, in *In) (*Out, error) {
		by, err := s.actor(ctx, caller(in))
		if err == nil {
			var out *Out
			if out, err = run(ctx, by, in); err == nil {
				return out, nil
			}
		}
		return nil, s.problem(err, caller(in).Language)
	}
}

// named runs an operation on the object whose identifier stands in the address.
// What is no identifier names nothing: NotFound.
func named[K any, Out any](text string, run func(pollen.ID[K]) (*Out, error)) (*Out, error) {
	id, err := pollen.ParseID[K](text)
	if err != nil {
		return nil, pollen.Absent().Because(err)
	}
	return run(id)
}

// paged cuts one page out of a short list that is ordered by a key.
func paged[T, Out any](all []T, key func(T) string, as func(T) Out, limit int, cursor string) (p pollen.Page[Out], err error) {
	p.Items, limit = []Out{}, pollen.Limit(limit)
	after := ""
	if err := pollen.ReadCursor(cursor, &after); err != nil {
		return p, err
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	for i, x := range all {
		if key(x) <= after {
			continue
		}
		if len(p.Items) == limit {
			p.Next = pollen.Cursor(key(all[i-1]))
			break
		}
		p.Items = append(p.Items, as(x))
	}
	return p, nil
}
