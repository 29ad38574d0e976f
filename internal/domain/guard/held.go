package guard

import (
	"context"
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
)

// hold says of an act of a new persona whether it awaits a second pair of eyes;
// batch is what its batch came to before it. In the first days of an instance
// everybody is new and nobody could look: nothing is held then.
func (g *Guard) hold(tx *sqldb.Tx, a *journal.Act, batch journal.Progress) error {
	held, err := g.needsEyes(tx, a, batch)
	if err != nil || !held {
		return err
	}
	if held, err = g.settled(tx); err == nil && held {
		a.Held = journal.Waiting
	}
	return err
}

// settled reports whether there is anybody who is not new.
func (g *Guard) settled(tx *sqldb.Tx) (bool, error) {
	return g.Personas.AnyMade(tx, tx.Now.Add(-NewDays*24*time.Hour))
}

// reaches refuses what reaches too far for somebody new, where others could do
// it: values shown to more people, since what was read cannot be taken back, and
// a whole collection or field taken from those who read it.
func (g *Guard) reaches(tx *sqldb.Tx, a *journal.Act) error {
	if !a.Widens && !a.Narrows {
		return nil
	}
	others, err := g.settled(tx)
	switch {
	case err != nil || !others:
	case a.Narrows:
		err = pollen.Errorf(pollen.Forbidden, "guard.narrower", "You are new here, and this takes a whole field, or the collection, from some who read it now. Ask somebody who has been here for some days to do it.")
	default:
		err = pollen.Errorf(pollen.Forbidden, "guard.wider", "You are new here, and this shows values to more people than now. Ask somebody who has been here for some days to do it.")
	}
	return err
}

func (g *Guard) needsEyes(tx *sqldb.Tx, a *journal.Act, batch journal.Progress) (bool, error) {
	if a.Batch != 0 {
		if undone, err := journal.Parts(tx, a.Detail.Of, 1); err != nil || undone.Persona == a.Persona {
			return false, err // one takes back what is one's own
		}
		return batch.Revisions+a.Detail.Count > Few || a.Links(), nil
	}
	if a.Mass {
		return true, nil
	}
	if a.Links == nil || !a.Links() {
		return false, nil
	}
	if a.Detail.Post != 0 {
		return true, nil // words are told to others, on whatever entry they stand
	}
	who, err := g.Personas.In(tx, a.Persona)
	return err == nil && a.Object != pollen.Ref(pollen.ObjectEntry, who.Entry), err
}

// takenBack notes what an act leaves nothing of that was waiting: a revision of
// which no value is left, words that were withdrawn or folded, a batch that was
// undone.
func takenBack(tx *sqldb.Tx, a *journal.Act) error {
	object := a.Object.ID
	if a.Detail.Of != 0 {
		object = pollen.AnyID(a.Detail.Of)
	} else if a.Stands == nil && a.Detail.Post == 0 {
		return nil
	}
	waiting, err := journal.HeldOn(tx, object)
	for i := range waiting {
		x := &waiting[i]
		gone := x.Detail.Revision > 0 && a.Stands != nil && !a.Stands(x.Detail.Revision)
		switch {
		case a.Detail.Of != 0:
			gone = true
		case a.Detail.Post != 0:
			gone = x.Detail.Post == a.Detail.Post && (a.Kind == pollen.ActWithdraw || a.Kind == pollen.ActReport && a.Detail.Name == "folded")
		}
		if !gone {
			continue
		}
		if _, err := journal.Move(tx, x, journal.TakenBack); err != nil {
			return err
		}
	}
	return err
}

// MayLook refuses who is no second pair of eyes: somebody who is not signed in
// (Unauthenticated), who is new or silenced here, or an author of imports
// (Forbidden).
func (g *Guard) MayLook(ctx context.Context, by pollen.Actor) (err error) {
	defer pollen.Wrap(&err, "guard.MayLook")
	return g.db.Read(ctx, func(tx *sqldb.Tx) error { return g.mayLook(tx, by) })
}

