package community_test

import (
	"maps"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/community"
	"pollen/internal/pollentest"
)

func wants(t *testing.T, what string, err error, kind pollen.Kind) {
	t.Helper()
	if kind == "" && err != nil || kind != "" && !pollen.Is(err, kind) {
		t.Errorf("%s: %v, want %q", what, err, kind)
	}
}

func found(t *testing.T, w *pollentest.World, by pollen.Actor, slug string, join community.JoinRule) *community.Community {
	t.Helper()
	c, err := w.Communities.Found(t.Context(), by, community.Community{Slug: slug, Join: join, Name: map[string]string{"en": "Night shift", "fr": "Équipe de nuit"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnyMemberFoundsACommunity(t *testing.T) {
	w := pollentest.NewWorld(t)
	ana := w.Actor("Ana")
	name := map[string]string{"en": "Night shift"}
	for what, c := range map[string]struct {
		by   pollen.Actor
		c    community.Community
		want pollen.Kind
	}{
		"as one should":          {ana, community.Community{Slug: "night-shift", Join: community.Open, Name: name}, ""},
		"without signing in":     {pollen.Actor{}, community.Community{Slug: "a", Join: community.Open, Name: name}, pollen.Unauthenticated},
		"an address with spaces": {ana, community.Community{Slug: "Night shift", Join: community.Open, Name: name}, pollen.Invalid},
		"an address without end": {ana, community.Community{Slug: strings.Repeat("a", 61), Join: community.Open, Name: name}, pollen.Invalid},
		"no name":                {ana, community.Community{Slug: "b", Join: community.Open}, pollen.Invalid},
		"a blank name":           {ana, community.Community{Slug: "c", Join: community.Open, Name: map[string]string{"fr": "  "}}, pollen.Invalid},
		"no way to join":         {ana, community.Community{Slug: "d", Name: name}, pollen.Invalid},
		"a purpose without end":  {ana, community.Community{Slug: "e", Join: community.Open, Name: name, Purpose: strings.Repeat("x", 4001)}, pollen.Invalid},
		"the address of commons": {ana, community.Community{Slug: pollen.Commons, Join: community.Open, Name: name}, pollen.Conflict},
	} {
		_, err := w.Communities.Found(t.Context(), c.by, c.c)
		wants(t, what, err, c.want)
	}
	c, err := w.Communities.Get(t.Context(), "night-shift")
	if err != nil || c.Members != 1 || c.Founder != ana.Persona || c.LabelIn("fr") != "Night shift" {
		t.Errorf("%+v %v", c, err)
	}
	members, err := w.Communities.Members(t.Context(), ana, pollen.Commons, 10, "")
	if commons, err2 := w.Communities.Get(t.Context(), pollen.Commons); err != nil || err2 != nil || commons.Members != 1 || len(members.Items) != 1 || members.Items[0].Persona != ana.Persona {
		t.Errorf("the operator founded the commons and is no member of them: %+v %v", members.Items, err)
	}
	_, err = w.Communities.Members(t.Context(), pollen.Actor{}, pollen.Commons, 10, "")
	wants(t, "who is a member is told to nobody outside", err, pollen.Unauthenticated)
	_, err = w.Communities.Get(t.Context(), "day-shift")
	wants(t, "one that is not there", err, pollen.NotFound)
}

func TestTheNamesOfACommunityAreKeptClean(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	_, err := w.Communities.Found(ctx, ana, community.Community{Slug: "a", Join: community.Open, Name: map[string]string{"zz zz": "Night shift"}})
	wants(t, "a name in no language", err, pollen.Invalid)
	if _, err := w.Communities.Found(ctx, ana, community.Community{Slug: "b", Join: community.Open, Name: map[string]string{"EN-gb": "  Night   shift "}}); err != nil {
		t.Fatal(err)
	}
	c, err := w.Communities.Get(ctx, "b")
	if err != nil || !maps.Equal(c.Name, map[string]string{"en-GB": "Night shift"}) {
		t.Errorf("%q, %v", c.Name, err)
	}
}

func TestHowOneJoins(t *testing.T) {
	for _, c := range []struct {
		rule     community.JoinRule
		joined   bool
		err      pollen.Kind
		invited  bool // what an invitation makes of it afterwards
		onceMore bool // and joining then
	}{
		{community.Open, true, "", true, true},
		{community.Request, false, "", true, true},
		{community.Invitation, false, pollen.Forbidden, false, true},
	} {
		t.Run(string(c.rule), func(t *testing.T) {
			w := pollentest.NewWorld(t)
			ctx, ana, bob, eve := t.Context(), w.Actor("Ana"), w.Actor("Bob"), w.Actor("Eve")
			found(t, w, ana, "night-shift", c.rule)
			joined, err := w.Communities.Join(ctx, bob, "night-shift")
			wants(t, "joining", err, c.err)
			if joined != c.joined {
				t.Errorf("joined %v", joined)
			}
			wants(t, "an invitation by an outsider", w.Communities.Invite(ctx, eve, "night-shift", bob.Persona), pollen.Forbidden)
			wants(t, "an invitation", w.Communities.Invite(ctx, ana, "night-shift", bob.Persona), "")
			if st, err := w.Communities.Stands(ctx, bob, "night-shift"); err != nil || (st == community.Member) != c.invited {
				t.Errorf("stands %q, %v", st, err)
			}
			if joined, err := w.Communities.Join(ctx, bob, "night-shift"); err != nil || joined != c.onceMore {
				t.Errorf("once more: %v %v", joined, err)
			}
			members, err := w.Communities.Members(ctx, ana, "night-shift", 10, "")
			if err != nil || len(members.Items) != 2 {
				t.Errorf("%+v %v", members, err)
			}
		})
	}
}

func TestARequestIsRefused(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob, eve := t.Context(), w.Actor("Ana"), w.Actor("Bob"), w.Actor("Eve")
	found(t, w, ana, "night-shift", community.Request)
	if _, err := w.Communities.Join(ctx, bob, "night-shift"); err != nil {
		t.Fatal(err)
	}
	pending, err := w.Communities.Pending(ctx, ana, "night-shift")
	if err != nil || len(pending) != 1 {
		t.Fatalf("%+v %v", pending, err)
	}
	_, err = w.Communities.Pending(ctx, eve, "night-shift")
	wants(t, "who asks is told to members alone", err, pollen.Forbidden)
	wants(t, "refusing as an outsider", w.Communities.Refuse(ctx, eve, "night-shift", bob.Persona), pollen.Forbidden)
	wants(t, "refusing", w.Communities.Refuse(ctx, ana, "night-shift", bob.Persona), "")
	if pending, err = w.Communities.Pending(ctx, ana, "night-shift"); err != nil || len(pending) != 0 {
		t.Errorf("%+v %v", pending, err)
	}
	wants(t, "refusing a member", w.Communities.Refuse(ctx, ana, "night-shift", ana.Persona), "")
	if st, err := w.Communities.Stands(ctx, ana, "night-shift"); err != nil || st != community.Member {
		t.Errorf("a member was put out: %q %v", st, err)
	}
}

func TestWhoIsSilencedLetsNobodyIn(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob, eve := t.Context(), w.Actor("Ana"), w.Actor("Bob"), w.Actor("Eve")
	found(t, w, ana, "night-shift", community.Request)
	if _, err := w.Communities.Join(ctx, bob, "night-shift"); err != nil {
		t.Fatal(err)
	}
	silenced := ana
	silenced.Silenced = true
	wants(t, "inviting", w.Communities.Invite(ctx, silenced, "night-shift", eve.Persona), pollen.Forbidden)
	wants(t, "granting a request", w.Communities.Invite(ctx, silenced, "night-shift", bob.Persona), pollen.Forbidden)
	wants(t, "refusing it", w.Communities.Refuse(ctx, silenced, "night-shift", bob.Persona), pollen.Forbidden)
	wants(t, "a member who may write", w.Communities.Invite(ctx, ana, "night-shift", bob.Persona), "")
}

func TestWhoOnlyAskedOrWasInvitedLeavesWithoutAWord(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob, eve := t.Context(), w.Actor("Ana"), w.Actor("Bob"), w.Actor("Eve")
	c := found(t, w, ana, "night-shift", community.Request)
	if _, err := w.Communities.Join(ctx, bob, "night-shift"); err != nil {
		t.Fatal(err)
	}
	wants(t, "inviting", w.Communities.Invite(ctx, ana, "night-shift", eve.Persona), "")
	for _, by := range []pollen.Actor{bob, eve} {
		wants(t, "leaving", w.Communities.Leave(ctx, by, "night-shift"), "")
		if st, err := w.Communities.Stands(ctx, by, "night-shift"); err != nil || st != "" {
			t.Errorf("still %q, %v", st, err)
		}
	}
	for _, a := range w.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectCommunity, c.ID), Limit: 10}) {
		if a.Kind == pollen.ActLeave {
			t.Error("the journal says that one left who was no member")
		}
	}
}

func TestLeavingIsOnTheJournalAndCommonsStay(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	c := found(t, w, ana, "night-shift", community.Open)
	if _, err := w.Communities.Join(ctx, bob, "night-shift"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to leave
		wants(t, "leaving", w.Communities.Leave(ctx, bob, "night-shift"), "")
	}
	wants(t, "leaving commons", w.Communities.Leave(ctx, bob, pollen.Commons), pollen.Forbidden)
	wants(t, "leaving what is not there", w.Communities.Leave(ctx, bob, "day-shift"), pollen.NotFound)
	var kinds []pollen.ActKind
	for _, a := range w.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectCommunity, c.ID), Limit: 10}) {
		kinds = append(kinds, a.Kind)
	}
	if len(kinds) != 3 {
		t.Errorf("founding, joining, leaving: %v", kinds)
	}
}
