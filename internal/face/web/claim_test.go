package web_test

import (
	"net/http"
	"strings"
	"testing"

	"pollen/internal/domain/persona"
	"pollen/internal/domain/transfer"
)

// imported brings a site in whose history names an author, A. Lopez.
func (s *site) imported(t *testing.T) persona.Persona {
	t.Helper()
	rows := "slug,revision,_author,_at,name\nagence,1,A. Lopez,2020-01-01T00:00:00Z,Agence\n"
	f := transfer.File{Name: "sites.csv", Content: strings.NewReader(rows), Size: int64(len(rows))}
	if _, err := transfer.New(s.DB, s.Registry, s.Personas).Run(t.Context(), s.System, "sites", f, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	p, err := s.Personas.ByHandle(t.Context(), "a.lopez")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Who an author of imported history was is said before all members, and stands
// beside the name wherever the author is named.
func TestAClaimIsSeenByAllMembers(t *testing.T) {
	s := open(t)
	author := s.imported(t)
	ana, bob := s.reader(t, "Ana"), s.reader(t, "Bob")
	if err := s.Personas.Claim(t.Context(), s.actors["Ana"], author.ID); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	for _, path := range []string{"/changes", "/changes?sort=imports", "/p/ana"} {
		_, page := bob.get(path)
		bob.sees(page, ">Ana</a> dit avoir été", ">A. Lopez</a> (auteur importé, revendiqué par Ana)")
	}
	for _, path := range []string{"/c/sites/agence", "/c/sites/agence/history", "/c/sites/agence/history?field=name"} {
		_, page := bob.get(path)
		bob.sees(page, ">A. Lopez</a> (auteur importé, revendiqué par Ana)")
	}
	_, page := bob.get("/p/a.lopez")
	bob.sees(page, "Importé de sites.csv, revendiqué par", `href="/p/ana"`)
	_, page = s.reader(t, "").get("/changes")
	bob.seesNot(page, "dit avoir été")
	if err := s.Personas.Disclaim(t.Context(), s.actors["Ana"], author.ID); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	_, page = bob.get("/changes")
	bob.sees(page, "ne dit plus avoir été", ">A. Lopez</a> (auteur importé)")
	_, page = ana.get("/p/a.lopez")
	ana.sees(page, "Était-ce vous")
}

func TestAClaimIsContestedOnThePageOfItsAuthor(t *testing.T) {
	s := open(t)
	author := s.imported(t)
	ana, bob, nobody := s.reader(t, "Ana"), s.reader(t, "Bob"), s.reader(t, "")
	_, page := bob.get("/p/a.lopez")
	bob.seesNot(page, "Contester")
	if err := s.Personas.Claim(t.Context(), s.actors["Ana"], author.ID); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*reader{ana, nobody} {
		_, page := r.get("/p/a.lopez")
		r.seesNot(page, "Contester")
	}
	if resp, _ := nobody.post("/p/a.lopez/contest", "note", "Non."); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody contests: %d", resp.StatusCode)
	}
	if resp, _ := ana.post("/p/a.lopez/contest", "note", "Non."); resp.StatusCode != http.StatusForbidden {
		t.Errorf("the claimer contests: %d", resp.StatusCode)
	}
	if resp, _ := bob.post("/p/nobody/contest", "note", "Non."); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no author: %d", resp.StatusCode)
	}
	_, page = bob.get("/p/a.lopez")
	bob.sees(page, "Contester cette revendication", "Ana apprend pourquoi")
	_, page = bob.post("/p/a.lopez/contest", "note", "Elle est arrivée en 2020.")
	bob.sees(page, ">Bob</a> a contesté la revendication de", ">Ana</a>", "Elle est arrivée en 2020.", "seul l’exploitant dit qui était A. Lopez")
	bob.seesNot(page, "Contester cette revendication", "Était-ce vous")
	resp, page := bob.post("/p/a.lopez/contest", "note", "Encore.")
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("contested twice: %d", resp.StatusCode)
	}
	bob.sees(page, "Personne ne revendique cet auteur à présent")
	_, page = nobody.get("/p/a.lopez")
	nobody.seesNot(page, "Elle est arrivée en 2020.")
	s.Settle(s.notices.Follower())
	_, page = ana.get("/notices")
	ana.sees(page, "Votre identité numérique", "a contesté que", "Elle est arrivée en 2020.")
	_, page = bob.get("/changes?sort=imports")
	bob.sees(page, "cette revendication a pris fin", ">A. Lopez</a> (auteur importé)")
	if err := s.Personas.Ascribe(t.Context(), s.System, author.ID, s.actors["Ana"].Persona); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	_, page = bob.get("/changes")
	bob.sees(page, "dit que", "(auteur importé, revendiqué par Ana)")
	_, page = bob.get("/p/a.lopez")
	bob.seesNot(page, "Contester cette revendication")
}

func refusedContest(t *testing.T) {
	s := open(t)
	author := s.imported(t)
	bob := s.reader(t, "Bob")
	if err := s.Personas.Claim(t.Context(), s.Actor("Ana"), author.ID); err != nil {
		t.Fatal(err)
	}
	for _, note := range []string{" ", strings.Repeat("é", 501)} {
		bob.keepsWhatWasTyped(refusal{path: "/p/a.lopez/contest", form: []string{"note", note}, status: http.StatusBadRequest})
	}
}
