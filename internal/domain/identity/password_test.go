package identity_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/identity"
	"pollen/internal/pollentest"
)

const (
	good    = "trois grains de pollen"
	another = "quatre grains de pollen"
)

// stored reads the hash of a password, or plants one.
func stored(t *testing.T, w *pollentest.World, account pollen.AccountID, plant string) (phc string) {
	t.Helper()
	err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		if plant != "" {
			_, err := tx.Exec(`UPDATE accounts SET password = $2 WHERE id = $1`, int64(account), plant)
			return err
		}
		_, err := tx.Get(`SELECT password FROM accounts WHERE id = $1`, []any{int64(account)}, &phc)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

// weak is a password as an earlier release may have hashed it.
func weak(password string) string {
	salt := []byte("sixteen bytes!!!")
	key := argon2.IDKey([]byte(password), salt, 1, 8*1024, 1, 32)
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=8192,t=1,p=1$%s$%s", argon2.Version, e.EncodeToString(salt), e.EncodeToString(key))
}

func TestAWeakerHashIsMadeAnewAtSignIn(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	account, ana := invite(t, w, s, "ana@example.org")
	old := weak(good)
	stored(t, w, account, old)
	if _, err := s.SignIn(t.Context(), "ana@example.org", another, ""); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a wrong password: %v", err)
	}
	if now := stored(t, w, account, ""); now != old {
		t.Errorf("a wrong password made it %s", now)
	}
	for range 2 {
		if in, err := s.SignIn(t.Context(), "ana@example.org", good, ""); err != nil || in.Persona != ana.Persona {
			t.Fatalf("%+v, %v", in, err)
		}
		if now := stored(t, w, account, ""); !strings.HasPrefix(now, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("hashed as %s", now)
		}
	}
	strong := stored(t, w, account, "")
	if _, err := s.SignIn(t.Context(), "ana@example.org", good, ""); err != nil || stored(t, w, account, "") != strong {
		t.Errorf("a strong one is hashed again: %v", err)
	}
}

func TestAHashThatAsksForTooMuchIsNotComputed(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	account, _ := invite(t, w, s, "ana@example.org")
	for _, phc := range []string{"$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdA$a2V5", "$argon2id$v=19$m=8192,t=4294967295,p=1$c2FsdA$a2V5",
		"$argon2id$v=19$m=8192,t=0,p=1$c2FsdA$a2V5", "$argon2id$v=16$m=8192,t=1,p=1$c2FsdA$a2V5", "$argon2id$v=19$nonsense$c2FsdA$a2V5"} {
		stored(t, w, account, phc)
		if _, err := s.SignIn(t.Context(), "ana@example.org", good, ""); !pollen.Is(err, pollen.Internal) {
			t.Errorf("%s: %v", phc, err)
		}
	}
}

func TestWhatAPasswordMayBe(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	_, ana := invite(t, w, s, "ana@example.org")
	for what, p := range map[string]string{"nine characters": "123456789", "too long": strings.Repeat("a grain ", 60), "the address": "ana@example.org", "none": "",
		"one that is guessed first": "password123"} {
		if err := s.SetPassword(t.Context(), ana, identity.NewPassword{Password: p}); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v, want Invalid", what, err)
		}
	}
	for what, p := range map[string]string{"words": good, "other letters": "триста зёрнышек", "with spaces at its ends": "  un pollen  ici "} {
		w2 := pollentest.NewWorld(t)
		s := identity.New(w2.DB, w2.Journal)
		_, ana := invite(t, w2, s, "ana@example.org")
		if err := s.SetPassword(t.Context(), ana, identity.NewPassword{Password: p}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := s.SignIn(t.Context(), "ana@example.org", p, ""); err != nil {
			t.Errorf("%s, signing in: %v", what, err)
		}
	}
}

func TestANewPasswordWantsTheOldOneAndEndsOtherSessions(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	account, ana := invite(t, w, s, "ana@example.org")
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: good}); err != nil {
		t.Fatal(err)
	}
	here, err := s.SignIn(ctx, "ana@example.org", good, "")
	if err != nil {
		t.Fatal(err)
	}
	there, err := s.SignIn(ctx, "ana@example.org", good, "")
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.Link(ctx, account, identity.Magic)
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"", another} {
		if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: another, Old: old, Session: here.Session}); !pollen.Is(err, pollen.Forbidden) {
			t.Errorf("with the old one %q: %v, want Forbidden", old, err)
		}
	}
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: another, Old: good, Session: here.Session}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, here.Session); err != nil {
		t.Errorf("the session it was chosen in: %v", err)
	}
	if _, err := s.Session(ctx, there.Session); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("another session: %v", err)
	}
	if _, err := s.Redeem(ctx, link, ""); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a link that was out: %v", err)
	}
	if _, err := s.SignIn(ctx, "ana@example.org", good, ""); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("the old password: %v", err)
	}
}

func TestASessionOpenedByALinkChoosesOnceWithoutTheOldPassword(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	account, ana := invite(t, w, s, "ana@example.org")
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: good}); err != nil {
		t.Fatal(err)
	}
	link, err := s.Link(ctx, account, identity.Reset)
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.Redeem(ctx, link, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: another, Session: in.Session}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: good, Session: in.Session}); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("a second time: %v, want Forbidden", err)
	}
}

// meanwhile is randomness that something happens before.
type meanwhile struct {
	io.Reader
	happens func()
}

func (m *meanwhile) Read(b []byte) (int, error) {
	if happens := m.happens; happens != nil {
		m.happens = nil
		happens()
	}
	return m.Reader.Read(b)
}

// Hashing takes its time. A session that ended, or a password that was chosen, in
// it is not overruled by what was true before.
func TestAPasswordIsKeptByWhatIsTrueThen(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := identity.New(w.DB, w.Journal)
	ctx := t.Context()
	_, ana := invite(t, w, s, "ana@example.org")
	if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: good}); err != nil {
		t.Fatal(err)
	}
	const third = "encore d'autres grains"
	there, err := s.SignIn(ctx, "ana@example.org", good, "")
	if err != nil {
		t.Fatal(err)
	}
	random := &meanwhile{Reader: w.DB.Rand}
	w.DB.Rand = random
	for _, c := range []struct {
		what    string
		happens func(here string) error
	}{
		{"its session was ended", func(string) error { return s.EndOthers(ctx, ana, there.Session) }},
		{"another password was chosen", func(here string) error {
			return s.SetPassword(ctx, ana, identity.NewPassword{Password: another, Old: good, Session: here})
		}},
	} {
		here, err := s.SignIn(ctx, "ana@example.org", good, "")
		if err != nil {
			t.Fatal(err)
		}
		random.happens = func() {
			if err := c.happens(here.Session); err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
		}
		if err := s.SetPassword(ctx, ana, identity.NewPassword{Password: third, Old: good, Session: here.Session}); !pollen.Is(err, pollen.Unauthenticated) {
			t.Errorf("%s: %v, want Unauthenticated", c.what, err)
		}
		if _, err := s.SignIn(ctx, "ana@example.org", third, ""); !pollen.Is(err, pollen.Unauthenticated) {
			t.Errorf("%s: the password that was refused signs in: %v", c.what, err)
		}
	}
}
