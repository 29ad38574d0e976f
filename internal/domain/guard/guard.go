// Package guard keeps the brakes: how much a persona that is new here may do in
// an hour, and what of it awaits a second pair of eyes.
//
// Whatever changes something writes an act, and every act passes here before
// it is written, in the same transaction and by whatever door it came: the
// pages, the API, an import. So one rule holds for all of them. A batch counts
// as one edit, however many parts it has: an import or a mass edit is undone as
// one, and its size is no sign of haste. Words count as edits do.
//
// What is never braked: the operator's command line, taking one's own words,
// thanks or claims back, joining and leaving, and the safety of one's account.
//
// Whatever a new persona does is live at once, where it was done. Two sorts of
// it are held, which means that they are in no list of changes, no feed and no
// notice of others until somebody looked at them: what brings in the address
// of another site, and a mass change, which is a batch of more than a few
// revisions, or another schema, audience or licence of a collection. Whose own
// entry is changed is told at once all the same. To show values to more people
// is refused, since it cannot be taken back. Somebody who is no longer new lets it
// through ([Guard.See]), or takes it back by the ordinary acts. A batch of more
// than a few revisions that others made is not undone by a new persona at all, nor
// does it contest who an author of imported history was: the operator alone could
// say that again.
//
// To take away what others gave weighs more than to give: an entry put out of
// sight or merged, a value left empty. Of that a new persona does a twelfth of
// what it may do in an hour, counted by entries and by whatever door, in a batch
// and in undoing one too; of its own it may take back what it likes. To hide a
// collection, or a field of it, from some of those who read it, or to drop a
// field, is refused, unless the collection is its own work. All of this holds
// only where somebody who is not new could do it instead.
//
// Tables owned: none. It reads the journal, which keeps what is held.
package guard

import (
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
)

// NewDays is for how many days a persona is new here, the day it was made
// included. PerHour is how many edits a new one may make in any hour, unless the
// instance says otherwise. Few is how many revisions of a new one make no mass
// change. Weight is how many edits it weighs to take away what others gave of an
// entry.
const (
	NewDays = 4
	PerHour = 60
	Few     = 20
	Weight  = 12
)

// Guard keeps the brakes of one instance. Its methods are safe for concurrent
// use.
type Guard struct {
	db *sqldb.DB
	Sources
}

// Sources are what the brakes look at.
type Sources struct {
	Journal  *journal.Journal
	Personas *persona.Personas
	Registry *registry.Registry
	// PerHour is what the instance says in place of [PerHour]; its 0 says
	// nothing.
	PerHour func(*sqldb.Tx) (int, error)
}

// New returns the brakes of a database whose schema is up to date.
func New(db *sqldb.DB, s Sources) *Guard { return &Guard{db, s} }

// brakedKinds are the acts that count as edits. Thanks have a limit of their
// own, for everybody.
var brakedKinds = []pollen.ActKind{pollen.ActCreate, pollen.ActRevise, pollen.ActVerify, pollen.ActSource, pollen.ActTranslate, pollen.ActAsk,
	pollen.ActAnswer, pollen.ActComment, pollen.ActWrite, pollen.ActShare, pollen.ActWelcome, pollen.ActRecognise, pollen.ActPropose,
	pollen.ActRetire, pollen.ActRestore, pollen.ActRevert, pollen.ActMerge, pollen.ActRename, pollen.ActImport, pollen.ActFound,
	pollen.ActInvite, pollen.ActSchema, pollen.ActEdit, pollen.ActReport, pollen.ActClaim, pollen.ActContest}

// Check refuses an act of a new persona as Limited, saying when to try again,
// once it made as many edits in the last hour as it may, and as Forbidden where
// it begins to undo a mass change of others. It holds what awaits a second pair
// of eyes, and notes when it is taken back.
func (g *Guard) Check(tx *sqldb.Tx, a *journal.Act) error {
	if err := takenBack(tx, a); err != nil || !slices.Contains(brakedKinds, a.Kind) {
		return err
	}
	if fresh, err := g.isNew(tx, a.Persona); err != nil || !fresh {
		return err
	}
	if err := g.reaches(tx, a); err != nil {
		return err
	}
	var batch journal.Progress
	if a.Batch != 0 {
		var err error
		if batch, err = journal.Parts(tx, a.Batch, Few+1); err != nil {
			return err
		}
	}
	if batch.Persona == 0 { // else it is another part of what was let through
		if err := g.limit(tx, a); err != nil {
			return err
		}
		if err := g.takesMuch(tx, a); err != nil {
			return err
		}
		if err := g.contests(tx, a); err != nil {
			return err
		}
	}
	if err := g.takes(tx, a, batch); err != nil {
		return err
	}
	return g.hold(tx, a, batch)
}

