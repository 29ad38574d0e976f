package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pollen/internal/pure/schema"
)

// guess reads a table whose first row is the headings.
func guess(rows ...[]string) (schema.Schema, []schema.Guess) {
	g := schema.NewGuesser(rows[0])
	for _, r := range rows[1:] {
		g.Add(r)
	}
	return g.Guess("fr")
}

func TestAColumnIsTakenForWhatEveryCellSays(t *testing.T) {
	for _, c := range []struct {
		heading string
		cells   string // parted by /
		want    schema.Type
	}{
		{"Population", "12/0/98765", schema.Integer},
		{"Superficie", "12,5/0.3/7", schema.Number},
		{"code_commune", "01001/2A004/97411", schema.Code},
		{"Département", "01/75/2B", schema.Code},
		{"département", "1/75/69", schema.Code}, // the heading names a code
		{"cp", "35000/75001", schema.Code},
		{"compte", "12345678901234567890/2", schema.Code}, // too long to count with
		{"agent", "007/42", schema.Code},                  // a number would lose its zeros
		{"ville", "PARIS/LYON/NANTES", schema.Text},       // capitals are no code
		{"réf", "A-12/B-99", schema.Code},
		{"ouvert le", "2024-02-29/1999-12-31", schema.Date},
		{"ouvert le", "31/12/1999/", schema.Text}, // "31", "12", "1999": not a date; see below
		{"vu", "2024-02-29T10:00:00Z/2024-03-01 08:30:00", schema.DateTime},
		{"actif", "oui/non/Oui", schema.Boolean},
		{"actif", "oui/oui", schema.Text}, // nothing says that it can be no
		{"actif", "0/1", schema.Integer},
		{"Courriel", "a@example.org/b@example.com", schema.Email},
		{"Téléphone", "01 99 00 12 34/+33 1 99 00 56 78", schema.Phone},
		{"tel", "0199001234/0199005678", schema.Phone},
		{"numéro", "0199001234/0199005678", schema.Code},
		{"site", "http://example.org/x", schema.Text}, // cut at / by this test: "http:" is no address
		{"remarque", strings.Repeat("mot ", 100), schema.LongText},
		{"vide", "", schema.Text},
		{"iban", "FR1420041010050500013M02606/GB82WEST12345698765432", schema.Code},
	} {
		rows := [][]string{{c.heading}}
		for cell := range strings.SplitSeq(c.cells, "/") {
			rows = append(rows, []string{cell})
		}
		s, why := guess(rows...)
		if c.heading == "ouvert le" && strings.HasPrefix(c.cells, "31") {
			c.want = schema.Code
			s, why = guess([]string{c.heading}, []string{"31/12/1999"}, []string{"1/2/2003"})
			c.want = schema.Date
		}
		if s.Fields[0].Type != c.want {
			t.Errorf("%s %q: %s (%s), want %s", c.heading, c.cells, s.Fields[0].Type, why[0].Reason, c.want)
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", c.heading, err)
		}
		if why[0].Reason.Key == "" {
			t.Errorf("%s: no reason", c.heading)
		}
	}
}

func TestDaysAreNoCodes(t *testing.T) {
	// One day that never was makes the column text: nothing to tell rows apart by.
	s, _ := guess([]string{"Date d'entrée", "Nom", "SIRET"}, []string{"02/02/2024", "Un", "1234"}, []string{"31/02/2024", "Deux", "1235"}, []string{"2024-03-01", "Trois", "1236"})
	if s.Fields[0].Type != schema.Text || s.Key != "siret" {
		t.Errorf("%s, key %q", s.Fields[0].Type, s.Key)
	}
}

func TestWebAddressesAndCheckDigits(t *testing.T) {
	s, _ := guess([]string{"Site web", "siret", "isbn"}, []string{"https://example.org/a", "55210055400013", "9782070612758"},
		[]string{"http://example.com", "35600000000048", "2070612759"})
	if s.Fields[0].Type != schema.URL || s.Fields[1].Check != "siret" || s.Fields[2].Check != "isbn" {
		t.Errorf("%+v", s.Fields)
	}
}

