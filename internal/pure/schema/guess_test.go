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
		g.Add(texts(r))
	}
	return g.Guess("fr")
}

func texts(row []string) (out []schema.Cell) {
	for _, s := range row {
		out = append(out, schema.Cell{Text: s})
	}
	return out
}

// column is sixty cells of one column, and some others at its end.
func column(heading string, cell func(i int) string, others ...string) [][]string {
	rows := [][]string{{heading}}
	for i := range 60 {
		rows = append(rows, []string{cell(i)})
	}
	for _, s := range others {
		rows = append(rows, []string{s})
	}
	return rows
}

// One slip of the pen among sixty makes no text of a date or a number: the type
// is proposed, and what it refuses is told. What says that the column is
// something else is no slip.
func TestAFewBadCellsDoNotHideTheType(t *testing.T) {
	day := func(i int) string { return fmt.Sprintf("2024-%02d-%02d", i/28+1, i%28+1) }
	french := func(i int) string { return fmt.Sprintf("%02d/%02d/2024", i%12+1, i%11+1) }
	moment := func(i int) string { return day(i) + " 10:30" }
	number := func(i int) string { return fmt.Sprint(i*37 + 5) }
	measure := func(i int) string { return fmt.Sprintf("%d,5", i*3) }
	mail := func(i int) string { return fmt.Sprintf("p%d@example.org", i) }
	web := func(i int) string { return fmt.Sprintf("https://example.org/%d", i) }
	phone := func(i int) string { return fmt.Sprintf("01 99 00 12 %02d", i) }
	for _, c := range []struct {
		heading string
		cell    func(int) string
		others  string // parted by /
		want    schema.Type
		unfit   int
	}{
		{"Ouvert le", day, "soon", schema.Date, 1},
		{"Ouvert le", day, "2024-02-30/n.c./1998", schema.Date, 3},
		{"Ouvert le", day, "a/b/c/d", schema.Text, 0},    // more than one in twenty
		{"Opened", french, "12-25-2024", schema.Text, 0}, // the month comes first: the others are not what they seem
		{"Opened", day, "2024-25-12", schema.Text, 0},    // and so here
		{"Opened", french, "31-02-2024", schema.Date, 1}, // a day that never was
		{"Vu", moment, "hier", schema.DateTime, 1},
		{"Effectif", number, "NC", schema.Integer, 1},
		{"Effectif", number, "about 12", schema.Integer, 1},
		{"Effectif", number, "12 500", schema.Integer, 0}, // read, however it is written
		{"Effectif", number, "12,5", schema.Number, 0},    // of two types, the one that refuses less
		{"Surface", measure, "inconnue", schema.Number, 1},
		{"Bâtiment", number, "12bis", schema.Code, 0}, // codes, as its only letter tells
		{"Bâtiment", number, "A", schema.Code, 0},
		{"Bâtiment", number, "007", schema.Code, 0},
		{"N° de lot", number, "inconnu", schema.Integer, 1},
		{"Code lot", number, "inconnu", schema.Text, 0}, // the heading says that it is none
		{"Compte", number, "12345678901234567890", schema.Code, 0},
		{"Note", func(i int) string { return fmt.Sprint(i % 5) }, "NA", schema.Choice, 0}, // which refuses nothing
		{"Courriel", mail, "ana at example.org", schema.Email, 1},
		{"Site", web, "to come", schema.URL, 1},
		{"Téléphone", phone, "ask Ana", schema.Phone, 1},
		{"Contact", phone, "ask Ana", schema.Text, 0}, // nothing says that these are telephones
		{"Actif", func(i int) string { return []string{"oui", "non"}[i%2] }, "?", schema.Choice, 0},
	} {
		s, why := guess(column(c.heading, c.cell, strings.Split(c.others, "/")...)...)
		if s.Fields[0].Type != c.want || why[0].Unfit != c.unfit {
			t.Errorf("%s and %q: %s, %d unfit (%s), want %s, %d", c.heading, c.others, s.Fields[0].Type, why[0].Unfit, why[0].Reason, c.want, c.unfit)
		}
		if (why[0].Reason.Key == "schema.guess.mostly") != (c.unfit > 0) || why[0].Plain != schema.Text {
			t.Errorf("%s and %q: %+v", c.heading, c.others, why[0])
		}
	}
}

