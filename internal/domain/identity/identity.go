// Package identity keeps the private means to sign in: accounts, links that
// work once, passwords, sessions and API tokens.
//
// An account is never shown and never in the API. The address one signs in
// with is given by an invitation alone, and never read from an entry. Secrets
// are kept as hashes: passwords by argon2id, the others, which are random, by
// SHA-256. Sessions keep no time finer than a day.
//
// A session belongs to a persona. Only [Identity] and the persona package know
// which account stands behind a named one.
//
// Tables owned: accounts, sign_in_links, sessions, api_tokens.
package identity

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Identity keeps the accounts of one instance.
type Identity struct {
	db      *sqldb.DB
	journal *journal.Journal
	hashing chan struct{} // bounds the memory that argon2id takes
}

// New returns the accounts of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal) *Identity {
	return &Identity{db: db, journal: j, hashing: make(chan struct{}, 2)}
}

// day is one day in milliseconds.
const day = int64(24 * time.Hour / time.Millisecond)

// Purpose is what a sign-in link is for.
type Purpose string

// The purposes.
const (
	Invitation Purpose = "invitation"
	Magic      Purpose = "magic"
	Reset      Purpose = "reset"
)

// lifetime of each kind of link.
var lifetime = map[Purpose]time.Duration{Invitation: 14 * 24 * time.Hour, Magic: 15 * time.Minute, Reset: time.Hour}

// secret makes 32 random bytes and the text that carries them.
func secret(rand io.Reader) (text string, hash []byte, err error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", nil, fmt.Errorf("reading randomness: %w", err)
	}
	text = base64.RawURLEncoding.EncodeToString(b)
	return text, hashed(text), nil
}

func hashed(text string) []byte {
	h := sha256.Sum256([]byte(text))
	return h[:]
}

// Address brings an e-mail address to the form in which accounts keep it. It
// fails with Invalid.
func Address(s string) (string, error) {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	if err != nil || a.Name != "" || len(s) > 254 || strings.ContainsAny(a.Address, " \r\n") {
		return "", pollen.Errorf(pollen.Invalid, "identity.email", "This is not an e-mail address.").On("email")
	}
	return strings.ToLower(a.Address), nil
}

// Account makes an account for an address, or finds the one there is; made
// tells which. newPersona is called in the same transaction for a new one.
func (s *Identity) Account(ctx context.Context, email string, newPersona func(*sqldb.Tx, pollen.AccountID) error) (id pollen.AccountID, made bool, err error) {
	defer pollen.Wrap(&err, "identity.Account")
	if email, err = Address(email); err != nil {
		return 0, false, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		made = false
		found, err := tx.Get(`SELECT id FROM accounts WHERE email = $1`, []any{email}, &id)
		if err != nil || found {
			return err
		}
		n, err := tx.DB.Mint.Random()
		if err != nil {
			return err
		}
		id, made = pollen.AccountID(n), true
		if _, err := tx.Exec(`INSERT INTO accounts (id, email, day) VALUES ($1, $2, $3)`, n, email, sqldb.Millis(tx.Now)/day); err != nil {
			return err
		}
		return newPersona(tx, id)
	})
	return id, made, err
}

