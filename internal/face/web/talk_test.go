package web_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pollen/internal/domain/registry"
)

// seesNot checks that a page does not show what it must not.
func (r *reader) seesNot(page string, refused ...string) {
	r.t.Helper()
	for _, w := range refused {
		if strings.Contains(page, w) {
			r.t.Errorf("the page shows %q", w)
		}
	}
}

func (s *site) entry(t *testing.T, name string) *registry.Entry {
	t.Helper()
	e, err := s.Registry.Create(t.Context(), s.Actor("Maker of "+name), "sites", registry.Change{Texts: map[string][]string{"name": {name}}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var contribution = regexp.MustCompile(`<li id="([0-9a-z]{13})">`)

func TestTalkOnThePages(t *testing.T) {
	s := open(t)
	e := s.entry(t, "Val-Clair")
	ana, bob, anybody := s.reader(t, "Ana"), s.reader(t, "Bob"), s.reader(t, "")
	path := e.Path() + "/talk"
	_, page := anybody.get(path)
	anybody.sees(page, "Personne n’a encore rien dit", "/signin?back="+path)
	anybody.seesNot(page, `id="say"`)
	if resp, _ := anybody.post(path, "kind", "ask", "body", "Qui a la clé ?"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without signing in: %d", resp.StatusCode)
	}

	_, page = ana.post(path, "kind", "ask", "body", "Qui a **la clé** ? <script>alert(1)</script>", "field", "phone")
	ana.sees(page, "<strong>la clé</strong>", "&lt;script&gt;", "a une demande à propos de", e.Path()+"#phone", "Modifier ou retirer")
	ask := contribution.FindStringSubmatch(page)[1]
	if resp, page := ana.post(path, "kind", "comment", "body", "  ", "to", ask); resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, "le texte est vide") {
		t.Errorf("empty words: %d", resp.StatusCode)
	}
	if resp, _ := ana.post(path, "kind", "answer", "body", "x", "to", "nonsense"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an answer to nonsense: %d", resp.StatusCode)
	}
	_, page = bob.post(path, "kind", "answer", "body", "Dans le tiroir, @ana.", "to", ask)
	bob.sees(page, "répond", "Signaler")
	answer := contribution.FindAllStringSubmatch(page, -1)[1][1]
	_, page = ana.post("/contributions/"+answer+"/helped", "say", "helped", "back", path)
	ana.sees(page, "A aidé")
	_, page = ana.post("/contributions/"+answer+"/thanks", "back", path)
	ana.sees(page, "Merci de la part de Ana", "Merci envoyé")
	_, page = ana.post("/contributions/"+answer+"/thanks", "back", path, "take", "back")
	ana.seesNot(page, "Merci de la part de")
	_, page = ana.post("/contributions/"+answer+"/thanks", "note", "Sans toi, je cherchais encore.")
	ana.sees(page, "<q>Sans toi, je cherchais encore.</q>", "Reprendre mon merci")
	if resp, page := ana.post("/contributions/" + answer + "/thanks"); resp.StatusCode != http.StatusConflict || !strings.Contains(page, "déjà dit merci") {
		t.Errorf("thanks twice: %d", resp.StatusCode)
	}

	_, page = anybody.get(path + "?field=phone")
	anybody.sees(page, "la clé", "Dans le tiroir", "Sans toi, je cherchais encore.")
	if resp, _ := anybody.get(path + "?field=fax"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("talk on no field: %d", resp.StatusCode)
	}
	_, page = anybody.get(e.Path())
	anybody.sees(page, "Dans le tiroir, @ana", path+"#"+answer, "/changes.atom", path+"?field=name")

	_, page = bob.post("/contributions/"+answer+"/edit", "body", "Dans le tiroir du bas.")
	bob.sees(page, "Dans le tiroir du bas.", "modifié", `id="versions"`, "Dans le tiroir, ")
	if resp, page := bob.post("/contributions/"+answer+"/edit", "body", strings.Repeat("é", 20_000)); resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, "éééé") {
		t.Errorf("too long an edit: %d; what was typed is kept", resp.StatusCode)
	}
	if resp, _ := ana.post("/contributions/"+answer+"/edit", "body", "Non."); resp.StatusCode != http.StatusForbidden {
		t.Errorf("somebody else's words: %d", resp.StatusCode)
	}
	_, page = ana.get("/contributions/" + answer)
	ana.sees(page, `id="report"`, "Ils blessent ou menacent quelqu’un")
	ana.post("/contributions/"+answer+"/report", "reason", "spam")
	if resp, page := ana.post("/contributions/"+answer+"/report", "reason", "spam"); resp.StatusCode != http.StatusConflict || !strings.Contains(page, "déjà signalé") {
		t.Errorf("reported twice: %d", resp.StatusCode)
	}
	_, page = anybody.get("/g/commons/reports")
	anybody.seesNot(page, "tiroir")
	eve := s.reader(t, "Eve")
	_, page = eve.get("/g/commons/reports")
	eve.sees(page, "publicité", "Dans le tiroir du bas.", "Y répondre")
	_, reported := ana.get("/g/commons/reports")
	ana.sees(reported, "publicité")
	ana.seesNot(reported, "Y répondre")
	form := regexp.MustCompile(`action="(/g/commons/reports/[0-9a-z]{13})"`).FindStringSubmatch(page)[1]
	if resp, _ := ana.post(form, "outcome", "folded"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("who reported answers: %d", resp.StatusCode)
	}
	_, page = eve.post(form, "outcome", "folded", "words", "Dites-le autrement.")
	eve.sees(page, "Dites-le autrement.", "les a repliés.")
	_, page = eve.get(path)
	eve.sees(page, "La communauté a replié ces mots")
	if resp, _ := eve.get("/g/nobody/reports"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("reports of no community: %d", resp.StatusCode)
	}
	_, page = bob.post("/contributions/"+answer+"/withdraw", "back", path)
	bob.sees(page, "Ces mots ont été retirés.")
	bob.seesNot(page, "tiroir")
	for _, path := range []string{"/contributions/nonsense", "/contributions/0000000000001"} {
		if resp, _ := anybody.get(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestThanksForARevision(t *testing.T) {
	s := open(t)
	e := s.entry(t, "Val-Clair")
	ana := s.reader(t, "Ana")
	_, page := ana.get(e.Path() + "/history")
	act := regexp.MustCompile(`action="(/contributions/[0-9a-z]{13}/thanks)"`).FindStringSubmatch(page)
	if act == nil {
		t.Fatal("the history offers no thanks")
	}
	_, page = ana.post(act[1], "back", e.Path()+"/history", "note", "On le cherchait.")
	ana.sees(page, "Merci de la part de Ana", "<q>On le cherchait.</q>", "Merci envoyé")
	_, page = s.reader(t, "").get(e.Path() + "/history")
	s.reader(t, "").seesNot(page, "/thanks")
}

func TestRecentChangesAndFeeds(t *testing.T) {
	s := open(t)
	e := s.entry(t, "Val-Clair")
	ana, bob := s.reader(t, "Ana"), s.reader(t, "Bob")
	ana.post(e.Path()+"/talk", "kind", "ask", "body", "Qui a la clé ?")
	s.Settle()
	_, page := bob.get("/changes")
	bob.sees(page, "a posé une question sur", "Qui a la clé", "/thanks", "/changes.atom")
	act := regexp.MustCompile(`action="(/contributions/[0-9a-z]{13}/thanks)"`).FindStringSubmatch(page)[1]
	bob.post(act, "back", "/changes")
	s.Settle()
	_, page = bob.get("/changes")
	bob.sees(page, "a remercié", "Merci envoyé")
	s.Settle()
	_, page = bob.get("/changes?sort=thanks")
	bob.sees(page, "a remercié", "Ana")
	bob.seesNot(page, "Qui a la clé")
	_, page = bob.get("/changes?sort=talk&collection=sites")
	bob.sees(page, "Qui a la clé", "sort=talk")
	for path, want := range map[string]int{"/changes?sort=gossip": 404, "/changes?collection=none": 404, "/changes?batch=none": 404, "/changes?cursor=!": 400, "/changes.atom?sort=gossip": 404} {
		if resp, _ := bob.get(path); resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	feeds := map[string]string{}
	for _, path := range []string{"/changes.atom", "/changes.atom?sort=talk", e.Path() + "/changes.atom"} {
		resp, body := s.reader(t, "").get(path)
		var f struct {
			ID      string `xml:"id"`
			Updated string `xml:"updated"`
			Entries []struct {
				ID      string `xml:"id"`
				Title   string `xml:"title"`
				Summary string `xml:"summary"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal([]byte(body), &f); err != nil || f.ID == "" || f.Updated == "" || len(f.Entries) == 0 {
			t.Fatalf("%s: %v %s", path, err, body)
		}
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/atom+xml") || !strings.Contains(body, "Qui a la clé") {
			t.Errorf("%s: %s", path, body)
		}
		if other := feeds[f.ID]; other != "" {
			t.Errorf("%s and %s are one feed", path, other)
		}
		feeds[f.ID] = path
		again := func(host, tag string) (*http.Response, string) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host
			req.Header.Set("If-None-Match", tag)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return resp, string(b)
		}
		first, _ := again("", "")
		if same, body := again("", first.Header.Get("ETag")); same.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s, asked for again: %d", path, same.StatusCode)
		}
		if _, elsewhere := again("pollen.example", ""); !strings.Contains(elsewhere, "<id>"+f.ID+"</id>") || !strings.Contains(elsewhere, "<id>"+f.Entries[0].ID+"</id>") {
			t.Errorf("%s: under another name of the host, the acts are others: %s", path, elsewhere)
		}
	}
}
