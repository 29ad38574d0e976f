package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/domain/community"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web/asset"
	"pollen/internal/face/web/part"
)

// Doors are what the pages ask of accounts, of which they never see one.
type Doors struct {
	// Actor tells who reads, by the secret of a session; "" is somebody who is
	// not signed in.
	Actor func(ctx context.Context, session string) (pollen.Actor, error)
}

// Options are what the pages stand on.
type Options struct {
	Registry    *registry.Registry
	Personas    *persona.Personas
	Communities *community.Communities
	Search      *search.Search
	Transfer    *transfer.Transfer
	Desk        *desk.Desk
	Talk        *talk.Talk
	Thanks      *thanks.Box
	Notices     *notify.Notices
	Guard       *guard.Guard
	Blobs       *blob.Store
	Doors       Doors
	Now         func() time.Time
	Log         *slog.Logger
	// Secure marks cookies for HTTPS alone.
	Secure bool
	// Base is the address under which people come; "" takes what they ask for.
	Base string
	// SessionLife is how long a browser keeps its session; 0 is until it is closed.
	SessionLife time.Duration
	// Instance tells the name and the logo in the frame of every page; nil for
	// the product's own.
	Instance func(ctx context.Context) (part.Instance, error)
}

type server struct {
	Options
	mux   *http.ServeMux
	lacks lacks
}

// policy is the Content-Security-Policy of every page: nothing inline, nothing
// from another host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Register adds the pages to a mux, and returns the frame that they lend.
func Register(mux *http.ServeMux, o Options) *Frame {
	s := &server{Options: o, mux: mux}
	mux.Handle("GET /static/", asset.Handler())
	for _, routes := range []func(*http.ServeMux){
		s.appearanceRoutes,
		s.blobRoutes,
		s.batchRoutes,
		s.changesRoutes,
		s.chartRoutes,
		s.collectionRoutes,
		s.correctRoutes,
		s.communityRoutes,
		s.contactRoutes,
		s.contributionRoutes,
		s.createRoutes,
		s.editRoutes,
		s.entryRoutes,
		s.waitingRoutes,
		s.exportRoutes,
		s.historyRoutes,
		s.homeRoutes,
		s.importRoutes,
		s.importedRoutes,
		s.manageRoutes,
		s.personaRoutes,
		s.reportsRoutes,
		s.noticeRoutes,
		s.searchRoutes,
		s.massRoutes,
		s.talkRoutes,
		s.versionRoutes,
	} {
		routes(mux)
	}
	mux.HandleFunc("/", s.page(func(http.ResponseWriter, *http.Request, *view) error { return absent() }))
	return &Frame{s}
}

func absent() error {
	return pollen.Absent()
}

// again reports whether what was refused can be sent once more, put right or a
// little later: its form is shown again, with what was typed. What is forbidden
// of one field, as a photograph without consent, is told beside that field.
func again(err error) bool {
	e, ok := errors.AsType[*pollen.Error](err)
	return ok && (e.Kind == pollen.Invalid || e.Kind == pollen.Conflict || e.Kind == pollen.Limited || e.Kind == pollen.Forbidden && e.Field != "")
}

// statuses is the one table from the kind of an error to the status of its page.
var statuses = map[pollen.Kind]int{
	pollen.Invalid: http.StatusBadRequest, pollen.Unauthenticated: http.StatusUnauthorized, pollen.Forbidden: http.StatusForbidden,
	pollen.NotFound: http.StatusNotFound, pollen.Conflict: http.StatusConflict, pollen.Stale: http.StatusConflict,
	pollen.Limited: http.StatusTooManyRequests, pollen.Unavailable: http.StatusServiceUnavailable, pollen.Internal: http.StatusInternalServerError,
}