// isNew reports whether a persona is somebody's, and new here.
func (g *Guard) isNew(tx *sqldb.Tx, id pollen.PersonaID) (bool, error) {
	kind, made, err := g.Personas.Made(tx, id)
	return (kind == pollen.PersonaNamed || kind == pollen.PersonaPseudonym) && tx.Now.Sub(made) < NewDays*24*time.Hour, err
}

// takesMuch refuses to begin undoing a mass change that others made.
func (g *Guard) takesMuch(tx *sqldb.Tx, a *journal.Act) error {
	if a.Detail.Of == 0 {
		return nil
	}
	undone, err := journal.Parts(tx, a.Detail.Of, Few+1)
	if err != nil || undone.Persona == a.Persona || undone.Revisions <= Few {
		return err
	}
	if older, err := g.settled(tx); err != nil || !older {
		return err
	}
	return pollen.Errorf(pollen.Forbidden, "guard.takes-much", "You are new here. A batch of others that changed more than {max} entries is undone by somebody who has been here for a few days: show one of them what is wrong with it.", "max", Few)
}

// contests refuses to contest who an author of imported history was.
func (g *Guard) contests(tx *sqldb.Tx, a *journal.Act) error {
	if a.Kind != pollen.ActContest {
		return nil
	}
	if older, err := g.settled(tx); err != nil || !older {
		return err
	}
	return pollen.Errorf(pollen.Forbidden, "guard.contests", "You are new here. A claim is contested by somebody who has been here for a few days: tell one of them why it is wrong.").On("note")
}

// takes refuses an act that takes away too much of what others gave; batch is
// what its batch came to before it. Nobody who takes back what is their own is
// meant, also where others signed it.
func (g *Guard) takes(tx *sqldb.Tx, a *journal.Act, batch journal.Progress) error {
	if a.Detail.Taken == 0 {
		return nil
	}
	if undone, err := journal.Parts(tx, a.Detail.Of, 1); err != nil || undone.Persona == a.Persona {
		return err
	}
	if older, err := g.settled(tx); err != nil || !older {
		return err
	}
	most, err := g.perHour(tx)
	if err != nil {
		return err
	}
	most = max(1, most/Weight)
	if batch.Taken+a.Detail.Taken > most {
		return pollen.ErrorN(pollen.Forbidden, "guard.takes-many", most,
			"You are new here. What takes away something that others gave, in more than {n} entry, is done by somebody who has been here for a few days: show one of them what is wrong.",
			"You are new here. What takes away something that others gave, in more than {n} entries, is done by somebody who has been here for a few days: show one of them what is wrong.")
	}
	taken, err := journal.TakenSince(tx, a.Persona, tx.Now.Add(-time.Hour), brakedKinds)
	if err != nil || len(taken)+a.Detail.Taken <= most {
		return err
	}
	wait := untilPast(tx, taken[most-a.Detail.Taken])
	return pollen.ErrorN(pollen.Limited, "guard.takes", most,
		"You are new here, and a new persona takes away what others gave in at most {n} entry an hour. Try again in {minutes} min, or correct the value instead.",
		"You are new here, and a new persona takes away what others gave in at most {n} entries an hour. Try again in {minutes} min, or correct the value instead.",
		"minutes", minutes(wait)).After(wait)
}

// perHour is how many edits a new persona makes in an hour.
func (g *Guard) perHour(tx *sqldb.Tx) (int, error) {
	most, err := g.PerHour(tx)
	if most == 0 {
		most = PerHour
	}
	return most, err
}

// untilPast is when something counts no more among what was done in the last hour.
func untilPast(tx *sqldb.Tx, at time.Time) time.Duration { return at.Add(time.Hour).Sub(tx.Now) }

func minutes(wait time.Duration) int { return int((wait + time.Minute - 1) / time.Minute) }

// limit refuses an edit too many.
func (g *Guard) limit(tx *sqldb.Tx, a *journal.Act) error {
	most, err := g.perHour(tx)
	if err != nil {
		return err
	}
	edits, err := journal.Since(tx, a.Persona, tx.Now.Add(-time.Hour), brakedKinds, most)
	if err != nil || len(edits) < most {
		return err
	}
	wait := untilPast(tx, edits[most-1])
	return pollen.ErrorN(pollen.Limited, "guard.newcomer", most,
		"You are new here, and a new persona makes at most {n} edit an hour. Try again in {minutes} min: what you saved stays.",
		"You are new here, and a new persona makes at most {n} edits an hour. Try again in {minutes} min: what you saved stays.",
		"minutes", minutes(wait)).After(wait)
}
