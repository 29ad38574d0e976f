package account

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/identity"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
)

// Handler answers a request with a page, or fails with what its page says.
type Handler func(w http.ResponseWriter, r *http.Request, p *part.Page) error

// Frame is what the other pages lend: who reads, the frame around a body, the
// cookies.
type Frame struct {
	// Open runs a handler for its reader, also one who may read nothing yet.
	Open func(Handler) http.HandlerFunc
	// Show answers with a page around a body.
	Show func(w http.ResponseWriter, r *http.Request, p *part.Page, status int, body templ.Component) error
	// Session is the secret that the reader's browser keeps, "" for none.
	Session func(r *http.Request) string
	// SetSession keeps a session's secret in the browser; "" forgets it.
	SetSession func(w http.ResponseWriter, secret string)
	// SetLanguage keeps the language of pages in the browser; "" forgets it.
	SetLanguage func(w http.ResponseWriter, tag string)
}

// Options are what the pages stand on.
type Options struct {
	Identity *identity.Identity
	Personas *persona.Personas
	Registry *registry.Registry
	Frame    Frame
	// SendLink writes a letter with a sign-in link, if the address has an
	// account, and tells nobody whether it did; nil where no mail is set up.
	SendLink func(ctx context.Context, email, back, lang string) error
	// ItIsMe links the actor to their entry in people.
	ItIsMe func(ctx context.Context, by pollen.Actor, entry string) (*registry.Entry, error)
	// ItIsNotMe ends that link.
	ItIsNotMe func(ctx context.Context, by pollen.Actor) error
	// Claim says that an author of imported history is the actor.
	Claim func(ctx context.Context, by pollen.Actor, handle string) error
	// Leave closes the actor's account.
	Leave func(ctx context.Context, by pollen.Actor) error
	Now   func() time.Time
}

type server struct{ Options }

// Register adds the pages to a mux.
func Register(mux *http.ServeMux, o Options) {
	s := &server{o}
	mux.HandleFunc("GET /signin", s.open(s.signInPage))
	mux.HandleFunc("POST /signin", s.open(s.signIn))
	mux.HandleFunc("POST /signin/send", s.open(s.send))
	mux.HandleFunc("GET /signin/{link}", s.open(s.linkPage))
	mux.HandleFunc("POST /signin/{link}", s.open(s.redeem))
	mux.HandleFunc("POST /signout", s.open(s.signOut))
	mux.HandleFunc("GET /me", s.own(s.me))
	mux.HandleFunc("GET /me/password", s.own(s.passwordPage))
	mux.HandleFunc("POST /me/password", s.own(s.setPassword))
	mux.HandleFunc("GET /settings", s.own(s.settingsPage))
	mux.HandleFunc("POST /settings/profile", s.own(s.profile))
	mux.HandleFunc("POST /settings/entry", s.own(s.entry))
	mux.HandleFunc("POST /settings/claim", s.own(s.claim))
	mux.HandleFunc("POST /settings/sessions", s.own(s.endSession))
	mux.HandleFunc("GET /settings/tokens", s.own(s.tokensPage))
	mux.HandleFunc("POST /settings/tokens", s.own(s.makeToken))
	mux.HandleFunc("POST /settings/tokens/revoke", s.own(s.revokeToken))
	mux.HandleFunc("GET /settings/leave", s.own(s.leavePage))
	mux.HandleFunc("POST /settings/leave", s.own(s.leave))
}

// open serves a page to anybody. What an account's pages say is kept nowhere
// on the way, and found by no search engine.
func (s *server) open(h Handler) http.HandlerFunc {
	return s.Frame.Open(func(w http.ResponseWriter, r *http.Request, p *part.Page) error {
		w.Header().Set("Cache-Control", "no-store")
		p.Flags.NoIndex = true
		return h(w, r, p)
	})
}

// own serves a page to those who are signed in.
func (s *server) own(h Handler) http.HandlerFunc {
	return s.open(func(w http.ResponseWriter, r *http.Request, p *part.Page) error {
		if !p.Actor.SignedIn() {
			return pollen.Errorf(pollen.Unauthenticated, "account.sign-in-first", "Sign in to see your settings.")
		}
		return h(w, r, p)
	})
}

func see(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// me leads to one's own page.
func (s *server) me(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	return see(w, r, "/p/"+url.PathEscape(p.Actor.Handle))
}