func TestListsAreGuessedByTheirValues(t *testing.T) {
	for _, c := range []struct {
		items string // of three lists, parted by / and spaces
		want  schema.Type
	}{
		{"1 2/3/40", schema.Integer},
		{"1.5 2/3/", schema.Number},
		{"true/false true/true", schema.Boolean},
		{"01000 01001/35000/2A004", schema.Code},
		{"a@example.org b@example.org/c@example.org/", schema.Email},
		{"eau air/feu/terre", schema.Text},
	} {
		g := schema.NewGuesser([]string{"values", "one"})
		for list := range strings.SplitSeq(c.items, "/") {
			g.Add([]schema.Cell{{List: true, Items: strings.Fields(list)}, {Text: "x"}})
		}
		s, why := g.Guess("en")
		if f := s.Fields[0]; f.Type != c.want || !f.Many || f.Unique || s.Key != "" || why[0].Separator != "" {
			t.Errorf("%s: %+v, key %q", c.items, f, s.Key)
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", c.items, err)
		}
	}
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

func TestAPersonIsNamedByTheTwoNamesOfOne(t *testing.T) {
	for _, c := range []struct {
		headings, title string
	}{
		{"Nom de l'administration|Prénom PRADA|Nom PRADA", "prenom_prada nom_prada"},
		{"Nom PRADA|Prénom PRADA|Nom de l'administration", "prenom_prada nom_prada"},
		{"Nom de la commune|Prénom du maire", "nom_de_la_commune"},
		{"Nom de la commune|Nom|Prénom", "prenom nom"},
		{"Nom de famille|Prénom", "prenom nom_de_famille"},
		{"Nom de famille|Prénom usuel", "prenom_usuel nom_de_famille"},
		{"Nom|Prénom de l'agent", "prenom_de_l_agent nom"},
		{"First name|Last name|Company name", "first_name last_name"},
		{"contactFirstName|companyName|contactLastName", "contact_first_name contact_last_name"},
	} {
		headings := strings.Split(c.headings, "|")
		row := make([]string, len(headings))
		for i := range row {
			row[i] = "Some words"
		}
		s, _ := guess(headings, row, row)
		if got := strings.Join(s.Title, " "); got != c.title {
			t.Errorf("%s: %s, want %s", c.headings, got, c.title)
		}
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
	if got := strings.Join(names[:6], " "); got != "nom_complet nom_complet_2 identifier prenom no f_2024" {
		t.Errorf("%q", got)
	}
}

// A proposed schema takes every cell that it was made from, save as many as it
// tells.
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
			g.Add(texts(row))
		}
		s, guesses := g.Guess("en")
		if err := s.Validate(); err != nil {
			t.Fatalf("%v: %+v", err, s)
		}
		unfit := make([]int, len(guesses))
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
					if unfit[i]++; unfit[i] > guesses[i].Unfit {
						t.Fatalf("%q as %s: %v", cell, field.Type, err)
					}
				}
			}
		}
	})
}

func BenchmarkGuess(b *testing.B) {
	row := texts([]string{"35238", "Rennes", "48.11", "-1.68", "222485", "2024-01-01", "01 99 00 12 34", "a@example.org"})
	g := schema.NewGuesser([]string{"code", "nom", "lat", "lon", "population", "date", "tel", "mail"})
	for b.Loop() {
		g.Add(row)
	}
}

