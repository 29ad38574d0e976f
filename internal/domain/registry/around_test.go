package registry_test

import (
	"fmt"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
)

func TestWhatStandsAroundAnEntry(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	base := must(w.Registry.Create(ctx, ana, "sites", values("name", "Base")))(t)
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot", "parent", "base")))(t)
	for i := range 9 { // a long life, and many that refer to it
		e = must(w.Registry.Revise(ctx, bob, e.ID, values("phone", fmt.Sprintf("04 65 71 12 %02d", i))))(t)
		must(w.Registry.Create(ctx, ana, "sites", values("name", fmt.Sprintf("Child %d", i), "parent", "depot")))(t)
	}
	e = must(w.Registry.Revise(ctx, ana, e.ID, values("alarm", "1234")))(t)

	a := must(w.Registry.Around(ctx, ana, e))(t)
	if a.Refs[base.ID].Title != "Base" {
		t.Errorf("refers to %+v", a.Refs)
	}
	phone := c.Schema.Field("phone")
	if rev := a.Said[e.SinceOf(phone.ID)]; rev.By != bob.Persona || len(rev.Fields) != 1 || rev.Fields[0] != phone.ID {
		t.Errorf("the telephone is said by %+v", rev)
	}
	if a.Said[1].By != ana.Persona || len(a.Said) > 8 {
		t.Errorf("%d revisions told, the first by %v", len(a.Said), a.Said[1].By)
	}
	if len(a.Latest) != 6 || a.Latest[0] != e.Revision {
		t.Errorf("latest %v of %d", a.Latest, e.Revision)
	}
	if len(a.Links) != 1 || a.Links[0].Field.Name != "parent" || len(a.Links[0].Links) != 6 || !a.Links[0].More {
		t.Errorf("links %+v", a.Links)
	}

	seen := map[pollen.EntryID]bool{}
	pages := 0
	for cursor := ""; ; pages++ {
		p := must(w.Registry.LinksTo(ctx, pollen.Actor{}, e.ID, a.Links[0].Field.ID, 4, cursor))(t)
		for _, l := range p.Items {
			seen[l.From] = true
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 9 || pages != 2 {
		t.Errorf("%d links on %d pages", len(seen), pages+1)
	}
	_, err := w.Registry.LinksTo(ctx, ana, 1, 0, 10, "")
	wants(t, err, pollen.NotFound)
	_, err = w.Registry.LinksTo(ctx, ana, e.ID, 0, 10, "?")
	wants(t, err, pollen.Invalid)
}

func TestAroundTellsNothingThatIsNotForTheReader(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	secret := sites
	w.Collection("vaults", pollen.AudienceCommunity, secret)
	ctx, ana := t.Context(), w.Actor("Ana")
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot", "alarm", "1")))(t)
	must(w.Registry.Create(ctx, ana, "vaults", values("name", "Vault", "parent", e.ID.String())))(t)
	e = must(w.Registry.Revise(ctx, ana, e.ID, registry.Change{Texts: map[string][]string{"alarm": {"2"}}, Note: "the code is 2"}))(t)

	anyone := must(w.Registry.Get(ctx, pollen.Actor{}, e.ID))(t)
	a := must(w.Registry.Around(ctx, pollen.Actor{}, anyone))(t)
	if len(a.Links) != 0 {
		t.Errorf("a reader learns of %+v", a.Links)
	}
	for n, rev := range a.Said {
		if len(rev.Fields) != 0 || rev.Note != "" {
			t.Errorf("revision %d tells %+v", n, rev)
		}
	}
	if p := must(w.Registry.Revisions(ctx, pollen.Actor{}, e.ID, 0, ""))(t); len(p.Items) != 1 || p.Items[0].N != 1 {
		t.Errorf("the history tells a reader %+v", p.Items)
	}
	if p := must(w.Registry.Revisions(ctx, ana, e.ID, 0, ""))(t); len(p.Items) != 2 || len(p.Items[0].Fields) != 1 {
		t.Errorf("the history tells a member %+v", p.Items)
	}
	if rev := must(w.Registry.Revision(ctx, ana, e.ID, 2))(t); rev.N != 2 || rev.Note == "" {
		t.Errorf("a member is told %+v", rev)
	}
	for _, n := range []int{0, 2, 3} {
		_, err := w.Registry.Revision(ctx, pollen.Actor{}, e.ID, n)
		wants(t, err, pollen.NotFound)
	}
	_, err := w.Registry.Sayings(ctx, pollen.Actor{}, e.ID, "alarm", 0, "")
	wants(t, err, pollen.NotFound)
	if p := must(w.Registry.LinksTo(ctx, pollen.Actor{}, e.ID, 0, 0, ""))(t); len(p.Items) != 0 {
		t.Errorf("a reader is led to %+v", p.Items)
	}
}

func TestHistoryOfOneValue(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	phone := c.Schema.Field("phone")
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot")))(t)
	for i, number := range []string{"04 65 71 12 01", "04 65 71 12 02", "", "04 65 71 12 04"} {
		e = must(w.Registry.Revise(ctx, bob, e.ID, values("phone", number)))(t)
		must(w.Registry.Revise(ctx, ana, e.ID, values("tags", fmt.Sprint(i))))(t) // something else in between
	}
	var told []string
	for cursor := ""; ; {
		p := must(w.Registry.Sayings(ctx, pollen.Actor{}, e.ID, "phone", 3, cursor))(t)
		for _, s := range p.Items {
			told = append(told, fmt.Sprintf("%d %s", s.Revision.N, phone.Text(s.Value)))
			if s.Revision.By != bob.Persona {
				t.Errorf("revision %d is by %v", s.Revision.N, s.Revision.By)
			}
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	want := []string{"8 +33465711204", "6 ", "4 +33465711202", "2 +33465711201"}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("told %q, want %q", told, want)
	}
	_, err := w.Registry.Sayings(ctx, ana, e.ID, "nothing", 0, "")
	wants(t, err, pollen.NotFound)
	_, err = w.Registry.Sayings(ctx, ana, 1, "phone", 0, "")
	wants(t, err, pollen.NotFound)

	body := "Two gates."
	must(w.Registry.Revise(ctx, ana, e.ID, registry.Change{Body: &body}))(t)
	p := must(w.Registry.Sayings(ctx, ana, e.ID, "body", 0, ""))(t)
	if len(p.Items) != 1 || string(p.Items[0].Value) != `"Two gates."` {
		t.Errorf("the body was %+v", p.Items)
	}
}

func TestOneValueReturns(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	body := "One gate."
	e := must(w.Registry.Create(ctx, ana, "sites", registry.Change{Texts: values("name", "Depot", "phone", "04 65 71 12 01").Texts, Body: &body}))(t)
	other := "Two gates."
	e = must(w.Registry.Revise(ctx, ana, e.ID, registry.Change{Texts: values("phone", "04 65 71 12 02").Texts, Body: &other}))(t)
	must(w.Registry.Revise(ctx, bob, e.ID, values("tags", "night")))(t)

	e = must(w.Registry.Revert(ctx, bob, e.ID, registry.Reversal{To: 1, Fields: []string{"phone"}, Base: 2, Note: "it was right"}))(t)
	if text(e, "phone") != "+33465711201" || text(e, "tags") != "night" || e.Body != other {
		t.Errorf("returned to %+v", e.Content)
	}
	e = must(w.Registry.Revert(ctx, bob, e.ID, registry.Reversal{To: 1, Fields: []string{"body"}}))(t)
	if e.Body != body {
		t.Errorf("the body is %q", e.Body)
	}
	_, err := w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 2, Fields: []string{"phone"}, Base: 2})
	wants(t, err, pollen.Conflict) // bob changed it since
	e = must(w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 0, Fields: []string{"tags"}}))(t)
	if text(e, "tags") != "" {
		t.Errorf("tags are %q", text(e, "tags"))
	}
	_, err = w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 1, Fields: []string{"nothing"}})
	wants(t, err, pollen.Invalid)
	_, err = w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 99, Fields: []string{"phone"}})
	wants(t, err, pollen.NotFound)
	_, err = w.Registry.Revert(ctx, pollen.Actor{}, e.ID, registry.Reversal{To: 1, Fields: []string{"phone"}})
	wants(t, err, pollen.Unauthenticated)
}

func TestEntriesOfOneName(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudienceMembers, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	a := must(w.Registry.Create(ctx, ana, "sites", values("name", "Dépôt")))(t)
	b := must(w.Registry.Create(ctx, ana, "sites", values("name", "depot")))(t)
	for asked, want := range map[string]int{"DEPOT": 2, b.Slug: 1, a.ID.String(): 1, "elsewhere": 0, "": 0} {
		if got := must(w.Registry.Named(ctx, ana, "sites", asked))(t); len(got) != want && !(asked == a.Slug && len(got) == 2) {
			t.Errorf("%q names %+v, want %d", asked, got, want)
		}
	}
	_, err := w.Registry.Named(ctx, pollen.Actor{}, "sites", "depot")
	wants(t, err, pollen.NotFound)
	got := must(w.Registry.Entries(ctx, ana, []pollen.EntryID{a.ID, b.ID, 1}))(t)
	if len(got) != 2 || got[a.ID].Title != "Dépôt" {
		t.Errorf("entries %+v", got)
	}
	if got := must(w.Registry.Entries(ctx, pollen.Actor{}, []pollen.EntryID{a.ID}))(t); len(got) != 0 {
		t.Errorf("a reader gets %+v", got)
	}
}
