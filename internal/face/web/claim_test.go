package web_test

import (
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
