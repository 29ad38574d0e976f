package pollentest

import (
	"context"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/community"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// World is a small instance: a database of its own and the capabilities on it.
type World struct {
	DB          *sqldb.DB
	Clock       *Clock
	Journal     *journal.Journal
	Personas    *persona.Personas
	Communities *community.Communities
	Registry    *registry.Registry
	System      pollen.Actor
	Commons     *community.Community

	t testing.TB
}

// NewWorld makes a world that goes with the test.
func NewWorld(t testing.TB) *World {
	t.Helper()
	db, clock := Database(t)
	j := journal.New(db)
	w := &World{DB: db, Clock: clock, Journal: j, Personas: persona.New(db, j), Communities: community.New(db, j),
		Registry: registry.New(db, j, registry.Options{Region: "FR", Language: func(*sqldb.Tx) (string, error) { return "fr", nil }}), t: t}
	p, err := w.Personas.System(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.System = p.Actor()
	if w.Commons, err = w.Communities.Commons(t.Context(), w.System); err != nil {
		t.Fatal(err)
	}
	return w
}

// Actor makes a named persona that is a member of commons.
func (w *World) Actor(name string) pollen.Actor {
	w.t.Helper()
	var p persona.Persona
	err := w.DB.Write(w.t.Context(), func(tx *sqldb.Tx) (err error) {
		if p, err = w.Personas.CreateIn(tx, persona.Persona{Name: name, Kind: pollen.PersonaNamed}); err != nil {
			return err
		}
		return w.Communities.Admit(tx, w.Commons.ID, p.ID)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	a := p.Actor()
	a.Communities = []pollen.CommunityID{w.Commons.ID}
	return a
}

// Again reads an actor as it is by now.
func (w *World) Again(ctx context.Context, id pollen.PersonaID) (a pollen.Actor, err error) {
	p, err := w.Personas.Get(ctx, id)
	if err != nil {
		return a, err
	}
	a = p.Actor()
	err = w.DB.Read(ctx, func(tx *sqldb.Tx) error {
		a.Communities, err = w.Communities.Of(tx, id)
		return err
	})
	return a, err
}

// Collection founds a collection in commons.
func (w *World) Collection(slug string, audience pollen.Audience, s schema.Schema) *registry.Collection {
	w.t.Helper()
	c, err := w.Registry.Found(w.t.Context(), w.System, registry.NewCollection{
		Slug: slug, Community: w.Commons.ID, Name: map[string]string{"en": slug}, Audience: audience, Schema: s, Await: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// Brake puts the brakes on, by which a new persona makes so many edits an hour.
func (w *World) Brake(perHour int) *guard.Guard {
	g := guard.New(w.DB, guard.Sources{Journal: w.Journal, Personas: w.Personas, Registry: w.Registry,
		PerHour: func(*sqldb.Tx) (int, error) { return perHour, nil }})
	w.Journal.Brake(g.Check)
	return g
}

// Settle numbers the acts and lets followers catch up.
func (w *World) Settle(followers ...*journal.Follower) {
	w.t.Helper()
	if err := w.Journal.CatchUp(w.t.Context(), followers...); err != nil {
		w.t.Fatal(err)
	}
}

// Acts lists the journal.
func (w *World) Acts(q journal.Query) (acts []journal.Act) {
	w.t.Helper()
	w.Settle()
	if err := w.DB.Read(w.t.Context(), func(tx *sqldb.Tx) (err error) {
		acts, err = journal.List(tx, q)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return acts
}
