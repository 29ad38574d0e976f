package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// The recipe for people: parts that follow Zipf's law, as names do, so that
// some words are in very many entries and most are in few.
var (
	givens = strings.Fields(`Marie Jean Pierre Anne Michel Claire Louis Sophie Paul Julie Nicolas Léa Thomas Emma Camille Hugo Chloé Lucas Inès
		Gabriel Manon Arthur Zoé Jules Élise François Hélène Noémie Théo Aïcha Mehdi Fatou Ivan Olga Kenji Yuki Wei Mei Carlos Lucía João Ana
		Giulia Marco Lars Ingrid Piotr Zofia Ayşe Mehmet Amina Omar Grace John Mary James Linda Robert Susan David Karen`)
	starts = strings.Fields(`Mar Du La Le Bel Fon Mo Ber Ga Ro Vi Cha Gui Per Ri Sau Tan Vau Del Cor Bru Mer Len Bo Fer Col Pas Hen Gar Lam`)
	ends   = strings.Fields(`tin pont rand croix mont taine reau nard dier land gny rue lier rot chard nier vage neau court caut net guet bert lot quin`)
	jobs   = []string{"Ingénieure réseau", "Technicien", "Responsable des achats", "Comptable", "Assistante de direction", "Analyst", "Project manager",
		"Infirmière", "Professeur", "Juriste", "Cheffe de service", "Data engineer", "Agent d'accueil", "Conductrice de travaux", "Chercheur"}
	towns = strings.Fields(`Paris Lyon Marseille Toulouse Nice Nantes Montpellier Strasbourg Bordeaux Lille Rennes Reims Toulon Grenoble Dijon Angers
		Nîmes Villeurbanne Clermont-Ferrand Brest Tours Amiens Limoges Annecy Perpignan Metz Besançon Orléans Rouen Mulhouse Caen Nancy`)
)

// person is one invented line of the file.
type person struct{ code, given, family, email, phone, job, town string }

// people invents the same people for the same number, every time.
func people(n int, each func(person) error) error {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) func() string {
		z := rand.NewZipf(rng, 1.2, 4, uint64(len(list)-1))
		return func() string { return list[z.Uint64()] }
	}
	given, first, last, job, town := pick(givens), pick(starts), pick(ends), pick(jobs), pick(towns)
	for i := range n {
		p := person{code: fmt.Sprintf("P%07d", i), given: given(), job: job(), town: town()}
		p.family = first() + last()
		if rng.IntN(3) == 0 {
			p.family += last()
		}
		p.email = strings.ToLower(schema.Fold(p.given)+"."+schema.Fold(p.family)) + fmt.Sprintf(".%d@annuaire.example", i)
		p.phone = fmt.Sprintf("+3363998%04d", rng.IntN(10000))
		if err := each(p); err != nil {
			return err
		}
	}
	return nil
}

// write writes the people as a CSV file.
func write(path string, n int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "code,given_name,family_name,email,phone,job_title,town")
	err = people(n, func(p person) error {
		_, err := fmt.Fprintf(w, "%s,%s,%s,%s,%s,%s,%s\n", p.code, p.given, p.family, p.email, p.phone, p.job, p.town)
		return err
	})
	if e := w.Flush(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// slug is the address of the collection of invented people.
const slug = "crowd"

// crowd is their collection, which everybody may read.
func crowd(commons pollen.CommunityID) registry.NewCollection {
	return registry.NewCollection{Slug: slug, Community: commons, Audience: pollen.AudiencePublic, Name: map[string]string{"en": "Crowd"},
		Schema: schema.Schema{Key: "code", Title: []string{"given_name", "family_name"}, Fields: []schema.Field{
			{Name: "code", Type: schema.Code, Unique: true, Indexed: true, Column: true},
			{Name: "given_name", Type: schema.Text, Required: true},
			{Name: "family_name", Type: schema.Text},
			{Name: "email", Type: schema.Email, Indexed: true, Column: true},
			{Name: "phone", Type: schema.Phone, Indexed: true},
			{Name: "job_title", Type: schema.Text, Indexed: true, Column: true},
			{Name: "town", Type: schema.Text, Indexed: true, Column: true},
		}}}
}
