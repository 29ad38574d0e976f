package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// many is more entries than one part of a task does, twice over.
const many = 450

// fill makes many sites below a parent, by one batch.
func fill(t *testing.T, w *pollentest.World, by pollen.Actor) (parent *registry.Entry, b *registry.Batch, ids []pollen.EntryID) {
	t.Helper()
	ctx := t.Context()
	w.Collection("sites", pollen.AudiencePublic, sites)
	parent = must(w.Registry.Create(ctx, by, "sites", values("code", "TOP", "name", "Top")))(t)
	b = must(w.Registry.Begin(ctx, by, "sites", registry.Batch{Kind: registry.BatchImport}))(t)
	rows := make([]pollentest.Row, many)
	for i := range rows {
		rows[i].Change = values("code", fmt.Sprint("S", i), "name", fmt.Sprint("Site ", i), "parent", "TOP")
	}
	for _, o := range must(w.Part(by, b.ID, rows...))(t) {
		ids = append(ids, o.Entry)
	}
	if err := w.Registry.End(ctx, by, b.ID, "{}"); err != nil {
		t.Fatal(err)
	}
	return parent, b, ids
}

// stopped runs something that is stopped once its first transaction with an act
// is committed, as by a kill, and expects that it tells.
func stopped(t *testing.T, w *pollentest.World, do func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w.Journal.Brake(func(tx *sqldb.Tx, _ *journal.Act) error {
		tx.OnCommit(stop)
		return nil
	})
	if err := do(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped on its way, it says %v", err)
	}
	w.Journal.Brake(nil)
}

func resume(t *testing.T, w *pollentest.World) {
	t.Helper()
	if err := w.Registry.Resume(t.Context(), w.Again); err != nil {
		t.Fatal(err)
	}
}

// acted counts the acts of a batch and the entries that they tell of.
func acted(w *pollentest.World, b pollen.BatchID) (acts, entries int) {
	for _, a := range w.Acts(journal.Query{Batch: b}) {
		acts, entries = acts+1, entries+a.Detail.Count
	}
	return acts, entries
}

func lastBatch(t *testing.T, w *pollentest.World) registry.Batch {
	t.Helper()
	return must(w.Registry.Batches(t.Context(), w.System, "sites", 1, ""))(t).Items[0]
}

func TestAStoppedUndoGoesOn(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	_, b, ids := fill(t, w, ana)
	must(w.Registry.Revise(ctx, bob, ids[0], values("access", "by the gate")))(t)
	must(w.Registry.Revise(ctx, bob, ids[many-1], values("name", "Mine")))(t)
	undo := func(ctx context.Context) error {
		_, err := w.Registry.Undo(ctx, ana, b.ID, "")
		return err
	}
	stopped(t, w, undo)
	half := lastBatch(t, w)
	left := must(w.Registry.Count(ctx, ana, "sites", nil, 1000))(t)
	if half.State != registry.BatchInProgress || left <= 3 || left == many+1 {
		t.Fatalf("stopped, %d entries are left and the batch is %s", left, half.State)
	}
	_, err := w.Registry.Undo(ctx, bob, b.ID, "")
	wants(t, err, pollen.Conflict)

	u := must(w.Registry.Undo(ctx, ana, b.ID, ""))(t) // asked for again
	if u.Batch.ID != half.ID || u.Retired != many-2 || u.Returned != 2 || u.Kept != 2 {
		t.Errorf("undone %+v", u)
	}
	if acts, entries := acted(w, half.ID); acts < 3 || entries != many {
		t.Errorf("%d acts of one batch tell of %d entries", acts, entries)
	}
	if now := must(w.Registry.Batch(ctx, ana, b.ID))(t); now.State != registry.BatchReverted {
		t.Errorf("the batch is %s", now.State)
	}
	wants(t, undo(ctx), pollen.Conflict)
}

