package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestANewcomersLinkAwaitsASecondPairOfEyes(t *testing.T) {
	s := open(t)
	bob, anybody := s.reader(t, "Bob"), s.reader(t, "")
	bob.post("/c/sites/+new", "name", "Agence")
	s.Clock.Advance(10 * 24 * time.Hour)
	ana := s.reader(t, "Ana")
	const link, mark = "https://ailleurs.example/offre", "En ligne pour tous."

	_, page := ana.post("/c/sites/agence", "field", "page", "value", link, "base", "1")
	ana.sees(page, "En ligne.", "dès que quelqu’un d’autre l’aura regardé")
	s.Settle()
	_, page = anybody.get("/c/sites/agence")
	anybody.sees(page, link)
	lists := []string{"/changes", "/changes.atom", "/c/sites/agence/changes.atom", "/", "/c/sites", "/g/commons", "/p/ana"}
	for _, list := range lists {
		for _, r := range []*reader{bob, anybody} {
			_, page = r.get(list)
			r.seesNot(page, "a amélioré", mark)
		}
	}
	_, page = ana.get("/changes")
	ana.sees(page, "a amélioré", mark)
	ana.seesNot(page, "/changes/waiting")
	_, page = ana.get("/p/ana")
	ana.sees(page, mark)

	for r, want := range map[*reader]int{ana: http.StatusForbidden, anybody: http.StatusUnauthorized} {
		if resp, _ := r.get("/changes/waiting"); resp.StatusCode != want {
			t.Errorf("looking at what waits: %d, want %d", resp.StatusCode, want)
		}
	}
	_, page = bob.get("/changes")
	bob.sees(page, `href="/changes/waiting"`)
	_, page = bob.get("/changes/waiting")
	bob.sees(page, "À regarder", "a amélioré", "Laisser passer", "/take-back", "/history?from=1")
	act := between(t, page, `action="/contributions/`, `/seen"`)
	_, page = bob.get("/contributions/" + act)
	bob.sees(page, "Laisser passer", "nouvelle ici")
	for _, r := range []*reader{ana, anybody} {
		_, page = r.get("/contributions/" + act)
		r.seesNot(page, "Laisser passer")
	}
	_, page = bob.post("/contributions/"+act+"/seen", "back", "/changes/waiting")
	bob.sees(page, "Rien n’attend de regard")
	s.Settle(s.notices.Follower())
	_, page = anybody.get("/changes")
	anybody.sees(page, "a amélioré", "a regardé ce que")
	_, page = ana.get("/notices")
	ana.sees(page, "Visible désormais dans les listes")

	ana.post("/c/sites/agence", "field", "page", "value", link+"/2", "base", "2")
	_, page = bob.get("/changes/waiting")
	act = between(t, page, `action="/contributions/`, `/take-back"`)
	act = act[strings.LastIndex(act, "/")+1:]
	_, page = bob.post("/contributions/"+act+"/take-back", "back", "/changes/waiting")
	bob.sees(page, "Rien n’attend de regard")
	_, page = anybody.get("/c/sites/agence")
	anybody.sees(page, link)
	anybody.seesNot(page, link+"/2")
}

// between is what stands between two texts of a page, the first time.
func between(t *testing.T, page, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, before)
	in, _, ends := strings.Cut(rest, after)
	if !found || !ends {
		t.Fatalf("%q … %q is not on the page", before, after)
	}
	return in
}