// Link makes a link's secret that signs the account in, once. A new invitation
// ends the one before it that was not used.
func (s *Identity) Link(ctx context.Context, account pollen.AccountID, p Purpose) (text string, err error) {
	defer pollen.Wrap(&err, "identity.Link", p)
	text, hash, err := secret(s.db.Rand)
	if err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if p == Invitation {
			if _, err := tx.Exec(`DELETE FROM sign_in_links WHERE account_id = $1 AND purpose = $2`, int64(account), p); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO sign_in_links (hash, account_id, purpose, expires_at) VALUES ($1, $2, $3, $4)`,
			hash, int64(account), p, sqldb.Millis(tx.Now.Add(lifetime[p])))
		return err
	})
	return text, err
}

// PersonaOf tells the operator whose named persona signs in with an address. It
// fails with NotFound, and with Forbidden for everybody else.
func (s *Identity) PersonaOf(ctx context.Context, by pollen.Actor, email string) (p pollen.PersonaID, err error) {
	defer pollen.Wrap(&err, "identity.PersonaOf")
	if !by.System() {
		return 0, pollen.Errorf(pollen.Forbidden, "identity.private", "Who signs in with which address is told to nobody.")
	}
	if email, err = Address(email); err != nil {
		return 0, err
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		found, err := tx.Get(`SELECT n.persona_id FROM accounts a JOIN named_personas n ON n.account_id = a.id WHERE a.email = $1`, []any{email}, &p)
		if err == nil && !found {
			err = pollen.Errorf(pollen.NotFound, "identity.no-address", "Nobody signs in with this address. Invite them: pollen invite {email}.", "email", email)
		}
		return err
	})
	return p, err
}

// Signed is who has just signed in.
type Signed struct {
	Session string // the secret for the cookie
	Persona pollen.PersonaID
	Purpose Purpose // of the link that was used, "" for a password
	// HasPassword tells whether the account can sign in by password.
	HasPassword bool
}

// Redeem signs in with a link, which works once. It fails with Unauthenticated
// when the link is used up, expired or never was.
func (s *Identity) Redeem(ctx context.Context, text, agent string) (out Signed, err error) {
	defer pollen.Wrap(&err, "identity.Redeem")
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var account pollen.AccountID
		var password string
		found, err := tx.Get(`
			SELECT l.account_id, l.purpose, a.password FROM sign_in_links l JOIN accounts a ON a.id = l.account_id
			WHERE l.hash = $1 AND l.expires_at >= $2`, []any{hashed(text), sqldb.Millis(tx.Now)}, &account, &out.Purpose, &password)
		if err != nil {
			return err
		}
		if !found {
			return pollen.Errorf(pollen.Unauthenticated, "identity.link", "This link has been used or has expired. Ask for a new one.")
		}
		if _, err := tx.Exec(`DELETE FROM sign_in_links WHERE hash = $1`, hashed(text)); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE accounts SET verified_day = coalesce(verified_day, $2) WHERE id = $1`, int64(account), sqldb.Millis(tx.Now)/day); err != nil {
			return err
		}
		out.HasPassword = password != ""
		return s.open(tx, account, agent, unlocked, &out)
	})
	return out, err
}

// lock says whether a session may choose a new password without the old one,
// once: one opened by a link may.
type lock int

const (
	locked lock = iota
	unlocked
)

// open makes a session for the named persona of an account.
func (s *Identity) open(tx *sqldb.Tx, account pollen.AccountID, agent string, l lock, out *Signed) error {
	found, err := tx.Get(`SELECT persona_id FROM named_personas WHERE account_id = $1`, []any{int64(account)}, &out.Persona)
	if err == nil && !found {
		err = fmt.Errorf("an account without a persona")
	}
	if err != nil {
		return err
	}
	text, hash, err := secret(tx.DB.Rand)
	if err != nil {
		return err
	}
	out.Session = text
	if len(agent) > 200 {
		agent = strings.ToValidUTF8(agent[:200], "")
	}
	today := sqldb.Millis(tx.Now) / day
	_, err = tx.Exec(`INSERT INTO sessions (hash, persona_id, agent, day, seen_day, unlocked) VALUES ($1, $2, $3, $4, $4, $5)`,
		hash, int64(out.Persona), strings.ToValidUTF8(agent, ""), today, int(l))
	return err
}

// SessionLife is how long a session lives without being used.
const SessionLife = 60 * 24 * time.Hour

// oldest is the day on which a session that lives was used at the earliest.
func (s *Identity) oldest() int64 { return sqldb.Millis(s.db.Now().Add(-SessionLife)) / day }

// Sweep forgets the sessions that ended by not being used, and the links that
// nobody used in time.
func (s *Identity) Sweep(ctx context.Context) (err error) {
	defer pollen.Wrap(&err, "identity.Sweep")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM sessions WHERE seen_day < $1`, s.oldest()); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM sign_in_links WHERE expires_at < $1`, sqldb.Millis(tx.Now))
		return err
	})
}

// Session tells whose session a cookie's secret belongs to. It fails with
// Unauthenticated when there is none, or none any more.
func (s *Identity) Session(ctx context.Context, text string) (p pollen.PersonaID, err error) {
	defer pollen.Wrap(&err, "identity.Session")
	var seen int64
	today := sqldb.Millis(s.db.Now()) / day
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		found, err := tx.Get(`SELECT persona_id, seen_day FROM sessions WHERE hash = $1 AND seen_day >= $2`, []any{hashed(text), s.oldest()}, &p, &seen)
		if err == nil && !found {
			err = ended()
		}
		return err
	})
	if err != nil || seen == today {
		return p, err
	}
	return p, s.used(ctx, `UPDATE sessions SET seen_day = $2 WHERE hash = $1`, text, today)
}

// ended is what somebody is told whose session is over.
func ended() error {
	return pollen.Errorf(pollen.Unauthenticated, "identity.session", "Your session has ended. Sign in again.")
}

// used writes down the day of the last use of a secret. Where nothing can be
// written at the moment, as on a full disk, that waits for the next use: who is
// signed in goes on reading.
func (s *Identity) used(ctx context.Context, update, text string, today int64) error {
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(update, hashed(text), today)
		return err
	})
	if pollen.Is(err, pollen.Unavailable) {
		return nil
	}
	return err
}

