package identity

import (
	"context"
	"database/sql"
	"encoding/hex"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// SessionInfo is a session as its persona sees it. Its ID opens nothing.
type SessionInfo struct {
	ID      string
	Agent   string    // what the browser says it is
	Opened  time.Time // the day
	Seen    time.Time // the day of its last use
	Current bool
}

// Sessions lists the living sessions of a persona, the latest used first;
// current is the secret of the one that asks.
func (s *Identity) Sessions(ctx context.Context, by pollen.Actor, current string) (out []SessionInfo, err error) {
	defer pollen.Wrap(&err, "identity.Sessions")
	here := hex.EncodeToString(hashed(current))
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT hash, agent, day, seen_day FROM sessions WHERE persona_id = $1 AND seen_day >= $2 ORDER BY seen_day DESC, day DESC, hash`, []any{int64(by.Persona), s.oldest()}, func(rows *sql.Rows) error {
			var hash []byte
			var x SessionInfo
			var opened, seen int64
			err := rows.Scan(&hash, &x.Agent, &opened, &seen)
			x.ID, x.Opened, x.Seen = hex.EncodeToString(hash), sqldb.Time(opened*day), sqldb.Time(seen*day)
			x.Current = x.ID == here
			out = append(out, x)
			return err
		})
	})
	return out, err
}

// End ends one session of the actor's own. It fails with NotFound.
func (s *Identity) End(ctx context.Context, by pollen.Actor, id string) (err error) {
	defer pollen.Wrap(&err, "identity.End")
	hash, err := hex.DecodeString(id)
	if err != nil {
		hash = nil // no session has it
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`DELETE FROM sessions WHERE hash = $1 AND persona_id = $2`, hash, int64(by.Persona))
		if err == nil && n == 0 {
			err = pollen.Errorf(pollen.NotFound, "identity.no-session", "This session has ended already.")
		}
		return err
	})
}

// EndOthers ends every session of the actor's own but the one whose secret is
// given.
func (s *Identity) EndOthers(ctx context.Context, by pollen.Actor, current string) (err error) {
	defer pollen.Wrap(&err, "identity.EndOthers")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM sessions WHERE persona_id = $1 AND hash <> $2`, int64(by.Persona), hashed(current))
		return err
	})
}

// Standing is what a persona may know of its own account.
type Standing struct {
	Email       string
	HasPassword bool
	Verified    bool // a link reached its person once
	Unlocked    bool // this session may choose a password without the old one
}

// Standing tells a persona of its account; session is the secret of the one
// that asks. It fails with NotFound for a persona without an account.
func (s *Identity) Standing(ctx context.Context, by pollen.Actor, session string) (st Standing, err error) {
	defer pollen.Wrap(&err, "identity.Standing")
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		var password string
		var verified sql.NullInt64
		found, err := tx.Get(`SELECT a.email, a.password, a.verified_day FROM accounts a JOIN named_personas n ON n.account_id = a.id WHERE n.persona_id = $1`,
			[]any{int64(by.Persona)}, &st.Email, &password, &verified)
		if err == nil && !found {
			err = pollen.Errorf(pollen.NotFound, "identity.no-standing", "This persona has no account.")
		}
		if err != nil {
			return err
		}
		st.HasPassword, st.Verified = password != "", verified.Valid
		unlocked := 0
		_, err = tx.Get(`SELECT unlocked FROM sessions WHERE hash = $1 AND persona_id = $2`, []any{hashed(session), int64(by.Persona)}, &unlocked)
		st.Unlocked = unlocked == 1
		return err
	})
	return st, err
}

// maxMagic is how many magic links of an account live at the same time. They
// live a quarter of an hour: it is how often one can be asked for.
const maxMagic = 3

// Magic makes a link for the account of an address, when there is one and not
// too many live already; otherwise the link is "", and nothing tells why: what
// is answered to whoever asked must be the same. It fails with Invalid on what
// is no address.
func (s *Identity) Magic(ctx context.Context, email string) (link, to string, p pollen.PersonaID, err error) {
	defer pollen.Wrap(&err, "identity.Magic")
	if email, err = Address(email); err != nil {
		return "", "", 0, err
	}
	text, hash, err := secret(s.db.Rand)
	if err != nil {
		return "", "", 0, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		link = ""
		now := sqldb.Millis(tx.Now)
		var account pollen.AccountID
		living := 0
		found, err := tx.Get(`SELECT a.id, n.persona_id FROM accounts a JOIN named_personas n ON n.account_id = a.id WHERE a.email = $1`, []any{email}, &account, &p)
		if err != nil || !found {
			return err
		}
		if _, err := tx.Get(`SELECT count(*) FROM sign_in_links WHERE account_id = $1 AND purpose = $2 AND expires_at >= $3`, []any{int64(account), Magic, now}, &living); err != nil || living >= maxMagic {
			return err
		}
		link = text
		_, err = tx.Exec(`INSERT INTO sign_in_links (hash, account_id, purpose, expires_at) VALUES ($1, $2, $3, $4)`,
			hash, int64(account), Magic, sqldb.Millis(tx.Now.Add(lifetime[Magic])))
		return err
	})
	return link, email, p, err
}

// Close ends the account of a persona for good: its address, password, links,
// sessions and API tokens are gone. What the persona gave stays under its name.
// unlink is called in the same transaction, to take the persona off its
// account. It fails with Forbidden for a persona without an account.
func (s *Identity) Close(ctx context.Context, by pollen.Actor, unlink func(*sqldb.Tx, pollen.AccountID) error) (err error) {
	defer pollen.Wrap(&err, "identity.Close")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		found, err := end(tx, by.Persona, unlink)
		if err == nil && !found {
			err = pollen.Errorf(pollen.Forbidden, "identity.no-account-to-close", "This persona has no account to close.")
		}
		if err != nil {
			return err
		}
		return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActLeave, Object: pollen.Ref(pollen.ObjectPersona, by.Persona)})
	})
}

// Erase ends the account of a persona, if it has one, and whatever it could come
// in with.
func Erase(tx *sqldb.Tx, who pollen.PersonaID, unlink func(*sqldb.Tx, pollen.AccountID) error) error {
	_, err := end(tx, who, unlink)
	return err
}

// end takes the account of a persona away, and reports whether there was one.
func end(tx *sqldb.Tx, who pollen.PersonaID, unlink func(*sqldb.Tx, pollen.AccountID) error) (found bool, err error) {
	var account pollen.AccountID
	if found, err = tx.Get(`SELECT account_id FROM named_personas WHERE persona_id = $1`, []any{int64(who)}, &account); err != nil {
		return false, err
	}
	if found {
		if err := unlink(tx, account); err != nil {
			return false, err
		}
	}
	for _, del := range []struct {
		sql string
		id  int64
	}{
		{`DELETE FROM sessions WHERE persona_id = $1`, int64(who)},
		{`DELETE FROM api_tokens WHERE persona_id = $1`, int64(who)},
		{`DELETE FROM sign_in_links WHERE account_id = $1`, int64(account)},
		{`DELETE FROM accounts WHERE id = $1`, int64(account)},
	} {
		if _, err := tx.Exec(del.sql, del.id); err != nil {
			return false, err
		}
	}
	return found, nil
}