func TestAStoppedMassEditGoesOn(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	_, _, ids := fill(t, w, ana)
	d, all := registry.Edit{Field: "tags", How: registry.EditSet, Texts: []string{"checked"}}, registry.Selection{Entries: ids}
	p := must(w.Registry.PlanEdit(ctx, ana, "sites", all, d, 0))(t)
	edit := func(ctx context.Context) error {
		_, _, err := w.Registry.EditMany(ctx, ana, "sites", all, d, p.Digest)
		return err
	}
	stopped(t, w, edit)
	half := lastBatch(t, w)
	must(w.Registry.Revise(ctx, ana, ids[many-1], values("tags", "mine")))(t)
	resume(t, w)
	resume(t, w) // nothing is left
	if acts, entries := acted(w, half.ID); acts != 3 || entries != many-1 {
		t.Errorf("%d acts of one batch tell of %d entries", acts, entries)
	}
	done := must(w.Registry.Batch(ctx, ana, half.ID))(t)
	if done.State != registry.BatchDone || done.Report != fmt.Sprintf(`{"changed":%d,"unchanged":0,"refused":1}`, many-1) || done.Plan != "" {
		t.Errorf("in the end: %+v", done)
	}
	for i, want := range map[int]string{0: "checked", many - 2: "checked", many - 1: "mine"} {
		if e := must(w.Registry.Get(ctx, ana, ids[i]))(t); text(e, "tags") != want {
			t.Errorf("entry %d holds %q, want %q", i, text(e, "tags"), want)
		}
	}
}

func TestAStoppedEditGoesOnWhenAskedForAgain(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	_, _, ids := fill(t, w, ana)
	d, all := registry.Edit{Field: "tags", How: registry.EditSet, Texts: []string{"checked"}}, registry.Selection{Entries: ids}
	p := must(w.Registry.PlanEdit(ctx, ana, "sites", all, d, 0))(t)
	stopped(t, w, func(ctx context.Context) error {
		_, _, err := w.Registry.EditMany(ctx, ana, "sites", all, d, p.Digest)
		return err
	})
	half := lastBatch(t, w)
	b, did, err := w.Registry.EditMany(ctx, ana, "sites", all, d, p.Digest)
	if err != nil || b.ID != half.ID || did.Changed != many {
		t.Errorf("the same edit again: %+v, %v", did, err)
	}
	_, _, err = w.Registry.EditMany(ctx, ana, "sites", all, d, p.Digest)
	wants(t, err, pollen.Stale)
}

func TestWhoMayNoLongerEndsAsItStands(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	_, b, _ := fill(t, w, ana)
	stopped(t, w, func(ctx context.Context) error {
		_, err := w.Registry.Undo(ctx, ana, b.ID, "")
		return err
	})
	half := lastBatch(t, w)
	full := pollen.Errorf(pollen.Unavailable, "sqldb.full", "The disk is full.")
	err := w.Registry.Resume(ctx, func(context.Context, pollen.PersonaID) (pollen.Actor, error) { return pollen.Actor{}, full })
	if got := lastBatch(t, w); !pollen.Is(err, pollen.Unavailable) || got.State != registry.BatchInProgress {
		t.Errorf("what cannot go on at the moment was given up: %v, %+v", err, got)
	}
	err = w.Registry.Resume(ctx, func(context.Context, pollen.PersonaID) (pollen.Actor, error) { return pollen.Actor{}, nil })
	if got := lastBatch(t, w); !pollen.Is(err, pollen.Unauthenticated) || !strings.Contains(err.Error(), half.ID.String()) || got.State != registry.BatchDone || got.Position != half.Position {
		t.Errorf("why it ended is not told: %v, %+v", err, got)
	}
}

func TestReferencesFollowAStoppedMerge(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	from, _, ids := fill(t, w, ana)
	into := must(w.Registry.Create(ctx, ana, "sites", values("code", "NEW", "name", "New")))(t)
	stopped(t, w, func(ctx context.Context) error {
		_, err := w.Registry.Merge(ctx, ana, from.ID, into.ID, "the same place")
		return err
	})
	if e := must(w.Registry.Get(ctx, ana, from.ID))(t); e.Into != into.ID {
		t.Fatalf("merged: %+v", e)
	}
	resume(t, w)
	b := lastBatch(t, w)
	if acts, entries := acted(w, b.ID); b.State != registry.BatchDone || b.Note != "the same place" || acts != 3 || entries != many {
		t.Errorf("%d acts of the batch %+v tell of %d entries", acts, b, entries)
	}
	for _, id := range ids {
		if e := must(w.Registry.Get(ctx, ana, id))(t); text(e, "parent") != into.ID.String() || e.Revision != 2 {
			t.Fatalf("%s refers to %s, revision %d", e.Title, text(e, "parent"), e.Revision)
		}
	}
	if links := must(w.Registry.LinksTo(ctx, ana, from.ID, 0, 10, ""))(t).Items; len(links) != 0 {
		t.Errorf("what refers to it still: %+v", links)
	}
}

