package web

import (
	"net/http"

	"pollen/internal/face/web/part"
)

func (s *server) appearanceRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /settings", s.open(s.appearance))
}

// appearance keeps language, theme and whether keys are used in the browser: they
// are nobody's account's.
func (s *server) appearance(w http.ResponseWriter, r *http.Request, _ *view) error {
	switch lang := r.PostFormValue("lang"); lang {
	case "fr", "en":
		s.set(w, langCookie, lang, year)
	}
	switch theme := r.PostFormValue("theme"); theme {
	case "light", "dark":
		s.set(w, themeCookie, theme, year)
	case "auto":
		s.set(w, themeCookie, "", -1)
	}
	switch keys := r.PostFormValue("keys"); keys {
	case "off":
		s.set(w, keysCookie, keys, year)
	case "on":
		s.set(w, keysCookie, "", -1)
	}
	return see(w, r, part.Inside(r.PostFormValue("back")))
}
