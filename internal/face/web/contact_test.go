package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-vcard"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// staff is a site with units and people.
func staff(t *testing.T) *site {
	s := open(t)
	s.Collection("units", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "parent", Type: schema.Reference, Target: "units", Indexed: true, Label: map[string]string{"fr": "Fait partie de"}},
		{Name: "head", Type: schema.Reference, Target: "people"}}})
	s.Collection("people", pollen.AudienceMembers, schema.Schema{Title: []string{"given_name", "family_name"}, Fields: []schema.Field{
		{Name: "given_name", Type: schema.Text}, {Name: "family_name", Type: schema.Text}, {Name: "phone", Type: schema.Phone, Indexed: true},
		{Name: "mobile", Type: schema.Phone, Audience: pollen.AudiencePersona}, {Name: "email", Type: schema.Email},
		{Name: "unit", Type: schema.Reference, Target: "units", Indexed: true}, {Name: "manager", Type: schema.Reference, Target: "people", Indexed: true}}})
	make := func(collection string, values ...string) {
		ch := registry.Change{Texts: map[string][]string{}}
		for i := 0; i < len(values); i += 2 {
			ch.Texts[values[i]] = []string{values[i+1]}
		}
		if _, err := s.Registry.Create(t.Context(), s.System, collection, ch); err != nil {
			t.Fatal(err)
		}
	}
	make("people", "given_name", "Rosa", "family_name", "Chef", "phone", "04 65 71 12 00")
	make("people", "given_name", "Ana", "family_name", "Diaz", "phone", "04 65 71 12 77", "mobile", "06 39 98 45 12", "email", "ana@example.org", "manager", "rosa-chef")
	make("people", "given_name", "Silent", "family_name", "Person", "manager", "ana-diaz")
	make("units", "name", "Firm", "head", "rosa-chef")
	make("units", "name", "North", "parent", "firm")
	make("units", "name", "Crew", "parent", "north")
	make("units", "name", "Team", "parent", "crew")
	s.Settle(s.search.Index(), s.Registry.Counts())
	return s
}

