package web

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"pollen/internal/face/web/part"
)

// Frame is what the pages lend to those that know a person (see package
// account, which never meets this one: the instance hands it over).
type Frame struct{ server *server }

// Open runs a handler for its reader, also one who may read nothing yet, and
// shows its error as a page.
func (f *Frame) Open(handle func(http.ResponseWriter, *http.Request, *part.Page) error) http.HandlerFunc {
	return f.server.open(func(w http.ResponseWriter, r *http.Request, v *view) error { return handle(w, r, &v.Page) })
}

// Show answers with a page: the frame around a body.
func (f *Frame) Show(w http.ResponseWriter, r *http.Request, p *part.Page, status int, body templ.Component) error {
	return show(w, r, &view{Locale: p.Locale, By: p.Actor, Page: *p}, status, body)
}

// Session is the secret of the session that a browser keeps, "" for none.
func (f *Frame) Session(r *http.Request) string { return cookie(r, f.server.sessionCookie()) }

// SetSession keeps the secret of a session in the browser; "" forgets it.
func (f *Frame) SetSession(w http.ResponseWriter, secret string) {
	f.keep(w, f.server.sessionCookie(), secret, int(f.server.SessionLife/time.Second))
}

// SetLanguage keeps the language of pages in the browser; "" forgets it.
func (f *Frame) SetLanguage(w http.ResponseWriter, tag string) { f.keep(w, langCookie, tag, year) }

func (f *Frame) keep(w http.ResponseWriter, name, value string, age int) {
	if value == "" {
		age = -1
	}
	f.server.set(w, name, value, age)
}
