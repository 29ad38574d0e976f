package app

import (
	"context"
	"net/url"
	"strings"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/identity"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
)

// Invitation is what inviting a person takes.
type Invitation struct {
	Email string // the address they sign in with
	Name  string // as shown; "" takes it from the entry, or from the address
	Entry string // the address of their entry in people; "" for none
}

// Invited is what came of an invitation.
type Invited struct {
	Secret  string          // of the link that signs them in, once
	Persona persona.Persona // theirs
	Before  persona.Persona // whom the entry described until now; zero for nobody
}

// Invite makes an account for an address, with its named persona in commons,
// unless there is one, and a link that signs it in once. With an entry, the
// persona is linked to it, whomever it was said to describe before, who is told.
// It fails with NotFound when there is no such entry.
func (a *App) Invite(ctx context.Context, in Invitation) (out Invited, err error) {
	defer pollen.Wrap(&err, "app.Invite")
	var entry *registry.Entry
	if in.Entry != "" {
		entry, err = a.personEntry(ctx, a.System, in.Entry)
		if pollen.Is(err, pollen.NotFound) {
			err = pollen.Errorf(pollen.NotFound, "app.no-entry", "There is no entry “{entry}” in people.", "entry", in.Entry)
		}
		if err != nil {
			return out, err
		}
		if in.Name == "" {
			in.Name = entry.Title
		}
	}
	if in.Name == "" {
		in.Name = nameOf(in.Email)
	}
	account, _, err := a.Identity.Account(ctx, in.Email, func(tx *sqldb.Tx, account pollen.AccountID) error {
		return a.admit(tx, account, in.Name)
	})
	if err != nil {
		return out, err
	}
	if err := a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out.Persona, err = a.Personas.OfAccount(tx, account)
		return err
	}); err != nil {
		return out, err
	}
	if entry != nil {
		if out.Before, err = a.Personas.Describe(ctx, a.System, out.Persona.ID, entry.ID); err != nil {
			return out, err
		}
	}
	out.Secret, err = a.Identity.Link(ctx, account, identity.Invitation)
	return out, err
}

// admit gives a new account its named persona, and makes that a member of commons.
func (a *App) admit(tx *sqldb.Tx, account pollen.AccountID, name string) error {
	p, err := a.Personas.CreateIn(tx, persona.Persona{Name: name, Kind: pollen.PersonaNamed})
	if err != nil {
		return err
	}
	if err := a.Personas.Link(tx, account, p.ID); err != nil {
		return err
	}
	if err := a.Communities.Admit(tx, a.Commons.ID, p.ID); err != nil {
		return err
	}
	return a.Journal.Append(tx, &journal.Act{Persona: p.ID, Kind: pollen.ActJoin,
		Object: pollen.Ref(pollen.ObjectCommunity, a.Commons.ID), Community: a.Commons.ID})
}

// Whose finds a persona for the operator, by its handle or by the address that its
// person signs in with. It fails with NotFound, and names the handles near by.
func (a *App) Whose(ctx context.Context, who string) (p persona.Persona, err error) {
	defer pollen.Wrap(&err, "app.Whose")
	if strings.Contains(strings.TrimPrefix(who, "@"), "@") {
		id, err := a.Identity.PersonaOf(ctx, a.System, who)
		if err != nil {
			return p, err
		}
		return a.Personas.Get(ctx, id)
	}
	p, err = a.Personas.ByHandle(ctx, who)
	if !pollen.Is(err, pollen.NotFound) {
		return p, err
	}
	near, failed := a.Personas.Near(ctx, who)
	switch {
	case failed != nil:
		return p, failed
	case len(near) == 0:
		return p, err
	}
	return p, pollen.Errorf(pollen.NotFound, "app.no-handle", "There is no persona “{handle}”. The nearest: {near}.", "handle", who, "near", strings.Join(near, ", "))
}

