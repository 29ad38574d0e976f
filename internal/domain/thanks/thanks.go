// Package thanks keeps the gifts in return: one persona thanks another for one
// contribution, with a sentence or without.
//
// Thanks are human, scarce and precise. Only contributions can be thanked,
// never one's own, those of the operator's command line, or thanks; at most so
// many in a day as the charter says. They stand beside the contribution for
// whoever may see it, and can be taken back. Nothing here counts thanks by
// person, and nothing may: there is no such question to ask.
//
// A thank is on the journal, about the same object as what it thanks, and that
// contribution is its cause.
//
// Tables owned: thanks.
package thanks

import (
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// Thanks is one gift in return.
type Thanks struct {
	ID   pollen.ActID // the act of thanking
	For  pollen.ActID // the contribution that is thanked
	By   pollen.PersonaID
	Note string
	At   time.Time
}

// PerDay is how many thanks one persona gives in 24 hours, unless the charter
// says otherwise.
const PerDay = 10

// day is the time over which thanks are counted: any 24 hours, so that it is
// the same in every time zone.
const day = 24 * time.Hour

// maxNote bounds the sentence, in bytes.
const maxNote = 500

// Box keeps the thanks of one instance. Its methods are safe for concurrent
// use.
type Box struct {
	db       *sqldb.DB
	journal  *journal.Journal
	registry *registry.Registry
	personas *persona.Personas
}

// New returns the thanks of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal, r *registry.Registry, p *persona.Personas) *Box {
	return &Box{db: db, journal: j, registry: r, personas: p}
}

// Thank thanks whoever made a contribution. It fails with NotFound when the
// actor may not see it, Invalid when it is no contribution, Forbidden on one's
// own and for a silenced persona, Conflict when it was thanked already, and
// Limited past the day's thanks, saying when there are more.
func (b *Box) Thank(ctx context.Context, by pollen.Actor, act pollen.ActID, note string) (out Thanks, err error) {
	defer pollen.Wrap(&err, "thanks.Thank", act)
	f := schema.Field{Name: "note", Type: schema.Text, MaxSize: maxNote}
	v, err := f.FromText(note, nil)
	if err != nil {
		return out, err
	}
	err = b.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := b.registry.Act(tx, by, act)
		if err != nil {
			return err
		}
		if err := b.may(tx, by, &a); err != nil {
			return err
		}
		out = Thanks{ID: pollen.ActID(tx.DB.Mint.Ordered()), For: act, By: by.Persona, Note: f.Text(v), At: tx.Now}
		given, err := one(tx, act, by.Persona)
		if err != nil {
			return err
		}
		if given != 0 {
			return pollen.Errorf(pollen.Conflict, "thanks.already", "You thanked for this already.")
		}
		if err := limited(tx, by.Persona); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO thanks (id, act_id, persona_id, note, at) VALUES ($1, $2, $3, $4, $5)`,
			out.ID, act, int64(by.Persona), out.Note, sqldb.Millis(tx.Now))
		if err != nil {
			return err
		}
		return b.journal.Append(tx, about(by, &a, out.ID, pollen.ActThank))
	})
	return out, err
}

// may decides whether the actor may thank for what an act did.
func (b *Box) may(tx *sqldb.Tx, by pollen.Actor, a *journal.Act) error {
	o := access.Object{Audience: pollen.AudienceMembers} // that it can be seen is known by now
	if err := access.Write(by, o).Err(by, access.Decision{OK: true}); err != nil {
		return err
	}
	switch {
	case !a.Kind.Contribution() || a.Kind == pollen.ActThank:
		return pollen.Errorf(pollen.Invalid, "thanks.no-gift", "This is no contribution one gives thanks for.")
	case a.Persona == by.Persona:
		return pollen.Errorf(pollen.Forbidden, "thanks.own", "One does not thank oneself.")
	}
	author, err := b.personas.In(tx, a.Persona)
	if err != nil {
		return err
	}
	if author.Kind == pollen.PersonaSystem {
		return pollen.Errorf(pollen.Forbidden, "thanks.nobody", "The command line made this: there is nobody to thank.")
	}
	silenced, err := b.personas.Silenced(tx, by.Persona)
	if err == nil && silenced {
		err = pollen.Errorf(pollen.Forbidden, "thanks.silenced", "Your community silenced this persona: it cannot thank for now.")
	}
	return err
}

// limited refuses what is past the day's thanks; those taken back count, since
// they were told.
func limited(tx *sqldb.Tx, by pollen.PersonaID) error {
	n, first := 0, int64(0)
	_, err := tx.Get(`SELECT count(*), coalesce(min(at), 0) FROM thanks WHERE persona_id = $1 AND at > $2`,
		[]any{int64(by), sqldb.Millis(tx.Now.Add(-day))}, &n, &first)
	if err != nil || n < PerDay {
		return err
	}
	hours := int(sqldb.Time(first).Add(day).Sub(tx.Now)/time.Hour) + 1
	return pollen.Errorf(pollen.Limited, "thanks.limited",
		"You gave {max} thanks in a day, which is all of them: they are scarce so that they count. There is another in {hours} h at the latest.",
		"max", PerDay, "hours", hours)
}

// about is the act of thanking, or of taking it back, about what a did.
func about(by pollen.Actor, a *journal.Act, id pollen.ActID, kind pollen.ActKind) *journal.Act {
	out := &journal.Act{ID: id, Persona: by.Persona, Kind: kind, Object: a.Object, Community: a.Community,
		Detail: journal.Detail{Collection: a.Detail.Collection, Fields: a.Detail.Fields, Post: a.Detail.Post}}
	out.Causes = []pollen.Cause{{Kind: pollen.CauseAnswers, Act: a.ID}}
	return out
}

// Withdraw takes the actor's thanks for a contribution back. It fails with
// NotFound when there are none.
func (b *Box) Withdraw(ctx context.Context, by pollen.Actor, act pollen.ActID) (err error) {
	defer pollen.Wrap(&err, "thanks.Withdraw", act)
	return b.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := b.registry.Act(tx, by, act)
		if err != nil {
			return err
		}
		given, err := one(tx, act, by.Persona)
		if err == nil && given == 0 {
			err = pollen.Errorf(pollen.NotFound, "thanks.none", "You did not thank for this.")
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE thanks SET withdrawn_at = $2 WHERE id = $1`, given, sqldb.Millis(tx.Now)); err != nil {
			return err
		}
		w := about(by, &a, 0, pollen.ActWithdraw)
		w.Causes[0] = pollen.Cause{Kind: pollen.CauseRevises, Act: given}
		w.Detail.Name, w.Detail.Post = "thanks", 0
		return b.journal.Append(tx, w)
	})
}

