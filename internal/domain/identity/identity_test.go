package identity_test

import (
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/identity"
	"pollen/internal/domain/persona"
	"pollen/internal/pollentest"
)

// invite makes an account with its named persona.
func invite(t *testing.T, w *pollentest.World, s *identity.Identity, email string) (pollen.AccountID, pollen.Actor) {
	t.Helper()
	var p persona.Persona
	id, made, err := s.Account(t.Context(), email, func(tx *sqldb.Tx, id pollen.AccountID) (err error) {
		if p, err = w.Personas.CreateIn(tx, persona.Persona{Name: "Ana López", Kind: pollen.PersonaNamed}); err != nil {
			return err
		}
		return w.Personas.Link(tx, id, p.ID)
	})
	if err != nil || !made {
		t.Fatal(made, err)
	}
	return id, p.Actor()
}

func TestLinkWorksOnceAndNotForLong(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	account, ana := invite(t, w, s, "Ana@Example.org")
	if _, made, err := s.Account(ctx, "ana@example.ORG", nil); made || err != nil {
		t.Errorf("the same address made another account: %v, %v", made, err)
	}
	link, err := s.Link(ctx, account, identity.Invitation)
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.Redeem(ctx, link, "browser")
	if err != nil || in.Persona != ana.Persona || in.HasPassword {
		t.Fatalf("signed in as %+v, %v", in, err)
	}
	if _, err := s.Redeem(ctx, link, ""); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a used link: %v", err)
	}
	if p, err := s.Session(ctx, in.Session); p != ana.Persona || err != nil {
		t.Errorf("session of %v, %v", p, err)
	}
	late, err := s.Link(ctx, account, identity.Magic)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(16 * time.Minute)
	if _, err := s.Redeem(ctx, late, ""); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("an expired link: %v", err)
	}
	w.Clock.Advance(61 * 24 * time.Hour)
	if _, err := s.Session(ctx, in.Session); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a session unused for two months: %v", err)
	}
}

func TestSessionsThatEndedAreForgotten(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	account, _ := invite(t, w, s, "ana@example.org")
	var last identity.Signed
	for range 2 {
		w.Clock.Advance(identity.SessionLife/2 + 24*time.Hour)
		link, err := s.Link(ctx, account, identity.Invitation)
		if err != nil {
			t.Fatal(err)
		}
		if last, err = s.Redeem(ctx, link, ""); err != nil {
			t.Fatal(err)
		}
	}
	unused, err := s.Link(ctx, account, identity.Magic)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(identity.SessionLife / 2)
	waiting, err := s.Link(ctx, account, identity.Invitation)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"sessions": 1, "sign_in_links": 1} {
		kept := 0
		err := w.DB.Read(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Get(`SELECT count(*) FROM `+table, nil, &kept)
			return err
		})
		if err != nil || kept != want {
			t.Errorf("of %s %d are kept, %v", table, kept, err)
		}
	}
	if _, err := s.Redeem(ctx, unused, ""); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a link that is over: %v", err)
	}
	if _, err := s.Redeem(ctx, waiting, ""); err != nil {
		t.Errorf("a link that waits: %v", err)
	}
	if _, err := s.Session(ctx, last.Session); err != nil {
		t.Errorf("one in use: %v", err)
	}
}

func TestPassword(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	_, ana := invite(t, w, s, "ana@example.org")
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: "short"}); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("a short password: %v", err)
	}
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: "trois grains de pollen"}); err != nil {
		t.Fatal(err)
	}
	in, err := s.SignIn(ctx, "ANA@example.org", "trois grains de pollen", "")
	if err != nil || in.Persona != ana.Persona {
		t.Fatalf("%+v, %v", in, err)
	}
	for _, c := range [][2]string{{"ana@example.org", "trois grains"}, {"bob@example.org", "trois grains de pollen"}, {"nonsense", "x"}} {
		if _, err := s.SignIn(ctx, c[0], c[1], ""); !pollen.Is(err, pollen.Unauthenticated) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := s.SignOut(ctx, in.Session); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, in.Session); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("after signing out: %v", err)
	}
}

func TestToken(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	_, ana := invite(t, w, s, "ana@example.org")
	text, err := s.Token(ctx, ana, ana.Persona, ana.Kind, "script")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.TokenPersona(ctx, text); p != ana.Persona || err != nil {
		t.Errorf("token of %v, %v", p, err)
	}
	list, err := s.Tokens(ctx, ana)
	if err != nil || len(list) != 1 || list[0].Name != "script" {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := s.Revoke(ctx, w.Actor("Bob"), list[0].ID); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("somebody else revokes: %v", err)
	}
	if err := s.Revoke(ctx, ana, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenPersona(ctx, text); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
	if _, err := s.Token(ctx, w.Actor("Bob"), ana.Persona, ana.Kind, "x"); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("somebody else's token: %v", err)
	}
	if _, err := s.Token(ctx, w.System, ana.Persona, ana.Kind, "x"); err != nil {
		t.Errorf("the operator makes none: %v", err)
	}
	if _, err := s.Token(ctx, ana, ana.Persona, pollen.PersonaPseudonym, "x"); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("a token for a pseudonym: %v", err)
	}
}

func TestANewInvitationEndsTheOneBefore(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	account, ana := invite(t, w, s, "ana@example.org")
	var links [3]string
	for i, p := range []identity.Purpose{identity.Magic, identity.Invitation, identity.Invitation} {
		link, err := s.Link(ctx, account, p)
		if err != nil {
			t.Fatal(err)
		}
		links[i] = link
	}
	for i, lives := range []bool{true, false, true} {
		if _, err := s.Redeem(ctx, links[i], ""); (err == nil) != lives {
			t.Errorf("link %d: %v", i, err)
		}
	}
	if p, err := s.PersonaOf(ctx, w.System, "Ana@example.org"); err != nil || p != ana.Persona {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := s.PersonaOf(ctx, ana, "ana@example.org"); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("whose address it is, to a member: %v", err)
	}
}
