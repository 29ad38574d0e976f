package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"pollen"
	"pollen/internal/base/sqldb"
)

// cost is what argon2id is told to take.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// present is the cost of the passwords hashed now: the first choice of OWASP's
// Password Storage Cheat Sheet for 19 MiB of memory. Those that were hashed at
// another are hashed anew when their owner signs in.
var present = cost{memory: 19 * 1024, time: 2, threads: 1}

// most bounds what a stored hash may ask for: it comes from a backup, perhaps.
var most = cost{memory: 256 * 1024, time: 16, threads: 8}

const argonKey = 32 // bytes

// Limits of a password, in characters and bytes (NIST SP 800-63B §5.1.1.2).
const (
	minPassword = 10
	maxPassword = 200
)

// hash writes a password as a PHC string.
func (s *Identity) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(s.db.Rand, salt); err != nil {
		return "", fmt.Errorf("reading randomness: %w", err)
	}
	key, err := s.derive(ctx, password, salt, present)
	if err != nil {
		return "", err
	}
	e := base64.RawStdEncoding
	return fmt.Sprintf("%s%s$%s", present, e.EncodeToString(salt), e.EncodeToString(key)), nil
}

// String begins the PHC string of a password.
func (c cost) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, c.memory, c.time, c.threads)
}

// derive computes the key, waiting its turn.
func (s *Identity) derive(ctx context.Context, password string, salt []byte, c cost) ([]byte, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, argonKey), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Identity) matches(ctx context.Context, phc, password string) (bool, error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		// Take as long for an account without a password as for any other.
		_, err := s.derive(ctx, password, make([]byte, 16), present)
		return false, err
	}
	var version int
	var c cost
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &c.memory, &c.time, &c.threads); err != nil || version != argon2.Version ||
		c.time < 1 || c.threads < 1 || c.memory > most.memory || c.time > most.time || c.threads > most.threads {
		return false, fmt.Errorf("stored password: argon2id with %s, %s", parts[2], parts[3])
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("stored password: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("stored password: %w", err)
	}
	key, err := s.derive(ctx, password, salt, c)
	return subtle.ConstantTimeCompare(key, want) == 1, err
}

// NewPassword is what choosing a password takes.
type NewPassword struct {
	Password string
	// Old is the present password. It may be left out where there is none, and
	// once in a session that a link opened.
	Old string
	// Session is the secret of the session in which it is chosen. All others
	// of the account end.
	Session string
}

// SetPassword sets the password of the account behind a named persona, and
// ends its other sessions. It fails with Invalid when the password is too
// short, too long, or one that is guessed first, with Forbidden when the
// old one is wrong, and with Unauthenticated when the session has ended, or
// another password was chosen, before this one was kept.
func (s *Identity) SetPassword(ctx context.Context, by pollen.Actor, n NewPassword) (err error) {
	defer pollen.Wrap(&err, "identity.SetPassword")
	var a struct {
		id            pollen.AccountID
		email, phc    string
		unlocked      int
		hashedSession []byte
	}
	a.hashedSession = hashed(n.Session)
	if err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		found, err := tx.Get(`SELECT a.id, a.email, a.password FROM accounts a JOIN named_personas n ON n.account_id = a.id WHERE n.persona_id = $1`, []any{int64(by.Persona)}, &a.id, &a.email, &a.phc)
		if err == nil && !found {
			err = pollen.Errorf(pollen.Forbidden, "identity.no-account", "This persona has no password.")
		}
		if err != nil {
			return err
		}
		_, err = tx.Get(`SELECT unlocked FROM sessions WHERE hash = $1 AND persona_id = $2`, []any{a.hashedSession, int64(by.Persona)}, &a.unlocked)
		return err
	}); err != nil {
		return err
	}
	if a.phc != "" && a.unlocked == 0 {
		ok, err := s.matches(ctx, a.phc, n.Old)
		if err != nil {
			return err
		}
		if !ok {
			return pollen.Errorf(pollen.Forbidden, "identity.old-password", "This is not your present password. If you have forgotten it, sign out and ask for a link.").On("old")
		}
	}
	if err := acceptable(n.Password, a.email, by.Name); err != nil {
		return err
	}
	phc, err := s.hash(ctx, n.Password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		changed, err := tx.Exec(`UPDATE accounts SET password = $2 WHERE id = $1 AND password = $3`, int64(a.id), phc, a.phc)
		if err != nil {
			return err
		}
		lives, err := tx.Exec(`UPDATE sessions SET unlocked = 0 WHERE hash = $1 AND persona_id = $2 AND unlocked = $3`, a.hashedSession, int64(by.Persona), a.unlocked)
		if err != nil {
			return err
		}
		if changed == 0 || lives == 0 && n.Session != "" { // hashing takes its time
			return ended()
		}
		if _, err := tx.Exec(`DELETE FROM sign_in_links WHERE account_id = $1`, int64(a.id)); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM sessions WHERE persona_id = $1 AND hash <> $2`, int64(by.Persona), a.hashedSession)
		return err
	})
}

// SignIn signs in with address and password. It fails with Unauthenticated,
// in the same words and time whether the address is known or not.
func (s *Identity) SignIn(ctx context.Context, email, password, agent string) (out Signed, err error) {
	defer pollen.Wrap(&err, "identity.SignIn")
	refused := pollen.Errorf(pollen.Unauthenticated, "identity.refused", "This address and this password do not go together. Try again, or ask for a link.")
	email, err = Address(email)
	if err != nil || len(password) > 2*maxPassword {
		return out, refused
	}
	var account pollen.AccountID
	var phc string
	if err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Get(`SELECT id, password FROM accounts WHERE email = $1`, []any{email}, &account, &phc)
		return err
	}); err != nil {
		return out, err
	}
	ok, err := s.matches(ctx, phc, password)
	if err != nil || !ok {
		if err == nil {
			err = refused
		}
		return out, err
	}
	out.HasPassword = true
	now := phc
	if !strings.HasPrefix(phc, present.String()) {
		if now, err = s.hash(ctx, password); err != nil {
			return out, err
		}
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE accounts SET password = $3 WHERE id = $1 AND password = $2`, int64(account), phc, now)
		if err == nil && n == 0 {
			err = refused // it was changed meanwhile
		}
		if err != nil {
			return err
		}
		return s.open(tx, account, agent, locked, &out)
	})
	return out, err
}
