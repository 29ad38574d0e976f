package account

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"pollen"
	"pollen/internal/domain/identity"
	"pollen/internal/domain/persona"
	"pollen/internal/face/web/part"
)

// fieldOf is the field that an error is about, "" for none.
func fieldOf(err error) string {
	if e, ok := errors.AsType[*pollen.Error](err); ok {
		return e.Field
	}
	return ""
}

// settingsData is what the page of settings shows.
type settingsData struct {
	Persona  persona.Persona
	Standing identity.Standing
	Sessions []session
	Entry    part.Link // of the entry that describes the persona; Href "" for none
	Claims   []persona.Persona
	Problem  string // why the last change was refused
	Fault    string // the form that it is about
	Typed    string // what was typed there
	Language string // what was chosen there
	Claim    string // the handle of an imported author whose page led here
}

// session is a sign-in, in words.
type session struct {
	identity.SessionInfo
	Browser string
}

func (s *server) showSettings(w http.ResponseWriter, r *http.Request, p *part.Page, status int, d settingsData) error {
	ctx := r.Context()
	var err error
	if d.Persona, err = s.Personas.Get(ctx, p.Actor.Persona); err != nil {
		return err
	}
	secret := s.Frame.Session(r)
	if d.Standing, err = s.Identity.Standing(ctx, p.Actor, secret); err != nil {
		return err
	}
	all, err := s.Identity.Sessions(ctx, p.Actor, secret)
	if err != nil {
		return err
	}
	for _, x := range all {
		d.Sessions = append(d.Sessions, session{x, browser(p, x.Agent)})
	}
	if d.Claims, err = s.Personas.Claims(ctx, p.Actor.Persona); err != nil {
		return err
	}
	if p.Actor.Entry != 0 {
		titles, err := s.Registry.Titles(ctx, p.Actor, []pollen.EntryID{p.Actor.Entry})
		if err != nil {
			return err
		}
		if t, ok := titles[p.Actor.Entry]; ok {
			d.Entry = part.Link{Text: t.Title, Href: "/c/" + t.Collection + "/" + t.Slug}
		}
	}
	p.Title = p.Locale.T("account.settings", "Settings")
	p.Notice = said(p, r.FormValue("done"))
	return s.Frame.Show(w, r, p, status, settingsPage(p, &d))
}

// said confirms what was done on the page before.
func said(p *part.Page, done string) *part.Notice {
	n := &part.Notice{Tone: part.Done}
	switch done {
	case "password":
		n.Text = p.Locale.T("account.done-password", "Your password is changed. Every other session has ended.")
	case "profile":
		n.Text = p.Locale.T("account.done-profile", "Kept.")
	case "entry":
		n.Text = p.Locale.T("account.done-entry", "This entry describes you now. You are told of every change to it.")
	case "no-entry":
		n.Text = p.Locale.T("account.done-no-entry", "Taken back. This entry describes you no more.")
	case "claim":
		n.Text = p.Locale.T("account.done-claim", "Kept. Your page leads to theirs from now on, and theirs to you.")
	case "disclaim":
		n.Text = p.Locale.T("account.done-disclaim", "Taken back. Nobody is said to be that author.")
	case "sessions":
		n.Text = p.Locale.T("account.done-sessions", "Ended.")
	case "token":
		n.Text = p.Locale.T("account.done-token", "Revoked. It opens nothing any more.")
	default:
		return nil
	}
	return n
}

func urlQuery(s string) string { return url.QueryEscape(s) }

// browser names a browser and a system by what the browser says of itself, as
// far as it takes to know one's own sessions apart.
func browser(p *part.Page, agent string) string {
	name, system := "", ""
	for _, b := range [...][2]string{{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, b[0]) {
			name = b[1]
			break
		}
	}
	for _, o := range [...][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, o[0]) {
			system = o[1]
			break
		}
	}
	switch {
	case name == "" && system == "":
		return p.Locale.T("account.some-browser", "A browser")
	case name == "":
		return system
	case system == "":
		return name
	}
	return p.Locale.T("account.browser-on", "{browser} on {system}", "browser", name, "system", system)
}

func (s *server) settingsPage(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	return s.showSettings(w, r, p, http.StatusOK, settingsData{Claim: r.FormValue("claim")})
}

// refused shows the settings again, with the reason beside the form that was
// refused and what was typed into it; what is no refusal is passed on.
func (s *server) refused(w http.ResponseWriter, r *http.Request, p *part.Page, d settingsData, err error) error {
	status := http.StatusUnprocessableEntity
	switch pollen.KindOf(err) {
	case pollen.Limited:
		status = http.StatusTooManyRequests
	case pollen.Invalid, pollen.Forbidden, pollen.NotFound, pollen.Conflict:
	default:
		return err
	}
	d.Problem = p.Locale.Error(err)
	return s.showSettings(w, r, p, status, d)
}

func (s *server) profile(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	name, lang := r.PostFormValue("name"), r.PostFormValue("language")
	if err := s.Personas.Present(r.Context(), p.Actor, persona.About{Name: name, Language: lang}); err != nil {
		return s.refused(w, r, p, settingsData{Fault: "profile", Typed: name, Language: lang}, err)
	}
	s.Frame.SetLanguage(w, lang)
	return see(w, r, "/settings?done=profile")
}

