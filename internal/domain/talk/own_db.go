package talk

import (
	"context"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/access"
)

// Edit puts other words in the place of the actor's own. The earlier ones are
// kept as a version; the same words again change nothing. It fails with
// Forbidden on the words of somebody else, and with Conflict on withdrawn ones.
func (t *Talk) Edit(ctx context.Context, by pollen.Actor, act pollen.ActID, body string) (p Post, err error) {
	defer pollen.Wrap(&err, "talk.Edit", act)
	if body, err = text(body); err != nil {
		return p, err
	}
	err = t.db.Write(ctx, func(tx *sqldb.Tx) error {
		var e *registry.Entry
		if p, e, err = t.own(tx, by, act); err != nil {
			return err
		}
		switch {
		case !p.Withdrawn.IsZero():
			return pollen.Errorf(pollen.Conflict, "talk.withdrawn", "These words were withdrawn. Say it anew.")
		case p.Body == body:
			return nil
		}
		n := 0
		if _, err := tx.Get(`SELECT max(n) FROM post_versions WHERE post_id = $1`, []any{p.ID}, &n); err != nil {
			return err
		}
		before := p.Body
		p.Body, p.Edited = body, tx.Now
		if _, err := tx.Exec(`UPDATE posts SET body = $2, edited_at = $3 WHERE id = $1`, p.ID, body, sqldb.Millis(tx.Now)); err != nil {
			return err
		}
		a := t.act(by, e, &p, pollen.ActEdit)
		a.ID = pollen.ActID(tx.DB.Mint.Ordered())
		a.Causes = []pollen.Cause{{Kind: pollen.CauseRevises, Act: act}}
		return t.version(tx, &p, before, n+1, a)
	})
	return p, err
}

// Withdraw takes the actor's own words back: their place stays, their text is
// shown to nobody any more. Withdrawing twice does nothing. It fails with
// Forbidden on the words of somebody else.
func (t *Talk) Withdraw(ctx context.Context, by pollen.Actor, act pollen.ActID) (err error) {
	defer pollen.Wrap(&err, "talk.Withdraw", act)
	return t.db.Write(ctx, func(tx *sqldb.Tx) error {
		p, e, err := t.find(tx, by, act)
		if err != nil {
			return err
		}
		if err := mine(by, &p); err != nil {
			return err
		}
		if !p.Withdrawn.IsZero() {
			return nil
		}
		if _, err := tx.Exec(`UPDATE posts SET withdrawn_at = $2, helped_at = NULL WHERE id = $1`, p.ID, sqldb.Millis(tx.Now)); err != nil {
			return err
		}
		a := t.act(by, e, &p, pollen.ActWithdraw)
		a.Causes = []pollen.Cause{{Kind: pollen.CauseRevises, Act: act}}
		return t.journal.Append(tx, a)
	})
}

// Helped is what the asker says of an answer.
type Helped string

// What an asker says.
const (
	DidHelp Helped = "helped"
	NotYet  Helped = "not-yet" // takes the mark back
)

// Mark says whether an answer helped. It is for the asker alone: Forbidden for
// others, Invalid on what is no answer, Conflict on a withdrawn one. Saying
// the same twice does nothing.
func (t *Talk) Mark(ctx context.Context, by pollen.Actor, act pollen.ActID, h Helped) (p Post, err error) {
	defer pollen.Wrap(&err, "talk.Mark", act)
	if h != DidHelp && h != NotYet {
		return p, pollen.Errorf(pollen.Invalid, "talk.helped", "Say helped, or not-yet.").On("helped")
	}
	err = t.db.Write(ctx, func(tx *sqldb.Tx) error {
		var e *registry.Entry
		if p, e, err = t.find(tx, by, act); err != nil {
			return err
		}
		if err := t.mayWrite(tx, by, e); err != nil {
			return err
		}
		if p.Kind != pollen.ActAnswer {
			return pollen.Errorf(pollen.Invalid, "talk.no-answer", "Only an answer can have helped.")
		}
		root, found, err := one(tx, `id = $1`, p.Root)
		switch {
		case err != nil:
			return err
		case !found || root.By != by.Persona:
			return pollen.Errorf(pollen.Forbidden, "talk.asker", "Who asked says what helped.")
		case !p.Withdrawn.IsZero():
			return pollen.Errorf(pollen.Conflict, "talk.withdrawn", "These words were withdrawn. Say it anew.")
		case (h == DidHelp) == !p.Helped.IsZero():
			return nil
		}
		var at any
		a := t.act(by, e, &p, pollen.ActHelp)
		a.Causes = []pollen.Cause{{Kind: pollen.CauseAnswers, Act: act}}
		if p.Helped = sqldb.Time(0); h == DidHelp {
			p.Helped, at = tx.Now, sqldb.Millis(tx.Now)
		} else {
			a.Detail.Name = string(NotYet)
		}
		if _, err := tx.Exec(`UPDATE posts SET helped_at = $2 WHERE id = $1`, p.ID, at); err != nil {
			return err
		}
		return t.journal.Append(tx, a)
	})
	return p, err
}

// own reads a post that the actor wrote and may still change.
func (t *Talk) own(tx *sqldb.Tx, by pollen.Actor, act pollen.ActID) (Post, *registry.Entry, error) {
	p, e, err := t.find(tx, by, act)
	if err == nil {
		err = mine(by, &p)
	}
	if err == nil {
		err = t.mayWrite(tx, by, e)
	}
	return p, e, err
}

func mine(by pollen.Actor, p *Post) error {
	switch {
	case !by.SignedIn():
		return access.SignIn()
	case p.By != by.Persona:
		return pollen.Errorf(pollen.Forbidden, "talk.theirs", "These words are somebody else's. Answer them, or report them.")
	}
	return nil
}

// find reads a post that the actor may read, with its entry.
func (t *Talk) find(tx *sqldb.Tx, by pollen.Actor, act pollen.ActID) (p Post, e *registry.Entry, err error) {
	p, found, err := one(tx, `act_id = $1`, act)
	if err == nil && !found {
		err = absent()
	}
	if err != nil {
		return p, nil, err
	}
	if e, err = t.registry.In(tx, by, p.Entry); err != nil {
		return p, nil, err
	}
	if !fieldReadable(by, e, p.Field) {
		return Post{}, nil, absent()
	}
	return p, e, nil
}

// Erase takes the words of a persona away for good, with their earlier versions
// and the salts of these; their place stays. So does it with the sentences of
// its reports and of its answers to reports.
func Erase(tx *sqldb.Tx, who pollen.PersonaID) error {
	for _, query := range []string{
		`DELETE FROM post_mentions WHERE post_id IN (SELECT id FROM posts WHERE persona_id = $1)`,
		`UPDATE post_versions SET body = '', salt = $2 WHERE post_id IN (SELECT id FROM posts WHERE persona_id = $1)`,
		`UPDATE reports SET note = '' WHERE persona_id = $1`,
		`UPDATE reports SET answer = '' WHERE answered_by = $1`,
	} {
		args := []any{int64(who)}
		if strings.Contains(query, "$2") {
			args = append(args, []byte{})
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE posts SET body = '', helped_at = NULL, withdrawn_at = coalesce(withdrawn_at, $2) WHERE persona_id = $1`, int64(who), sqldb.Millis(tx.Now))
	return err
}
