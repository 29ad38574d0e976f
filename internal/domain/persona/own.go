package persona

import (
	"context"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// About is what a persona says of itself.
type About struct {
	Name     string // as shown
	Language string // BCP 47, for letters and pages; "" as the browser prefers
}

// languages are those that a persona can choose: the ones of the pages.
var languages = map[string]bool{"": true, "fr": true, "en": true}

// Present changes what the actor's own persona says of itself. It fails with
// Invalid, and with Conflict on a name that somebody else here goes by, however
// it is written: whom a value comes from is what readers trust. Authors of
// imports may be called as the persons they are.
func (s *Personas) Present(ctx context.Context, by pollen.Actor, a About) (err error) {
	defer pollen.Wrap(&err, "persona.Present")
	if by.Kind != pollen.PersonaNamed && by.Kind != pollen.PersonaPseudonym {
		return pollen.Errorf(pollen.Forbidden, "persona.own", "Sign in to say who you are.")
	}
	if a.Name, err = shown(a.Name); err != nil {
		return err
	}
	if !languages[a.Language] {
		return pollen.Errorf(pollen.Invalid, "persona.language", "The pages are in French and in English.").On("language")
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		p, err := one(tx, `id = $1`, int64(by.Persona))
		if err != nil || p.Name == a.Name && p.Language == a.Language {
			return err
		}
		if p.Name != a.Name {
			if err := own(tx, p, a.Name); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE personas SET name = $2, folded = $4, language = $3 WHERE id = $1`, int64(p.ID), a.Name, a.Language, schema.Fold(a.Name)); err != nil || p.Name == a.Name {
			return err
		}
		return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActRename, Object: pollen.Ref(pollen.ObjectPersona, p.ID)})
	})
}

// own refuses a name that one takes and somebody else has.
func own(tx *sqldb.Tx, p Persona, name string) error {
	if disguised(name) {
		return pollen.Errorf(pollen.Invalid, "persona.disguised", "A word of this name mixes letters of two alphabets that look alike. Write it in one.").On("name")
	}
	folded := schema.Fold(name)
	if folded == schema.Fold(p.Name) {
		return nil // who is called as somebody else from the start may write it otherwise
	}
	found, err := tx.Get(`SELECT 1 FROM personas WHERE folded = $1 AND kind <> $2 LIMIT 1`, []any{folded, pollen.PersonaImported}, new(int))
	if err == nil && found {
		err = pollen.Errorf(pollen.Conflict, "persona.name-taken", "Somebody else here is called so. Add what tells you apart: a second name, or where you work.").On("name")
	}
	return err
}

// Describe says which entry of people describes a named persona: of one that
// none describes yet, and by an entry that describes nobody else. Whether the
// entry is theirs is decided by the caller. It fails with Conflict. The
// operator's word goes before what stood: it ends the link of the persona to
// another entry, and that of the entry to another persona, which is returned.
func (s *Personas) Describe(ctx context.Context, by pollen.Actor, id pollen.PersonaID, entry pollen.EntryID) (before Persona, err error) {
	defer pollen.Wrap(&err, "persona.Describe", entry)
	if err := access.MayAct(by); err != nil {
		return before, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		before = Persona{}
		p, err := one(tx, `id = $1`, int64(id))
		if err != nil || p.Entry == entry {
			return err
		}
		if p.Kind != pollen.PersonaNamed {
			return pollen.Errorf(pollen.Forbidden, "persona.named-only", "Only a named persona has an entry in people.")
		}
		if before, err = s.Of(tx, entry); err != nil && !pollen.Is(err, pollen.NotFound) {
			return err
		}
		switch {
		case p.Entry != 0 && !by.System():
			return pollen.Errorf(pollen.Conflict, "persona.has-entry", "You have an entry already.")
		case before.ID != 0 && !by.System():
			return pollen.Errorf(pollen.Conflict, "persona.described", "This entry describes another persona already. If it is yours, ask the operator to link it.")
		}
		for _, other := range []Persona{p, before} {
			if err := s.part(tx, by, other); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE personas SET entry_id = $2 WHERE id = $1`, int64(id), entry); err != nil {
			return err
		}
		return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActClaim, Object: pollen.Ref(pollen.ObjectPersona, id), Detail: journal.Detail{Into: entry}})
	})
	return before, err
}

