package registry_test

import (
	"fmt"
	"sync"
	"testing"

	"pollen"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// Edits are worked out before their turn to be written: what others changed
// meanwhile is seen all the same.
func TestEditsThatRaceForOneEntryAllCount(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	const writers, each = 4, 6
	var fields []schema.Field
	for k := range writers {
		fields = append(fields, schema.Field{Name: fmt.Sprint("f", k), Type: schema.Text, Indexed: true})
	}
	w.Collection("notes", pollen.AudiencePublic, schema.Schema{Title: []string{"f0"}, Fields: fields})
	e := must(w.Registry.Create(ctx, ana, "notes", values("f0", "start")))(t)
	var wg sync.WaitGroup
	for k := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := w.Registry.Revise(ctx, ana, e.ID, values(fmt.Sprint("f", k), fmt.Sprint("value ", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	e = must(w.Registry.Get(ctx, ana, e.ID))(t)
	if e.Revision != 1+writers*each {
		t.Errorf("%d revisions, want %d", e.Revision, 1+writers*each)
	}
	for k := range writers {
		if got := text(e, fmt.Sprint("f", k)); got != fmt.Sprint("value ", each-1) {
			t.Errorf("writer %d left %q", k, got)
		}
	}
}

func TestAUniqueValueGoesToOneOfThoseWhoRace(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	w.Collection("sites", pollen.AudiencePublic, sites)
	const writers = 8
	var ids []pollen.EntryID
	for k := range writers {
		ids = append(ids, must(w.Registry.Create(ctx, ana, "sites", values("name", fmt.Sprint("Site ", k))))(t).ID)
	}
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for k := range writers {
		wg.Go(func() {
			_, errs[k] = w.Registry.Revise(ctx, ana, ids[k], values("code", "A1", "phone", fmt.Sprintf("+3363998%04d", k)))
		})
	}
	wg.Wait()
	won := 0
	for k, err := range errs {
		e := must(w.Registry.Get(ctx, ana, ids[k]))(t)
		switch {
		case err == nil:
			won++
		case !pollen.Is(err, pollen.Conflict) || e.Revision != 1 || text(e, "phone") != "":
			t.Errorf("writer %d: %v, and left revision %d", k, err, e.Revision)
		}
	}
	if won != 1 {
		t.Errorf("%d have the value", won)
	}
}
