package rest_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"pollen"
	"pollen/client"
)

func TestFollowsAndNotices(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	e, err := ana.Create(ctx, "sites", map[string]any{"code": "S1", "name": "Dépôt", "phone": "04 65 71 12 77"})
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Minute) // what happened before is not told
	if f, err := ana.Follow(ctx, "collection", "sites"); err != nil || f.Slug != "sites" || f.Name["en"] != "sites" {
		t.Fatalf("%+v, %v", f, err)
	}
	if f, err := ana.Follow(ctx, "entry", e.ID); err != nil || f.Title != "Dépôt" || f.Collection != "sites" {
		t.Fatalf("%+v, %v", f, err)
	}
	_, err = ana.Follow(ctx, "entry", "nothing")
	status(t, err, http.StatusNotFound)
	_, err = ana.Follow(ctx, "persona", "bob")
	status(t, err, http.StatusUnprocessableEntity)
	_, err = s.as("").Follow(ctx, "collection", "sites")
	status(t, err, http.StatusUnauthorized)
	if p, err := ana.Follows(ctx, ""); err != nil || len(p.Items) != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	if e, err = bob.Revise(ctx, e.ID, 0, map[string]any{"phone": "04 65 71 12 90"}); err != nil {
		t.Fatal(err)
	}
	s.Settle(s.notices.Follower())
	me, err := ana.Me(ctx)
	if err != nil || me.Handle != "ana" || me.Unread != 1 || len(me.Communities) != 1 {
		t.Fatalf("%+v, %v", me, err)
	}
	p, err := ana.Notices(ctx, url.Values{"unread": {"true"}})
	if err != nil || len(p.Items) != 1 || p.Items[0].Kind != "change" || p.Items[0].Contribution.By != "bob" || p.Items[0].Entry != e.ID {
		t.Fatalf("%+v, %v", p, err)
	}
	_, err = ana.UndoNotice(ctx, p.Items[0].Contribution.ID) // not of her own entry
	status(t, err, http.StatusUnprocessableEntity)
	_, err = bob.UndoNotice(ctx, p.Items[0].Contribution.ID)
	status(t, err, http.StatusNotFound)
	if err := ana.ReadNotices(ctx, p.Items[0].Contribution.ID); err != nil {
		t.Fatal(err)
	}
	if p, err := ana.Notices(ctx, url.Values{"unread": {"true"}}); err != nil || len(p.Items) != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := ana.Unfollow(ctx, "collection", "sites"); err != nil {
		t.Fatal(err)
	}
	status(t, ana.Unfollow(ctx, "collection", "sites"), http.StatusNotFound)
	_, err = s.as("").Notices(ctx, nil)
	status(t, err, http.StatusUnauthorized)
	_, err = s.as("").Me(ctx)
	status(t, err, http.StatusUnauthorized)
}

func TestAChangeToOnesOwnEntryIsUndoneOverTheAPI(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	e, err := ana.Create(ctx, "sites", map[string]any{"code": "S1", "name": "Ana", "phone": "04 65 71 12 77"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := pollen.ParseID[struct{}](e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Personas.Describe(ctx, s.actors["Ana"], s.actors["Ana"].Persona, pollen.EntryID(id)); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Revise(ctx, e.ID, 0, map[string]any{"phone": "04 65 71 12 90"}); err != nil {
		t.Fatal(err)
	}
	s.Settle(s.notices.Follower())
	p, err := ana.Notices(ctx, nil)
	if err != nil || len(p.Items) != 1 || !p.Items[0].Undo {
		t.Fatalf("%+v, %v", p, err)
	}
	var back *client.Entry
	if back, err = ana.UndoNotice(ctx, p.Items[0].Contribution.ID); err != nil || back.Text("phone") != "+33465711277" {
		t.Fatalf("%+v, %v", back, err)
	}
	_, err = ana.UndoNotice(ctx, p.Items[0].Contribution.ID)
	status(t, err, http.StatusConflict)
}