// What an export writes is proposed as what it was: texts by language, whatever
// their number, and places.
func TestTextsByLanguageAndPlacesAreProposed(t *testing.T) {
	for _, c := range []struct {
		cells string // parted by /
		want  schema.Type
		many  bool
	}{
		{"en: Directory\nfr: Annuaire/fr: Lot", schema.Localized, false},
		{"en: Directory\nen: Register/fr: Lot", schema.Localized, true},
		{`{"en":"Directory","fr":"Annuaire"}/{"pt-BR":"Lote"}/{}`, schema.Localized, false},
		{`{"en":["Directory","Register"]}/{"fr":["Lot"]}`, schema.Localized, true},
		{"en: Directory/Lot", schema.Text, false},               // no language is said of one
		{"tel: 01 99 00/fax: 12", schema.Text, false},           // these are no languages here
		{"lon: 12/lat: 13", schema.Text, false},                 // nor these
		{"fr : Annuaire/en : Directory", schema.Text, false},    // as no export writes it
		{`{"first":"Ada"}/{"first":"Bob"}`, schema.Text, false}, // no tags
		{`{"id":"12","no":"3"}`, schema.Text, false},            // tags that are other words as well
		{"1 rue Haute (48.1, -1.6)/(12, 3)", schema.Place, false},
		{`{"address":"1 rue Haute"}/{"lat":1,"lon":2}`, schema.Place, false},
		{"Rennes (35)/Brest (29)", schema.Text, false},
		{"a (99.5, 3.25)/b (98.1, 4)", schema.Text, false}, // no such latitude
	} {
		rows := [][]string{{"said"}}
		for s := range strings.SplitSeq(c.cells, "/") {
			rows = append(rows, []string{s})
		}
		s, _ := guess(rows...)
		if f := s.Fields[0]; f.Type != c.want || f.Many != c.many {
			t.Errorf("%q is %s, many %v", c.cells, f.Type, f.Many)
		}
	}
}

// Amounts are numbers as people write them, with the unit that they have in common.
func TestAmountsAreNumbers(t *testing.T) {
	for _, c := range []struct {
		cells string // parted by /
		want  schema.Type
		unit  string
	}{
		{"1 234,56/12,5", schema.Number, ""},
		{"-6.081689834590001/145.391998291/-17.524499893188", schema.Number, ""}, // degrees as programs write them
		{"1\u00a0234,56/1\u202f234\u202f567,8", schema.Number, ""},
		{"1.234,56/12,50", schema.Number, ""},
		{"1,234.56/12.50", schema.Number, ""},
		{"1 234/12", schema.Integer, ""},
		{"12 €/1 234,50 €/3", schema.Number, "€"},
		{"12\u00a0kg/7,5 kg", schema.Number, "kg"},
		{"50 %/12,5%", schema.Number, "%"},
		{"50 %/12 €", schema.Text, ""},
		{"12 rue Haute/3 rue Basse", schema.Text, ""},
		{"12kg/13kg", schema.Code, ""}, // joined to letters, a code as likely
	} {
		rows := [][]string{{"said"}}
		for s := range strings.SplitSeq(c.cells, "/") {
			rows = append(rows, []string{s})
		}
		s, _ := guess(rows...)
		f := s.Fields[0]
		if f.Type != c.want || f.Unit != c.unit {
			t.Errorf("%q is %s of %q", c.cells, f.Type, f.Unit)
		}
		for _, row := range rows[1:] {
			if _, err := f.FromText(row[0], nil); err != nil {
				t.Errorf("%s does not read %q: %v", f.Type, row[0], err)
			}
		}
	}
}

// A column is proposed as unique only where a unique field would take it.
func TestWhatIsNotUniqueIsNotProposedSo(t *testing.T) {
	g := schema.NewGuesser([]string{"code"})
	for _, s := range []string{"ab1", "cd2", "AB1"} {
		g.Add(texts([]string{s}))
	}
	if s, _ := g.Guess("en"); s.Key != "" || s.Fields[0].Unique {
		t.Errorf("codes that differ by case alone: %+v", s)
	}
	const told = 1 << 20 // at once
	for _, repeat := range []bool{true, false} {
		g := schema.NewGuesser([]string{"code"})
		for i := range told + 200 {
			g.Add(texts([]string{fmt.Sprint("S", i)}))
		}
		for i := range 200 { // past what is told apart at once
			if !repeat {
				i += 2 * told
			}
			g.Add(texts([]string{fmt.Sprint("S", told+i)}))
		}
		if s, _ := g.Guess("en"); (s.Key != "") == repeat {
			t.Errorf("repeated %t: key %q", repeat, s.Key)
		}
	}
}
