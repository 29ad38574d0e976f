package app_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
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

// browser keeps cookies and follows redirects.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func browse(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, base, &http.Client{Jar: jar}}
}

func (b *browser) answer(resp *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(page)
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	return b.answer(b.http.Get(b.base + path))
}

func (b *browser) post(path string, pairs ...string) (int, string) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.answer(b.http.PostForm(b.base+path, form))
}

// want posts or gets and looks at the answer.
func (b *browser) want(status int, text string) func(int, string) {
	return func(got int, page string) {
		b.t.Helper()
		if got != status || !strings.Contains(page, text) {
			b.t.Errorf("answers %d, want %d; says %q: %v", got, status, text, strings.Contains(page, text))
		}
	}
}

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
func invited(t *testing.T, a *app.App, base, email string) *browser {
	t.Helper()
	secret, err := a.Invite(t.Context(), app.Invitation{Email: email})
	if err != nil {
		t.Fatal(err)
	}
	b := browse(t, base)
	b.want(200, "Come in")(b.get("/signin/" + secret))
	b.want(200, "Choose a password")(b.post("/signin/" + secret))
	b.want(422, "guessed first")(b.post("/me/password", "first", "1", "password", "motdepasse2026"))
	if status, _ := b.post("/me/password", "first", "1", "password", password); status != 200 {
		t.Fatalf("choosing a password: %d", status)
	}
	return b
}

func TestAccountFromInvitationToLeaving(t *testing.T) {
	a, _, base := site(t, nil)
	ana := invited(t, a, base, "ana.lopez@example.org")
	other := browse(t, base)
	other.want(401, "do not go together")(other.post("/signin", "email", "ana.lopez@example.org", "password", "wrong, I fear"))
	other.want(200, "Ana Lopez")(other.post("/signin", "email", "ana.lopez@example.org", "password", password, "back", "/settings"))
	ana.want(200, "End all others")(ana.get("/settings"))
	ana.want(200, "Ended.")(ana.post("/settings/sessions"))
	other.want(401, "Sign in")(other.get("/settings"))

	ana.want(200, "Kept")(ana.post("/settings/profile", "name", "Ana López", "language", "en"))
	ana.want(422, "needs a name")(ana.post("/settings/profile", "name", " ", "language", "en"))
	ana.want(422, `<option value="fr" lang="fr" selected>`)(ana.post("/settings/profile", "name", " ", "language", "fr"))
	ana.want(422, `name="back" value="/settings"`)(ana.post("/settings/profile", "name", " ", "language", "fr"))
	ana.want(422, `value="c/people/nobody"`)(ana.post("/settings/entry", "entry", "c/people/nobody"))
	ana.want(422, `value="@nobody"`)(ana.post("/settings/claim", "handle", "@nobody"))
	ana.want(422, "not your present password")(ana.post("/me/password", "old", "wrong, I fear", "password", password+"!"))
	ana.want(200, "Your password is changed")(ana.post("/me/password", "old", password, "password", password+"!"))

	ana.want(422, "what the token is for")(ana.post("/settings/tokens", "name", ""))
	_, page := ana.post("/settings/tokens", "name", "script")
	token := regexp.MustCompile(`pollen_[A-Za-z0-9_-]{43}`).FindString(page)
	if token == "" {
		t.Fatal("no token is shown")
	}
	if p, err := a.Identity.TokenPersona(t.Context(), token); err != nil || p == 0 {
		t.Errorf("token of %v, %v", p, err)
	}
	_, page = ana.get("/settings/tokens")
	if strings.Contains(page, token) || !strings.Contains(page, "last used") {
		t.Error("the token is shown again, or its use is not")
	}
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	ana.want(200, "Revoked")(ana.post("/settings/tokens/revoke", "id", id[1]))
	if _, err := a.Identity.TokenPersona(t.Context(), token); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}

	ana.want(422, "Type ana.lopez")(ana.post("/settings/leave", "handle", "ana"))
	ana.want(422, `value="ana"`)(ana.post("/settings/leave", "handle", "ana"))
	resp, err := ana.http.PostForm(base+"/settings/leave", url.Values{"handle": {"@ana.lopez"}})
	ana.want(200, "Thank you for all you gave")(ana.answer(resp, err))
	if got := resp.Header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("the browser keeps the pages of who left: %q", got)
	}
	ana.want(401, "Sign in")(ana.get("/settings"))
	ana.want(401, "do not go together")(ana.post("/signin", "email", "ana.lopez@example.org", "password", password+"!"))
	if p, err := a.Personas.ByHandle(t.Context(), "ana.lopez"); err != nil || p.Name != "Ana López" {
		t.Errorf("after leaving the persona is %+v, %v", p, err)
	}
	bob := invited(t, a, base, "bob@example.org")
	bob.want(200, "Ana López has left. What they gave stays.")(bob.get("/p/ana.lopez"))
	if _, page := bob.get("/p/bob"); strings.Contains(page, "has left") {
		t.Error("who is here has left")
	}
}

