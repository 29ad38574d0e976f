package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/schema"
)

func TestFoundJoinInviteLeave(t *testing.T) {
	s := open(t)
	ana, bob, cleo := s.reader(t, "Ana"), s.reader(t, "Bob"), s.reader(t, "Cleo")
	if resp, _ := s.reader(t, "").get("/g/+new"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("founding without signing in: %d", resp.StatusCode)
	}
	if resp, page := ana.post("/g/+new", "name", "", "join", "request"); resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, "Donnez-lui un nom") {
		t.Errorf("a community without a name: %d", resp.StatusCode)
	}
	resp, page := ana.post("/g/+new", "name", "Équipe de nuit", "purpose", "Que **chacun** sache.", "join", "request")
	if resp.Request.URL.Path != "/g/equipe-de-nuit" {
		t.Fatalf("founded at %s", resp.Request.URL.Path)
	}
	ana.sees(page, "Équipe de nuit", "<strong>chacun</strong>", "1 membre", "Inviter quelqu’un", "Fonder un référentiel")
	if resp, _ := bob.post("/g/+new", "name", "Équipe de nuit", "join", "open"); resp.StatusCode != http.StatusConflict {
		t.Errorf("the same address: %d", resp.StatusCode)
	}
	_, page = bob.get("/g/equipe-de-nuit")
	bob.sees(page, "Demander à rejoindre")
	_, page = bob.post("/g/equipe-de-nuit/join")
	bob.sees(page, "Vous avez demandé à rejoindre")
	if strings.Contains(page, "En attente") {
		t.Error("somebody outside sees who waits")
	}
	if resp, _ := cleo.post("/g/equipe-de-nuit/answer", "handle", "bob", "answer", "yes"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("somebody outside lets in: %d", resp.StatusCode)
	}
	_, page = ana.get("/g/equipe-de-nuit")
	ana.sees(page, "En attente", "Accueillir")
	_, page = ana.post("/g/equipe-de-nuit/answer", "handle", "bob", "answer", "yes")
	ana.sees(page, "2 membres")
	if resp, _ := ana.post("/g/equipe-de-nuit/invite", "handle", "@nobody"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("inviting nobody: %d", resp.StatusCode)
	}
	_, page = ana.post("/g/equipe-de-nuit/invite", "handle", "@cleo")
	ana.sees(page, "invitation envoyée")
	ana.post("/g/equipe-de-nuit/answer", "handle", "cleo", "answer", "no")
	_, page = cleo.get("/g/equipe-de-nuit")
	cleo.sees(page, "Demander à rejoindre") // the invitation was taken back
	_, page = bob.post("/g/equipe-de-nuit/leave")
	bob.sees(page, "1 membre", "Demander à rejoindre")
	_, page = cleo.get("/g/equipe-de-nuit")
	cleo.sees(page, `href="/p/ana"`)
	_, page = s.reader(t, "").get("/g/equipe-de-nuit")
	cleo.sees(page, "1 membre", "Équipe de nuit", "réservé aux membres")
	if _, members, _ := strings.Cut(page, `id="members"`); strings.Contains(members, "/p/") {
		t.Error("somebody who is not signed in reads who the members are")
	}
	_, page = s.reader(t, "").get("/g")
	ana.sees(page, "Équipe de nuit", "On demande à rejoindre")
	if resp, _ := ana.get("/g/nowhere"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no community: %d", resp.StatusCode)
	}
}

func TestFoundACollectionFromThePage(t *testing.T) {
	s := open(t)
	r := s.reader(t, "Ana")
	_, page := r.get("/g/commons/+collection")
	r.sees(page, "Fonder un référentiel", "Nom du champ 1")
	if resp, page := r.post("/g/commons/+collection", "name", "Outils", "audience", "public"); resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, `value="Outils"`) {
		t.Errorf("without a field: %d %s", resp.StatusCode, page)
	}
	resp, _ := r.post("/g/commons/+collection", "name", "Outils", "purpose", "Ce qui se prête", "licence", "CC0-1.0", "audience", "public",
		"label0", "Nom de l’outil", "type0", "text", "required0", "1", "label1", "Téléphone", "type1", "phone")
	if resp.Request.URL.Path != "/c/outils" {
		t.Fatalf("founded at %s", resp.Request.URL.Path)
	}
	c, err := s.Registry.Collection(t.Context(), pollen.Actor{}, "outils")
	if err != nil || len(c.Schema.Fields) != 2 || !c.Schema.Fields[0].Required || c.Schema.Title[0] != c.Schema.Fields[0].Name || c.Licence != "CC0-1.0" {
		t.Errorf("%+v, %v", c, err)
	}
	resp, _ = r.post("/g/commons/+collection", "name", "Films", "audience", "public", "label0", "Title", "type0", "text", "label1", "Body", "type1", "text",
		"label2", "ID", "type2", "code", "label3", "Titre", "type3", "text", "label4", "titre", "type4", "text")
	if resp.Request.URL.Path != "/c/films" {
		t.Fatalf("founded with fields named as what every entry has: %d at %s", resp.StatusCode, resp.Request.URL.Path)
	}
	if c, err = s.Registry.Collection(t.Context(), pollen.Actor{}, "films"); err != nil || strings.Join(names(c.Schema.Fields), " ") != "title_2 body_2 identifier titre titre_2" || c.Schema.Fields[0].LabelIn("fr") != "Title" {
		t.Errorf("%v, %v", c.Schema.Fields, err)
	}
	if resp, page := r.post("/g/commons/+collection", "name", "Secrets", "audience", "persona", "label0", "Nom", "type0", "text"); resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, "Personne ne pourrait lire") {
		t.Errorf("a collection that nobody could read: %d", resp.StatusCode)
	}
	if resp, _ := r.post("/g/commons/+collection", "name", "Outils", "audience", "public", "label0", "Nom", "type0", "text"); resp.StatusCode != http.StatusConflict {
		t.Errorf("the same address: %d", resp.StatusCode)
	}
}

