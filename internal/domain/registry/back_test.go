package registry_test

import (
	"slices"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// guarded is a collection with a value for the person concerned alone, and one
// that the operator alone sets.
var guarded = schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
	{Name: "name", Type: schema.Text},
	{Name: "phone", Type: schema.Phone},
	{Name: "login", Type: schema.Text, Protected: true},
	{Name: "home", Type: schema.Text, Audience: pollen.AudiencePersona},
}}

// What somebody may not read survives whatever they take back, and does not
// keep them from taking it back.
func TestWhatIsHiddenSurvivesWhatIsTakenBack(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("staff", pollen.AudienceMembers, guarded)
	ctx, bob := t.Context(), w.Actor("Bob")
	e := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Ana", "phone", "04 65 71 12 77", "login", "ana", "home", "1 rue Basse")))(t)
	ana := w.Actor("Ana")
	ana.Entry = e.ID
	w.Settle()

	// Ana moves house, and changes her telephone with it, in one act.
	must(w.Registry.Revise(ctx, ana, e.ID, values("phone", "04 65 71 12 90", "home", "2 rue Haute")))(t)
	acts := w.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID)})
	back := must(w.Registry.TakeBack(ctx, bob, acts[len(acts)-1].ID, e.ID, ""))(t)
	if text(back, "phone") != "+33465711277" || text(back, "home") != "" {
		t.Errorf("taken back: %q, %q", text(back, "phone"), text(back, "home"))
	}
	_, err := w.Registry.TakeBack(ctx, bob, acts[len(acts)-1].ID, e.ID, "")
	wants(t, err, pollen.Conflict)
	if seen := must(w.Registry.Get(ctx, ana, e.ID))(t); text(seen, "home") != "2 rue Haute" {
		t.Errorf("what Bob may not read is %q", text(seen, "home"))
	}

	// The operator imports, and Bob undoes it.
	b := must(w.Registry.Begin(ctx, w.System, "staff", registry.Batch{Kind: registry.BatchImport}))(t)
	must(w.Part(w.System, b.ID, pollentest.Row{Entry: e.ID, Change: values("phone", "04 65 71 40 00", "login", "ana2", "home", "3 rue Neuve")}))(t)
	if err := w.Registry.End(ctx, w.System, b.ID, ""); err != nil {
		t.Fatal(err)
	}
	u := must(w.Registry.Undo(ctx, bob, b.ID, "wrong file"))(t)
	if u.Returned != 1 || u.Kept != 2 {
		t.Errorf("undone %+v", u)
	}
	if seen := must(w.Registry.Get(ctx, ana, e.ID))(t); text(seen, "phone") != "+33465711277" || text(seen, "login") != "ana2" || text(seen, "home") != "3 rue Neuve" {
		t.Errorf("undone to %q, %q, %q", text(seen, "phone"), text(seen, "login"), text(seen, "home"))
	}
	if got := must(w.Registry.Batch(ctx, bob, b.ID))(t); got.State != registry.BatchReverted {
		t.Errorf("the batch is %s", got.State)
	}
}

func TestAMergeCarriesNothingThatItsActorMayNotRead(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("staff", pollen.AudienceMembers, guarded)
	ctx, bob := t.Context(), w.Actor("Bob")
	twice := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Ana", "phone", "04 65 71 12 77", "home", "1 rue Basse")))(t)
	once := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Ana")))(t)
	ana := w.Actor("Ana")
	ana.Entry = once.ID

	must(w.Registry.Merge(ctx, bob, twice.ID, once.ID, "the same person"))(t)
	if e := must(w.Registry.Get(ctx, ana, once.ID))(t); text(e, "phone") != "+33465711277" || text(e, "home") != "" {
		t.Errorf("merged into %q, %q", text(e, "phone"), text(e, "home"))
	}
	again := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Ana", "home", "1 rue Basse")))(t)
	must(w.Registry.Merge(ctx, w.System, again.ID, once.ID, ""))(t)
	if e := must(w.Registry.Get(ctx, ana, once.ID))(t); text(e, "home") != "1 rue Basse" {
		t.Errorf("the operator merged into %q", text(e, "home"))
	}
}

// An import that goes on elsewhere brings in nothing once its batch is being
// undone.
func TestNothingComesInBehindAnUndo(t *testing.T) {
	w := pollentest.NewWorld(t)
	name := w.Collection("sites", pollen.AudiencePublic, sites).Schema.Field("name")
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	b := must(w.Registry.Begin(ctx, ana, "sites", registry.Batch{Kind: registry.BatchImport}))(t)
	bring := func() error {
		return w.Registry.Work(ctx, ana, b.ID, func(p *registry.Work) error {
			for range 100 {
				if _, err := p.Save(nil, registry.Content{Values: schema.Values{name.ID: []byte(`"Depot"`)}}, registry.Hand{}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 10 { // more than is undone in one transaction
		if err := bring(); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error)
	go func() {
		for {
			all, err := w.Registry.Batches(ctx, ana, "sites", 1, "")
			begun := err == nil && all.Items[0].Kind == registry.BatchRevert
			if err == nil {
				err = bring()
			}
			if err == nil && begun {
				t.Error("a part came in while the batch was being undone")
			}
			if err != nil || begun {
				ended <- err
				return
			}
		}
	}()
	u := must(w.Registry.Undo(ctx, bob, b.ID, ""))(t)
	wants(t, <-ended, pollen.Conflict)
	if n := must(w.Registry.Count(ctx, ana, "sites", nil, 100))(t); n != 0 || u.Retired < 1000 {
		t.Errorf("%d entries are left after %d went", n, u.Retired)
	}
	if got := must(w.Registry.Batch(ctx, ana, b.ID))(t); got.State != registry.BatchAborted || got.Ended.IsZero() {
		t.Errorf("the batch is %+v", got)
	}
}

func TestMergedIntoIsTransitive(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	var ids []pollen.EntryID
	for range 4 {
		ids = append(ids, must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot")))(t).ID)
	}
	for _, m := range [][2]int{{0, 1}, {1, 2}} {
		must(w.Registry.Merge(ctx, ana, ids[m[0]], ids[m[1]], ""))(t)
	}
	for i, want := range []int{0, 1, 2, 0} {
		var got []pollen.EntryID
		if err := w.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
			got, err = w.Registry.MergedInto(tx, ids[i])
			return err
		}); err != nil || !slices.Equal(got, ids[:want]) {
			t.Errorf("into %d were merged %v, %v", i, got, err)
		}
	}
}
