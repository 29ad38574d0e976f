package transfer_test

import (
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// What REST says of a collection has the identifiers of its fields, which are
// others' elsewhere.
func TestAnOutlineBringsNoIdentifiers(t *testing.T) {
	w := pollentest.NewWorld(t)
	tr := transfer.New(w.DB, w.Registry, w.Personas)
	w.Collection("sites", pollen.AudienceMembers, schema.Schema{Fields: []schema.Field{{Name: "code", Type: schema.Code}}})
	o, err := transfer.ReadOutline(strings.NewReader(`{"name": {"en": "Places"}, "schema": {"title": ["name"],
		"fields": [{"id": 901, "name": "code", "type": "text"}, {"id": 902, "name": "name", "type": "text"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Reshape(t.Context(), w.System, "sites", o); err != nil {
		t.Fatal(err)
	}
	e, err := w.Registry.Create(t.Context(), w.System, "sites", registry.Change{Texts: map[string][]string{"code": {"not a code"}, "name": {"Nice"}}})
	if err != nil || e.Title != "Nice" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestWhatIsNoOutlineIsRefused(t *testing.T) {
	for _, text := range []string{"", "code,name\n", "{}", `{"schema": {"fields": []}}`, `{"schema": 1}`} {
		if _, err := transfer.ReadOutline(strings.NewReader(text)); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
