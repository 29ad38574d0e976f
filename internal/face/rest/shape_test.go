package rest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pollen/client"
)

// What is wrong with a request is said in the caller's words, of the member at
// fault, and never echoes what was sent at length.
func TestABodyThatIsNotAsDescribedIsToldWhereAndWhy(t *testing.T) {
	s := serve(t)
	s.as("Ana")
	long := strings.Repeat("x", 400_000)
	entries, revert := "/api/v1/collections/sites/entries", "/api/v1/entries/0000000000001/revert"
	for _, c := range []struct{ path, body, field, english, french string }{
		{revert, `{"to":1e300}`, "to", "“to” is not as it should be. It must be a whole number, not too large.", "« to » n’est pas tel qu’il doit être. On attend un nombre entier, pas trop grand."},
		{revert, `{"to":"` + long + `"}`, "to", "It must be a whole number", "On attend un nombre entier"},
		{revert, `{}`, "", "“to” is missing.", "« to » manque."},
		{entries, `{"values":[1]}`, "values", "It must be an object, in braces.", "On attend un objet, entre accolades."},
		{entries, `{"values":{},"` + long + `":1}`, "", "Nothing of this name is read here.", "Rien de ce nom n’est lu ici."},
		{entries, `{"values":{"name":"` + long + `"`, "", "From byte", "À partir de l’octet"},
		{entries, ``, "", "This request needs a body of JSON", "Cette requête attend un corps en JSON"},
	} {
		for language, want := range map[string]string{"en": c.english, "fr": c.french} {
			r, body := s.send(t, "POST", c.path, c.body, "Authorization", "Bearer Ana", "Content-Type", "application/json", "Accept-Language", language)
			var p client.Problem
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatal(err)
			}
			said := strings.ReplaceAll(p.Detail, "\u00a0", " ")
			if r.StatusCode != 400 && r.StatusCode != 422 || len(body) > 2000 || !strings.Contains(said, want) || c.field != "" && p.Field != c.field {
				t.Errorf("%.60s in %s: %d, %d bytes, field %q: %.300s", c.body, language, r.StatusCode, len(body), p.Field, body)
			}
			for _, machine := range []string{"json:", "Go ", "struct", "int64", "unmarshal"} {
				if strings.Contains(body, machine) {
					t.Errorf("%.60s: %.300s", c.body, body)
				}
			}
		}
	}
}
