package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/notify"
)

// Follow is something that one follows, as served.
type Follow struct {
	Kind       pollen.ObjectKind `json:"kind" enum:"entry,collection,community"`
	ID         pollen.AnyID      `json:"id"`
	Slug       string            `json:"slug,omitempty"`
	Collection string            `json:"collection,omitempty" doc:"Of an entry"`
	Title      string            `json:"title,omitempty" doc:"Of an entry"`
	Name       map[string]string `json:"name,omitempty" doc:"Of a collection or a community, by language"`
}

func followOf(f notify.Follow) Follow {
	return Follow{f.Object.Kind, f.Object.ID, f.Slug, f.In, f.Title, f.Name}
}

// Notice tells its reader of one act, as served.
type Notice struct {
	Kind  notify.Kind    `json:"kind" doc:"Why you are told" enum:"mine,self,undone,reverted,thanked,seen,answered,helped,mention,looked,talk,holding,change"`
	Act   Act            `json:"contribution"`
	Entry pollen.EntryID `json:"entry,omitzero" doc:"The entry it is about"`
	Read  time.Time      `json:"read,omitzero" doc:"When you read it"`
	Undo  bool           `json:"undo,omitempty" doc:"You can take it back: POST …/undo"`
	Note  string         `json:"note,omitempty" doc:"The sentence that came with thanks, or why your claim of an imported author was contested"`
	Words *Words         `json:"words,omitempty" doc:"What was said"`
}

type followsIn struct {
	Caller
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type followsOut struct{ Body pollen.Page[Follow] }

type followIn struct {
	Caller
	Body struct {
		Kind pollen.ObjectKind `json:"kind" enum:"entry,collection,community"`
		ID   string            `json:"id" doc:"An identifier; of a collection or a community also its address"`
	}
}

type followOut struct{ Body Follow }

type leaveIn struct {
	Caller
	Kind pollen.ObjectKind `query:"kind" required:"true" enum:"entry,collection,community"`
	ID   string            `query:"id" required:"true"`
}

type noticesIn struct {
	Caller
	Unread bool   `query:"unread" doc:"Those alone that you did not read"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type noticesOut struct{ Body pollen.Page[Notice] }

type readIn struct {
	Caller
	Body struct {
		Contributions []pollen.ActID `json:"contributions,omitempty" maxItems:"1000" doc:"Those whose notices you read"`
		UpTo          pollen.ActID   `json:"up_to,omitzero" doc:"Or: every notice up to that of this contribution, the newest that you saw"`
	}
}

type meIn struct{ Caller }

// Me is the persona who calls.
type Me struct {
	Handle      string             `json:"handle"`
	Name        string             `json:"name"`
	Kind        pollen.PersonaKind `json:"kind"`
	Entry       pollen.EntryID     `json:"entry,omitzero" doc:"The entry in people that describes you"`
	Communities []string           `json:"communities" doc:"Addresses of those that you belong to"`
	Unread      int                `json:"unread" doc:"Notices that you did not read, to 100 at most"`
}

type meOut struct{ Body Me }

func (s *server) notices(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-follows", Method: http.MethodGet, Path: "/api/v1/follows", Summary: "What you follow; nobody else is told"},
		on(s, func(in *followsIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *followsIn) (*followsOut, error) {
			p, err := s.Notices.Followed(ctx, by, in.Limit, in.Cursor)
			out := &followsOut{pollen.Page[Follow]{Items: []Follow{}, Next: p.Next}}
			for _, f := range p.Items {
				out.Body.Items = append(out.Body.Items, followOf(f))
			}
			return out, err
		}))
	huma.Register(api, huma.Operation{OperationID: "follow", Method: http.MethodPost, Path: "/api/v1/follows", Summary: "Follow an entry, a collection or a community", DefaultStatus: http.StatusCreated},
		on(s, func(in *followIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *followIn) (*followOut, error) {
			f, err := s.Notices.Follow(ctx, by, in.Body.Kind, in.Body.ID)
			return &followOut{followOf(f)}, err
		}))
	huma.Register(api, huma.Operation{OperationID: "unfollow", Method: http.MethodDelete, Path: "/api/v1/follows", Summary: "Follow it no more", DefaultStatus: http.StatusNoContent},
		on(s, func(in *leaveIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *leaveIn) (*struct{}, error) {
			return nil, s.Notices.Leave(ctx, by, in.Kind, in.ID)
		}))
	huma.Register(api, huma.Operation{OperationID: "list-notices", Method: http.MethodGet, Path: "/api/v1/notices", Summary: "What concerns you, newest first"},
		on(s, func(in *noticesIn) Caller { return in.Caller }, s.listNotices))
	huma.Register(api, huma.Operation{OperationID: "read-notices", Method: http.MethodPost, Path: "/api/v1/notices/read", Summary: "Say which notices you read", DefaultStatus: http.StatusNoContent},
		on(s, func(in *readIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *readIn) (*struct{}, error) {
			if err := s.Notices.Mark(ctx, by, in.Body.Contributions...); err != nil || in.Body.UpTo == 0 {
				return nil, err
			}
			return nil, s.Notices.MarkAll(ctx, by, in.Body.UpTo)
		}))
	huma.Register(api, huma.Operation{OperationID: "undo-notice", Method: http.MethodPost, Path: "/api/v1/notices/{id}/undo",
		Summary: "Take back what a contribution did to your own entry, and nothing else"},
		on(s, func(in *contributionIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *contributionIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.ActID) (*entryOut, error) {
				e, err := s.Notices.Undo(ctx, by, id)
				return s.answered(ctx, by, e, err)
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "get-me", Method: http.MethodGet, Path: "/api/v1/me", Summary: "Who you are here"},
		on(s, func(in *meIn) Caller { return in.Caller }, s.me))
}

func (s *server) listNotices(ctx context.Context, by pollen.Actor, in *noticesIn) (*noticesOut, error) {
	p, err := s.Notices.List(ctx, by, notify.Query{Unread: in.Unread, Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	acts := make([]*journal.Act, len(p.Items))
	for i := range p.Items {
		acts[i] = &p.Items[i].Act
	}
	told, err := s.actsOf(ctx, by, acts)
	if err != nil {
		return nil, err
	}
	out := &noticesOut{pollen.Page[Notice]{Items: []Notice{}, Next: p.Next}}
	for i := range p.Items {
		x := &p.Items[i]
		n := Notice{Kind: x.Kind, Entry: x.Entry, Read: x.Read, Undo: x.Undo, Note: x.Note,
			Act: told[i]}
		if x.Post != nil {
			said, err := s.said(ctx, by, *x.Post, nil)
			if err != nil {
				return nil, err
			}
			n.Words = &said.Body
		}
		out.Body.Items = append(out.Body.Items, n)
	}
	return out, nil
}

func (s *server) me(ctx context.Context, by pollen.Actor, _ *meIn) (*meOut, error) {
	if !by.SignedIn() {
		return nil, pollen.Errorf(pollen.Unauthenticated, "rest.scheme", "Sign in with: Authorization: Bearer and an API token.")
	}
	out := &meOut{Me{Handle: by.Handle, Name: by.Name, Kind: by.Kind, Entry: by.Entry, Communities: []string{}}}
	all, err := s.Communities.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if by.Member(all[i].ID) {
			out.Body.Communities = append(out.Body.Communities, all[i].Slug)
		}
	}
	out.Body.Unread, err = s.Notices.Unread(ctx, by)
	return out, err
}
