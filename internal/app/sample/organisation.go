package sample

import (
	"pollen"
	"pollen/internal/pure/schema"
)

// invented is the source of all that is.
const invented = "Exemple : organisation, personnes, lieux et numéros inventés. Sample: organisation, people, places and numbers are invented."

// Organisation is the name of the sample's organisation, which does not exist.
const Organisation = "Lisière"

func lisiere(slug string, count int, name, purpose map[string]string, audience pollen.Audience, s schema.Schema, later ...string) Collection {
	return Collection{Slug: slug, Count: count, Name: name, Purpose: purpose, Community: pollen.Commons, Licence: "CC0-1.0",
		Source: invented, From: Organisation, Audience: audience, Schema: s, Invented: true, Later: later}
}

// units and people hold every field that the two collections have in an empty
// instance, under the same name and type.
func units() Collection {
	return lisiere(pollen.Units, 25, both("Unités", "Units"),
		both("Exemple : l’organisation de Lisière, qui n’existe pas. Qui travaille avec qui, et où.", "Sample: the organisation of Lisière, which does not exist. Who works with whom, and where."),
		pollen.AudiencePublic, schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
			field("code", schema.Code, "Code", "Code", unique, column, pattern(`[A-Z]+(?:-[A-Z]+)*`)),
			field("name", schema.Text, "Nom", "Name", required, indexed, column),
			field("names", schema.Localized, "Nom dans d’autres langues", "Name in other languages"),
			field("kind", schema.Choice, "Niveau", "Level", terms(
				[3]string{"company", "Entreprise", "Company"}, [3]string{"direction", "Direction", "Division"},
				[3]string{"service", "Service", "Department"}, [3]string{"team", "Équipe", "Team"})),
			field("parent", schema.Reference, "Fait partie de", "Part of", to(pollen.Units), column),
			field("head", schema.Reference, "Responsable", "Head", to(pollen.People), column),
			field("phone", schema.Phone, "Téléphone", "Telephone", indexed, group("reach")),
			field("email", schema.Email, "Courriel", "E-mail", indexed, group("reach")),
			field("site", schema.Reference, "Site", "Site", to("sites"), group("place")),
			field("purpose", schema.LongText, "Mission", "Purpose"),
		}}, "head", "site")
}

func sites() Collection {
	return lisiere("sites", 40, both("Sites", "Sites"),
		both("Exemple : les lieux où Lisière travaille, où ils sont, qui y répond, comment y entrer. Les communes sont vraies, les sites inventés.",
			"Sample: where Lisière works, who answers there, how to get in. The towns are real, the sites are not."),
		pollen.AudiencePublic, schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
			field("code", schema.Code, "Code", "Code", unique, column, pattern(`[A-Z]{2}-[0-9]{4}`)),
			field("name", schema.Text, "Nom", "Name", required, indexed, column),
			field("kind", schema.Choice, "Type", "Type", column, terms(
				[3]string{"office", "Bureaux", "Offices"}, [3]string{"branch", "Agence", "Branch"}, [3]string{"base", "Base", "Base"},
				[3]string{"depot", "Dépôt", "Depot"}, [3]string{"workshop", "Atelier", "Workshop"}, [3]string{"control", "Conduite", "Control"},
				[3]string{"substation", "Poste", "Substation"}, [3]string{"plant", "Production", "Power plant"}, [3]string{"relay", "Relais", "Relay"})),
			field("commune", schema.Reference, "Commune", "Commune", to("communes"), column, group("place"), timeless),
			field("place", schema.Place, "Adresse", "Address", group("place")),
			field("unit", schema.Reference, "Unité", "Unit", to(pollen.Units), group("work")),
			field("contact", schema.Reference, "Référent", "Contact", to(pollen.People), column, group("work")),
			field("phone", schema.Phone, "Standard", "Switchboard", indexed, column, group("reach")),
			field("hours", schema.Text, "Horaires", "Opening hours", group("reach"), halfLife(180)),
			field("accessibility", schema.Choice, "Accès PMR", "Step-free access", column, group("access"), terms(
				[3]string{"step-free", "Plain-pied", "Step-free"}, [3]string{"ramp", "Rampe", "Ramp"}, [3]string{"lift", "Ascenseur", "Lift"},
				[3]string{"dock", "Quai seulement", "Dock only"}, [3]string{"no-public", "Sans accès public", "Not open to the public"})),
			field("access", schema.Localized, "Comment y entrer", "How to get in", group("access"), halfLife(365)),
			field("commissioned", schema.Date, "Mise en service", "In service since", indexed),
			field("power", schema.Number, "Puissance", "Power", indexed, func(f *schema.Field) { f.Unit = "MVA" }),
		}}, "contact")
}

