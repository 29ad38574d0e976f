package browser_test

import (
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
)

// TestAClaimIsContested looks at the page of an imported author whom somebody
// claims, with its form open and refused, and once the claim has ended.
func TestAClaimIsContested(t *testing.T) {
	s := open(t)
	c, err := s.app.Registry.Collection(t.Context(), s.app.System, "sites")
	if err != nil {
		t.Fatal(err)
	}
	var author pollen.PersonaID
	if err := s.app.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		p, err := s.app.Personas.Imported(tx, "wiki", "A. Lopez", c.ID)
		author = p.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	claimer, err := s.app.Personas.ByHandle(t.Context(), s.welcome[1].Handle)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.Personas.Claim(t.Context(), claimer.Actor(), author); err != nil {
		t.Fatal(err)
	}
	b := s.tab(t, person{session: s.sessions[1]})
	b.visit("/p/a.lopez")
	b.sees("claimed by " + claimer.Name)
	b.looks("a claimed author")
	b.eval(`document.querySelector("main details").open = true`, nil)
	b.write("Why, in a sentence", " ")
	b.press("End this claim")
	b.sees("Say why in a sentence")
	b.looks("a contest that is refused")
	b.write("Why, in a sentence", "They came in 2020.")
	b.press("End this claim")
	b.sees("the operator alone says who A. Lopez was")
	b.looks("a contested author")
	b.clean()
}
