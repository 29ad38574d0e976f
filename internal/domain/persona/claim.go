package persona

import (
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// Claim says that the author of imported history is the actor. The history
// stays as it is; the pages of both lead to each other. Whether the actor's
// account is verified is decided by the caller. It fails with Conflict when
// somebody did before, and with Forbidden for what is no imported persona and
// for an author of whom a claim was contested: see [Personas.Ascribe].
func (s *Personas) Claim(ctx context.Context, by pollen.Actor, id pollen.PersonaID) (err error) {
	defer pollen.Wrap(&err, "persona.Claim", id)
	if err := access.MayAct(by); err != nil {
		return err
	}
	if by.Kind != pollen.PersonaNamed {
		return notNamed()
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if settled, err := contested(tx, id); err != nil || settled {
			if err == nil {
				err = pollen.Errorf(pollen.Forbidden, "persona.contested", "A claim of this author was contested. Since then the operator alone says who it was: tell them why it is you.")
			}
			return err
		}
		return s.claim(tx, by, id, by.Persona)
	})
}

// Ascribe says, on the operator's word, that the author of imported history is a
// named persona; whether a claim was contested before is nothing to it. It fails
// with Forbidden for everybody else, and otherwise as [Personas.Claim].
func (s *Personas) Ascribe(ctx context.Context, by pollen.Actor, id, to pollen.PersonaID) (err error) {
	defer pollen.Wrap(&err, "persona.Ascribe", id)
	if !by.System() {
		return pollen.Errorf(pollen.Forbidden, "persona.ascribe", "Only the operator says who somebody else was.")
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		p, err := one(tx, `id = $1`, int64(to))
		if err == nil && p.Kind != pollen.PersonaNamed {
			err = notNamed()
		}
		if err != nil {
			return err
		}
		return s.claim(tx, by, id, to)
	})
}

func notNamed() error {
	return pollen.Errorf(pollen.Forbidden, "persona.claim-named", "Only a named persona claims an imported one.")
}

// claim makes an author of imported history a persona's, as the actor says.
func (s *Personas) claim(tx *sqldb.Tx, by pollen.Actor, id, to pollen.PersonaID) error {
	p, err := one(tx, `id = $1`, int64(id))
	switch {
	case err != nil || p.Claimed == to:
		return err
	case p.Kind != pollen.PersonaImported:
		return pollen.Errorf(pollen.Forbidden, "persona.not-imported", "This persona does not come from an import.")
	case p.Silenced:
		return pollen.Errorf(pollen.Forbidden, "persona.claim-silenced", "This author was silenced or erased: nobody claims it.")
	case p.Claimed != 0:
		return pollen.Errorf(pollen.Conflict, "persona.claimed", "Somebody else has claimed this author.")
	}
	if _, err := tx.Exec(`UPDATE personas SET claimed_by = $2 WHERE id = $1`, int64(id), int64(to)); err != nil {
		return err
	}
	act := journal.Act{Persona: by.Persona, Kind: pollen.ActClaim, Object: pollen.Ref(pollen.ObjectPersona, id)}
	if to != by.Persona {
		act.Detail.Whom = to
	}
	return s.journal.Append(tx, &act)
}

// Disclaim takes a claim of the actor's back. It fails with NotFound when there
// is none.
func (s *Personas) Disclaim(ctx context.Context, by pollen.Actor, id pollen.PersonaID) (err error) {
	defer pollen.Wrap(&err, "persona.Disclaim", id)
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE personas SET claimed_by = NULL WHERE id = $1 AND claimed_by = $2`, int64(id), int64(by.Persona))
		if err == nil && n == 0 {
			err = pollen.Errorf(pollen.NotFound, "persona.unclaimed", "You have not claimed this persona.")
		}
		if err != nil {
			return err
		}
		return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActDisclaim, Object: pollen.Ref(pollen.ObjectPersona, id)})
	})
}

// Claims lists the imported personas that a persona has claimed, by name.
func (s *Personas) Claims(ctx context.Context, id pollen.PersonaID) (out []Persona, err error) {
	defer pollen.Wrap(&err, "persona.Claims", id)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT `+columns+` FROM personas WHERE claimed_by = $1 ORDER BY name, id`, []any{int64(id)}, func(rows *sql.Rows) error {
			p, err := scan(rows)
			out = append(out, p)
			return err
		})
	})
	return out, err
}

// Contest is how a claim of an author of imported history ended against the word
// of its claimer.
type Contest struct {
	Act     pollen.ActID
	Author  pollen.PersonaID
	Claimer pollen.PersonaID
	By      pollen.PersonaID
	Note    string // why; "" once one of these was erased
	At      time.Time
}

// maxNote bounds the reason of a contest, in bytes.
const maxNote = 1000