// SignOut ends a session.
func (s *Identity) SignOut(ctx context.Context, text string) (err error) {
	defer pollen.Wrap(&err, "identity.SignOut")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM sessions WHERE hash = $1`, hashed(text))
		return err
	})
}

// tokenPrefix lets secret scanners recognise an API token.
const tokenPrefix = "pollen_"

// maxTokenName bounds what a token is called, in bytes.
const maxTokenName = 100

// Token makes an API token for a persona: one's own, or any for the operator. It
// is refused for pseudonyms, whose credentials never leave their browser; making
// it is on the journal.
func (s *Identity) Token(ctx context.Context, by pollen.Actor, p pollen.PersonaID, kind pollen.PersonaKind, name string) (text string, err error) {
	defer pollen.Wrap(&err, "identity.Token")
	if by.Persona != p && !by.System() {
		return "", pollen.Absent()
	}
	if kind != pollen.PersonaNamed && kind != pollen.PersonaSystem {
		return "", pollen.Errorf(pollen.Forbidden, "identity.token-kind", "An API token can be made for a named persona alone.")
	}
	if name, err = schema.Line("name", name, maxTokenName); err != nil {
		return "", err
	}
	if name == "" {
		return "", pollen.Errorf(pollen.Invalid, "identity.token-name", "Say in a few words what the token is for.").On("name")
	}
	text, hash, err := secret(s.db.Rand)
	if err != nil {
		return "", err
	}
	text = tokenPrefix + text
	hash = hashed(text)
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		id, err := tx.DB.Mint.Random()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO api_tokens (hash, id, persona_id, name, day) VALUES ($1, $2, $3, $4, $5)`,
			hash, id, int64(p), name, sqldb.Millis(tx.Now)/day); err != nil {
			return err
		}
		return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActToken, Object: pollen.Ref(pollen.ObjectPersona, p), Detail: journal.Detail{Name: name}})
	})
	return text, err
}

// TokenPersona tells whose API token a secret is. It fails with
// Unauthenticated when it is none, or revoked.
func (s *Identity) TokenPersona(ctx context.Context, text string) (p pollen.PersonaID, err error) {
	defer pollen.Wrap(&err, "identity.TokenPersona")
	var seen sql.NullInt64
	today := sqldb.Millis(s.db.Now()) / day
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		found, err := tx.Get(`SELECT persona_id, seen_day FROM api_tokens WHERE hash = $1`, []any{hashed(text)}, &p, &seen)
		if err == nil && !found {
			err = pollen.Errorf(pollen.Unauthenticated, "identity.token", "This API token is unknown or was revoked. Make a new one.")
		}
		return err
	})
	if err != nil || seen.Int64 == today {
		return p, err
	}
	return p, s.used(ctx, `UPDATE api_tokens SET seen_day = $2 WHERE hash = $1`, text, today)
}

// TokenInfo is an API token as its persona sees it, without its secret.
type TokenInfo struct {
	ID   pollen.AnyID
	Name string
	Made time.Time // the day
	Used time.Time // the day of its last use; zero for never
}

// Tokens lists the API tokens of a persona.
func (s *Identity) Tokens(ctx context.Context, by pollen.Actor) (out []TokenInfo, err error) {
	defer pollen.Wrap(&err, "identity.Tokens")
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT id, name, day, seen_day FROM api_tokens WHERE persona_id = $1 ORDER BY day, id`, []any{int64(by.Persona)}, func(rows *sql.Rows) error {
			var t TokenInfo
			var d int64
			var used sql.NullInt64
			err := rows.Scan(&t.ID, &t.Name, &d, &used)
			t.Made = sqldb.Time(d * day)
			if used.Valid {
				t.Used = sqldb.Time(used.Int64 * day)
			}
			out = append(out, t)
			return err
		})
	})
	return out, err
}

// Revoke ends an API token of the actor's own. It fails with NotFound.
func (s *Identity) Revoke(ctx context.Context, by pollen.Actor, id pollen.AnyID) (err error) {
	defer pollen.Wrap(&err, "identity.Revoke")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`DELETE FROM api_tokens WHERE id = $1 AND persona_id = $2`, int64(id), int64(by.Persona))
		if err == nil && n == 0 {
			err = pollen.Errorf(pollen.NotFound, "identity.no-token", "There is no such API token.")
		}
		if err != nil {
			return err
		}
		return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActToken, Object: pollen.Ref(pollen.ObjectPersona, by.Persona)})
	})
}
