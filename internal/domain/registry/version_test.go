package registry_test

import (
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// A schema emptied by somebody is given back in one act, with every value under
// its old field, and written as it was.
func TestACollectionReturnsToWhatItWas(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	e := must(w.Registry.Create(ctx, ana, "sites", values("code", "S1", "name", "007", "phone", "04 65 71 12 77", "tags", "a")))(t)
	other := must(w.Registry.Create(ctx, ana, "sites", values("name", "1")))(t)

	if _, _, err := w.Registry.Amend(ctx, bob, "sites", registry.Amendment{Licence: new("none"), Schema: amended(c, func(s *schema.Schema) {
		s.Field("name").Type = schema.Integer
		s.Fields = []schema.Field{*s.Field("name"), {Name: "floor", Type: schema.Integer}}
		s.Title, s.Key = nil, ""
	})}); err != nil {
		t.Fatal(err)
	}
	must(w.Registry.Revise(ctx, bob, other.ID, values("floor", "5")))(t)
	v := must(w.Registry.Version(ctx, ana, "sites", 2))(t)
	if v.By != bob.Persona || len(v.Settings) == 0 || v.Settings[0] != "licence" || v.From.Schema.Field("code") == nil || v.To.Schema.Field("code") != nil || len(v.Fields) < 4 {
		t.Errorf("version 2: %+v", v)
	}

	d, plan, err := w.Registry.PlanReturn(ctx, ana, "sites", 1)
	if err != nil || plan.Err() != nil || d.Empty() || d.To.Schema.Field("code") == nil {
		t.Fatalf("planned %+v, %+v, %v", d, plan, err)
	}
	back, _, err := w.Registry.Amend(ctx, ana, "sites", registry.Amendment{To: 1, Expect: []int{2}})
	if err != nil || back.Version != 3 || back.Licence != c.Licence || back.Schema.Key != c.Schema.Key {
		t.Fatalf("%+v, %v", back, err)
	}
	e = must(w.Registry.Get(ctx, ana, e.ID))(t)
	if text(e, "code") != "S1" || text(e, "name") != "007" || text(e, "phone") != "+33465711277" || e.Title != "007" || found(t, w, ana, `phone = "0465711277"`) != 1 {
		t.Errorf("returned: %+v", e)
	}
	if len(back.Schema.Fields) != len(c.Schema.Fields) || back.Schema.Fields[0].ID != c.Schema.Fields[0].ID {
		t.Errorf("fields %+v", back.Schema.Fields)
	}
	// What came in between is kept, and comes back as well.
	if _, _, err := w.Registry.Amend(ctx, ana, "sites", registry.Amendment{To: 2}); err != nil {
		t.Fatal(err)
	}
	if e, other = must(w.Registry.Get(ctx, ana, e.ID))(t), must(w.Registry.Get(ctx, ana, other.ID))(t); text(other, "floor") != "5" || text(e, "name") != "7" {
		t.Errorf("returned once more: %+v, %+v", e, other)
	}
	list := must(w.Registry.Versions(ctx, ana, "sites", 3, ""))(t)
	if len(list.Items) != 3 || list.Items[0].N != 4 || list.Items[2].N != 2 || list.Next == "" || list.Items[2].From == nil {
		t.Errorf("versions %+v", list)
	}
	if list = must(w.Registry.Versions(ctx, ana, "sites", 3, list.Next))(t); len(list.Items) != 1 || list.Items[0].N != 1 || list.Next != "" || !list.Items[0].Empty() {
		t.Errorf("the first %+v", list)
	}
	_, _, err = w.Registry.Amend(ctx, ana, "sites", registry.Amendment{To: 9})
	wants(t, err, pollen.NotFound)
	_, _, err = w.Registry.Amend(ctx, ana, "sites", registry.Amendment{To: 1, Expect: []int{2}})
	wants(t, err, pollen.Stale)
}

// What a member narrowed, members widen again, as far as it ever was; what the
// operator narrowed stays.
func TestMembersUndoWhatMembersClosed(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudienceMembers, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	to := func(by pollen.Actor, a registry.Amendment, want pollen.Kind) {
		t.Helper()
		if _, _, err := w.Registry.Amend(ctx, by, "sites", a); want == "" && err != nil || want != "" && !pollen.Is(err, want) {
			t.Errorf("%+v: %v, want %q", a, err, want)
		}
	}
	to(ana, registry.Amendment{Audience: pollen.AudiencePersona}, pollen.Forbidden) // nobody could read it
	to(ana, registry.Amendment{Audience: pollen.AudienceCommunity, Schema: amended(c, func(s *schema.Schema) {
		s.Field("phone").Audience, s.Field("name").Protected = pollen.AudiencePersona, true
	})}, "") // 2
	to(ana, registry.Amendment{To: 1}, "") // 3
	if now := must(w.Registry.Collection(ctx, ana, "sites"))(t); now.Audience != pollen.AudienceMembers || now.Schema.Field("phone").Audience != "" || now.Schema.Field("name").Protected {
		t.Errorf("%+v", now)
	}
	to(ana, registry.Amendment{Audience: pollen.AudiencePublic}, pollen.Forbidden)
	to(w.System, registry.Amendment{Audience: pollen.AudiencePublic}, "")    // 4
	to(ana, registry.Amendment{Audience: pollen.AudienceCommunity}, "")      // 5
	to(ana, registry.Amendment{Audience: pollen.AudiencePublic}, "")         // 6
	to(w.System, registry.Amendment{Audience: pollen.AudienceCommunity}, "") // 7
	to(ana, registry.Amendment{Audience: pollen.AudienceMembers}, pollen.Forbidden)
	to(ana, registry.Amendment{To: 6}, pollen.Forbidden)
	if may := must(w.Registry.Returnable(ctx, ana, "sites"))(t); may[1] || !may[2] || may[6] || may[7] {
		t.Errorf("returnable %v", may)
	}
	to(w.System, registry.Amendment{To: 6}, "")
}