// Contest ends the claim of an author of imported history, for a reason that the
// claimer is told; the history stays as it is. From then on the operator alone
// says who the author was. It fails with Invalid without a reason, with Conflict
// when nobody claims the author, and with Forbidden where [Personas.MayContest]
// says no.
func (s *Personas) Contest(ctx context.Context, by pollen.Actor, id pollen.PersonaID, note string) (err error) {
	defer pollen.Wrap(&err, "persona.Contest", id)
	if note, err = schema.Line("note", note, maxNote); err != nil {
		return err
	}
	if note == "" {
		return pollen.Errorf(pollen.Invalid, "persona.contest-why", "Say why in a sentence: whoever claimed this author reads it.").On("note")
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		p, err := one(tx, `id = $1`, int64(id))
		if err == nil {
			err = mayContest(tx, by, &p)
		}
		if err != nil {
			return err
		}
		act := journal.Act{ID: pollen.ActID(tx.DB.Mint.Ordered()), Persona: by.Persona, Kind: pollen.ActContest, Object: pollen.Ref(pollen.ObjectPersona, id),
			Detail: journal.Detail{Whom: p.Claimed}}
		if _, err := tx.Exec(`UPDATE personas SET claimed_by = NULL WHERE id = $1`, int64(id)); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO contests (act_id, author_id, claimer_id, persona_id, note, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			act.ID, int64(id), int64(p.Claimed), int64(by.Persona), note, sqldb.Millis(tx.Now)); err != nil {
			return err
		}
		return s.journal.Append(tx, &act)
	})
}

// MayContest reports whether the actor may contest the claim of an author of
// imported history: the operator, and whoever belongs to a community that holds
// history of that author, but not the claimer, who takes it back, and nobody
// what the operator said after a claim was contested.
func (s *Personas) MayContest(ctx context.Context, by pollen.Actor, id pollen.PersonaID) (ok bool, err error) {
	defer pollen.Wrap(&err, "persona.MayContest", id)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		p, err := one(tx, `id = $1`, int64(id))
		if err != nil {
			return err
		}
		err = mayContest(tx, by, &p)
		ok = err == nil
		switch pollen.KindOf(err) {
		case pollen.Forbidden, pollen.Conflict, pollen.Unauthenticated:
			err = nil
		}
		return err
	})
	return ok, err
}

func mayContest(tx *sqldb.Tx, by pollen.Actor, author *Persona) error {
	if err := access.MayAct(by); err != nil {
		return err
	}
	switch {
	case author.Claimed == 0:
		return pollen.Errorf(pollen.Conflict, "persona.nobody-claims", "Nobody claims this author now.")
	case by.System():
		return nil
	case author.Claimed == by.Persona:
		return pollen.Errorf(pollen.Forbidden, "persona.contest-own", "This claim is yours: take it back in your settings.")
	}
	settled, err := contested(tx, author.ID)
	if err == nil && settled {
		err = pollen.Errorf(pollen.Forbidden, "persona.contest-settled", "A claim was contested before, and then the operator said who this author was. Ask them to look at it again.")
	}
	if err != nil {
		return err
	}
	holds := false
	err = tx.Each(`SELECT c.community_id FROM author_collections a JOIN collections c ON c.id = a.collection_id WHERE a.persona_id = $1`, []any{int64(author.ID)},
		func(rows *sql.Rows) error {
			var c pollen.CommunityID
			err := rows.Scan(&c)
			holds = holds || by.Member(c)
			return err
		})
	if err == nil && !holds {
		err = pollen.Errorf(pollen.Forbidden, "persona.contest-members", "A claim is contested by the members of communities that hold history of this author.")
	}
	return err
}

// contested reports whether a claim of an author was.
func contested(tx *sqldb.Tx, author pollen.PersonaID) (bool, error) {
	var one int
	return tx.Get(`SELECT 1 FROM contests WHERE author_id = $1 LIMIT 1`, []any{int64(author)}, &one)
}

// Contests lists how claims of an author of imported history ended by being
// contested, the latest first, for members.
func (s *Personas) Contests(ctx context.Context, by pollen.Actor, author pollen.PersonaID) (out []Contest, err error) {
	defer pollen.Wrap(&err, "persona.Contests", author)
	if !by.SignedIn() {
		return nil, nil
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		out, err = contests(tx, `author_id = $1`, int64(author))
		return err
	})
	return out, err
}

// ContestBy returns what an act contested; false where it contested nothing.
// Whoever asks may know of the act.
func (s *Personas) ContestBy(tx *sqldb.Tx, act pollen.ActID) (c Contest, ok bool, err error) {
	all, err := contests(tx, `act_id = $1`, act)
	if err != nil || len(all) == 0 {
		return c, false, err
	}
	return all[0], true, nil
}

func contests(tx *sqldb.Tx, where string, arg any) (out []Contest, err error) {
	err = tx.Each(`SELECT act_id, author_id, claimer_id, persona_id, note, at FROM contests WHERE `+where+` ORDER BY act_id DESC`, []any{arg}, func(rows *sql.Rows) error {
		var c Contest
		var at int64
		err := rows.Scan(&c.Act, &c.Author, &c.Claimer, &c.By, &c.Note, &at)
		c.At = sqldb.Time(at)
		out = append(out, c)
		return err
	})
	return out, err
}