func (g *Guard) mayLook(tx *sqldb.Tx, by pollen.Actor) error {
	if err := access.MayAct(by); err != nil || by.System() {
		return err
	}
	fresh, err := g.isNew(tx, by.Persona)
	if err == nil && fresh {
		err = pollen.Errorf(pollen.Forbidden, "guard.too-new", "You are new here yourself. In a few days you can look at what other newcomers give.")
	}
	return err
}

// Holds reports whether a revision of an entry awaits a second pair of eyes.
func (g *Guard) Holds(ctx context.Context, entry pollen.EntryID, n int) (held bool, err error) {
	defer pollen.Wrap(&err, "guard.Holds", entry)
	err = g.db.Read(ctx, func(tx *sqldb.Tx) error {
		waiting, err := journal.HeldOn(tx, pollen.AnyID(entry))
		held = slices.ContainsFunc(waiting, func(a journal.Act) bool { return a.Detail.Revision == n })
		return err
	})
	return held, err
}

// Waiting lists what awaits a second pair of eyes, newest first, for those who
// may be one: what others did and the actor may read. Of a batch, one act stands
// for all of its parts. It fails as [Guard.MayLook] does.
func (g *Guard) Waiting(ctx context.Context, by pollen.Actor, limit int, cursor string) (p pollen.Page[journal.Act], err error) {
	defer pollen.Wrap(&err, "guard.Waiting")
	var before int64
	if err := pollen.ReadCursor(cursor, &before); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = g.db.Read(ctx, func(tx *sqldb.Tx) error {
		if err := g.mayLook(tx, by); err != nil {
			return err
		}
		for {
			acts, next, err := journal.WaitingActs(tx, before, limit)
			if err != nil {
				return err
			}
			for i := range acts {
				if acts[i].Persona == by.Persona {
					continue
				}
				a, err := g.Registry.Act(tx, by, acts[i].ID)
				if pollen.Is(err, pollen.NotFound) {
					continue
				}
				if err != nil {
					return err
				}
				a.Detail.Count, a.Detail.Again = acts[i].Detail.Count, acts[i].Detail.Again
				p.Items = append(p.Items, a)
			}
			if before = next; next == 0 {
				return nil
			}
			if len(p.Items) > 0 {
				p.Next = pollen.Cursor(next)
				return nil
			}
		}
	})
	return p, err
}

// See lets through what awaited a second pair of eyes: it is listed from then
// on, and those whom it concerns are told; so is its author. To let it through
// twice is to let it through once. It fails as [Guard.MayLook] does, with
// Forbidden for the author, with NotFound when the actor may not read it, and
// with Conflict when it awaits nobody.
func (g *Guard) See(ctx context.Context, by pollen.Actor, id pollen.ActID) (err error) {
	defer pollen.Wrap(&err, "guard.See", id)
	return g.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := g.Registry.Act(tx, by, id)
		if err != nil {
			return err
		}
		if err := g.mayLook(tx, by); err != nil {
			return err
		}
		switch {
		case a.Held != journal.Waiting && a.Held != journal.LetBy:
			return pollen.Errorf(pollen.Conflict, "guard.nothing", "This awaits nobody’s look.")
		case a.Persona == by.Persona:
			return pollen.Errorf(pollen.Forbidden, "guard.own", "A second pair of eyes is somebody else’s.")
		case a.Held == journal.LetBy:
			return nil
		}
		if _, err := journal.Move(tx, &a, journal.LetBy); err != nil {
			return err
		}
		return g.Journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActSeen, Object: a.Object, Community: a.Community,
			Causes: []pollen.Cause{{Kind: pollen.CauseAnswers, Act: a.ID}},
			Detail: journal.Detail{Collection: a.Detail.Collection, Fields: a.Detail.Fields, Body: a.Detail.Body, Post: a.Detail.Post}})
	})
}
