package account

import (
	"net/http"

	"pollen"
	"pollen/internal/domain/identity"
	"pollen/internal/face/web/part"
)

// signInData is what the page of coming in shows.
type signInData struct {
	Email, Back string
	Problem     string // why the last attempt failed
	Letters     bool   // a link can be asked for
	Open        bool   // reading takes no account here
}

func (s *server) showSignIn(w http.ResponseWriter, r *http.Request, p *part.Page, status int, d signInData) error {
	p.Title, p.Flags.Bare = p.Locale.T("account.sign-in", "Sign in"), true
	d.Letters, d.Open = s.SendLink != nil, !p.Actor.Outsider
	return s.Frame.Show(w, r, p, status, signInPage(p, &d))
}

func (s *server) signInPage(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	back := part.Inside(r.FormValue("back"))
	if p.Actor.SignedIn() {
		return see(w, r, back)
	}
	return s.showSignIn(w, r, p, http.StatusOK, signInData{Back: back})
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	d := signInData{Email: r.PostFormValue("email"), Back: part.Inside(r.PostFormValue("back"))}
	in, err := s.Identity.SignIn(r.Context(), d.Email, r.PostFormValue("password"), r.UserAgent())
	if pollen.Is(err, pollen.Unauthenticated) {
		d.Problem = p.Locale.Error(err)
		return s.showSignIn(w, r, p, http.StatusUnauthorized, d)
	}
	if err != nil {
		return err
	}
	s.Frame.SetSession(w, in.Session)
	return see(w, r, d.Back)
}

// send writes a letter with a link. The answer is the same whether the address
// is known or not.
func (s *server) send(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	d := signInData{Email: r.PostFormValue("email"), Back: part.Inside(r.PostFormValue("back"))}
	p.Path = "/signin"
	if s.SendLink == nil {
		return pollen.Absent()
	}
	err := s.SendLink(r.Context(), d.Email, d.Back, p.Locale.Tag())
	if pollen.Is(err, pollen.Invalid) {
		d.Problem = p.Locale.Error(err)
		return s.showSignIn(w, r, p, http.StatusUnprocessableEntity, d)
	}
	if err != nil {
		return err
	}
	p.Title, p.Flags.Bare = p.Locale.T("account.look-in-mail", "Look into your mail"), true
	return s.Frame.Show(w, r, p, http.StatusOK, sentPage(p, d.Email))
}

// linkPage asks before it uses a link up: mail programs open links to look at
// them.
func (s *server) linkPage(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	p.Title, p.Flags.Bare = p.Locale.T("account.welcome", "Welcome"), true
	w.Header().Set("Referrer-Policy", "no-referrer")
	p.Path = "/signin" // the link is in nobody's form
	return s.Frame.Show(w, r, p, http.StatusOK, linkPage(p, part.Inside(r.FormValue("back"))))
}

func (s *server) redeem(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	p.Path = "/"
	back := part.Inside(r.PostFormValue("back"))
	in, err := s.Identity.Redeem(r.Context(), r.PathValue("link"), r.UserAgent())
	if pollen.Is(err, pollen.Unauthenticated) {
		return s.showSignIn(w, r, p, http.StatusUnauthorized, signInData{Back: back, Problem: p.Locale.Error(err)})
	}
	if err != nil {
		return err
	}
	s.Frame.SetSession(w, in.Session)
	if who, err := s.Personas.Get(r.Context(), in.Persona); err != nil {
		return err
	} else if who.Language != "" {
		s.Frame.SetLanguage(w, who.Language)
	}
	if !in.HasPassword && in.Purpose == identity.Invitation {
		return see(w, r, "/me/password?first=1")
	}
	return see(w, r, back)
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request, _ *part.Page) error {
	if session := s.Frame.Session(r); session != "" {
		if err := s.Identity.SignOut(r.Context(), session); err != nil {
			return err
		}
	}
	s.forget(w)
	return see(w, r, "/")
}

// forget ends a session in the browser, and what the browser kept of its pages.
func (s *server) forget(w http.ResponseWriter) {
	s.Frame.SetSession(w, "")
	w.Header().Set("Clear-Site-Data", `"cache"`)
}

// passwordData is what the page of choosing a password shows.
type passwordData struct {
	Email           string // for the browser that keeps passwords
	AskOld          bool
	First           bool // just invited: it can wait
	Problem, Fault  string
	Letters, HadOne bool
}

func (s *server) showPassword(w http.ResponseWriter, r *http.Request, p *part.Page, status int, problem error) error {
	st, err := s.Identity.Standing(r.Context(), p.Actor, s.Frame.Session(r))
	if err != nil {
		return err
	}
	d := passwordData{Email: st.Email, AskOld: st.HasPassword && !st.Unlocked, First: r.FormValue("first") != "", Letters: s.SendLink != nil, HadOne: st.HasPassword}
	if problem != nil {
		d.Problem, d.Fault = p.Locale.Error(problem), fieldOf(problem)
	}
	p.Title, p.Flags.Bare = p.Locale.T("account.choose-password", "Choose a password"), d.First
	return s.Frame.Show(w, r, p, status, passwordPage(p, &d))
}

func (s *server) passwordPage(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	return s.showPassword(w, r, p, http.StatusOK, nil)
}

func (s *server) setPassword(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	err := s.Identity.SetPassword(r.Context(), p.Actor, identity.NewPassword{
		Password: r.PostFormValue("password"), Old: r.PostFormValue("old"), Session: s.Frame.Session(r)})
	if err != nil && fieldOf(err) != "" {
		return s.showPassword(w, r, p, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	if r.FormValue("first") != "" {
		return see(w, r, "/")
	}
	return see(w, r, "/settings?done=password")
}