// entry says which entry of people describes the reader, or takes that back.
func (s *server) entry(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	if r.PostFormValue("take") == "back" {
		if err := s.ItIsNotMe(r.Context(), p.Actor); err != nil {
			return s.refused(w, r, p, settingsData{Fault: "entry"}, err)
		}
		return see(w, r, "/settings?done=no-entry")
	}
	typed := r.PostFormValue("entry")
	if _, err := s.ItIsMe(r.Context(), p.Actor, typed); err != nil {
		return s.refused(w, r, p, settingsData{Fault: "entry", Typed: typed}, err)
	}
	return see(w, r, "/settings?done=entry")
}

// claim says that the author of imported history is the reader, or takes that
// back.
func (s *server) claim(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	typed := r.PostFormValue("handle")
	if r.PostFormValue("take") == "back" {
		who, err := s.Personas.ByHandle(r.Context(), typed)
		if err == nil {
			err = s.Personas.Disclaim(r.Context(), p.Actor, who.ID)
		}
		if err != nil {
			return s.refused(w, r, p, settingsData{Fault: "claim"}, err)
		}
		return see(w, r, "/settings?done=disclaim")
	}
	if err := s.Claim(r.Context(), p.Actor, strings.TrimPrefix(strings.TrimSpace(typed), "@")); err != nil {
		return s.refused(w, r, p, settingsData{Fault: "claim", Typed: typed}, err)
	}
	return see(w, r, "/settings?done=claim")
}

// endSession ends one session, or all the others.
func (s *server) endSession(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	var err error
	if id := r.PostFormValue("id"); id != "" {
		err = s.Identity.End(r.Context(), p.Actor, id)
	} else {
		err = s.Identity.EndOthers(r.Context(), p.Actor, s.Frame.Session(r))
	}
	if err != nil {
		return s.refused(w, r, p, settingsData{Fault: "sessions"}, err)
	}
	return see(w, r, "/settings?done=sessions")
}

// tokensData is what the page of API tokens shows.
type tokensData struct {
	Tokens  []identity.TokenInfo
	Made    string // a new token, shown once
	Name    string
	Problem string
}

func (s *server) showTokens(w http.ResponseWriter, r *http.Request, p *part.Page, status int, d tokensData) error {
	var err error
	if d.Tokens, err = s.Identity.Tokens(r.Context(), p.Actor); err != nil {
		return err
	}
	p.Title, p.Crumbs = p.Locale.T("account.tokens", "API tokens"), []part.Link{{Text: p.Locale.T("account.settings", "Settings"), Href: "/settings"}}
	p.Notice = said(p, r.FormValue("done"))
	return s.Frame.Show(w, r, p, status, tokensPage(p, &d))
}

func (s *server) tokensPage(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	return s.showTokens(w, r, p, http.StatusOK, tokensData{})
}

// makeToken shows the new token on the page that answers: it is kept nowhere.
func (s *server) makeToken(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	name := r.PostFormValue("name")
	text, err := s.Identity.Token(r.Context(), p.Actor, p.Actor.Persona, p.Actor.Kind, name)
	if err != nil && fieldOf(err) == "name" {
		return s.showTokens(w, r, p, http.StatusUnprocessableEntity, tokensData{Name: name, Problem: p.Locale.Error(err)})
	}
	if err != nil {
		return err
	}
	return s.showTokens(w, r, p, http.StatusOK, tokensData{Made: text})
}

func (s *server) revokeToken(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	id, err := pollen.ParseID[struct{}](r.PostFormValue("id"))
	if err != nil {
		return pollen.Absent().Because(err)
	}
	if err := s.Identity.Revoke(r.Context(), p.Actor, pollen.AnyID(id)); err != nil {
		return err
	}
	return see(w, r, "/settings/tokens?done=token")
}

func (s *server) showLeave(w http.ResponseWriter, r *http.Request, p *part.Page, status int, typed, problem string) error {
	p.Title, p.Crumbs = p.Locale.T("account.leave", "Close my account"), []part.Link{{Text: p.Locale.T("account.settings", "Settings"), Href: "/settings"}}
	return s.Frame.Show(w, r, p, status, leavePage(p, typed, problem))
}

func (s *server) leavePage(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	return s.showLeave(w, r, p, http.StatusOK, "", "")
}

// leave closes the account when its person has typed their handle: no click
// does it by accident.
func (s *server) leave(w http.ResponseWriter, r *http.Request, p *part.Page) error {
	if typed := r.PostFormValue("handle"); strings.TrimPrefix(strings.TrimSpace(typed), "@") != p.Actor.Handle {
		return s.showLeave(w, r, p, http.StatusUnprocessableEntity, typed, p.Locale.T("account.leave-type", "Type {handle} to close your account.", "handle", p.Actor.Handle))
	}
	if err := s.Leave(r.Context(), p.Actor); err != nil {
		return err
	}
	s.forget(w)
	p.Actor, p.Title, p.Flags.Bare = pollen.Actor{}, p.Locale.T("account.left", "Your account is closed"), true
	return s.Frame.Show(w, r, p, http.StatusOK, leftPage(p))
}