// Part ends the link between a persona and the entry of people that describes
// it: the actor's own, or any for the operator. It fails with NotFound where
// there is none.
func (s *Personas) Part(ctx context.Context, by pollen.Actor, id pollen.PersonaID) (err error) {
	defer pollen.Wrap(&err, "persona.Part", id)
	if by.Persona != id && !by.System() {
		return pollen.Absent()
	}
	if err := access.MayAct(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		p, err := one(tx, `id = $1`, int64(id))
		if err == nil && p.Entry == 0 {
			err = pollen.Errorf(pollen.NotFound, "persona.no-entry", "No entry in people describes this persona.")
		}
		if err != nil {
			return err
		}
		return s.part(tx, by, p)
	})
}

// part ends the link between a persona and its entry, where there is one.
func (s *Personas) part(tx *sqldb.Tx, by pollen.Actor, p Persona) error {
	if p.Entry == 0 {
		return nil
	}
	if _, err := tx.Exec(`UPDATE personas SET entry_id = NULL WHERE id = $1`, int64(p.ID)); err != nil {
		return err
	}
	return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActDisclaim, Object: pollen.Ref(pollen.ObjectPersona, p.ID), Detail: journal.Detail{Into: p.Entry}})
}

// Described returns the persona that an entry of people describes, a zero one
// where it describes nobody.
func (s *Personas) Described(ctx context.Context, entry pollen.EntryID) (p Persona, err error) {
	defer pollen.Wrap(&err, "persona.Described", entry)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		if p, err = s.Of(tx, entry); pollen.Is(err, pollen.NotFound) {
			return nil
		}
		return err
	})
	return p, err
}

// Left reports whether a persona closed its account.
func (s *Personas) Left(ctx context.Context, id pollen.PersonaID) (left bool, err error) {
	defer pollen.Wrap(&err, "persona.Left", id)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		acts, err := journal.List(tx, journal.Query{Persona: id, Kinds: []pollen.ActKind{pollen.ActLeave}, Object: pollen.Ref(pollen.ObjectPersona, id), Limit: 1})
		left = len(acts) > 0
		return err
	})
	return left, err
}

// Unlink takes a named persona off the account that is closed. Its name and its
// gifts stay; the entry that described it is free again.
func (s *Personas) Unlink(tx *sqldb.Tx, account pollen.AccountID, id pollen.PersonaID) error {
	if _, err := tx.Exec(`DELETE FROM named_personas WHERE account_id = $1 AND persona_id = $2`, int64(account), int64(id)); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE personas SET entry_id = NULL WHERE id = $1`, int64(id))
	return err
}

// Erase takes the name and the handle of a persona away for good, and what
// links it to a person: its entry in people, its language, and the imported
// authors that it was; and why claims were contested, where it has to do with
// that. It is silenced: nobody speaks under it any more.
func (s *Personas) Erase(tx *sqldb.Tx, id pollen.PersonaID) error {
	text := id.String()
	_, err := tx.Exec(`UPDATE personas SET handle = $2, name = $2, folded = $2, entry_id = NULL, source = '', language = '', claimed_by = NULL, silenced_at = $3 WHERE id = $1`,
		int64(id), "erased-"+text[len(text)-8:], sqldb.Millis(tx.Now))
	if err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM author_collections WHERE persona_id = $1`,
		`UPDATE contests SET note = '' WHERE persona_id = $1 OR claimer_id = $1 OR author_id = $1`} {
		if _, err := tx.Exec(query, int64(id)); err != nil {
			return err
		}
	}
	return nil
}
