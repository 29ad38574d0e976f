package app_test

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/mail"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
)

func site(t *testing.T, post mail.Sender) (*app.App, *pollentest.Clock, string) {
	t.Helper()
	clock := pollentest.NewClock()
	a := open(t, clock)
	server := httptest.NewUnstartedServer(nil)
	if post != nil {
		if err := a.MailBy(post, "http://"+server.Listener.Addr().String()); err != nil {
			t.Fatal(err)
		}
	}
	server.Config.Handler = a.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return a, clock, server.URL
}

const password = "trois grains de pollen"

// invited signs a new person in with a password.
func invited(t *testing.T, a *app.App, base, email string) *pollentest.Browser {
	t.Helper()
	in, err := a.Invite(t.Context(), app.Invitation{Email: email})
	if err != nil {
		t.Fatal(err)
	}
	b := pollentest.Browse(t, base)
	b.Want(200, "Come in")(b.Get("/signin/" + in.Secret))
	b.Want(200, "Choose a password")(b.Post("/signin/" + in.Secret))
	b.Want(422, "guessed first")(b.Post("/me/password", "first", "1", "password", "motdepasse2026"))
	if resp, _ := b.Post("/me/password", "first", "1", "password", password); resp.StatusCode != 200 {
		t.Fatalf("choosing a password: %d", resp.StatusCode)
	}
	return b
}

func TestAccountFromInvitationToLeaving(t *testing.T) {
	a, _, base := site(t, nil)
	ana := invited(t, a, base, "ana.lopez@example.org")
	other := pollentest.Browse(t, base)
	other.Want(401, "do not go together")(other.Post("/signin", "email", "ana.lopez@example.org", "password", "wrong, I fear"))
	other.Want(200, "Ana Lopez")(other.Post("/signin", "email", "ana.lopez@example.org", "password", password, "back", "/settings"))
	ana.Want(200, "End all others")(ana.Get("/settings"))
	ana.Want(200, "Ended.")(ana.Post("/settings/sessions"))
	other.Want(401, "Sign in")(other.Get("/settings"))

	ana.Want(200, "Kept")(ana.Post("/settings/profile", "name", "Ana López", "language", "en"))
	ana.Want(422, "needs a name")(ana.Post("/settings/profile", "name", " ", "language", "en"))
	ana.Want(422, `<option value="fr" lang="fr" selected>`)(ana.Post("/settings/profile", "name", " ", "language", "fr"))
	ana.Want(422, `name="back" value="/settings"`)(ana.Post("/settings/profile", "name", " ", "language", "fr"))
	ana.Want(422, `value="c/people/nobody"`)(ana.Post("/settings/entry", "entry", "c/people/nobody"))
	ana.Want(422, `value="@nobody"`)(ana.Post("/settings/claim", "handle", "@nobody"))
	ana.Want(422, "not your present password")(ana.Post("/me/password", "old", "wrong, I fear", "password", password+"!"))
	ana.Want(200, "Your password is changed")(ana.Post("/me/password", "old", password, "password", password+"!"))

	ana.Want(422, "what the token is for")(ana.Post("/settings/tokens", "name", ""))
	_, page := ana.Post("/settings/tokens", "name", "script")
	token := regexp.MustCompile(`pollen_[A-Za-z0-9_-]{43}`).FindString(page)
	if token == "" {
		t.Fatal("no token is shown")
	}
	if p, err := a.Identity.TokenPersona(t.Context(), token); err != nil || p == 0 {
		t.Errorf("token of %v, %v", p, err)
	}
	_, page = ana.Get("/settings/tokens")
	if strings.Contains(page, token) || !strings.Contains(page, "last used") {
		t.Error("the token is shown again, or its use is not")
	}
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	ana.Want(200, "Revoked")(ana.Post("/settings/tokens/revoke", "id", id[1]))
	if _, err := a.Identity.TokenPersona(t.Context(), token); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}

	ana.Want(422, "Type ana.lopez")(ana.Post("/settings/leave", "handle", "ana"))
	ana.Want(422, `value="ana"`)(ana.Post("/settings/leave", "handle", "ana"))
	resp, page := ana.Post("/settings/leave", "handle", "@ana.lopez")
	ana.Want(200, "Thank you for all you gave")(resp, page)
	if got := resp.Header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("the browser keeps the pages of who left: %q", got)
	}
	ana.Want(401, "Sign in")(ana.Get("/settings"))
	ana.Want(401, "do not go together")(ana.Post("/signin", "email", "ana.lopez@example.org", "password", password+"!"))
	if p, err := a.Personas.ByHandle(t.Context(), "ana.lopez"); err != nil || p.Name != "Ana López" {
		t.Errorf("after leaving the persona is %+v, %v", p, err)
	}
	bob := invited(t, a, base, "bob@example.org")
	bob.Want(200, "Ana López has left. What they gave stays.")(bob.Get("/p/ana.lopez"))
	if _, page := bob.Get("/p/bob"); strings.Contains(page, "has left") {
		t.Error("who is here has left")
	}
}

