package web_test

import (
	"net/http"
	"testing"
)

// Whatever door a new persona comes by, it is told when to go on, and what it
// typed is not lost.
func TestABrakedNewcomerKeepsWhatTheyTyped(t *testing.T) {
	s := open(t)
	s.Brake(2)
	ana := s.reader(t, "Ana")
	ana.post("/c/sites/+new", "name", "Agence")
	ana.post("/c/sites/+new", "name", "Atelier")
	e, _, err := s.Registry.At(t.Context(), s.System, "sites", "agence")
	if err != nil {
		t.Fatal(err)
	}
	digest := func(page string) string { return between(t, page, `name="digest" value="`, `"`) }
	mass := []string{"pick", e.ID.String(), "field", "phone", "how", "set", "value", "04 65 71 12 77", "step", "look"}
	_, page := ana.post("/c/sites/+edit", mass...)
	mass = append(mass[:len(mass)-1], "publish", "digest", digest(page))
	for _, c := range []struct {
		door, typed string
		form        []string
	}{
		{"/c/sites/agence", "04 65 71 12 77", []string{"field", "phone", "value", "04 65 71 12 77", "base", "1"}},
		{"/c/sites/agence/edit", "04 65 71 12 77", []string{"base", "1", "name", "Agence", "phone", "04 65 71 12 77"}},
		{"/c/sites/+new", "Entrepôt", []string{"name", "Entrepôt"}},
		{"/c/sites/agence/talk", "C’est ouvert ?", []string{"body", "C’est ouvert ?"}},
		{"/g/+new", "Jardin", []string{"name", "Jardin", "join", "open"}},
		{"/c/sites/+edit", "04 65 71 12 77", mass},
	} {
		resp, page := ana.post(c.door, c.form...)
		if resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%s: %d", c.door, resp.StatusCode)
		}
		ana.sees(page, "au plus 2 changements par heure", c.typed)
	}
	if b, err := s.Registry.Batches(t.Context(), s.System, "sites", 0, ""); err != nil || len(b.Items) != 0 {
		t.Errorf("a refused mass edit leaves %+v, %v", b.Items, err)
	}
}
