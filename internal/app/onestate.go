package app

import (
	"context"
	"net/http"
)

// oneState lets all that is read for an answer see one state of the database,
// until the answer begins: a slow reader of it holds no connection. A request
// that writes sees what it wrote.
func oneState(snapshot func(context.Context) (context.Context, func()), h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.ServeHTTP(w, r)
			return
		}
		ctx, end := snapshot(r.Context())
		defer end()
		h.ServeHTTP(&answering{w, end}, r.WithContext(ctx))
	})
}

// answering calls begins when the answer begins.
type answering struct {
	http.ResponseWriter
	begins func()
}

// WriteHeader begins the answer.
func (w *answering) WriteHeader(status int) {
	w.begins()
	w.ResponseWriter.WriteHeader(status)
}

func (w *answering) Write(b []byte) (int, error) {
	w.begins()
	return w.ResponseWriter.Write(b)
}

// Unwrap gives the writer beneath, for http.ResponseController.
func (w *answering) Unwrap() http.ResponseWriter { return w.ResponseWriter }
