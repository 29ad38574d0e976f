package search_test

import (
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// What cannot be read any more is left out, told, and in nobody's way.
func TestTheIndexGoesOnPastDamage(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := search.New(w.DB, w.Registry)
	var passed []error
	s.Passed = func(err error) { passed = append(passed, err) }
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "tree", Type: schema.Text}}})
	ctx, ana := t.Context(), w.Actor("Ana")
	var ids []pollen.EntryID
	for _, name := range []string{"Acacia", "Bruyere", "Chataignier"} {
		e, err := w.Registry.Create(ctx, ana, "sites", registry.Change{Texts: map[string][]string{"name": {"Site"}, "tree": {name}}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`UPDATE revisions SET content = $2 WHERE entry_id = $1`, ids[0], []byte("no JSON")); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM entries WHERE id = $1`, ids[1])
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.Settle(s.Index())
	if len(passed) < 2 {
		t.Errorf("told of %v", passed)
	}
	for text, n := range map[string]int{"Acacia": 0, "Bruyere": 0, "Chataignier": 1} {
		found, err := s.Find(ctx, ana, search.Query{Text: text})
		if err != nil || len(found.Hits) != n {
			t.Errorf("%s: %+v, %v", text, found, err)
		}
	}
}
