package guard_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/instance"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

func town(t *testing.T) *pollentest.World {
	w := pollentest.NewWorld(t)
	g := guard.New(w.DB, guard.Sources{Journal: w.Journal, Personas: w.Personas, Registry: w.Registry, PerHour: instance.New(w.DB, w.Journal).NewcomerEdits})
	w.Journal.Brake(g.Check)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	return w
}

func change(n int) registry.Change {
	return registry.Change{Texts: map[string][]string{"name": {fmt.Sprint("Site ", n)}}}
}

func TestANewPersonaIsBrakedAndToldWhenToGoOn(t *testing.T) {
	w := town(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	for i := range guard.PerHour {
		w.Clock.Advance(time.Second)
		if _, err := w.Registry.Create(ctx, ana, "sites", change(i)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.Registry.Create(ctx, ana, "sites", change(100))
	e, ok := errors.AsType[*pollen.Error](err)
	if !ok || e.Kind != pollen.Limited || e.Retry != time.Hour-(guard.PerHour-1)*time.Second {
		t.Fatalf("one edit too many: %v, %+v", err, e)
	}
	if _, err := w.Communities.Join(ctx, ana, pollen.Commons); err != nil {
		t.Errorf("joining is never braked: %v", err)
	}
	if _, err := w.Registry.Create(ctx, bob, "sites", change(101)); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if _, err := w.Registry.Create(ctx, w.System, "sites", change(102)); err != nil {
		t.Errorf("the operator: %v", err)
	}
	w.Clock.Advance(e.Retry)
	if _, err := w.Registry.Create(ctx, ana, "sites", change(103)); err != nil {
		t.Errorf("at the time that was told: %v", err)
	}
	if _, err := w.Registry.Create(ctx, ana, "sites", change(104)); !pollen.Is(err, pollen.Limited) {
		t.Errorf("a second one at once: %v, want Limited", err)
	}
	w.Clock.Advance(guard.NewDays * 24 * time.Hour)
	for i := range guard.PerHour + 10 {
		if _, err := w.Registry.Create(ctx, ana, "sites", change(200+i)); err != nil {
			t.Fatalf("no longer new: %v", err)
		}
	}
}

func TestABatchIsOneEdit(t *testing.T) {
	w := town(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	begin := func() pollen.BatchID {
		b, err := w.Registry.Begin(ctx, ana, "sites", registry.Batch{Kind: registry.BatchImport})
		if err != nil {
			t.Fatal(err)
		}
		return b.ID
	}
	put := func(b pollen.BatchID, n int) error {
		_, err := w.Part(ana, b, pollentest.Row{Change: change(n)})
		return err
	}
	first := begin()
	for i := range guard.PerHour + 20 {
		if err := put(first, i); err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
	}
	for i := range guard.PerHour - 1 {
		if err := put(begin(), 500+i); err != nil {
			t.Fatal(err)
		}
	}
	if err := put(begin(), 900); !pollen.Is(err, pollen.Limited) {
		t.Errorf("a batch too many: %v, want Limited", err)
	}
	if err := put(first, 901); err != nil {
		t.Errorf("what was begun goes on: %v", err)
	}
}

func TestTheInstanceSaysHowMuchANewPersonaMayDo(t *testing.T) {
	w := town(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	settings := instance.New(w.DB, w.Journal)
	for _, wrong := range []string{"0", "-1", "many", "10000000"} {
		if err := settings.Set(ctx, w.System, w.Commons.ID, instance.Brake, wrong); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v, want Invalid", wrong, err)
		}
	}
	if err := settings.Set(ctx, w.System, w.Commons.ID, instance.Brake, "2"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		_, err := w.Registry.Create(ctx, ana, "sites", change(i))
		if (i == 2) != pollen.Is(err, pollen.Limited) {
			t.Errorf("edit %d: %v", i+1, err)
		}
	}
}

// Only the operator could give back what a contest takes: somebody new leaves it
// to others, where there are any. Claims count as edits do, and taking one back
// does not.
func TestANewPersonaClaimsAndDoesNotContest(t *testing.T) {
	w := town(t)
	ctx, old := t.Context(), w.Actor("Old")
	c, err := w.Registry.Collection(ctx, w.System, "sites")
	if err != nil {
		t.Fatal(err)
	}
	var authors []pollen.PersonaID
	if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
		authors = nil
		for _, name := range []string{"A. Lima", "B. Lima"} {
			p, err := w.Personas.Imported(tx, "wiki", name, c.ID)
			if err != nil {
				return err
			}
			authors = append(authors, p.ID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	first := w.Actor("First")
	if err := w.Personas.Claim(ctx, first, authors[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.Personas.Contest(ctx, old, authors[0], "No."); err != nil {
		t.Errorf("where everybody is new: %v", err)
	}
	w.Clock.Advance(guard.NewDays * 24 * time.Hour)
	ana := w.Actor("Ana")
	if err := w.Personas.Claim(ctx, first, authors[1]); err != nil {
		t.Fatal(err)
	}
	if err := w.Personas.Contest(ctx, ana, authors[1], "No."); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("a newcomer contests: %v, want Forbidden", err)
	}
	if err := w.Personas.Disclaim(ctx, first, authors[1]); err != nil {
		t.Fatal(err)
	}
	for i := range guard.PerHour - 1 {
		if _, err := w.Registry.Create(ctx, ana, "sites", change(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Personas.Claim(ctx, ana, authors[1]); err != nil {
		t.Fatal(err)
	}
	if err := w.Personas.Disclaim(ctx, ana, authors[1]); err != nil {
		t.Errorf("taking a claim back: %v", err)
	}
	if err := w.Personas.Claim(ctx, ana, authors[1]); !pollen.Is(err, pollen.Limited) {
		t.Errorf("one more: %v, want Limited", err)
	}
}
