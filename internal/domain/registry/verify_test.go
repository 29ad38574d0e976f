package registry_test

import (
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

func TestVerifyFindsWhatWasAltered(t *testing.T) {
	w := pollentest.NewWorld(t)
	ana := w.Actor("Ana")
	w.Collection("sites", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	var ids []pollen.EntryID
	for _, name := range []string{"A", "B", "C", "D"} {
		e, err := w.Registry.Create(t.Context(), ana, "sites", registry.Change{Texts: map[string][]string{"name": {name}}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	if n, faults, err := w.Registry.Verify(t.Context()); n != 4 || len(faults) > 0 || err != nil {
		t.Fatalf("%d entries, %v, %v", n, faults, err)
	}
	if err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		for _, change := range []struct {
			query string
			args  []any
		}{
			{`UPDATE revisions SET content = $2 WHERE entry_id = $1`, []any{ids[0], []byte(`{"v":{}}`)}},
			{`UPDATE entries SET revision = 7 WHERE id = $1`, []any{ids[1]}},
			{`UPDATE revisions SET content = NULL, salt = NULL WHERE entry_id = $1`, []any{ids[2]}}, // erased
		} {
			if _, err := tx.Exec(change.query, change.args...); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, faults, err := w.Registry.Verify(t.Context())
	if err != nil || len(faults) != 2 || faults[0].Entry != ids[1] || faults[1].Entry != ids[0] {
		t.Errorf("%+v, %v", faults, err)
	}
}
