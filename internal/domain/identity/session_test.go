package identity_test

import (
	"sync"
	"testing"

	"pollen"
	"pollen/internal/domain/identity"
	"pollen/internal/pollentest"
)

func TestALinkSignsInOneAccountAndOnce(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	account, ana := invite(t, w, s, "ana@example.org")
	invite(t, w, s, "bob@example.org")
	link, err := s.Link(ctx, account, identity.Magic)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 8 { // opened everywhere at once
		wg.Go(func() {
			signed, err := s.Redeem(ctx, link, "")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && signed.Persona == ana.Persona:
				in++
			case !pollen.Is(err, pollen.Unauthenticated):
				t.Errorf("%+v, %v", signed, err)
			}
		})
	}
	wg.Wait()
	if in != 1 {
		t.Errorf("one link signed in %d times", in)
	}
	for _, text := range []string{"", link + "x", link[1:], "never was"} {
		if _, err := s.Redeem(ctx, text, ""); !pollen.Is(err, pollen.Unauthenticated) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLinksThatOneMayAskFor(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	_, ana := invite(t, w, s, "ana@example.org")
	if link, _, _, err := s.Magic(ctx, "nobody@example.org"); link != "" || err != nil {
		t.Errorf("for nobody: %q, %v", link, err)
	}
	for i := range 4 {
		link, to, p, err := s.Magic(ctx, " Ana@Example.org")
		if err != nil || (link == "") != (i == 3) || to != "ana@example.org" || p != ana.Persona {
			t.Errorf("asked %d times: %q to %s of %s, %v", i+1, link, to, p, err)
		}
	}
	w.Clock.Advance(identity.SessionLife) // whether swept or not, those are over
	if link, _, _, err := s.Magic(ctx, "ana@example.org"); link == "" || err != nil {
		t.Errorf("once they are over: %q, %v", link, err)
	}
}

func TestWhatIsEndedIsEndedAtOnce(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	account, ana := invite(t, w, s, "ana@example.org")
	_, bob := invite(t, w, s, "bob@example.org")
	open := func() string {
		t.Helper()
		link, err := s.Link(ctx, account, identity.Magic)
		if err != nil {
			t.Fatal(err)
		}
		in, err := s.Redeem(ctx, link, "a browser")
		if err != nil {
			t.Fatal(err)
		}
		return in.Session
	}
	ended := func(what, session string, want bool) {
		t.Helper()
		if _, err := s.Session(ctx, session); want != pollen.Is(err, pollen.Unauthenticated) {
			t.Errorf("%s: %v, ended is to be %v", what, err, want)
		}
	}
	here, there, elsewhere := open(), open(), open()
	all, err := s.Sessions(ctx, ana, there)
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	var id string
	for _, x := range all {
		if x.Current {
			id = x.ID
		}
	}
	if err := s.End(ctx, bob, id); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("somebody else's session: %v, want NotFound", err)
	}
	if err := s.End(ctx, ana, id); err != nil {
		t.Fatal(err)
	}
	ended("the one that was ended", there, true)
	ended("another", elsewhere, false)
	if err := s.EndOthers(ctx, ana, here); err != nil {
		t.Fatal(err)
	}
	ended("all but this one", elsewhere, true)
	ended("this one", here, false)

	token, err := s.Token(ctx, ana, ana.Persona, ana.Kind, "script")
	if err != nil {
		t.Fatal(err)
	}
	known, err := s.Tokens(ctx, ana)
	if err != nil || len(known) != 1 {
		t.Fatalf("%+v, %v", known, err)
	}
	if err := s.Revoke(ctx, bob, known[0].ID); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("somebody else's token: %v, want NotFound", err)
	}
	if p, err := s.TokenPersona(ctx, token); p != ana.Persona || err != nil {
		t.Errorf("the token: %v", err)
	}
	if err := s.Revoke(ctx, ana, known[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenPersona(ctx, token); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
}