func one(tx *sqldb.Tx, act pollen.ActID, by pollen.PersonaID) (id pollen.ActID, err error) {
	_, err = tx.Get(`SELECT id FROM thanks WHERE act_id = $1 AND persona_id = $2 AND withdrawn_at IS NULL`, []any{act, int64(by)}, &id)
	return id, err
}

// Of lists the thanks that stand beside contributions, the first first; those
// for contributions that the actor may not see are left out.
func (b *Box) Of(ctx context.Context, by pollen.Actor, acts []pollen.ActID) (out map[pollen.ActID][]Thanks, err error) {
	defer pollen.Wrap(&err, "thanks.Of")
	out = map[pollen.ActID][]Thanks{}
	err = b.db.Read(ctx, func(tx *sqldb.Tx) error {
		for _, act := range acts {
			var found []Thanks
			err := tx.Each(`SELECT id, act_id, persona_id, note, at FROM thanks WHERE act_id = $1 AND withdrawn_at IS NULL ORDER BY id`, []any{act}, func(r *sql.Rows) error {
				var t Thanks
				var at int64
				err := r.Scan(&t.ID, &t.For, &t.By, &t.Note, &at)
				t.At = sqldb.Time(at)
				found = append(found, t)
				return err
			})
			if err != nil {
				return err
			}
			if len(found) == 0 {
				continue
			}
			if _, err := b.registry.Act(tx, by, act); pollen.Is(err, pollen.NotFound) {
				continue
			} else if err != nil {
				return err
			}
			out[act] = found
		}
		return nil
	})
	return out, err
}

// Told reads the thanks that an act gave, for those who tell whom they were
// given to. It is false for any other act, and once they are taken back.
func (b *Box) Told(tx *sqldb.Tx, a *journal.Act) (t Thanks, to pollen.PersonaID, ok bool, err error) {
	if a.Kind != pollen.ActThank {
		return t, 0, false, nil
	}
	var at int64
	ok, err = tx.Get(`SELECT id, act_id, persona_id, note, at FROM thanks WHERE id = $1 AND withdrawn_at IS NULL`, []any{a.ID}, &t.ID, &t.For, &t.By, &t.Note, &at)
	if err != nil || !ok {
		return t, 0, false, err
	}
	t.At = sqldb.Time(at)
	thanked, err := journal.Get(tx, t.For)
	return t, thanked.Persona, err == nil, err
}

// Erase takes the sentences away for good that a persona gave with its thanks.
func Erase(tx *sqldb.Tx, who pollen.PersonaID) error {
	_, err := tx.Exec(`UPDATE thanks SET note = '' WHERE persona_id = $1`, int64(who))
	return err
}
