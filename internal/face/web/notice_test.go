package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
)

func TestNoticesOnThePages(t *testing.T) {
	s := open(t)
	ana, bob := s.reader(t, "Ana"), s.actors["Bob"]
	if bob.Persona == 0 {
		s.reader(t, "Bob")
		bob = s.actors["Bob"]
	}
	mine, site := s.entry(t, "Ana"), s.entry(t, "Dépôt")
	if _, err := s.Personas.Describe(t.Context(), s.actors["Ana"], s.actors["Ana"].Persona, mine.ID); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Minute)
	if _, page := ana.get("/notices"); !strings.Contains(page, "Rien de nouveau pour vous") {
		t.Errorf("no notices: %s", page)
	}
	_, page := ana.get(site.Path())
	if !strings.Contains(page, "Suivre") {
		t.Fatal("one cannot follow from the page of an entry")
	}
	ana.post("/follows", "kind", "entry", "id", site.ID.String(), "back", site.Path())
	if _, page = ana.get(site.Path()); !strings.Contains(page, "Vous suivez<") {
		t.Error("what is followed does not show it")
	}
	if _, page = ana.get("/follows"); !strings.Contains(page, "Dépôt") {
		t.Error("what is followed is not listed")
	}
	for _, e := range []*registry.Entry{mine, site} {
		if _, err := s.Registry.Revise(t.Context(), bob, e.ID, registry.Change{Texts: map[string][]string{"phone": {"04 65 71 12 90"}}}); err != nil {
			t.Fatal(err)
		}
	}
	s.Settle(s.notices.Follower())
	_, page = ana.get("/notices")
	for _, want := range []string{"Votre propre fiche", "Un changement dans ce que vous suivez", "Annuler ce changement", "Je les ai tous lus", "2 nouveaux avis"} {
		if !strings.Contains(page, want) {
			t.Errorf("the notices lack %q: %s", want, page)
		}
	}
	i := strings.Index(page, `action="/notices/`)
	for ; i >= 0 && !strings.Contains(page[i:i+60], "/undo"); i++ {
		j := strings.Index(page[i+1:], `action="/notices/`)
		if j < 0 {
			t.Fatal("no undo")
		}
		i += j
	}
	undo := strings.Split(page[i:], `"`)[1]
	if resp, _ := ana.post(undo); resp.StatusCode != http.StatusOK || resp.Request.URL.Path != mine.Path()+"/history" {
		t.Errorf("undo led to %s, %s", resp.Request.URL.Path, resp.Status)
	}
	e, err := s.Registry.Get(t.Context(), bob, mine.ID)
	if err != nil || e.Values[e.Collection.Schema.Field("phone").ID] != nil {
		t.Errorf("after the undo: %v, %v", e.Values, err)
	}
	if resp, _ := ana.post(undo); resp.StatusCode != http.StatusConflict {
		t.Errorf("undone twice: %s", resp.Status)
	}
	_, page = ana.get("/notices?show=unread")
	if strings.Contains(page, "Votre propre fiche") || !strings.Contains(page, "Un changement") {
		t.Errorf("unread after the undo: %s", page)
	}
	if resp, _ := ana.do("POST", "/notices/read", pollentest.FormsTo(t, page, "/notices/read")[0].Encode()); resp.Request.URL.RequestURI() != "/notices?show=unread" {
		t.Errorf("reading leads to %s", resp.Request.URL)
	}
	if _, page = ana.get("/notices?show=unread"); !strings.Contains(page, "Rien de nouveau pour vous") {
		t.Errorf("unread after reading all: %s", page)
	}
	ana.post("/follows", "kind", "entry", "id", site.ID.String(), "take", "back")
	if _, page = ana.get("/follows"); strings.Contains(page, "Dépôt") {
		t.Error("what one left is listed still")
	}
	if resp, _ := ana.post("/notices/read", "act", "nonsense"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a notice that is none: %s", resp.Status)
	}
	nobody := s.reader(t, "")
	for _, path := range []string{"/notices", "/follows"} {
		if resp, _ := nobody.get(path); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s for anybody: %s", path, resp.Status)
		}
	}
	if resp, _ := nobody.post("/follows", "kind", "entry", "id", site.ID.String()); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("following without signing in: %s", resp.Status)
	}
}

func TestATokenOfTheOperatorIsToldInPlainWords(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	p, err := s.Personas.ByHandle(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	err = s.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		return s.Journal.Append(tx, &journal.Act{Persona: s.System.Persona, Kind: pollen.ActToken, Object: pollen.Ref(pollen.ObjectPersona, p.ID), Detail: journal.Detail{Name: "paie de nuit"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Settle(s.notices.Follower())
	_, page := ana.get("/notices")
	ana.sees(page, "Votre identité numérique", "paie de nuit", "lit et écrit sous votre nom", "révoquer")
}
