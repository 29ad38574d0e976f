package persona_test

import (
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/community"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

func wants(t *testing.T, what string, err error, kind pollen.Kind) {
	t.Helper()
	if kind == "" && err != nil || kind != "" && !pollen.Is(err, kind) {
		t.Errorf("%s: %v, want %q", what, err, kind)
	}
}

func TestHandlesAreMadeOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"Solène Vautrin":         "solene.vautrin",
		"  O’Brien, Łukasz-Jan ": "o.brien.lukasz.jan",
		"李小龍":                    "persona",
		"R2 D2":                  "r2.d2",
		"...":                    "persona",
	} {
		if got := persona.Handle(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestTwoPersonasOfOneNameHaveTwoHandles(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx := t.Context()
	var handles []string
	for range 3 {
		p, err := w.Personas.Create(ctx, persona.Persona{Name: "Ana Lima", Kind: pollen.PersonaNamed})
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, p.Handle)
	}
	if got := strings.Join(handles, " "); got != "ana.lima ana.lima-2 ana.lima-3" {
		t.Errorf("%s", got)
	}
	for what, p := range map[string]persona.Persona{
		"a handle that is taken": {Name: "Ana", Handle: "ana.lima", Kind: pollen.PersonaNamed},
		"a handle with a slash":  {Name: "Ana", Handle: "../ana", Kind: pollen.PersonaNamed},
		"a name that is blank":   {Name: " \t", Kind: pollen.PersonaNamed},
		"a name without an end":  {Name: strings.Repeat("x", 121), Kind: pollen.PersonaNamed},
	} {
		kind := pollen.Invalid
		if strings.Contains(what, "taken") {
			kind = pollen.Conflict
		}
		_, err := w.Personas.Create(ctx, p)
		wants(t, what, err, kind)
	}
	p, err := w.Personas.ByHandle(ctx, "@Ana.Lima")
	if err != nil || p.Handle != "ana.lima" {
		t.Errorf("%+v %v", p, err)
	}
	_, err = w.Personas.ByHandle(ctx, "nobody")
	wants(t, "a handle of nobody", err, pollen.NotFound)
}

// What is written may run again, when another took the handle meanwhile.
func TestAPersonaIsMadeAgainAsTheFirstTime(t *testing.T) {
	w := pollentest.NewWorld(t)
	p, runs := persona.Persona{Name: "Ana Lima", Kind: pollen.PersonaNamed}, []string(nil)
	err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		runs = nil
		for range 2 {
			made, err := w.Personas.CreateIn(tx, p)
			if err != nil {
				return err
			}
			runs = append(runs, made.Handle)
		}
		return nil
	})
	if err != nil || strings.Join(runs, " ") != "ana.lima ana.lima-2" || p.Handle != "" {
		t.Errorf("%q, %+v, %v", runs, p, err)
	}
}

func TestAnEntryDescribesOnePersona(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	one, two := pollen.EntryID(101), pollen.EntryID(102)
	describe := func(by pollen.Actor, who pollen.PersonaID, entry pollen.EntryID) error {
		_, err := w.Personas.Describe(ctx, by, who, entry)
		return err
	}
	wants(t, "describing", describe(ana, ana.Persona, one), "")
	wants(t, "once more", describe(ana, ana.Persona, one), "")
	wants(t, "another entry", describe(ana, ana.Persona, two), pollen.Conflict)
	wants(t, "the entry of another", describe(bob, bob.Persona, one), pollen.Conflict)
	veiled, err := w.Personas.Create(ctx, persona.Persona{Name: "Bourdon", Kind: pollen.PersonaPseudonym})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "a pseudonym", describe(veiled.Actor(), veiled.ID, two), pollen.Forbidden)
	eve := w.Actor("Eve")
	eve.Silenced, ana.Silenced = true, true
	wants(t, "who is silenced", describe(eve, eve.Persona, two), pollen.Forbidden)
	wants(t, "ended by who is silenced", w.Personas.Part(ctx, ana, ana.Persona), pollen.Forbidden)
}

// What one says of oneself ends where the operator knows better.
func TestTheOperatorSaysWhomAnEntryDescribes(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	one, two := pollen.EntryID(101), pollen.EntryID(102)
	described := func(entry pollen.EntryID, want pollen.PersonaID) {
		t.Helper()
		if p, err := w.Personas.Described(ctx, entry); err != nil || p.ID != want {
			t.Errorf("entry %v describes %q, %v", entry, p.Handle, err)
		}
	}
	for who, entry := range map[pollen.PersonaID]pollen.EntryID{ana.Persona: two, bob.Persona: one} {
		if before, err := w.Personas.Describe(ctx, w.System, who, entry); err != nil || before.ID != 0 {
			t.Fatalf("%q, %v", before.Handle, err)
		}
	}
	before, err := w.Personas.Describe(ctx, w.System, ana.Persona, one)
	if err != nil || before.ID != bob.Persona {
		t.Errorf("before, it described %q, %v", before.Handle, err)
	}
	described(one, ana.Persona)
	described(two, 0)
	wants(t, "ended by another", w.Personas.Part(ctx, bob, ana.Persona), pollen.NotFound)
	wants(t, "ended by oneself", w.Personas.Part(ctx, ana, ana.Persona), "")
	described(one, 0)
	wants(t, "ended again", w.Personas.Part(ctx, w.System, ana.Persona), pollen.NotFound)
}