// personEntry finds an entry of people by its address, which may be a whole
// one: people/ana-lopez or https://…/c/people/ana-lopez.
func (a *App) personEntry(ctx context.Context, by pollen.Actor, address string) (*registry.Entry, error) {
	address = strings.TrimSpace(address)
	if u, err := url.Parse(address); err == nil {
		address = u.Path
	}
	address = strings.TrimPrefix(strings.TrimPrefix(strings.Trim(address, "/"), "c/"), pollen.People+"/")
	e, _, err := a.Registry.At(ctx, by, pollen.People, address)
	if err != nil {
		return nil, err
	}
	if !e.Live() {
		return nil, pollen.Absent()
	}
	return e, nil
}

// ItIsMe links the actor's named persona to an entry of people that describes
// nobody yet and that the actor made, by hand. Nothing that an entry says tells
// whose it is, since everybody writes it: otherwise it fails with Forbidden, and
// the operator can link it, with pollen invite --entry. It fails with Conflict
// where one of both is linked already.
func (a *App) ItIsMe(ctx context.Context, by pollen.Actor, address string) (e *registry.Entry, err error) {
	defer pollen.Wrap(&err, "app.ItIsMe")
	if e, err = a.personEntry(ctx, by, address); err != nil {
		return nil, err
	}
	around, err := a.Registry.Around(ctx, by, e)
	if err != nil {
		return nil, err
	}
	if first := around.Said[1]; first.By != by.Persona || first.Batch != 0 {
		return nil, pollen.Errorf(pollen.Forbidden, "app.not-yours", "Nothing tells that this entry is yours: you did not make it. Ask the operator to link it.").On("entry")
	}
	_, err = a.Personas.Describe(ctx, by, by.Persona, e.ID)
	return e, err
}

// ItIsNotMe ends the link between the actor and the entry of people that
// describes them. It fails with NotFound where there is none.
func (a *App) ItIsNotMe(ctx context.Context, by pollen.Actor) error {
	return a.Personas.Part(ctx, by, by.Persona)
}

// Claim says that the author of imported history is the actor, whose account
// must be verified: a link has reached its person once. It fails with Forbidden
// otherwise, and with NotFound when there is no such persona.
func (a *App) Claim(ctx context.Context, by pollen.Actor, handle string) (err error) {
	defer pollen.Wrap(&err, "app.Claim")
	p, err := a.Personas.ByHandle(ctx, handle)
	if err == nil {
		err = a.verified(ctx, by)
	}
	if err != nil {
		return err
	}
	return a.Personas.Claim(ctx, by, p.ID)
}

// Ascribe says, on the operator's word, that the author of imported history is
// somebody, whose account must be verified all the same. It fails as
// [persona.Personas.Ascribe] does.
func (a *App) Ascribe(ctx context.Context, handle, to string) (err error) {
	defer pollen.Wrap(&err, "app.Ascribe")
	p, err := a.Personas.ByHandle(ctx, handle)
	if err != nil {
		return err
	}
	whom, err := a.Personas.ByHandle(ctx, to)
	if err == nil {
		err = a.verified(ctx, whom.Actor())
	}
	if err != nil {
		return err
	}
	return a.Personas.Ascribe(ctx, a.System, p.ID, whom.ID)
}

// verified refuses an account of which nothing proves that a link reached its
// person, and whoever has none.
func (a *App) verified(ctx context.Context, who pollen.Actor) error {
	standing, err := a.Identity.Standing(ctx, who, "")
	if err != nil && !pollen.Is(err, pollen.NotFound) {
		return err
	}
	if !standing.Verified {
		return pollen.Errorf(pollen.Forbidden, "app.unverified", "Only a verified account claims an imported author: its person signs in by a link once.")
	}
	return nil
}

// Leave closes the actor's account for good. What they gave stays under their
// name; their memberships end, and their entry in people describes nobody.
func (a *App) Leave(ctx context.Context, by pollen.Actor) (err error) {
	defer pollen.Wrap(&err, "app.Leave")
	return a.Identity.Close(ctx, by, func(tx *sqldb.Tx, account pollen.AccountID) error {
		if err := a.Communities.Depart(tx, by.Persona); err != nil {
			return err
		}
		return a.Personas.Unlink(tx, account, by.Persona)
	})
}
