package contact_test

import (
	"fmt"
	"testing"

	"pollen"
	"pollen/internal/pure/contact"
	"pollen/internal/pure/schema"
)

func TestOf(t *testing.T) {
	s := &schema.Schema{Fields: []schema.Field{
		{ID: 1, Name: "given_name", Type: schema.Text}, {ID: 2, Name: "nom", Type: schema.Text}, {ID: 3, Name: "phone", Type: schema.Phone},
		{ID: 4, Name: "portable_pro", Type: schema.Phone, Many: true}, {ID: 5, Name: "email", Type: schema.Email}, {ID: 6, Name: "unit", Type: schema.Reference},
		{ID: 7, Name: "friend", Type: schema.Reference}, {ID: 8, Name: "fonction", Type: schema.Localized}, {ID: 9, Name: "at", Type: schema.Place}, {ID: 10, Name: "site", Type: schema.URL}}}
	unit, hidden := pollen.EntryID(77), pollen.EntryID(78)
	values := schema.Values{}
	for i, text := range map[int]string{0: "Ana", 1: "Le Goff", 2: "04 65 71 12 77", 3: "06 39 98 45 12|06 39 98 45 13", 4: "ana@example.org",
		5: unit.String(), 6: hidden.String(), 7: "fr: Cheffe\nen: Head", 8: "1 rue Haute, Rennes (48.1, -1.6)", 9: "https://example.org/a"} {
		f := &s.Fields[i]
		v, err := f.FromText(text, &schema.Env{Region: "FR"})
		if err != nil {
			t.Fatal(err)
		}
		values[f.ID] = v
	}
	c := contact.Of(s, "Ana Le Goff", values, func(id pollen.EntryID) string {
		if id == unit {
			return "Réseaux"
		}
		return ""
	}, "fr")
	want := "{Ana Le Goff Ana Le Goff Cheffe [Réseaux] [{+33465711277 voice} {+33639984512 cell} {+33639984513 cell}] [ana@example.org] [https://example.org/a] [1 rue Haute, Rennes]}"
	if got := fmt.Sprint(c); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !contact.Fits(s) || !c.Reachable() || contact.Fits(&schema.Schema{Fields: s.Fields[:2]}) {
		t.Error("what is a contact is told wrongly")
	}
	if c := contact.Of(s, "Nobody", schema.Values{}, nil, "en"); c.Reachable() || c.Name != "Nobody" {
		t.Errorf("%+v", c)
	}
}