func TestFewTextsAreAChoice(t *testing.T) {
	rows := [][]string{{"Statut", "Nom"}}
	for i := range 30 {
		rows = append(rows, []string{[]string{"ouvert", "fermé", "Ouvert"}[i%3], fmt.Sprint("Site ", i)})
	}
	s, _ := guess(rows...)
	if f := s.Fields[0]; f.Type != schema.Choice || len(f.Terms) != 2 {
		t.Errorf("%+v", f)
	}
	for _, row := range rows[1:] {
		if _, err := s.Fields[0].FromText(row[0], nil); err != nil {
			t.Errorf("%q: %v", row[0], err)
		}
	}
	if !slices.Equal(s.Title, []string{"nom"}) {
		t.Errorf("title %v", s.Title)
	}
}

func TestColumnsThatFillOneField(t *testing.T) {
	s, why := guess([]string{"nom_fr", "nom_en", "customer_id", "lat", "lon"},
		[]string{"Bretagne", "Brittany", "7", "48.1", "-1.6"}, []string{"Corse", "Corsica", "8", "42", "9.1"})
	if len(s.Fields) != 3 || s.Fields[0].Type != schema.Localized || s.Fields[1].Type != schema.Code || s.Fields[2].Type != schema.Place {
		t.Fatalf("%+v", s.Fields)
	}
	if why[0].Field != "nom" || why[0].Lang != "fr" || why[1].Lang != "en" || why[3].Part != schema.Latitude || why[4].Part != schema.Longitude {
		t.Errorf("%+v", why)
	}
	if s.Key != "customer_id" || !s.Field("customer_id").Unique {
		t.Errorf("key %q", s.Key)
	}
	if !slices.Equal(s.Title, []string{"nom"}) {
		t.Errorf("title %v", s.Title)
	}
}

func TestManyValuesInACell(t *testing.T) {
	s, why := guess([]string{"langues", "sujets"}, []string{"fr|en", "eau ; air"}, []string{"de", "feu"})
	if !s.Fields[0].Many || why[0].Separator != "" || !s.Fields[1].Many || why[1].Separator != ";" {
		t.Errorf("%+v %+v", s.Fields, why)
	}
}

func TestNamesAreValidAndDifferent(t *testing.T) {
	s, _ := guess([]string{"Nom complet", "nom_complet", "id", "Prénom", "№", "2024", strings.Repeat("très ", 40)}, []string{"", "", "", "", "", "", ""})
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range s.Fields {
		names = append(names, f.Name)
	}
	if got := strings.Join(names[:6], " "); got != "nom_complet nom_complet_2 id_2 prenom no f_2024" {
		t.Errorf("%q", got)
	}
}

// A proposed schema takes every cell that it was made from.
func FuzzGuess(f *testing.F) {
	f.Add("nom,code", "a,01\nb,2A\n")
	f.Add("lat,lon", "1,2\n91,200\n")
	f.Add("n_fr,n_en,id", "x:y,z,1\n")
	f.Add("t", "Oui\nnon\n")
	f.Fuzz(func(t *testing.T, head, body string) {
		headings := strings.Split(head, ",")
		if len(headings) > 20 {
			return
		}
		g := schema.NewGuesser(headings)
		var rows [][]string
		for line := range strings.SplitSeq(body, "\n") {
			row := strings.Split(line, ",")
			rows = append(rows, row)
			g.Add(row)
		}
		s, guesses := g.Guess("en")
		if err := s.Validate(); err != nil {
			t.Fatalf("%v: %+v", err, s)
		}
		for _, row := range rows {
			for i, cell := range row {
				if i >= len(guesses) || guesses[i].Part != "" || guesses[i].Lang != "" {
					continue
				}
				if _, err := (&schema.Field{Name: "x", Type: schema.LongText}).FromText(cell, nil); err != nil {
					continue // no text at all
				}
				field := s.Field(guesses[i].Field)
				if _, err := field.FromText(cell, nil); err != nil && field.Type != schema.Text && field.Type != schema.LongText {
					t.Fatalf("%q as %s: %v", cell, field.Type, err)
				}
			}
		}
	})
}

func BenchmarkGuess(b *testing.B) {
	row := []string{"35238", "Rennes", "48.11", "-1.68", "222485", "2024-01-01", "01 99 00 12 34", "a@example.org"}
	g := schema.NewGuesser([]string{"code", "nom", "lat", "lon", "population", "date", "tel", "mail"})
	for b.Loop() {
		g.Add(row)
	}
}