func TestContacts(t *testing.T) {
	s := staff(t)
	ana := s.reader(t, "Bob")
	resp, card := ana.get("/c/people/ana-diaz.vcf")
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/vcard") || !strings.Contains(resp.Header.Get("Content-Disposition"), "ana-diaz.vcf") {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	c, err := vcard.NewDecoder(strings.NewReader(card)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	if c.Name().FamilyName != "Diaz" || c.Value("TEL") != "tel:+33465711277" || c.Value("EMAIL") != "ana@example.org" || len(c["TEL"]) != 1 {
		t.Errorf("%+v", c) // the mobile is for its person alone
	}
	_, page := ana.get("/c/people/ana-diaz/contact")
	ana.sees(page, `class="qr"`, `href="tel:+33465711277"`, "04 65 71 12 77", `href="mailto:ana@example.org"`, "ana-diaz.vcf")
	if strings.Contains(page, "639984512") {
		t.Error("the page shows what is for the person alone")
	}
	for path, n := range map[string]int{"/c/people/+contacts.vcf": 2, "/c/people/+contacts.vcf?filter=phone+%3D+0465711277": 1, "/c/people/+contacts.vcf?q=rosa": 1, "/c/people/+contacts.vcf?q=nobody": 0} {
		resp, cards := ana.get(path)
		if got := strings.Count(cards, "BEGIN:VCARD"); resp.StatusCode != 200 || got != n {
			t.Errorf("%s: %d, %d cards, want %d", path, resp.StatusCode, got, n)
		}
	}
	_, page = ana.get("/c/people/ana-diaz")
	ana.sees(page, "/c/people/ana-diaz/contact", "/c/people/+chart?at=ana-diaz")
	nobody := s.reader(t, "")
	for _, path := range []string{"/c/people/ana-diaz.vcf", "/c/people/ana-diaz/contact", "/c/people/+contacts.vcf", "/c/units/firm.vcf", "/c/sites/+chart", "/c/units/+chart"} {
		if resp, _ := nobody.get(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	for _, path := range []string{"/c/units/firm.vcf", "/c/units/firm/contact", "/c/units/+contacts.vcf", "/c/people/nobody.vcf", "/c/units/+chart?at=nowhere"} {
		if resp, _ := ana.get(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestChart(t *testing.T) {
	s := staff(t)
	r := s.reader(t, "Bob")
	_, page := r.get("/c/units/+chart")
	r.sees(page, `href="/c/units/firm">Firm</a>`, "Rosa Chef", `href="/c/units/crew">Crew</a>`, `href="/c/units/+chart?at=crew"`, "Fait partie de")
	if strings.Contains(page, `href="/c/units/team"`) {
		t.Error("the whole chart is loaded at once")
	}
	_, page = r.get("/c/units/+chart?at=crew")
	r.sees(page, `href="/c/units/+chart?at=north">North</a>`, `href="/c/units/team">Team</a>`, "Organigramme à partir de Crew")
	_, page = r.get("/c/people/+chart")
	r.sees(page, "Rosa Chef", "Ana Diaz", "Silent Person")
}

func TestCollectionPage(t *testing.T) {
	s := staff(t)
	r := s.reader(t, "Bob")
	_, page := r.get("/c/people")
	r.sees(page, "3 fiches", "Contacts (vCard)", "Toute personne connectée", "Qui peut lire")
	resp, page := r.get("/c/people?narrow=1&text.phone=1277&op.phone=contains&has.email=yes&col=phone")
	if got := resp.Request.URL.Query().Get("filter"); got != `phone contains "1277"` {
		t.Errorf("the controls make the filter %s", got)
	}
	r.sees(page, "1 fiche", "Ana Diaz", "contient")
	if strings.Contains(page, "Rosa Chef</a></th>") {
		t.Error("the table shows what the filter leaves out")
	}
	r.get("/c/people?col=phone&keep=these")
	_, page = r.get("/c/people") // the columns chosen are kept
	if strings.Contains(page, `data-label="email"`) || !strings.Contains(page, `data-label="phone"`) {
		t.Error("the columns chosen are forgotten")
	}
	resp, page = r.get("/c/people?narrow=1&is.manager=" + s.id(t, "people", "ana-diaz") + "&q=silent")
	r.sees(page, "1 fiche", "Silent Person", "manager\u00a0: Ana Diaz", "Mots\u00a0: silent")
	if resp.Request.URL.Query().Get("q") != "silent" {
		t.Errorf("the words are lost: %s", resp.Request.URL)
	}
	for path, wants := range map[string][]string{
		"/c/people?filter=phone+%3D":           {"Le filtre n’a plus de sens", "3 fiches"},
		"/c/people?filter=nothing+present":     {"Il n’y a pas de champ", "3 fiches"},
		"/c/people?filter=phone+starts+%2B339": {"Aucune fiche ne convient", "Voir toutes les fiches"},
		"/c/people?sort=-phone":                {`aria-sort="descending"`},
		"/c/people?more=unit":                  {"3 fiches"},
		"/c/sites":                             {"Rien ici pour l’instant"},
		"/c/people?filter=manager+present+and+%28phone+present+or+unit+present%29": {"1 fiche", "phone present or unit present"},
	} {
		resp, page := r.get(path)
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
		r.sees(page, wants...)
	}
}

func (s *site) id(t *testing.T, collection, slug string) string {
	t.Helper()
	e, _, err := s.Registry.At(t.Context(), s.System, collection, slug)
	if err != nil {
		t.Fatal(err)
	}
	return e.ID.String()
}

func TestExportFromTheCollection(t *testing.T) {
	s := staff(t)
	r := s.reader(t, "Bob")
	_, page := r.get("/c/people?filter=phone+present")
	r.sees(page, "/c/people/+export?filter=phone+present&amp;format=csv", "historique")
	resp, table := r.get("/c/people/+export?format=csv&filter=phone+%3D+0465711277")
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/csv") || !strings.Contains(table, "ana@example.org") || strings.Contains(table, "Rosa") {
		t.Errorf("%d %s", resp.StatusCode, table)
	}
	if strings.Contains(table, "639984512") {
		t.Error("the table holds what is for the person alone")
	}
	_, table = r.get("/c/people/+export?format=jsonl&history=1")
	if strings.Count(table, "\n") != 3 {
		t.Errorf("the history: %s", table)
	}
	for path, status := range map[string]int{"/c/people/+export?format=exe": 404, "/c/nowhere/+export?format=csv": 404, "/c/people/+export?format=csv&filter=nothing+present": 400} {
		if resp, _ := r.get(path); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, status)
		}
	}
	if resp, _ := s.reader(t, "").get("/c/people/+export?format=csv"); resp.StatusCode != 404 {
		t.Errorf("whoever is not signed in: %d", resp.StatusCode)
	}
}

// A file of contacts holds all that words find, more than one edit may take.
func TestAFileOfContactsIsWhole(t *testing.T) {
	s := staff(t)
	rows := make([]pollentest.Row, registry.MaxEdit+10)
	for i := range rows {
		rows[i].Texts = map[string][]string{"given_name": {"Voisin"}, "family_name": {"V" + strconv.Itoa(i)}, "email": {"v" + strconv.Itoa(i) + "@example.org"}}
	}
	b, err := s.Registry.Begin(t.Context(), s.System, "people", registry.Batch{Kind: registry.BatchImport})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Part(s.System, b.ID, rows...); err != nil {
		t.Fatal(err)
	}
	s.Settle(s.search.Index())
	if _, cards := s.reader(t, "Bob").get("/c/people/+contacts.vcf?q=voisin"); strings.Count(cards, "BEGIN:VCARD") != len(rows) {
		t.Errorf("%d cards of %d", strings.Count(cards, "BEGIN:VCARD"), len(rows))
	}
}
