package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// A collection that somebody new founded, emptied and closed when others had put
// something into it: a member sees what it was, and returns to that in two gestures.
func TestACollectionIsReturnedToWhatItWas(t *testing.T) {
	s := open(t)
	bob := s.reader(t, "Bob")
	s.Clock.Advance(10 * 24 * time.Hour)
	s.reader(t, "Ana")
	sites, err := s.Registry.Collection(t.Context(), s.System, "sites")
	if err != nil {
		t.Fatal(err)
	}
	n := registry.NewCollection{Slug: "depots", Community: s.Commons.ID, Name: map[string]string{"fr": "Dépôts"}, Audience: pollen.AudiencePublic,
		Schema: schema.Schema{Title: []string{"name"}}}
	for _, name := range []string{"name", "phone"} {
		f := *sites.Schema.Field(name)
		f.ID = 0
		n.Schema.Fields = append(n.Schema.Fields, f)
	}
	c, err := s.Registry.Found(t.Context(), s.actors["Ana"], n)
	if err != nil {
		t.Fatal(err)
	}
	bob.post("/c/depots/+new", "name", "Agence", "phone", "04 65 71 12 77")
	less := c.Schema
	less.Fields = nil
	for _, f := range c.Schema.Fields {
		if f.Name != "phone" {
			less.Fields = append(less.Fields, f)
		}
	}
	if _, _, err := s.Registry.Amend(t.Context(), s.actors["Ana"], "depots", registry.Amendment{Schema: &less, Audience: pollen.AudienceMembers}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	_, page := bob.get("/changes")
	bob.seesNot(page, "a changé", "retiré")
	_, page = bob.get("/changes/waiting")
	bob.sees(page, "a changé", "Tout le monde", "retiré", "Revenir aux champs tels qu’ils étaient", "+revert?to=1")
	act := between(t, page, `action="/contributions/`, `/seen"`)
	_, page = bob.get("/contributions/" + act)
	bob.sees(page, "<del>Tout le monde</del>", "Téléphone", "+revert?to=1", "/c/depots/+versions")
	resp, page := bob.get("/c/depots/+revert?to=1")
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode)
	}
	bob.sees(page, "<ins>Tout le monde</ins>", "1 valeur revient", `name="base" value="2"`)
	if resp, _ := bob.post("/c/depots/+revert", "to", "1", "base", "1"); resp.StatusCode != http.StatusConflict {
		t.Errorf("of another version: %d", resp.StatusCode)
	}
	_, page = bob.post("/c/depots/+revert", "to", "1", "base", "2")
	bob.sees(page, "Version 3", "Revenir à la version 2", "Tel qu’à sa fondation")
	s.Settle()
	anybody := s.reader(t, "")
	_, page = anybody.get("/c/depots/agence")
	anybody.sees(page, "04 65 71 12 77")
	_, page = anybody.get("/changes")
	anybody.sees(page, "à ce qu’il était")
	_, page = bob.get("/changes/waiting")
	bob.sees(page, "Rien n’attend de regard")
	_, page = anybody.get("/c/depots/+versions")
	anybody.seesNot(page, "+revert?to=")
	if resp, _ := anybody.get("/c/depots/+revert?to=1"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("not signed in: %d", resp.StatusCode)
	}
	for path, want := range map[string]int{"/c/depots/+revert?to=9": http.StatusNotFound, "/c/none/+versions": http.StatusNotFound} {
		if resp, _ := bob.get(path); resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	_, page = bob.get("/c/depots")
	if !strings.Contains(page, "/c/depots/+versions") {
		t.Error("the collection leads nowhere")
	}
}
