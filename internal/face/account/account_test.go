package account_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/instance"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
)

// site is a whole instance: what these pages stand on lies in several layers.
type site struct {
	*app.App
	clock *pollentest.Clock
	url   string
}

func open(t *testing.T) *site {
	t.Helper()
	clock := pollentest.NewClock()
	o := app.Options{Data: filepath.Join(t.TempDir(), "data"), Create: true, Clock: clock.Now}
	if pollentest.Postgres() {
		o.Data, o.Database = "", pollentest.URL(t)
	}
	a, err := app.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{a, clock, server.URL}
}

const password = "trois grains de pollen"

// link is the path of an invitation.
func (s *site) link(t *testing.T, email string) string {
	t.Helper()
	in, err := s.Invite(t.Context(), app.Invitation{Email: email})
	if err != nil {
		t.Fatal(err)
	}
	return "/signin/" + in.Secret
}

// stranger is a browser in which nobody is signed in.
func (s *site) stranger(t *testing.T) *pollentest.Browser {
	b := pollentest.Browse(t, s.url)
	b.Language = "fr"
	return b
}

// member is the browser of somebody who was invited and chose a password.
func (s *site) member(t *testing.T, email string) *pollentest.Browser {
	t.Helper()
	b := s.stranger(t)
	b.Want(200, "Choisir un mot de passe")(b.Post(s.link(t, email)))
	b.Want(200, "Que cherchez-vous")(b.Post("/me/password", "first", "1", "password", password))
	return b
}

