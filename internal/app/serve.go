package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"pollen"
	"pollen/internal/face/rest"
)

// Serving says where to serve.
type Serving struct {
	Listen string
	// Ready is told the address once requests are answered.
	Ready func(url string) error
}

// maxRequest bounds the body of a request, in bytes.
const maxRequest = 32 << 20

// Handler is the whole web face and the API.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	rest.Register(mux, rest.Options{Registry: a.Registry, Communities: a.Communities, Personas: a.Personas, Search: a.Search, Log: a.log,
		Actor: func(ctx context.Context, token string) (pollen.Actor, error) {
			id, err := a.Identity.TokenPersona(ctx, token)
			if err != nil {
				return pollen.Actor{}, err
			}
			return a.Actor(ctx, id)
		}})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.Communities.Get(r.Context(), pollen.Commons); err != nil {
			http.Error(w, pollen.MessageOf(err).String(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	guarded := http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(mux, maxRequest))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		guarded.ServeHTTP(w, r)
	})
}

// Serve answers requests until ctx is done, then lets those under way finish.
func (a *App) Serve(ctx context.Context, s Serving) (err error) {
	defer pollen.Wrap(&err, "app.Serve")
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return pollen.Errorf(pollen.Unavailable, "app.listen", "Cannot serve on {address}: {reason}.", "address", s.Listen, "reason", err.Error())
	}
	server := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	if err := s.Ready("http://" + l.Addr().String()); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}
