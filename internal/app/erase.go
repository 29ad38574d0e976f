package app

import (
	"context"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/base/journal"
	"pollen/internal/base/once"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/freshness"
	"pollen/internal/domain/identity"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/domain/transfer"
)

// Erasing is what erasing a persona takes away.
type Erasing struct {
	Persona  persona.Persona
	Claimed  []persona.Persona // imported authors that the person said they were
	Entry    *registry.Entry   // the entry in people that describes them; nil for none
	Merged   int               // other entries about them, which were merged into it
	Contents int               // images and attachments that no other entry names
	Acts     int               // acts of the journal with names in them
}

// ToErase tells what erasing a persona would take away. It fails with NotFound,
// and with Forbidden for the operator's own.
func (a *App) ToErase(ctx context.Context, handle string) (e Erasing, err error) {
	defer pollen.Wrap(&err, "app.ToErase")
	if e.Persona, err = a.Personas.ByHandle(ctx, handle); err != nil {
		return e, err
	}
	if e.Persona.Kind == pollen.PersonaSystem {
		return e, pollen.Errorf(pollen.Forbidden, "app.erase-system", "This persona is the command line itself: there is nobody to erase.")
	}
	if e.Claimed, err = a.Personas.Claims(ctx, e.Persona.ID); err != nil || e.Persona.Entry == 0 {
		return e, err
	}
	if e.Entry, err = a.Registry.Get(ctx, a.System, e.Persona.Entry); err != nil {
		return e, err
	}
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		merged, err := a.Registry.MergedInto(tx, e.Entry.ID)
		e.Merged = len(merged)
		return err
	})
	return e, err
}

// Erase takes away for good, in one transaction, what an instance holds about
// the person behind a persona: their entry in people with its whole history and
// those that were merged into it, their names, their account, their words. The values that they gave to other
// entries stay, signed by nobody. The journal goes on to verify: it keeps the
// hashes of what is gone, and one act that accounts for it. Beside a running
// server it works as well; alone on its file, it makes the search index anew
// and leaves no trace in unused parts of the file either.
func (a *App) Erase(ctx context.Context, handle string) (e Erasing, err error) {
	defer pollen.Wrap(&err, "app.Erase")
	if e, err = a.ToErase(ctx, handle); err != nil {
		return e, err
	}
	alone := !a.Served()
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		e.Merged, e.Contents, e.Acts = 0, 0, 0
		if err := tx.Shred(); err != nil {
			return err
		}
		if e.Entry != nil {
			if err := a.eraseEntries(tx, &e); err != nil {
				return err
			}
		}
		for _, p := range append([]persona.Persona{e.Persona}, e.Claimed...) {
			if err := a.erasePersona(tx, p.ID, &e); err != nil {
				return err
			}
		}
		return a.Journal.Append(tx, &journal.Act{Persona: a.System.Persona, Kind: pollen.ActErase, Object: pollen.Ref(pollen.ObjectPersona, e.Persona.ID),
			Detail: journal.Detail{Count: e.Acts}})
	})
	if err != nil || !alone {
		return e, err
	}
	if err := a.Settle(ctx); err != nil {
		return e, err
	}
	if err := a.Journal.Rebuild(ctx, a.index()); err != nil {
		return e, err
	}
	return e, a.DB.Compact(ctx)
}

// eraseEntries erases the entry that describes the person, and its duplicates.
func (a *App) eraseEntries(tx *sqldb.Tx, e *Erasing) error {
	merged, err := a.Registry.MergedInto(tx, e.Entry.ID)
	if err != nil {
		return err
	}
	e.Merged = len(merged)
	for _, id := range append(merged, e.Entry.ID) {
		if err := a.eraseEntry(tx, id, e); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) eraseEntry(tx *sqldb.Tx, id pollen.EntryID, e *Erasing) error {
	hashes, err := a.Registry.Erase(tx, a.System, id)
	if err != nil {
		return err
	}
	for _, h := range hashes {
		if err := blob.Remove(tx, h); err != nil {
			return err
		}
	}
	e.Contents += len(hashes)
	for _, erase := range []func(*sqldb.Tx, pollen.EntryID) error{freshness.Erase, transfer.Erase} {
		if err := erase(tx, id); err != nil {
			return err
		}
	}
	n, err := journal.EraseNames(tx, pollen.Ref(pollen.ObjectEntry, id))
	e.Acts += n
	return err
}

func (a *App) erasePersona(tx *sqldb.Tx, id pollen.PersonaID, e *Erasing) error {
	err := identity.Erase(tx, id, func(tx *sqldb.Tx, account pollen.AccountID) error { return a.Personas.Unlink(tx, account, id) })
	if err != nil {
		return err
	}
	for _, erase := range []func(*sqldb.Tx, pollen.PersonaID) error{registry.EraseNotes, talk.Erase, thanks.Erase, notify.Erase, once.Erase, desk.Erase, transfer.EraseRefused, blob.EraseUploads, a.Communities.Depart, a.Personas.Erase} {
		if err := erase(tx, id); err != nil {
			return err
		}
	}
	n, err := journal.EraseNames(tx, pollen.Ref(pollen.ObjectPersona, id))
	e.Acts += n
	return err
}
