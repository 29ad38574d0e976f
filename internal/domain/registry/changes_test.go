package registry_test

import (
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

// A page looks at so many acts and no more: whoever may read few of them learns
// where to go on, and comes to all that are theirs.
func TestChangesOfWhichOneMayReadFew(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	inner := w.Collection("inner", pollen.AudienceMembers, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	first := must(w.Registry.Create(ctx, ana, "sites", values("name", "First")))(t)
	for range 2 { // so many at once as are numbered together
		if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
			for range 6000 {
				err := w.Journal.Append(tx, &journal.Act{Persona: w.System.Persona, Kind: pollen.ActVerify, Object: pollen.Ref(pollen.ObjectCollection, inner.ID),
					Community: inner.Community, Detail: journal.Detail{Collection: inner.ID}})
				if err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		w.Settle()
	}
	must(w.Registry.Create(ctx, ana, "sites", values("name", "Last")))(t)
	w.Settle()

	pages, seen := 0, 0
	for cursor := ""; pages == 0 || cursor != ""; pages++ {
		p := must(w.Registry.Changes(ctx, pollen.Actor{}, journal.Query{Limit: 10}, cursor))(t)
		for _, a := range p.Items {
			if a.Object.Kind == pollen.ObjectEntry {
				seen++
			}
		}
		if pages == 0 && len(p.Items) != 1 || pages == 1 && len(p.Items) != 0 {
			t.Errorf("page %d holds %d acts", pages, len(p.Items))
		}
		cursor = p.Next
	}
	if pages != 3 || seen != 2 {
		t.Errorf("%d entries on %d pages, want 2 on 3", seen, pages)
	}

	// Who may read them all has a full page at once; so has who asks for what is
	// rare, of one persona or of one kind.
	if p := must(w.Registry.Changes(ctx, ana, journal.Query{Limit: 10}, ""))(t); len(p.Items) != 10 || p.Next == "" {
		t.Errorf("Ana reads %d acts, next %q", len(p.Items), p.Next)
	}
	for _, q := range []journal.Query{{Persona: ana.Persona}, {Kinds: []pollen.ActKind{pollen.ActMerge, pollen.ActCreate}}} {
		p := must(w.Registry.Changes(ctx, pollen.Actor{}, q, ""))(t)
		if len(p.Items) != 2 || p.Items[1].Object != pollen.Ref(pollen.ObjectEntry, first.ID) || p.Next != "" {
			t.Errorf("%+v: %d acts, next %q", q, len(p.Items), p.Next)
		}
	}
}

// Who joins a community is told to those who are signed in.
func TestWhoJoinsIsToldToMembers(t *testing.T) {
	w := pollentest.NewWorld(t)
	ana := w.Actor("Ana")
	if err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		return w.Journal.Append(tx, &journal.Act{Persona: ana.Persona, Kind: pollen.ActJoin, Object: pollen.Ref(pollen.ObjectCommunity, w.Commons.ID), Community: w.Commons.ID})
	}); err != nil {
		t.Fatal(err)
	}
	w.Settle()
	for by, want := range map[*pollen.Actor]int{{}: 0, &ana: 1} {
		p := must(w.Registry.Changes(t.Context(), *by, journal.Query{Kinds: []pollen.ActKind{pollen.ActJoin}, Persona: ana.Persona}, ""))(t)
		if len(p.Items) < want || want == 0 && len(p.Items) > 0 {
			t.Errorf("%+v is told of %d", *by, len(p.Items))
		}
	}
}