func names(fields []schema.Field) (out []string) {
	for _, f := range fields {
		out = append(out, f.Name)
	}
	return out
}

func TestPersonaPage(t *testing.T) {
	s := open(t)
	r := s.reader(t, "Ana")
	r.post("/c/sites/+new", "name", "Atelier")
	s.Settle(s.search.Index())
	_, page := s.reader(t, "").get("/p/ana")
	r.sees(page, "Ana", "@ana", "Atelier", "on ne compte ni ne classe personne")
	_, page = r.get("/p/ana")
	r.sees(page, "Réglages")
	if resp, _ := r.get("/p/nobody"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no persona: %d", resp.StatusCode)
	}
	err := s.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		p, err := s.Personas.Imported(tx, "wiki", "A. Lopez", 1)
		if err != nil {
			return err
		}
		r.t.Logf("imported as %s", p.Handle)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Personas.ByHandle(t.Context(), "a.lopez")
	if err != nil {
		t.Fatal(err)
	}
	_, page = r.get("/p/a.lopez")
	r.sees(page, "Cet historique vient de wiki", `href="/settings?claim=a.lopez#claim"`, "dans l’historique des fiches")
	if err := s.Personas.Claim(t.Context(), s.actors["Ana"], p.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Personas.Claim(t.Context(), s.Actor("Bob"), p.ID); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("claimed twice: %v", err)
	}
	_, page = r.get("/p/a.lopez")
	r.sees(page, "revendiqué par", `href="/p/ana"`)
	_, page = r.get("/p/ana")
	r.sees(page, "A donné ailleurs sous")
}

// An author of imported history may have the name of somebody here.
func TestAnImportedAuthorIsSaidToBeOne(t *testing.T) {
	s := open(t)
	r := s.reader(t, "Malik Benhaddou")
	rows := "slug,revision,_author,_at,name\nagence,1,Malik Benhaddou,2020-01-01T00:00:00Z,Agence\n"
	f := transfer.File{Name: "sites.csv", Content: strings.NewReader(rows), Size: int64(len(rows))}
	if _, err := transfer.New(s.DB, s.Registry, s.Personas).Run(t.Context(), s.System, "sites", f, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/c/sites/agence", "/c/sites/agence/history", "/c/sites/agence/history?field=name"} {
		_, page := r.get(path)
		r.sees(page, ">Malik Benhaddou</a> (auteur importé)")
	}
}

func TestAbout(t *testing.T) {
	s := open(t)
	_, page := s.reader(t, "").get("/about")
	s.reader(t, "").sees(page, "À propos de cet annuaire", "/c/sites", "Apache-2.0")
}

// A batch of many parts is one line with all its entries, and what else happened
// stands beside it, where the last few things are told and where all are.
func TestABatchIsToldWhole(t *testing.T) {
	s := open(t)
	r := s.reader(t, "Ana")
	s.create(t, "name", "Halle")
	b, err := s.Registry.Begin(t.Context(), s.System, "sites", registry.Batch{Kind: registry.BatchImport, Source: "halls.csv"})
	if err != nil {
		t.Fatal(err)
	}
	const parts = 90
	for i := range int64(parts) {
		err := s.Registry.Work(t.Context(), s.System, b.ID, func(p *registry.Work) error {
			if _, err := p.Put(0, &registry.Change{Texts: map[string][]string{"name": {"Hall " + strconv.FormatInt(i, 10)}}}); err != nil {
				return err
			}
			return p.Advance(i, i+1, "")
		})
		if err != nil {
			t.Fatal(err)
		}
		if i == parts/2 {
			s.create(t, "name", "Between")
		}
	}
	s.Settle()
	for path, also := range map[string]string{"/": "Halle</a>", "/g/commons": "Halle</a>", "/c/sites": "Halle</a>", "/changes": "Between</a>"} {
		_, page := r.get(path)
		r.sees(page, "90 fiches</a>", "Between</a>", also)
		if n := strings.Count(page, "a importé"); n != 1 {
			t.Errorf("%s tells of the batch in %d lines", path, n)
		}
	}
}