func TestLinkByMail(t *testing.T) {
	box := mail.NewRecorder()
	a, clock, base := site(t, box)
	invited(t, a, base, "ana@example.org")
	b := browse(t, base)
	_, known := b.post("/signin/send", "email", "ana@example.org", "back", "/settings")
	_, unknown := b.post("/signin/send", "email", "bob@example.org", "back", "/settings")
	if strings.ReplaceAll(known, "ana@", "bob@") != unknown {
		t.Error("the answer tells which address is known")
	}
	b.want(422, "not an e-mail address")(b.post("/signin/send", "email", "nobody"))
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
	b.want(200, "once")(b.get(link[1]))
	b.want(200, "Settings")(b.post(u.Path, "back", u.Query().Get("back")))
	b.want(200, "Your password is changed")(b.post("/me/password", "password", "another few grains")) // forgotten: the old one is not asked
	b.want(422, "not your present password")(b.post("/me/password", "password", "yet other grains"))

	for range 5 { // no more than three live at once
		b.post("/signin/send", "email", "ana@example.org")
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
	b.want(401, "has expired")(browse(t, base).post(link[1]))
}

func TestWhoseEntry(t *testing.T) {
	a, _, base := site(t, nil)
	ctx := t.Context()
	person := func(by pollen.Actor, given, email string) *registry.Entry {
		t.Helper()
		e, err := a.Registry.Create(ctx, by, pollen.People, registry.Change{Texts: map[string][]string{"given_name": {given}, "email": {email}}})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	actor := func(handle string) pollen.Actor {
		t.Helper()
		p, err := a.Personas.ByHandle(ctx, handle)
		if err != nil {
			t.Fatal(err)
		}
		by, err := a.Actor(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		return by
	}
	b := invited(t, a, base, "ana@example.org")
	head := person(a.System, "Head", "head@example.org")
	b.want(422, "Nothing tells that this entry is yours")(b.post("/settings/entry", "entry", head.Path()))
	if _, err := a.Registry.Revise(ctx, actor("ana"), head.ID, registry.Change{Texts: map[string][]string{"email": {"ana@example.org"}}}); err != nil {
		t.Fatal(err)
	}
	b.want(422, "Nothing tells that this entry is yours")(b.post("/settings/entry", "entry", head.Path())) // she wrote it herself
	b.want(422, "nothing here")(b.post("/settings/entry", "entry", "/c/people/nobody"))
	hers := person(a.System, "Ana", "Ana@example.org")
	b.want(200, "describes you now")(b.post("/settings/entry", "entry", base+hers.Path()))
	if by := actor("ana"); by.Entry != hers.ID {
		t.Errorf("linked to %v", by.Entry)
	}
	b.want(422, "have an entry already")(b.post("/settings/entry", "entry", person(actor("ana"), "Again", "x@example.org").Path()))

	invited(t, a, base, "bob@example.org")
	mine := person(actor("bob"), "Bob", "b@example.org")
	if _, err := a.ItIsMe(ctx, actor("bob"), mine.Slug); err != nil {
		t.Errorf("an entry that one made: %v", err)
	}
	if _, err := a.Invite(ctx, app.Invitation{Email: "cleo@example.org", Entry: mine.Slug}); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("an entry that describes another: %v", err)
	}
	if _, err := a.Invite(ctx, app.Invitation{Email: "head@example.org", Entry: head.Slug}); err != nil {
		t.Fatal(err)
	}
	if by := actor("head"); by.Entry != head.ID || by.Name != head.Title {
		t.Errorf("invited as %+v", by)
	}
}

func TestAnAuthorOfImportedHistoryIsClaimedAndTheClaimTakenBack(t *testing.T) {
	a, _, base := site(t, nil)
	ana := invited(t, a, base, "ana@example.org")
	if err := a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := a.Personas.Imported(tx, "wiki", "A. Lopez")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ana.want(200, `value="a.lopez" placeholder="@…"`)(ana.get("/settings?claim=a.lopez"))
	ana.want(422, "no such persona")(ana.post("/settings/claim", "handle", "@nobody"))
	ana.want(200, "theirs to you")(ana.post("/settings/claim", "handle", "@a.lopez"))
	bob := invited(t, a, base, "bob@example.org")
	bob.want(422, "Somebody else has claimed")(bob.post("/settings/claim", "handle", "a.lopez"))
	bob.want(422, "You have not claimed")(bob.post("/settings/claim", "handle", "a.lopez", "take", "back"))
	ana.want(200, "It was not me: A. Lopez")(ana.get("/settings"))
	ana.want(200, "Taken back")(ana.post("/settings/claim", "handle", "a.lopez", "take", "back"))
	bob.want(200, "theirs to you")(bob.post("/settings/claim", "handle", "a.lopez"))
}
