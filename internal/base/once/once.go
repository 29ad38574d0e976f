// Package once keeps the answers to requests that may be sent again, so that
// what they asked for is not done again (draft-ietf-httpapi-idempotency-key-header).
//
// A request is claimed by the persona who sends it and the key they gave it,
// before it is carried out; its answer is kept for a day, then it counts no more
// and [Store.Sweep] forgets it. A claim that got no
// answer, since the process died, is free again after [Stuck]: until then it
// is in progress. So it is done twice where the process dies between the work
// and its answer, or the work takes longer than that, and it is sent again later.
// The package knows nothing of HTTP beyond a status and a body.
//
// Tables owned: idempotent_answers.
package once

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Kept is how long an answer is kept; Stuck is how long a request may be in
// progress before it counts as lost.
const (
	Kept  = 24 * time.Hour
	Stuck = 10 * time.Minute
)

// Answer is what a request was answered.
type Answer struct {
	Status  int
	Headers string // as the caller wrote them
	Body    []byte
}

// Store keeps the answers of one instance.
type Store struct{ db *sqldb.DB }

// New returns the store of a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db} }

// Claim begins a request. It returns the answer that the same request got
// before, or nil when it is to be carried out now: then [Store.Keep] or
// [Store.Drop] ends it. It fails with Invalid when the key was used for another
// request (another digest), and with Conflict while the first one is in
// progress.
func (s *Store) Claim(ctx context.Context, by pollen.PersonaID, key string, digest []byte) (known *Answer, err error) {
	defer pollen.Wrap(&err, "once.Claim")
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		known = nil
		now := sqldb.Millis(tx.Now)
		if _, err := tx.Exec(`DELETE FROM idempotent_answers WHERE persona_id = $1 AND key = $2 AND (at < $3 OR status = 0 AND at < $4)`,
			int64(by), key, now-Kept.Milliseconds(), now-Stuck.Milliseconds()); err != nil {
			return err
		}
		fresh, err := tx.Exec(`INSERT INTO idempotent_answers (persona_id, key, digest, status, headers, body, at) VALUES ($1, $2, $3, 0, '', $4, $5)
			ON CONFLICT (persona_id, key) DO NOTHING`, int64(by), key, digest, []byte{}, now)
		if err != nil || fresh == 1 {
			return err
		}
		var a Answer
		var was []byte
		err = tx.Each(`SELECT digest, status, headers, body FROM idempotent_answers WHERE persona_id = $1 AND key = $2`, []any{int64(by), key},
			func(r *sql.Rows) error { return r.Scan(&was, &a.Status, &a.Headers, &a.Body) })
		switch {
		case err != nil:
			return err
		case !bytes.Equal(was, digest):
			return pollen.Errorf(pollen.Invalid, "once.other", "This Idempotency-Key was used for another request. Take a new key for a new request.").On("Idempotency-Key")
		case a.Status == 0:
			return pollen.Errorf(pollen.Conflict, "once.under-way", "The first request with this Idempotency-Key is still under way. Try again in a moment.").On("Idempotency-Key")
		}
		known = &a
		return nil
	})
	return known, err
}

// Keep ends a claimed request with its answer.
func (s *Store) Keep(ctx context.Context, by pollen.PersonaID, key string, a Answer) (err error) {
	defer pollen.Wrap(&err, "once.Keep")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE idempotent_answers SET status = $3, headers = $4, body = $5 WHERE persona_id = $1 AND key = $2`,
			int64(by), key, a.Status, a.Headers, a.Body)
		return err
	})
}

// Drop ends a claimed request that did nothing, so that it can be sent again.
func (s *Store) Drop(ctx context.Context, by pollen.PersonaID, key string) (err error) {
	defer pollen.Wrap(&err, "once.Drop")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM idempotent_answers WHERE persona_id = $1 AND key = $2 AND status = 0`, int64(by), key)
		return err
	})
}

// Sweep forgets the answers that count no more.
func (s *Store) Sweep(ctx context.Context) (err error) {
	defer pollen.Wrap(&err, "once.Sweep")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM idempotent_answers WHERE at < $1`, sqldb.Millis(tx.Now)-Kept.Milliseconds())
		return err
	})
}

// Erase forgets the answers that a persona was given.
func Erase(tx *sqldb.Tx, who pollen.PersonaID) error {
	_, err := tx.Exec(`DELETE FROM idempotent_answers WHERE persona_id = $1`, int64(who))
	return err
}
