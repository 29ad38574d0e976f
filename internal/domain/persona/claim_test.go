package persona_test

import (
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/community"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// library is a world with a community, readers, whose collection holds history
// of an imported author. Eve belongs to it; Ana and Bob do not.
type library struct {
	*pollentest.World
	t             *testing.T
	ana, bob, eve pollen.Actor
	author        pollen.PersonaID
}

func shelf(t *testing.T) *library {
	w := pollentest.NewWorld(t)
	o := &library{World: w, t: t, ana: w.Actor("Ana"), bob: w.Actor("Bob"), eve: w.Actor("Eve")}
	readers, err := w.Communities.Found(t.Context(), w.System, community.Community{Slug: "readers", Name: map[string]string{"en": "Readers"}, Join: community.Open})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Communities.Join(t.Context(), o.eve, "readers"); err != nil {
		t.Fatal(err)
	}
	o.eve.Communities = append(o.eve.Communities, readers.ID)
	books, err := w.Registry.Found(t.Context(), w.System, registry.NewCollection{Slug: "books", Community: readers.ID, Name: map[string]string{"en": "Books"},
		Audience: pollen.AudienceMembers, Schema: schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		p, err := w.Personas.Imported(tx, "wiki", "A. Lima", books.ID)
		o.author = p.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return o
}

// claimer is the name of whoever is said to be the author, "" for nobody.
func (o *library) claimer() string {
	o.t.Helper()
	p, err := o.Personas.Get(o.t.Context(), o.author)
	if err != nil || (p.Claimed == 0) != (p.Claimer == "") {
		o.t.Fatalf("%+v, %v", p, err)
	}
	return p.Claimer
}

func (o *library) may(by pollen.Actor) bool {
	o.t.Helper()
	ok, err := o.Personas.MayContest(o.t.Context(), by, o.author)
	if err != nil {
		o.t.Fatal(err)
	}
	return ok
}

func TestAClaimIsContestedByThoseWhoHoldTheHistory(t *testing.T) {
	o := shelf(t)
	ctx := t.Context()
	contest := func(by pollen.Actor, note string) error { return o.Personas.Contest(ctx, by, o.author, note) }
	wants(t, "what nobody claims", contest(o.eve, "She was not."), pollen.Conflict)
	wants(t, "claiming", o.Personas.Claim(ctx, o.ana, o.author), "")
	silenced, stranger := o.eve, pollen.Actor{}
	silenced.Silenced = true
	for _, x := range []struct {
		what, note string
		by         pollen.Actor
		kind       pollen.Kind
	}{
		{"nobody", "No.", stranger, pollen.Unauthenticated},
		{"who belongs elsewhere", "No.", o.bob, pollen.Forbidden},
		{"who is silenced", "No.", silenced, pollen.Forbidden},
		{"the claimer", "No.", o.ana, pollen.Forbidden},
		{"no reason", " ", o.eve, pollen.Invalid},
		{"a long reason", strings.Repeat("é", 501), o.eve, pollen.Invalid},
	} {
		wants(t, x.what, contest(x.by, x.note), x.kind)
		if x.kind != pollen.Invalid && o.may(x.by) {
			t.Errorf("%s may contest", x.what)
		}
	}
	wants(t, "an author there is not", o.Personas.Contest(ctx, o.eve, 1, "No."), pollen.NotFound)
	if o.claimer() != "Ana" || !o.may(o.eve) || !o.may(o.System) {
		t.Fatalf("claimed by %q; Eve may contest: %v", o.claimer(), o.may(o.eve))
	}
	o.Clock.Advance(time.Minute)
	wants(t, "contesting", contest(o.eve, "She came\nin 2020."), "")
	if o.claimer() != "" {
		t.Error("it is claimed still")
	}
	acts := o.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectPersona, o.author), Descending: true, Limit: 1})
	if a := acts[0]; a.Kind != pollen.ActContest || a.Persona != o.eve.Persona || a.Detail.Whom != o.ana.Persona {
		t.Errorf("on the journal: %+v", a)
	}
	all, err := o.Personas.Contests(ctx, o.bob, o.author)
	if err != nil || len(all) != 1 || all[0] != (persona.Contest{Act: acts[0].ID, Author: o.author, Claimer: o.ana.Persona, By: o.eve.Persona, Note: "She came in 2020.", At: o.Clock.Now()}) {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := o.Personas.Contests(ctx, stranger, o.author); err != nil || len(all) > 0 {
		t.Errorf("who is not signed in reads %+v, %v", all, err)
	}
}

// What members do not agree on is settled by the operator, once and for all.
func TestAContestedAuthorIsClaimedOnTheOperatorsWord(t *testing.T) {
	o := shelf(t)
	ctx := t.Context()
	wants(t, "the operator's word for another", o.Personas.Ascribe(ctx, o.eve, o.author, o.ana.Persona), pollen.Forbidden)
	wants(t, "claiming", o.Personas.Claim(ctx, o.ana, o.author), "")
	wants(t, "contesting", o.Personas.Contest(ctx, o.eve, o.author, "No."), "")
	for _, by := range []pollen.Actor{o.ana, o.bob, o.eve} {
		wants(t, by.Name+" claims again", o.Personas.Claim(ctx, by, o.author), pollen.Forbidden)
	}
	wants(t, "an imported author", o.Personas.Ascribe(ctx, o.System, o.author, o.author), pollen.Forbidden)
	wants(t, "nobody", o.Personas.Ascribe(ctx, o.System, o.author, 1), pollen.NotFound)
	wants(t, "a person", o.Personas.Ascribe(ctx, o.System, o.eve.Persona, o.bob.Persona), pollen.Forbidden)
	wants(t, "the operator's word", o.Personas.Ascribe(ctx, o.System, o.author, o.bob.Persona), "")
	wants(t, "the same again", o.Personas.Ascribe(ctx, o.System, o.author, o.bob.Persona), "")
	wants(t, "another at once", o.Personas.Ascribe(ctx, o.System, o.author, o.ana.Persona), pollen.Conflict)
	if o.claimer() != "Bob" || o.may(o.eve) {
		t.Errorf("claimed by %q; Eve may contest: %v", o.claimer(), o.may(o.eve))
	}
	wants(t, "contesting the operator", o.Personas.Contest(ctx, o.eve, o.author, "No."), pollen.Forbidden)
	wants(t, "the operator contests", o.Personas.Contest(ctx, o.System, o.author, "I was wrong."), "")
	if o.claimer() != "" {
		t.Error("it is claimed still")
	}
	if err := o.DB.Write(ctx, func(tx *sqldb.Tx) error { return o.Personas.Erase(tx, o.ana.Persona) }); err != nil {
		t.Fatal(err)
	}
	if err := o.DB.Write(ctx, func(tx *sqldb.Tx) error { return o.Personas.Erase(tx, o.author) }); err != nil {
		t.Fatal(err)
	}
	wants(t, "an author that was erased", o.Personas.Ascribe(ctx, o.System, o.author, o.bob.Persona), pollen.Forbidden)
	all, err := o.Personas.Contests(ctx, o.eve, o.author)
	if err != nil || len(all) != 2 || all[0].Note != "" || all[1].Note != "" {
		t.Errorf("after the author was erased: %+v, %v", all, err)
	}
}
