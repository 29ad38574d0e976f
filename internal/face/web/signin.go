package web

import (
	"net/http"

	"pollen"
)

func (s *server) signInPage(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Flags.Bare = v.T("web.sign-in", "Sign in"), true
	return show(w, r, v, http.StatusOK, signInForm(v, "", "", inside(r.FormValue("back"))))
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request, v *view) error {
	email, back := r.PostFormValue("email"), inside(r.PostFormValue("back"))
	session, err := s.Doors.SignIn(r.Context(), email, r.PostFormValue("password"), r.UserAgent())
	if pollen.Is(err, pollen.Unauthenticated) {
		v.Page.Title, v.Page.Flags.Bare = v.T("web.sign-in", "Sign in"), true
		return show(w, r, v, http.StatusUnauthorized, signInForm(v, email, v.Error(err), back))
	}
	if err != nil {
		return err
	}
	s.set(w, sessionCookie, session, sessionLife)
	return see(w, r, back)
}

// linkPage asks before it uses a link up: mail programs open links to look at
// them.
func (s *server) linkPage(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Flags.Bare = v.T("web.welcome", "Welcome"), true
	w.Header().Set("Referrer-Policy", "no-referrer")
	return show(w, r, v, http.StatusOK, redeemForm(v))
}

func (s *server) redeem(w http.ResponseWriter, r *http.Request, _ *view) error {
	session, hasPassword, err := s.Doors.Redeem(r.Context(), r.PathValue("link"), r.UserAgent())
	if err != nil {
		return err
	}
	s.set(w, sessionCookie, session, sessionLife)
	if hasPassword {
		return see(w, r, "/")
	}
	return see(w, r, "/me/password")
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request, _ *view) error {
	if session := cookie(r, sessionCookie); session != "" {
		if err := s.Doors.SignOut(r.Context(), session); err != nil {
			return err
		}
	}
	s.set(w, sessionCookie, "", -1)
	return see(w, r, "/")
}

func (s *server) passwordPage(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Flags.Bare = v.T("web.choose-password", "Choose a password"), true
	return show(w, r, v, http.StatusOK, passwordForm(v, ""))
}

func (s *server) setPassword(w http.ResponseWriter, r *http.Request, v *view) error {
	if !v.By.SignedIn() {
		return pollen.Errorf(pollen.Unauthenticated, "identity.session", "Your session has ended. Sign in again.")
	}
	err := s.Doors.SetPassword(r.Context(), v.By, r.PostFormValue("password"))
	if pollen.Is(err, pollen.Invalid) {
		v.Page.Title, v.Page.Flags.Bare = v.T("web.choose-password", "Choose a password"), true
		return show(w, r, v, http.StatusUnprocessableEntity, passwordForm(v, v.Error(err)))
	}
	if err != nil {
		return err
	}
	return see(w, r, "/")
}

// settings keeps language and appearance in the browser.
func (s *server) settings(w http.ResponseWriter, r *http.Request, _ *view) error {
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
	return see(w, r, inside(r.PostFormValue("back")))
}

func (s *server) signInRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /signin", s.open(s.signInPage))
	mux.HandleFunc("POST /signin", s.open(s.signIn))
	mux.HandleFunc("GET /signin/{link}", s.open(s.linkPage))
	mux.HandleFunc("POST /signin/{link}", s.open(s.redeem))
	mux.HandleFunc("POST /signout", s.open(s.signOut))
	mux.HandleFunc("GET /me/password", s.open(s.passwordPage))
	mux.HandleFunc("POST /me/password", s.open(s.setPassword))
	mux.HandleFunc("POST /settings", s.open(s.settings))
}