func TestOnlyImportedPersonasAreClaimedAndOnce(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	var past, again persona.Persona
	err := w.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if past, err = w.Personas.Imported(tx, "wiki", "A. Lima", 1); err == nil {
			again, err = w.Personas.Imported(tx, "wiki", "A. Lima", 1)
		}
		return err
	})
	if err != nil || past.ID != again.ID || past.Kind != pollen.PersonaImported {
		t.Fatalf("%+v %+v %v", past, again, err)
	}
	wants(t, "claiming a person", w.Personas.Claim(ctx, ana, bob.Persona), pollen.Forbidden)
	wants(t, "claiming", w.Personas.Claim(ctx, ana, past.ID), "")
	wants(t, "claiming once more", w.Personas.Claim(ctx, ana, past.ID), "")
	wants(t, "claiming another's", w.Personas.Claim(ctx, bob, past.ID), pollen.Conflict)
	wants(t, "claiming as an imported persona", w.Personas.Claim(ctx, past.Actor(), past.ID), pollen.Forbidden)
	wants(t, "taking another's claim back", w.Personas.Disclaim(ctx, bob, past.ID), pollen.NotFound)
	wants(t, "taking a claim back", w.Personas.Disclaim(ctx, ana, past.ID), "")
	wants(t, "taking it back twice", w.Personas.Disclaim(ctx, ana, past.ID), pollen.NotFound)
	wants(t, "claiming what is free again", w.Personas.Claim(ctx, ana, past.ID), "")
	claims, err := w.Personas.Claims(ctx, ana.Persona)
	if err != nil || len(claims) != 1 || claims[0].ID != past.ID {
		t.Errorf("%+v %v", claims, err)
	}
}

func TestWhatAPersonaSaysOfItself(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	wants(t, "a name", w.Personas.Present(ctx, ana, persona.About{Name: "  Ana   Lima ", Language: "fr"}), "")
	p, err := w.Personas.Get(ctx, ana.Persona)
	if err != nil || p.Name != "Ana Lima" || p.Language != "fr" || p.Handle != ana.Handle {
		t.Errorf("%+v %v", p, err)
	}
	wants(t, "no name", w.Personas.Present(ctx, ana, persona.About{}), pollen.Invalid)
	wants(t, "a language of no page", w.Personas.Present(ctx, ana, persona.About{Name: "Ana", Language: "tlh"}), pollen.Invalid)
	wants(t, "nobody", w.Personas.Present(ctx, pollen.Actor{}, persona.About{Name: "x"}), pollen.Forbidden)
	wants(t, "the operator", w.Personas.Present(ctx, w.System, persona.About{Name: "x"}), pollen.Forbidden)
}

// A value is trusted for the name beside it: nobody takes that of somebody else.
func TestNobodyTakesTheNameOfSomebodyElse(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	w.Actor("Malik Benhaddou")
	if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := w.Personas.Imported(tx, "file", "Zoé Blum", 1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]pollen.Kind{
		"Malik Benhaddou":         pollen.Conflict,
		"MALIK  bénhaddou":        pollen.Conflict,
		"Mаlik Benhaddou":         pollen.Invalid, // a Cyrillic а
		"Malik\u200b Benhaddou":   pollen.Conflict,
		"Pollen":                  pollen.Conflict,
		"Malik Benhaddou (Brest)": "",
		"Мария Кюри":              "",
		"Αλέξης Παπάς":            "",
		"Zoé Blum":                "", // that may be who she is
		"Ana":                     "",
		"ANA":                     "",
	} {
		wants(t, name, w.Personas.Present(ctx, ana, persona.About{Name: name}), want)
	}
}

func TestWhoIsSilencedReadsAndWritesNothing(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	name := registry.Change{Texts: map[string][]string{"name": {"Depot"}}}
	e, err := w.Registry.Create(ctx, ana, "sites", name)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE personas SET silenced_at = $2 WHERE id = $1`, int64(ana.Persona), sqldb.Millis(tx.Now))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if ana, err = w.Again(ctx, ana.Persona); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Registry.Get(ctx, ana, e.ID); err != nil {
		t.Errorf("reading: %v", err)
	}
	for what, do := range map[string]func() error{
		"create": func() error { _, err := w.Registry.Create(ctx, ana, "sites", name); return err },
		"retire": func() error { _, err := w.Registry.Retire(ctx, ana, e.ID, ""); return err },
		"begin":  func() error { _, err := w.Registry.Begin(ctx, ana, "sites", registry.Batch{}); return err },
		"amend":  func() error { _, _, err := w.Registry.Amend(ctx, ana, "sites", registry.Amendment{}); return err },
		"found":  func() error { _, err := w.Communities.Found(ctx, ana, community.Community{Slug: "x"}); return err },
		"join":   func() error { _, err := w.Communities.Join(ctx, ana, "commons"); return err },
	} {
		if err := do(); !pollen.Is(err, pollen.Forbidden) {
			t.Errorf("%s: %v, want Forbidden", what, err)
		}
	}
}
