package web_test

import (
	"net/http"
	"testing"

	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
)

// What a text mentions and cannot be looked up is an error, and not shown as if
// it were nowhere; what is nowhere stays text.
func TestWhatCannotBeLookedUpIsNotNobody(t *testing.T) {
	for name, damage := range map[string]func(*sqldb.Tx) error{
		"a persona": func(tx *sqldb.Tx) error {
			if !pollentest.Postgres() {
				_, err := tx.Exec(`UPDATE personas SET claimed_by = 'nobody' WHERE handle = 'eve'`)
				return err
			}
			if _, err := tx.Exec(`ALTER TABLE personas ALTER COLUMN language DROP NOT NULL`); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE personas SET language = NULL WHERE handle = 'eve'`)
			return err
		},
		"an entry": func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE revisions SET content = $1 WHERE entry_id = (SELECT id FROM entries WHERE slug = 'usine')`, []byte("no JSON"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.Actor("Eve")
			s.create(t, "name", "Usine")
			body := "Voir [[sites/usine]] et [[sites/nulle-part]] avec @eve et @personne."
			e, err := s.Registry.Create(t.Context(), s.System, "sites", registry.Change{Texts: map[string][]string{"name": {"Agence"}}, Body: &body})
			if err != nil {
				t.Fatal(err)
			}
			ana := s.reader(t, "Ana")
			ana.post(e.Path()+"/talk", "kind", "comment", "body", body)
			for _, path := range []string{e.Path(), e.Path() + "/talk"} {
				_, page := ana.get(path)
				ana.sees(page, `href="/c/sites/usine">Usine</a>`, `href="/p/eve">Eve</a>`, "[[sites/nulle-part]]", "@personne")
			}
			if err := s.DB.Write(t.Context(), damage); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{e.Path(), e.Path() + "/talk"} {
				if resp, _ := ana.get(path); resp.StatusCode != http.StatusInternalServerError {
					t.Errorf("%s: %d", path, resp.StatusCode)
				}
			}
		})
	}
}