func people() Collection {
	return lisiere(pollen.People, 220, both("Personnes", "People"),
		both("Exemple : les gens de Lisière, tous inventés. Qui fait quoi, et comment joindre chacun.", "Sample: the people of Lisière, all invented. Who does what, and how to reach them."),
		pollen.AudienceMembers, schema.Schema{Key: "staff_id", Title: []string{"given_name", "family_name"}, Fields: []schema.Field{
			field("given_name", schema.Text, "Prénom", "Given name", required, indexed),
			field("family_name", schema.Text, "Nom", "Family name", indexed),
			field("photo", schema.Image, "Photographie", "Photograph"),
			field("phone", schema.Phone, "Téléphone", "Telephone", indexed, column, group("reach")),
			field("mobile", schema.Phone, "Mobile", "Mobile", indexed, group("reach")),
			field("email", schema.Email, "Courriel", "E-mail", indexed, column, group("reach")),
			field("languages", schema.Text, "Langues", "Languages", many, indexed, group("reach")),
			field("job_title", schema.Text, "Fonction", "Job title", indexed, column, group("place"), halfLife(180)),
			field("unit", schema.Reference, "Unité", "Unit", to(pollen.Units), column, group("place")),
			field("manager", schema.Reference, "Responsable", "Manager", to(pollen.People), group("place")),
			field("site", schema.Reference, "Site", "Site", to("sites"), group("place")),
			field("office", schema.Text, "Bureau", "Office", indexed, group("place"), halfLife(365)),
			field("presence", schema.Text, "Présence", "Presence", group("place"), halfLife(180)),
			field("deputy", schema.Reference, "En son absence", "Deputy", to(pollen.People), group("place")),
			field("commune", schema.Reference, "Commune de départ", "Commutes from", to("communes"), group("place"),
				help("Pour le covoiturage. Facultatif.", "For car sharing. Optional.")),
			field("asked_about", schema.Text, "À consulter pour", "Asked about", many, indexed, group("work")),
			field("certifications", schema.Choice, "Habilitations", "Electrical authorisations", many, group("work"), halfLife(365), terms(symbols...),
				help("Symboles de la norme NF C 18-510.", "Symbols of the standard NF C 18-510.")),
			field("on_call", schema.Text, "Astreinte", "On call", indexed, group("work"), halfLife(90)),
			field("staff_id", schema.Code, "Matricule", "Staff number", unique, pattern(`L[0-9]{4}`)),
		}}, "deputy")
}

// symbols are electrical authorisations: B low voltage, H high voltage; 0 no
// electrical work, 1 works, 2 leads, C locks out, R intervenes; V near bare
// live parts.
var symbols = [][3]string{
	{"B0", "B0", "B0"}, {"H0", "H0", "H0"}, {"B1V", "B1V", "B1V"}, {"H1V", "H1V", "H1V"}, {"B2V", "B2V", "B2V"},
	{"B2V essai", "B2V essai", "B2V, testing"}, {"H2V", "H2V", "H2V"}, {"BR", "BR", "BR"}, {"BC", "BC", "BC"}, {"HC", "HC", "HC"},
}

func glossary() Collection {
	c := lisiere("glossary", 62, both("Glossaire", "Glossary"),
		both("Exemple : les mots du réseau et des données, définis en français et en anglais.", "Sample: the words of the grid and of data, defined in French and in English."),
		pollen.AudiencePublic, schema.Schema{Key: "code", Title: []string{"term"}, Fields: []schema.Field{
			field("code", schema.Code, "Code", "Code", unique, pattern(`[a-z0-9]+(?:-[a-z0-9]+)*`)),
			field("term", schema.Localized, "Terme", "Term", required, column),
			field("definition", schema.Localized, "Définition", "Definition", required, column),
			field("abbreviations", schema.Text, "Abréviations", "Abbreviations", many, indexed, column),
			field("domain", schema.Choice, "Domaine", "Domain", column, terms(
				[3]string{"network", "Réseau", "Grid"}, [3]string{"operation", "Exploitation", "Operation"}, [3]string{"safety", "Sécurité", "Safety"},
				[3]string{"mobility", "Mobilités et clients", "Mobility and customers"}, [3]string{"it", "Informatique", "Computing"},
				[3]string{"data", "Données", "Data"})),
			field("see_also", schema.Reference, "Voir aussi", "See also", many, to("glossary"), timeless),
			field("source", schema.Text, "Pour aller plus loin", "Further reading"),
			field("link", schema.URL, "Lien", "Link"),
		}}, "see_also")
	c.Invented = false
	c.From = "Pollen"
	c.Source = "Exemple : définitions écrites pour Pollen. Sample: definitions written for Pollen."
	return c
}
