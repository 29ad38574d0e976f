package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
)

// hidden collects what the form of a page would send again.
func hidden(page, button string) url.Values {
	at := strings.Index(page, button)
	from := strings.LastIndex(page[:at], "<form")
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page[from:at], -1) {
		form.Add(m[1], m[2])
	}
	return form
}

func TestEditManyFromTheTable(t *testing.T) {
	s := open(t)
	a, b := s.create(t, "name", "Agence", "phone", "04 65 71 12 77"), s.create(t, "name", "Dépôt", "phone", "04 65 71 12 77")
	s.create(t, "name", "Usine")
	s.Settle(s.search.Index(), s.Registry.Counts())
	ana := s.reader(t, "Ana")
	_, page := ana.get("/c/sites")
	ana.sees(page, `name="pick" value="`+a.ID.String()+`" form="pick-form"`, "Modifier tout ce qui est trouvé", `<button class="btn main" form="pick-form">`)

	_, page = ana.get("/c/sites/+edit?pick=" + a.ID.String() + "&pick=" + b.ID.String())
	ana.sees(page, "2 fiches cochées", "Quel champ")
	pick := []string{"pick", a.ID.String(), "pick", b.ID.String(), "field", "phone"}
	_, page = ana.post("/c/sites/+edit", pick...)
	ana.sees(page, `name="value"`, "Vider le champ")
	resp, page := ana.post("/c/sites/+edit", append(pick, "step", "look", "how", "set", "value", "appelez-moi")...)
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong value: %d", resp.StatusCode)
	}
	ana.sees(page, "n’est pas un numéro de téléphone", "appelez-moi")
	_, page = ana.post("/c/sites/+edit", append(pick, "step", "look", "how", "set", "value", "04 65 71 40 00", "note", "nouveau standard")...)
	ana.sees(page, "2 fiches changeraient", "04 65 71 12 77", "04 65 71 40 00", "Publier 2 modifications")

	form := hidden(page, "Publier 2 modifications")
	form.Set("step", "publish")
	if _, err := s.Registry.Revise(t.Context(), s.System, a.ID, registry.Change{Texts: map[string][]string{"phone": {"04 65 71 12 99"}}}); err != nil {
		t.Fatal(err)
	}
	resp, page = ana.do("POST", "/c/sites/+edit", form.Encode())
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("publishing what changed meanwhile: %d", resp.StatusCode)
	}
	ana.sees(page, "Quelque chose a changé", "04 65 71 12 99")
	form = hidden(page, "Publier 2 modifications")
	form.Set("step", "publish")
	resp, page = ana.do("POST", "/c/sites/+edit", form.Encode())
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Request.URL.Path, "/batches/") {
		t.Fatalf("published: %d %s", resp.StatusCode, resp.Request.URL)
	}
	ana.sees(page, "2 fiches modifiées", "nouveau standard", "Défaire ce lot", ": 2 fiches", "Ana", "<del>")
	batch := resp.Request.URL.Path

	if _, err := s.Registry.Revise(t.Context(), s.System, a.ID, registry.Change{Texts: map[string][]string{"phone": {"04 65 71 12 55"}}}); err != nil {
		t.Fatal(err)
	}
	_, page = ana.post(batch+"/revert", "note", "trop tôt")
	ana.sees(page, "Les valeurs de 1 fiche sont revenues", "1 valeur reste", batch)
	_, page = ana.get(batch)
	ana.sees(page, "Défait")
	_, page = ana.get("/c/sites/+batches")
	ana.sees(page, "Modification de plusieurs fiches", "trop tôt")
	if resp, _ := ana.post(batch+"/revert", "note", ""); resp.StatusCode != http.StatusConflict {
		t.Errorf("undoing twice: %d", resp.StatusCode)
	}
}

func TestEditAllThatIsFound(t *testing.T) {
	s := open(t)
	s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	s.create(t, "name", "Dépôt", "phone", "04 65 71 12 78")
	s.Settle(s.search.Index())
	ana := s.reader(t, "Ana")
	for query, want := range map[string]string{
		"all=1":                               "2 fiches changeraient",
		"all=1&filter=phone+contains+4657112": "2 fiches changeraient",
		"all=1&filter=phone+%3D+0465711277":   "1 fiche changerait",
		"all=1&q=depot":                       "1 fiche changerait",
		"all=1&q=depot&filter=phone+present":  "1 fiche changerait",
	} {
		form, err := url.ParseQuery(query + "&field=phone&step=look&how=clear")
		if err != nil {
			t.Fatal(err)
		}
		resp, page := ana.do("POST", "/c/sites/+edit", form.Encode())
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d", query, resp.StatusCode)
		}
		ana.sees(page, want)
	}
	nobody := s.reader(t, "")
	for path, status := range map[string]int{"/c/sites/+edit?all=1": 401, "/c/nowhere/+edit?all=1": 404, "/batches/nothing": 404, "/batches/" + pollen.BatchID(7).String(): 404, "/c/nowhere/+batches": 404} {
		if resp, _ := nobody.get(path); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, status)
		}
	}
}

func TestEditManyWithNothingTickedGoesBackToTheList(t *testing.T) {
	s := open(t)
	s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	s.create(t, "name", "Dépôt")
	s.Settle(s.search.Index(), s.Registry.Counts())
	ana := s.reader(t, "Ana")
	_, page := ana.get("/c/sites?filter=phone+present&sort=-phone")
	ana.sees(page, `<input type="hidden" name="filter" value="phone present">`, `<input type="hidden" name="sort" value="-phone">`)
	ana.seesNot(page, "au moins une fiche")
	resp, page := ana.get("/c/sites/+edit?filter=phone+present&sort=-phone")
	if got := resp.Request.URL.RequestURI(); got != "/c/sites?filter=phone+present&sort=-phone&picked=none" {
		t.Errorf("back at %s", got)
	}
	ana.sees(page, "au moins une fiche", "Agence")
	e, _, err := s.Registry.At(t.Context(), s.System, "sites", "agence")
	if err != nil {
		t.Fatal(err)
	}
	_, page = ana.post("/c/sites/+edit", "pick", e.ID.String(), "filter", "phone present", "sort", "-phone", "field", "phone")
	ana.sees(page, `href="/c/sites?filter=phone+present&amp;sort=-phone">Quitter`)
}