func (s *site) actor(t *testing.T, handle string) pollen.Actor {
	t.Helper()
	p, err := s.Personas.ByHandle(t.Context(), handle)
	if err != nil {
		t.Fatal(err)
	}
	by, err := s.Actor(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return by
}

// contested makes an imported author whom somebody claimed, against the operator.
func (s *site) contested(t *testing.T, name string) {
	t.Helper()
	var p persona.Persona
	err := s.DB.Write(t.Context(), func(tx *sqldb.Tx) (err error) {
		p, err = s.Personas.Imported(tx, "wiki", name, 1)
		return err
	})
	if err == nil {
		err = s.Personas.Claim(t.Context(), s.actor(t, "bob"), p.ID)
	}
	if err == nil {
		err = s.Personas.Contest(t.Context(), s.System, p.ID, "Bob came later.")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// alerts are the reasons that a page gives in place of what was asked.
func alerts(page string) (all []string) {
	for _, rest := range strings.Split(page, `role="alert"`)[1:] {
		reason, _, _ := strings.Cut(rest, "</p>")
		all = append(all, reason)
	}
	return all
}

// holds reports whether a form holds what was typed, in pairs.
func holds(form url.Values, typed []string) bool {
	for i := 0; i < len(typed); i += 2 {
		if !slices.Contains(form[typed[i]], typed[i+1]) {
			return false
		}
	}
	return true
}

// Whatever is refused is told once, above the form that it is about, which
// holds what was typed; a secret alone is typed again.
func TestARefusedFormSaysWhyAndKeepsWhatWasTyped(t *testing.T) {
	s := open(t)
	ana := s.member(t, "ana@example.org")
	s.member(t, "bob@example.org")
	theirs, err := s.Registry.Create(t.Context(), s.System, pollen.People, registry.Change{Texts: map[string][]string{"given_name": {"Cleo"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := s.Personas.Imported(tx, "wiki", "A. Lopez", 1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.contested(t, "B. Lopez")
	for _, c := range []struct {
		name, path string
		typed      []string // and kept
		also       []string // sent, and not kept
		section    string   // of the settings in which the reason stands
		says       string
	}{
		{name: "no name", path: "/settings/profile", typed: []string{"name", " ", "language", "en"}, section: "me", says: "Donnez un nom"},
		{name: "a name too long", path: "/settings/profile", typed: []string{"name", strings.Repeat("é", 100), "language", ""}, section: "me", says: "120 au plus"},
		{name: "a name that runs backwards", path: "/settings/profile", typed: []string{"name", "Ana\u202eboB"}, section: "me", says: "inverse le sens"},
		{name: "the name of somebody else", path: "/settings/profile", typed: []string{"name", "BÔB", "language", "fr"}, section: "me", says: "Quelqu’un d’autre s’appelle ainsi"},
		{name: "a name in two alphabets", path: "/settings/profile", typed: []string{"name", "\u0410na"}, section: "me", says: "deux alphabets"},
		{name: "a language there is not", path: "/settings/profile", typed: []string{"name", "Anne"}, also: []string{"language", "de"}, section: "me", says: "en français et en anglais"},
		{name: "an entry there is not", path: "/settings/entry", typed: []string{"entry", "/c/people/personne"}, section: "entry", says: "Il n’y a rien ici"},
		{name: "an entry of another collection", path: "/settings/entry", typed: []string{"entry", "/c/units/personne"}, section: "entry", says: "Il n’y a rien ici"},
		{name: "the entry of somebody else", path: "/settings/entry", typed: []string{"entry", theirs.Path()}, section: "entry", says: "Rien ne dit que cette fiche est la vôtre"},
		{name: "an author there is not", path: "/settings/claim", typed: []string{"handle", "@personne"}, section: "claim", says: "Personne ici ne porte cet identifiant"},
		{name: "somebody who came by no import", path: "/settings/claim", typed: []string{"handle", "bob"}, section: "claim", says: "ne vient pas d’un import"},
		{name: "an author of whom a claim was contested", path: "/settings/claim", typed: []string{"handle", "b.lopez"}, section: "claim", says: "seul l’exploitant dit qui il était"},
		{name: "taking back what was not claimed", path: "/settings/claim", also: []string{"handle", "a.lopez", "take", "back"}, section: "claim", says: "Vous n’avez pas revendiqué"},
		{name: "a session that has ended", path: "/settings/sessions", also: []string{"id", "0000"}, section: "sessions", says: "Cette session est déjà finie"},
		{name: "a token for nothing", path: "/settings/tokens", typed: []string{"name", " "}, says: "à quoi sert le jeton"},
		{name: "the name of a token too long", path: "/settings/tokens", typed: []string{"name", strings.Repeat("é", 200)}, says: "100 au plus"},
		{name: "a wrong old password", path: "/me/password", also: []string{"old", "deux grains de pollen", "password", "quatre grains de pollen"}, says: "pas votre mot de passe actuel"},
		{name: "a short password", path: "/me/password", also: []string{"old", password, "password", "grain"}, says: "au moins 10 caractères"},
		{name: "a password that is guessed first", path: "/me/password", also: []string{"old", password, "password", "motdepasse2026"}, says: "devine en premier"},
		{name: "leaving under the handle of another", path: "/settings/leave", typed: []string{"handle", "bob"}, says: "Tapez ana pour fermer"},
		{name: "leaving without a handle", path: "/settings/leave", typed: []string{"handle", ""}, says: "Tapez ana pour fermer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, page := ana.Post(c.path, slices.Concat(c.typed, c.also)...)
			if resp.StatusCode != http.StatusUnprocessableEntity || resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%d, kept by %q", resp.StatusCode, resp.Header.Get("Cache-Control"))
			}
			if got := alerts(page); len(got) != 1 || !strings.Contains(got[0], c.says) {
				t.Errorf("it says %q", got)
			}
			if c.section != "" {
				_, after, _ := strings.Cut(page, `aria-labelledby="`+c.section+`"`)
				if section, _, _ := strings.Cut(after, "</section>"); len(alerts(section)) != 1 {
					t.Error("the reason stands beside another form")
				}
			}
			forms := pollentest.FormsTo(t, page, c.path)
			if len(c.typed) > 0 && !slices.ContainsFunc(forms, func(f url.Values) bool { return holds(f, c.typed) }) {
				t.Errorf("no form holds %q: %v", c.typed, forms)
			}
			if strings.Contains(page, "grain") {
				t.Error("the page gives a password back")
			}
		})
	}
	if by := s.actor(t, "ana"); by.Name != "Ana" || by.Entry != 0 {
		t.Errorf("something was taken of it: %+v", by)
	}
	ana.Want(200, "ana@example.org")(ana.Get("/settings"))
	ana.Want(200, "Pas encore.")(ana.Get("/settings/tokens"))
	again := s.stranger(t)
	again.Want(200, "Réglages")(again.Post("/signin", "email", "Ana@Example.org", "password", password, "back", "/settings"))
}

// What belongs to somebody else cannot be ended, revoked or seen.
func TestSessionsAndTokensAreTheirPersonsAlone(t *testing.T) {
	s := open(t)
	ana, bob := s.member(t, "ana@example.org"), s.member(t, "bob@example.org")
	second := s.stranger(t)
	second.Post("/signin", "email", "ana@example.org", "password", password)
	ana.Post("/settings/tokens", "name", "agenda")
	_, settings := ana.Get("/settings")
	_, tokens := ana.Get("/settings/tokens")
	session := pollentest.FormsTo(t, settings, "/settings/sessions")[0].Get("id")
	token := pollentest.FormsTo(t, tokens, "/settings/tokens/revoke")[0].Get("id")

	bob.Want(422, "Cette session est déjà finie")(bob.Post("/settings/sessions", "id", session))
	bob.Want(404, "Il n’y a pas de tel jeton")(bob.Post("/settings/tokens/revoke", "id", token))
	bob.Want(404, "Il n’y a rien ici")(bob.Post("/settings/tokens/revoke", "id", "agenda"))
	if _, page := bob.Get("/settings/tokens"); strings.Contains(page, "agenda") {
		t.Error("Bob sees what Ana's token is for")
	}
	second.Want(200, "agenda")(second.Get("/settings/tokens"))

	ana.Want(200, "C’est fini.")(ana.Post("/settings/sessions", "id", session))
	second.Want(401, "Se connecter")(second.Get("/settings/tokens"))
	ana.Want(200, "Révoqué.")(ana.Post("/settings/tokens/revoke", "id", token))
	ana.Want(404, "Il n’y a pas de tel jeton")(ana.Post("/settings/tokens/revoke", "id", token))
}

// A link is used by who presses the button, once and in its time; a program
// that only looks at it uses nothing up.
func TestALinkWorksOnceAndInItsTime(t *testing.T) {
	s := open(t)
	link, late := s.link(t, "ana@example.org"), s.link(t, "bob@example.org")
	for range 2 {
		resp, page := s.stranger(t).Get(link)
		if resp.StatusCode != 200 || resp.Header.Get("Referrer-Policy") != "no-referrer" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("looking at a link: %d, %v", resp.StatusCode, resp.Header)
		}
		if strings.Contains(page, strings.TrimPrefix(link, "/signin/")) {
			t.Error("the page gives the link away")
		}
	}
	ana := s.stranger(t)
	ana.Want(200, "Choisir un mot de passe")(ana.Post(link))
	const over = "Ce lien a déjà servi ou a expiré"
	for path, why := range map[string]string{link: "used", "/signin/" + strings.Repeat("A", 43): "unknown", "/signin/%00": "no link at all"} {
		b := s.stranger(t)
		b.Want(401, over)(b.Post(path, "back", "/changes"))
		if resp, page := b.Post(path, "back", "/changes"); pollentest.FormsTo(t, page, "/signin")[0].Get("back") != "/changes" || len(resp.Cookies()) > 0 {
			t.Errorf("%s: the way on is lost, or a session is given", why)
		}
	}
	s.clock.Advance(14*24*time.Hour + time.Second)
	bob := s.stranger(t)
	bob.Want(401, over)(bob.Post(late))
	bob.Want(401, "Connectez-vous pour voir vos réglages")(bob.Get("/settings"))
	bob.Want(404, "")(bob.Post("/signin/send", "email", "bob@example.org")) // no letters here
}

// Who tries too often is told when to try again, and then may.
func TestTooManyTriesToSignIn(t *testing.T) {
	s := open(t)
	s.member(t, "ana@example.org")
	b := s.stranger(t)
	try := func(password string) (*http.Response, string) {
		return b.Post("/signin", "email", "ana@example.org", "password", password, "back", "/settings")
	}
	for range 10 {
		resp, page := try("deux grains de pollen")
		if got := alerts(page); resp.StatusCode != http.StatusUnauthorized || len(got) != 1 || !strings.Contains(got[0], "ne vont pas ensemble") {
			t.Fatalf("%d: %q", resp.StatusCode, got)
		}
		if form := pollentest.FormsTo(t, page, "/signin")[0]; !holds(form, []string{"email", "ana@example.org", "back", "/settings", "password", ""}) {
			t.Fatalf("the form holds %v", form)
		}
	}
	resp, page := try(password)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "30" || !strings.Contains(page, "C’est trop à la fois. Réessayez dans 30 s.") {
		t.Errorf("%d, after %s: %s", resp.StatusCode, resp.Header.Get("Retry-After"), page)
	}
	s.clock.Advance(30 * time.Second)
	b.Want(200, "Réglages")(try(password))
}

// A new persona may change its name as often as it may edit.
func TestANewPersonaChangesItsNameAFewTimes(t *testing.T) {
	s := open(t)
	if err := s.Set(t.Context(), instance.Brake, "1"); err != nil {
		t.Fatal(err)
	}
	ana := s.member(t, "ana@example.org")
	ana.Want(200, "Gardé.")(ana.Post("/settings/profile", "name", "Anne"))
	resp, page := ana.Post("/settings/profile", "name", "Anna", "language", "fr")
	if got := alerts(page); resp.StatusCode != http.StatusTooManyRequests || len(got) != 1 || !strings.Contains(got[0], "au plus 1 changement par heure. Réessayez dans 60 min") {
		t.Errorf("%d: %q", resp.StatusCode, got)
	}
	if form := pollentest.FormsTo(t, page, "/settings/profile")[0]; !holds(form, []string{"name", "Anna", "language", "fr"}) {
		t.Errorf("the form holds %v", form)
	}
	s.clock.Advance(time.Hour)
	ana.Want(200, `value="Anna"`)(ana.Post("/settings/profile", "name", "Anna"))
}

// The pages of an account open to nobody who is not signed in.
func TestSettingsAreForWhoIsSignedIn(t *testing.T) {
	s := open(t)
	b := s.stranger(t)
	for _, path := range []string{"/me", "/me/password", "/settings", "/settings/tokens", "/settings/leave"} {
		b.Want(401, "Connectez-vous pour voir vos réglages")(b.Get(path))
	}
	for _, path := range []string{"/me/password", "/settings/profile", "/settings/entry", "/settings/claim", "/settings/sessions", "/settings/tokens", "/settings/tokens/revoke", "/settings/leave"} {
		b.Want(401, "Se connecter")(b.Post(path))
	}
	ana := s.member(t, "ana@example.org")
	if resp, _ := ana.Get("/me"); resp.Request.URL.Path != "/p/ana" {
		t.Errorf("/me leads to %s", resp.Request.URL.Path)
	}
	if resp, _ := ana.Get("/signin?back=//evil.example/"); resp.Request.URL.Path != "/" || "http://"+resp.Request.URL.Host != s.url {
		t.Errorf("who is signed in is led to %s", resp.Request.URL)
	}
	ana.Post("/signout")
	ana.Want(401, "Connectez-vous pour voir vos réglages")(ana.Get("/settings"))
}

// The language that one chose goes along to every browser in which one comes in
// by a link.
func TestTheChosenLanguageComesAlong(t *testing.T) {
	s := open(t)
	ana := s.member(t, "ana@example.org")
	ana.Want(200, "Kept.")(ana.Post("/settings/profile", "name", "Ana", "language", "en"))
	other := s.stranger(t)
	other.Post(s.link(t, "ana@example.org"))
	other.Want(200, "You sign in with ana@example.org")(other.Get("/settings"))
	other.Want(200, "Gardé.")(other.Post("/settings/profile", "name", "Ana", "language", ""))
}