// count tells how many entries a filter finds.
func count(t *testing.T, w *pollentest.World, by pollen.Actor, text string) int64 {
	t.Helper()
	n, err := w.Registry.Count(t.Context(), by, "sites", must(filter.Parse(text))(t), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return int64(n)
}

func TestAnAmendmentIsTrueAtOnceAndItsListsFollow(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	_, _, ids := fill(t, w, ana)
	for i := range 3 {
		must(w.Registry.Revise(ctx, ana, ids[many-1-i], values("access", fmt.Sprint(40+i))))(t)
	}
	c := must(w.Registry.Collection(ctx, ana, "sites"))(t)
	change := registry.Amendment{Schema: amended(c, func(s *schema.Schema) {
		s.Field("access").Type, s.Field("access").Indexed = schema.Integer, true
		s.Title = []string{"name", "code"}
		s.Field("name").Unique = true
	})}
	stopped(t, w, func(ctx context.Context) error {
		_, _, err := w.Registry.Amend(ctx, ana, "sites", change)
		return err
	})
	c = must(w.Registry.Collection(ctx, ana, "sites"))(t)
	if c.Version != 2 || c.Schema.Field("access").Type != schema.Integer {
		t.Fatalf("the schema is %+v", c.Schema.Field("access"))
	}
	// What is unique is so at once, and what is written meanwhile stands.
	_, err := w.Registry.Create(ctx, bob, "sites", values("name", fmt.Sprint("Site ", many-1)))
	wants(t, err, pollen.Conflict)
	must(w.Registry.Revise(ctx, bob, ids[many-1], values("access", "50")))(t)
	must(w.Registry.Revise(ctx, bob, ids[many-2], values("name", "Moved")))(t)
	must(w.Registry.Create(ctx, bob, "sites", values("name", fmt.Sprint("Site ", many-2))))(t)

	resume(t, w)
	resume(t, w)
	if b := lastBatch(t, w); b.Kind != registry.BatchSchema || b.State != registry.BatchDone {
		t.Errorf("the batch %+v", b)
	}
	_, err = w.Registry.Undo(ctx, ana, lastBatch(t, w).ID, "")
	wants(t, err, pollen.Conflict)
	for text, want := range map[string]int64{"access >= 40": 3, "access = 50": 1, "access = 40": 0, "access = 41": 1} {
		if got := count(t, w, ana, text); got != want {
			t.Errorf("%s finds %d, want %d", text, got, want)
		}
	}
	for i, want := range map[int]string{0: "Site 0 S0", many - 2: "Moved S448"} {
		if e := must(w.Registry.Get(ctx, ana, ids[i]))(t); e.Title != want {
			t.Errorf("titled %q, want %q", e.Title, want)
		}
	}
}

func TestWhatIsWrittenWhileAnAmendmentIsWeighedIsWeighedToo(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	w.Collection("sites", pollen.AudiencePublic, sites)
	unique := func(yes bool) error {
		c := must(w.Registry.Collection(ctx, ana, "sites"))(t)
		_, _, err := w.Registry.Amend(ctx, ana, "sites", registry.Amendment{Schema: amended(c, func(s *schema.Schema) { s.Field("name").Unique = yes })})
		return err
	}
	var ids []pollen.EntryID
	for i := range 3 {
		ids = append(ids, must(w.Registry.Create(ctx, ana, "sites", values("name", fmt.Sprint(i))))(t).ID)
	}
	made := 0
	for round := range 40 {
		var writer sync.WaitGroup
		writer.Go(func() { // three entries go through four names
			for i := range 8 {
				name := fmt.Sprint((round + i + i/3) % 4)
				if _, err := w.Registry.Revise(ctx, bob, ids[i%3], values("name", name)); err != nil && !pollen.Is(err, pollen.Conflict) {
					t.Error(err)
				}
			}
		})
		err := unique(true)
		writer.Wait()
		if err != nil {
			wants(t, err, pollen.Conflict)
			for i, id := range ids {
				must(w.Registry.Revise(ctx, ana, id, values("name", fmt.Sprint(i))))(t)
			}
			continue
		}
		made++
		held := map[string]bool{}
		for _, id := range ids {
			held[text(must(w.Registry.Get(ctx, ana, id))(t), "name")] = true
		}
		if len(held) != len(ids) {
			t.Fatalf("unique, the names are %v", held)
		}
		for i := range 4 {
			e, err := w.Registry.Create(ctx, ana, "sites", values("name", fmt.Sprint(i)))
			if held[fmt.Sprint(i)] != pollen.Is(err, pollen.Conflict) {
				t.Fatalf("held are %v, and %d: %v", held, i, err)
			}
			if err == nil {
				must(w.Registry.Retire(ctx, ana, e.ID, ""))(t)
			}
		}
		if err := unique(false); err != nil {
			t.Fatal(err)
		}
	}
	if made == 0 {
		t.Error("nothing was ever made unique")
	}
}