func TestLinkByMail(t *testing.T) {
	box := mail.NewRecorder()
	a, clock, base := site(t, box)
	invited(t, a, base, "ana@example.org")
	b := pollentest.Browse(t, base)
	_, known := b.Post("/signin/send", "email", "ana@example.org", "back", "/settings")
	_, unknown := b.Post("/signin/send", "email", "bob@example.org", "back", "/settings")
	if strings.ReplaceAll(known, "ana@", "bob@") != unknown {
		t.Error("the answer tells which address is known")
	}
	b.Want(422, "not an e-mail address")(b.Post("/signin/send", "email", "nobody"))
	l, err := box.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(base + `(/signin/\S+)`).FindStringSubmatch(l.Text)
	if l.To != "ana@example.org" || link == nil || !strings.Contains(l.HTML, "</html>") || len(box.Sent()) != 1 {
		t.Fatalf("the letter is %+v, of %d", l, len(box.Sent()))
	}
	u, err := url.Parse(link[1])
	if err != nil {
		t.Fatal(err)
	}
	b.Want(200, "once")(b.Get(link[1]))
	b.Want(200, "Settings")(b.Post(u.Path, "back", u.Query().Get("back")))
	b.Want(200, "Your password is changed")(b.Post("/me/password", "password", "another few grains")) // forgotten: the old one is not asked
	b.Want(422, "not your present password")(b.Post("/me/password", "password", "yet other grains"))

	for range 5 { // no more than three live at once
		b.Post("/signin/send", "email", "ana@example.org")
	}
	for range 3 {
		if l, err = box.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(box.Sent()); n != 4 {
		t.Errorf("%d letters", n)
	}
	clock.Advance(16 * time.Minute)
	link = regexp.MustCompile(base + `(/signin/\S+)`).FindStringSubmatch(l.Text)
	b.Want(401, "has expired")(pollentest.Browse(t, base).Post(link[1]))
}

// directory is people as its members fill it.
type directory struct {
	*testing.T
	*app.App
}

// person writes an entry of people.
func (d directory) person(by pollen.Actor, given, email string) *registry.Entry {
	d.Helper()
	e, err := d.Registry.Create(d.Context(), by, pollen.People, registry.Change{Texts: map[string][]string{"given_name": {given}, "email": {email}}})
	if err != nil {
		d.Fatal(err)
	}
	return e
}

// actor is who goes by a handle.
func (d directory) actor(handle string) pollen.Actor {
	d.Helper()
	p, err := d.Personas.ByHandle(d.Context(), handle)
	if err != nil {
		d.Fatal(err)
	}
	by, err := d.Actor(d.Context(), p.ID)
	if err != nil {
		d.Fatal(err)
	}
	return by
}

func TestWhoseEntry(t *testing.T) {
	a, _, base := site(t, nil)
	ctx, d := t.Context(), directory{t, a}
	b := invited(t, a, base, "ana@example.org")
	head := d.person(a.System, "Head", "head@example.org")
	b.Want(422, "Nothing tells that this entry is yours")(b.Post("/settings/entry", "entry", head.Path()))
	b.Want(422, "nothing here")(b.Post("/settings/entry", "entry", "/c/people/nobody"))
	b.Want(422, "No entry in people describes")(b.Post("/settings/entry", "take", "back"))
	wrong, hers := d.person(d.actor("ana"), "Aha", "x@example.org"), d.person(d.actor("ana"), "Ana", "")
	b.Want(200, "describes you now")(b.Post("/settings/entry", "entry", base+wrong.Path()))
	b.Want(422, "have an entry already")(b.Post("/settings/entry", "entry", hers.Path()))
	b.Want(200, "It is not me")(b.Get("/settings"))
	b.Want(200, "describes you no more")(b.Post("/settings/entry", "take", "back"))
	b.Want(200, "describes you now")(b.Post("/settings/entry", "entry", hers.Path()))
	if by := d.actor("ana"); by.Entry != hers.ID {
		t.Errorf("linked to %v", by.Entry)
	}
	b.Want(200, `It describes <a href="/p/ana"`)(b.Get(hers.Path()))

	in, err := a.Invite(ctx, app.Invitation{Email: "head@example.org", Entry: head.Slug})
	if err != nil {
		t.Fatal(err)
	}
	if by := d.actor("head"); by.Entry != head.ID || by.Name != head.Title || in.Persona.ID != by.Persona {
		t.Errorf("invited as %+v", by)
	}
}

// Two accounts cannot make somebody's entry theirs, and where an entry was made
// in somebody's name, the operator's invitation gives it to its person.
func TestAnEntryIsNotTakenOver(t *testing.T) {
	a, _, base := site(t, nil)
	ctx, d := t.Context(), directory{t, a}
	cleo := d.person(a.System, "Cleo", "cleo@example.org")
	invited(t, a, base, "malik@example.org")
	squatter := invited(t, a, base, "squatter@example.org")
	if _, err := a.Registry.Revise(ctx, d.actor("malik"), cleo.ID, registry.Change{Texts: map[string][]string{"email": {"squatter@example.org"}}}); err != nil {
		t.Fatal(err)
	}
	squatter.Want(422, "Nothing tells that this entry is yours")(squatter.Post("/settings/entry", "entry", cleo.Path()))

	dora := d.person(d.actor("squatter"), "Dora", "dora@example.org")
	squatter.Want(200, "describes you now")(squatter.Post("/settings/entry", "entry", dora.Path()))
	in, err := a.Invite(ctx, app.Invitation{Email: "dora@example.org", Entry: dora.Slug})
	if err != nil || in.Before.Handle != "squatter" {
		t.Fatalf("before, it described %q, %v", in.Before.Handle, err)
	}
	if by := d.actor("dora"); by.Entry != dora.ID {
		t.Errorf("invited as %+v", by)
	}
	if by := d.actor("squatter"); by.Entry != 0 {
		t.Errorf("the squatter keeps %v", by.Entry)
	}
	squatter.Want(422, "describes another persona already")(squatter.Post("/settings/entry", "entry", dora.Path()))
	if err := a.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	squatter.Want(200, "ended the link between you and the entry")(squatter.Get("/notices"))
}

// Who imported the directory made none of its entries their own.
func TestAnImportedEntryIsNobodysOwn(t *testing.T) {
	a, _, base := site(t, nil)
	d := directory{t, a}
	ana := invited(t, a, base, "ana@example.org")
	b, err := a.Registry.Begin(t.Context(), d.actor("ana"), pollen.People, registry.Batch{Kind: registry.BatchImport})
	if err != nil {
		t.Fatal(err)
	}
	var zoe *registry.Entry
	if err := a.Registry.Work(t.Context(), d.actor("ana"), b.ID, func(w *registry.Work) error {
		zoe, err = w.Put(0, &registry.Change{Texts: map[string][]string{"given_name": {"Zoe"}}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := a.Registry.End(t.Context(), d.actor("ana"), b.ID, ""); err != nil {
		t.Fatal(err)
	}
	ana.Want(422, "Nothing tells that this entry is yours")(ana.Post("/settings/entry", "entry", zoe.Path()))
}

// An account that no link has reached yet proves nothing, though a token of the
// operator's acts for it.
func TestOnlyAVerifiedAccountClaims(t *testing.T) {
	a, _, base := site(t, nil)
	ctx := t.Context()
	if err := a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := a.Personas.Imported(tx, "wiki", "A. Lopez", 1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	in, err := a.Invite(ctx, app.Invitation{Email: "ana@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.Personas.ByHandle(ctx, "ana")
	if err != nil {
		t.Fatal(err)
	}
	ana, err := a.Actor(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Claim(ctx, ana, "a.lopez"); !pollen.Is(err, pollen.Forbidden) || !strings.Contains(err.Error(), "verified account") {
		t.Errorf("before a link reached its person: %v", err)
	}
	if err := a.Claim(ctx, a.System, "a.lopez"); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("the command line itself: %v", err)
	}
	b := pollentest.Browse(t, base)
	b.Want(200, "Choose a password")(b.Post("/signin/" + in.Secret))
	if err := a.Claim(ctx, ana, "a.lopez"); err != nil {
		t.Errorf("with the link in hand: %v", err)
	}
}

func TestAnAuthorOfImportedHistoryIsClaimedAndTheClaimTakenBack(t *testing.T) {
	a, _, base := site(t, nil)
	ana := invited(t, a, base, "ana@example.org")
	if err := a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := a.Personas.Imported(tx, "wiki", "A. Lopez", 1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ana.Want(200, `value="a.lopez" placeholder="@…"`)(ana.Get("/settings?claim=a.lopez"))
	ana.Want(422, "no such persona")(ana.Post("/settings/claim", "handle", "@nobody"))
	ana.Want(200, "theirs to you")(ana.Post("/settings/claim", "handle", "@a.lopez"))
	bob := invited(t, a, base, "bob@example.org")
	bob.Want(422, "Somebody else has claimed")(bob.Post("/settings/claim", "handle", "a.lopez"))
	bob.Want(422, "You have not claimed")(bob.Post("/settings/claim", "handle", "a.lopez", "take", "back"))
	ana.Want(200, "It was not me: A. Lopez")(ana.Get("/settings"))
	ana.Want(200, "Taken back")(ana.Post("/settings/claim", "handle", "a.lopez", "take", "back"))
	bob.Want(200, "theirs to you")(bob.Post("/settings/claim", "handle", "a.lopez"))

	past, err := a.Personas.ByHandle(t.Context(), "a.lopez")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Personas.Contest(t.Context(), a.System, past.ID, "It was Ana."); err != nil {
		t.Fatal(err)
	}
	ana.Want(422, "the operator alone says who it was")(ana.Post("/settings/claim", "handle", "a.lopez"))
	if _, err := a.Invite(t.Context(), app.Invitation{Email: "cleo@example.org"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Ascribe(t.Context(), "a.lopez", "cleo"); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("ascribed to an account that is not verified: %v", err)
	}
	if err := a.Ascribe(t.Context(), "a.lopez", "ana"); err != nil {
		t.Fatal(err)
	}
	ana.Want(200, "It was not me: A. Lopez")(ana.Get("/settings"))
}
