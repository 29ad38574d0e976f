// Package web is the pages: server-rendered HTML that works without script and
// is quicker with it, in French and English. Pages are typed components
// (templ); a handler fetches, renders, and decides nothing.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/face/web/asset"
	"pollen/internal/pure/i18n"
)

// Doors are what signing in takes. The pages never see an account: they hand
// over what a person typed and get a session's secret.
type Doors struct {
	Actor       func(ctx context.Context, session string) (pollen.Actor, error)
	SignIn      func(ctx context.Context, email, password, agent string) (session string, err error)
	Redeem      func(ctx context.Context, link, agent string) (session string, hasPassword bool, err error)
	SignOut     func(ctx context.Context, session string) error
	SetPassword func(ctx context.Context, by pollen.Actor, password string) error
}

// Options are what the pages stand on.
type Options struct {
	Registry *registry.Registry
	Personas *persona.Personas
	Search   *search.Search
	Doors    Doors
	Now      func() time.Time
	Log      *slog.Logger
	// Secure marks cookies for HTTPS alone.
	Secure bool
}

type server struct{ Options }

// policy is the Content-Security-Policy of every page: nothing inline, nothing
// from another host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Register adds the pages to a mux.
func Register(mux *http.ServeMux, o Options) {
	s := &server{o}
	mux.Handle("GET /static/", asset.Handler())
	mux.HandleFunc("GET /{$}", s.page(s.home))
	mux.HandleFunc("GET /search", s.page(s.search))
	mux.HandleFunc("GET /complete", s.page(s.complete))
	mux.HandleFunc("GET /changes", s.page(s.changes))
	mux.HandleFunc("GET /c/{collection}", s.page(s.collection))
	mux.HandleFunc("GET /c/{collection}/+new", s.page(s.newEntry))
	mux.HandleFunc("POST /c/{collection}/+new", s.page(s.create))
	mux.HandleFunc("GET /c/{collection}/{slug}", s.page(s.entry))
	mux.HandleFunc("POST /c/{collection}/{slug}", s.page(s.correct))
	mux.HandleFunc("GET /c/{collection}/{slug}/history", s.page(s.history))
	mux.HandleFunc("POST /c/{collection}/{slug}/revert", s.page(s.revert))
	mux.HandleFunc("GET /signin", s.page(s.signInPage))
	mux.HandleFunc("POST /signin", s.page(s.signIn))
	mux.HandleFunc("GET /signin/{link}", s.page(s.linkPage))
	mux.HandleFunc("POST /signin/{link}", s.page(s.redeem))
	mux.HandleFunc("POST /signout", s.page(s.signOut))
	mux.HandleFunc("GET /me/password", s.page(s.passwordPage))
	mux.HandleFunc("POST /me/password", s.page(s.setPassword))
	mux.HandleFunc("POST /settings", s.page(s.settings))
	mux.HandleFunc("/", s.page(func(http.ResponseWriter, *http.Request, *view) error {
		return pollen.Errorf(pollen.NotFound, "error.absent", "There is nothing here, or not for you.")
	}))
}

// statuses is the one table from the kind of an error to the status of its page.
var statuses = map[pollen.Kind]int{
	pollen.Invalid: http.StatusBadRequest, pollen.Unauthenticated: http.StatusUnauthorized, pollen.Forbidden: http.StatusForbidden,
	pollen.NotFound: http.StatusNotFound, pollen.Conflict: http.StatusConflict, pollen.Stale: http.StatusConflict,
	pollen.Limited: http.StatusTooManyRequests, pollen.Unavailable: http.StatusServiceUnavailable, pollen.Internal: http.StatusInternalServerError,
}

const (
	sessionCookie = "pollen_session"
	langCookie    = "pollen_lang"
	themeCookie   = "pollen_theme"
)

// page runs a handler for its reader and shows its error as a page.
func (s *server) page(handle func(http.ResponseWriter, *http.Request, *view) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "private, no-cache")
		v := &view{Locale: i18n.Match(cookie(r, langCookie), r.Header.Get("Accept-Language")), Path: r.URL.Path}
		if t := cookie(r, themeCookie); t == "light" || t == "dark" {
			v.Theme = t
		}
		var err error
		if session := cookie(r, sessionCookie); session != "" {
			v.By, err = s.Doors.Actor(r.Context(), session)
			if pollen.Is(err, pollen.Unauthenticated) { // it has ended: read on as anybody does
				s.set(w, sessionCookie, "", -1)
				err = nil
			}
		}
		if err == nil {
			err = handle(w, r, v)
		}
		if err != nil {
			s.problem(w, r, v, err)
		}
	}
}

func (s *server) problem(w http.ResponseWriter, r *http.Request, v *view, err error) {
	kind := pollen.KindOf(err)
	if kind == pollen.Internal {
		s.Log.Error("page failed", "path", r.URL.Path, "error", err)
	}
	status := statuses[kind]
	v.Title = v.Error(err)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := problemPage(v, status, v.Title).Render(r.Context(), w); err != nil {
		return // the reader went away
	}
}

// show renders a page.
func show(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	b := templ.GetBuffer()
	defer templ.ReleaseBuffer(b)
	if err := c.Render(r.Context(), b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		return nil // the reader went away
	}
	return nil
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// year and session life of cookies, in seconds.
const (
	year        = 365 * 24 * 60 * 60
	sessionLife = 60 * 24 * 60 * 60
)

func (s *server) set(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// inside keeps a return address on this instance.
func inside(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.Contains(back, `\`) {
		return "/"
	}
	return back
}

func see(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
