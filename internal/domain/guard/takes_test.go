package guard_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pollen"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

const taken = guard.PerHour / guard.Weight

// several makes entries that hold a text each.
func (o *square) several(by pollen.Actor, n int) (out []*registry.Entry) {
	o.t.Helper()
	for i := range n {
		e := o.create(by, "sites", fmt.Sprint("Site ", i))
		o.set(by, e, "about", "Known to many.")
		out = append(out, e)
	}
	return out
}

// empties are the ways of taking something away from an entry.
func (o *square) empties(e, other *registry.Entry) map[string]func(by pollen.Actor) error {
	ctx := o.t.Context()
	return map[string]func(pollen.Actor) error{
		"retiring": func(by pollen.Actor) error {
			_, err := o.Registry.Retire(ctx, by, e.ID, "")
			return err
		},
		"merging": func(by pollen.Actor) error {
			_, err := o.Registry.Merge(ctx, by, e.ID, other.ID, "")
			return err
		},
		"emptying a value": func(by pollen.Actor) error {
			_, err := o.Registry.Revise(ctx, by, e.ID, registry.Change{Texts: map[string][]string{"about": {""}}})
			return err
		},
		"returning to what held less": func(by pollen.Actor) error {
			_, err := o.Registry.Revert(ctx, by, e.ID, registry.Reversal{To: 1})
			return err
		},
	}
}

func TestANewcomerTakesLittleAwayFromOthers(t *testing.T) {
	o := inhabited(t)
	o.Brake(guard.PerHour)
	theirs := o.several(o.bob, taken+2)
	for i := range taken {
		o.Clock.Advance(time.Second)
		if err := o.empties(theirs[i], nil)[[]string{"retiring", "emptying a value"}[i%2]](o.ana); err != nil {
			t.Fatal(err)
		}
	}
	last := theirs[taken]
	for what, empty := range o.empties(last, theirs[taken+1]) {
		e, ok := errors.AsType[*pollen.Error](empty(o.ana))
		if !ok || e.Kind != pollen.Limited || e.Retry != time.Hour-(taken-1)*time.Second {
			t.Errorf("%s one entry too many: %+v", what, e)
		}
	}
	o.set(o.ana, last, "about", "Corrected.")
	o.set(o.ana, last, "about", "")
	for _, e := range o.several(o.ana, taken+1) {
		if _, err := o.Registry.Retire(t.Context(), o.ana, e.ID, ""); err != nil {
			t.Fatalf("what is one's own: %v", err)
		}
	}
	o.Clock.Advance(time.Hour)
	if _, err := o.Registry.Retire(t.Context(), o.ana, last.ID, ""); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	for _, e := range o.several(o.System, taken+1) {
		if _, err := o.Registry.Retire(t.Context(), o.bob, e.ID, ""); err != nil {
			t.Fatalf("by somebody who is not new: %v", err)
		}
	}
}

func TestABatchOfANewcomerTakesLittleAway(t *testing.T) {
	o := inhabited(t)
	o.Brake(guard.PerHour)
	ctx := t.Context()
	edit := func(by pollen.Actor, d registry.Edit, of []*registry.Entry) (*registry.Batch, error) {
		t.Helper()
		s := registry.Selection{}
		for _, e := range of {
			s.Entries = append(s.Entries, e.ID)
		}
		p, err := o.Registry.PlanEdit(ctx, by, "sites", s, d, 0)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := o.Registry.EditMany(ctx, by, "sites", s, d, p.Digest)
		return b, err
	}
	clear := registry.Edit{Field: "about", How: registry.EditClear}
	theirs := o.several(o.bob, taken+1)
	if _, err := edit(o.ana, clear, theirs); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("emptying a value of many entries: %v, want Forbidden", err)
	}
	if now, err := o.Registry.Get(ctx, o.ana, theirs[0].ID); err != nil || now.Revision != 2 {
		t.Errorf("what is refused changed something: %+v, %v", now, err)
	}
	set, err := edit(o.ana, registry.Edit{Field: "web", How: registry.EditSet, Texts: []string{link}}, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Registry.Undo(ctx, o.ana, set.ID, ""); err != nil {
		t.Errorf("undoing one's own: %v", err)
	}
	if _, err := edit(o.ana, clear, theirs[:taken]); err != nil {
		t.Errorf("as many as one by one: %v", err)
	}
	if _, err := o.Registry.Retire(ctx, o.ana, theirs[taken].ID, ""); !pollen.Is(err, pollen.Limited) {
		t.Errorf("then one more: %v, want Limited", err)
	}
	b, err := o.Registry.Begin(ctx, o.bob, "sites", registry.Batch{Kind: registry.BatchImport})
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]pollentest.Row, taken+1)
	for i := range rows {
		rows[i].Texts = map[string][]string{"name": {fmt.Sprint("Row ", i)}}
	}
	if _, err := o.Part(o.bob, b.ID, rows...); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Registry.Undo(ctx, o.ana, b.ID, ""); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("undoing what others brought: %v, want Forbidden", err)
	}
}

func TestWhereEverybodyIsNewAnythingCanBeTakenAway(t *testing.T) {
	o := inhabited(t)
	w := pollentest.NewWorld(t)
	o.World = w
	w.Brake(guard.PerHour)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "about", Type: schema.LongText}}})
	ana, bob := w.Actor("Ana"), w.Actor("Bob")
	for _, e := range o.several(bob, taken+1) {
		if _, err := w.Registry.Retire(t.Context(), ana, e.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// To close a collection, or to drop a field, takes something from every entry at
// once.
func TestANewcomerHidesNoCollectionOfOthers(t *testing.T) {
	o := inhabited(t)
	ctx := t.Context()
	amend := func(by pollen.Actor, slug string, a registry.Amendment) error {
		_, _, err := o.Registry.Amend(ctx, by, slug, a)
		return err
	}
	if _, err := o.Registry.Found(ctx, o.ana, registry.NewCollection{Slug: "sheds", Community: o.Commons.ID, Name: map[string]string{"en": "Sheds"}, Audience: pollen.AudienceMembers,
		Schema: schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "web", Type: schema.URL}}}}); err != nil {
		t.Fatal(err)
	}
	for _, slug := range []string{"sites", "sheds"} {
		c, err := o.Registry.Collection(ctx, o.bob, slug)
		if err != nil {
			t.Fatal(err)
		}
		dropped, hidden := c.Schema, c.Schema
		dropped.Fields = dropped.Fields[:1]
		hidden.Fields = append([]schema.Field(nil), hidden.Fields...)
		hidden.Fields[1].Audience = pollen.AudienceCommunity
		for what, a := range map[string]registry.Amendment{
			"closing it": {Audience: pollen.AudienceCommunity}, "dropping a field": {Schema: &dropped}, "hiding a field": {Schema: &hidden},
		} {
			err := amend(o.ana, slug, a)
			switch {
			case slug == "sheds" && err != nil:
				t.Errorf("%s, one's own: %v", what, err)
			case slug == "sheds":
				if err := amend(o.ana, slug, registry.Amendment{To: 1}); err != nil {
					t.Errorf("%s, one's own, taken back: %v", what, err)
				}
				continue
			case !pollen.Is(err, pollen.Forbidden):
				t.Errorf("%s: %v, want Forbidden", what, err)
			}
			if err := amend(o.bob, slug, a); err != nil {
				t.Errorf("%s, by somebody who is not new: %v", what, err)
			}
			if err := amend(o.bob, slug, registry.Amendment{To: 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
