// Package guard keeps the brakes: how much a persona that is new here may do in
// an hour.
//
// Whatever changes something writes an act, and every act passes here before
// it is written, in the same transaction and by whatever door it came: the
// pages, the API, an import. So one rule holds for all of them. A batch counts
// as one edit, however many parts it has: an import or a mass edit is undone as
// one, and its size is no sign of haste. Words count as edits do.
//
// What is never braked: the operator's command line, taking one's own words or
// thanks back, joining and leaving, and the safety of one's account.
//
// Tables owned: none. It reads the journal.
package guard

import (
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/persona"
)

// NewDays is for how many days a persona is new here, the day it was made
// included. PerHour is how many edits a new one may make in any hour, unless the
// instance says otherwise.
const (
	NewDays = 4
	PerHour = 60
)

// Guard keeps the brakes of one instance. Its methods are safe for concurrent
// use.
type Guard struct {
	personas *persona.Personas
	perHour  func(*sqldb.Tx) (int, error)
}

// New returns the brakes of a database whose schema is up to date. perHour is
// what the instance says in place of [PerHour]; its 0 says nothing.
func New(p *persona.Personas, perHour func(*sqldb.Tx) (int, error)) *Guard { return &Guard{p, perHour} }

// brakedKinds are the acts that count as edits. Thanks have a limit of their
// own, for everybody.
var brakedKinds = []pollen.ActKind{pollen.ActCreate, pollen.ActRevise, pollen.ActVerify, pollen.ActSource, pollen.ActTranslate, pollen.ActAsk,
	pollen.ActAnswer, pollen.ActComment, pollen.ActWrite, pollen.ActShare, pollen.ActWelcome, pollen.ActRecognise, pollen.ActPropose,
	pollen.ActRetire, pollen.ActRestore, pollen.ActRevert, pollen.ActMerge, pollen.ActRename, pollen.ActImport, pollen.ActFound,
	pollen.ActInvite, pollen.ActSchema, pollen.ActEdit, pollen.ActReport}

// Check refuses an act of a new persona as Limited, saying when to try again,
// once it made as many edits in the last hour as it may.
func (g *Guard) Check(tx *sqldb.Tx, a *journal.Act) error {
	if !slices.Contains(brakedKinds, a.Kind) {
		return nil
	}
	kind, made, err := g.personas.Made(tx, a.Persona)
	if err != nil || kind != pollen.PersonaNamed && kind != pollen.PersonaPseudonym || tx.Now.Sub(made) >= NewDays*24*time.Hour {
		return err
	}
	if a.Batch != 0 {
		if begun, err := journal.Begun(tx, a.Batch); err != nil || begun {
			return err // another part of what was let through
		}
	}
	most, err := g.perHour(tx)
	if err != nil {
		return err
	}
	if most == 0 {
		most = PerHour
	}
	edits, err := journal.Since(tx, a.Persona, tx.Now.Add(-time.Hour), brakedKinds, most)
	if err != nil || len(edits) < most {
		return err
	}
	wait := edits[most-1].Add(time.Hour).Sub(tx.Now)
	return pollen.Errorf(pollen.Limited, "guard.newcomer", "You are new here, and a new persona makes at most {max} edits an hour. Try again in {minutes} min: what you saved stays.",
		"max", most, "minutes", int((wait+time.Minute-1)/time.Minute)).After(wait)
}
