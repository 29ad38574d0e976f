package app

import (
	"context"
	"net/http"

	"pollen"
	"pollen/internal/base/migrate"
	"pollen/internal/base/once"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/identity"
	"pollen/internal/face/account"
	"pollen/internal/face/rest"
	"pollen/internal/face/web"
)

// Handler is the whole web face and the API.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	api := rest.Options{Transfer: a.Transfer,
		Registry:    a.Registry,
		Communities: a.Communities,
		Personas:    a.Personas,
		Search:      a.Search,
		Talk:        a.Talk,
		Thanks:      a.Thanks,
		Notices:     a.Notices,
		Freshness:   a.Freshness,
		Guard:       a.Guard,
		Blobs:       a.Blobs,
		Log:         a.log,
		Actor: func(ctx context.Context, token string) (pollen.Actor, error) {
			if token == "" {
				return a.anonymous(ctx)
			}
			id, err := a.Identity.TokenPersona(ctx, token)
			if err != nil {
				return pollen.Actor{}, err
			}
			return a.Actor(ctx, id)
		},
	}
	rest.Register(mux, api)
	frame := web.Register(mux, web.Options{
		Transfer: a.Transfer, Desk: a.Desk, Registry: a.Registry, Personas: a.Personas, Communities: a.Communities, Search: a.Search,
		Talk:     a.Talk,
		Thanks:   a.Thanks,
		Notices:  a.Notices,
		Guard:    a.Guard,
		Now:      a.DB.Now,
		Log:      a.log,
		Blobs:    a.Blobs,
		Doors:    a.doors(),
		Instance: a.frame,
		Secure:   a.secure,
		Base:     a.base,

		SessionLife: identity.SessionLife,
	})
	a.registerAccounts(mux, frame)
	mux.HandleFunc("GET /logo/{hash}", a.serveLogo)
	mux.HandleFunc("GET /metrics", a.serveMetrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.ready(r.Context()); err != nil {
			http.Error(w, pollen.MessageOf(err).String(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	guarded := ownOrigin(a.base, newShield(a.DB.Now, frame.Session).handler(bounded(newPageCache(a.DB.Version, a.DB.Now).wrap(compressed(rest.Idempotent(api, once.New(a.DB), oneState(a.DB.Snapshot, mux)))))))
	return a.meter.counted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		guarded.ServeHTTP(w, r)
	}))
}

// ready says why the instance should be sent no requests: its database does not
// answer, or a node of a newer release has changed it.
func (a *App) ready(ctx context.Context) error {
	return a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		now, err := migrate.Current(tx)
		if err == nil && now != a.schema {
			err = pollen.Errorf(pollen.Unavailable, "app.overtaken", "A newer Pollen has changed the database. Stop this one, and start the newer release.")
		}
		return err
	})
}

// registerAccounts adds the pages that know a person, in the frame of the
// others.
func (a *App) registerAccounts(mux *http.ServeMux, frame *web.Frame) {
	o := account.Options{
		Identity: a.Identity,
		Personas: a.Personas,
		Registry: a.Registry,
		Frame: account.Frame{
			Open:        func(h account.Handler) http.HandlerFunc { return frame.Open(h) },
			Show:        frame.Show,
			Session:     frame.Session,
			SetSession:  frame.SetSession,
			SetLanguage: frame.SetLanguage,
		},
		ItIsMe: a.ItIsMe, ItIsNotMe: a.ItIsNotMe,
		Claim: a.Claim,
		Leave: a.Leave,
		Now:   a.DB.Now,
	}
	if a.post != nil {
		o.SendLink = a.SendLink
	}
	account.Register(mux, o)
}

// doors tell the pages who reads, without an account.
func (a *App) doors() web.Doors {
	return web.Doors{
		Actor: func(ctx context.Context, session string) (pollen.Actor, error) {
			if session == "" {
				return a.anonymous(ctx)
			}
			id, err := a.Identity.Session(ctx, session)
			if err != nil {
				return pollen.Actor{}, err
			}
			return a.Actor(ctx, id)
		},
	}
}
