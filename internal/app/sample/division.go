package sample

import (
	"pollen"
	"pollen/internal/pure/schema"
)

// The administrative divisions of France.
const (
	divisionLicence = "etalab-2.0"
	divisionSource  = "Insee, DGCL, La Poste, par @etalab/decoupage-administratif 6.0.0 (millésime 2026)"
)

// Codes of the Code officiel géographique of Insee. Overseas departments have
// three digits, and Corsica has letters.
const (
	communeCode     = `(?:[0-9]{2}|2[AB])[0-9]{3}`
	departementCode = `[0-9]{2,3}|2[AB]`
	regionCode      = `[0-9]{2,3}`
)

func zone() schema.Field {
	return field("zone", schema.Choice, "Zone", "Zone", terms(
		[3]string{"metro", "Métropole", "Metropolitan France"},
		[3]string{"drom", "Département ou région d’outre-mer", "Overseas department or region"},
		[3]string{"com", "Collectivité d’outre-mer", "Overseas collectivity"}))
}

func division(slug string, count int, name, purpose map[string]string, s schema.Schema, later ...string) Collection {
	return Collection{Slug: slug, Count: count, Name: name, Purpose: purpose, Community: pollen.Commons, Licence: divisionLicence,
		Source: divisionSource, From: "decoupage-administratif 6.0.0", Audience: pollen.AudiencePublic, Schema: s, Later: later}
}

func regions() Collection {
	return division("regions", 26, both("Régions", "Regions of France"),
		both("Les régions de France et les collectivités qui leur sont assimilées.", "The regions of France and the territories treated alike."),
		schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
			field("code", schema.Code, "Code", "Code", unique, column, pattern(regionCode), alias("code_region", "reg")),
			field("name", schema.Text, "Nom", "Name", required, indexed, column, alias("nom", "libelle")),
			field("seat", schema.Reference, "Chef-lieu", "Seat", to("communes"), column, timeless, alias("cheflieu")),
			zone(),
		}}, "seat")
}

func departements() Collection {
	return division("departements", 109, both("Départements", "Departments of France"),
		both("Les départements de France et les collectivités qui leur sont assimilées.", "The departments of France and the territories treated alike."),
		schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
			field("code", schema.Code, "Code", "Code", unique, column, pattern(departementCode), alias("code_departement", "dep")),
			field("name", schema.Text, "Nom", "Name", required, indexed, column, alias("nom", "libelle")),
			field("region", schema.Reference, "Région", "Region", to("regions"), column, timeless, alias("reg")),
			field("seat", schema.Reference, "Chef-lieu", "Seat", to("communes"), column, timeless, alias("cheflieu")),
			zone(),
		}}, "seat")
}

func groupings() Collection {
	return division("epci", 1255, both("Intercommunalités", "Groupings of communes"),
		both("Les établissements publics de coopération intercommunale à fiscalité propre.", "The groupings of French communes that raise their own taxes."),
		schema.Schema{Key: "siren", Title: []string{"name"}, Fields: []schema.Field{
			field("siren", schema.Code, "Siren", "Siren", unique, column, check("siren"), alias("code_epci", "epci")),
			field("name", schema.Text, "Nom", "Name", required, indexed, column, alias("nom", "libelle")),
			field("kind", schema.Choice, "Nature", "Kind", column, terms(
				[3]string{"CC", "Communauté de communes", "Community of communes"},
				[3]string{"CA", "Communauté d’agglomération", "Agglomeration community"},
				[3]string{"CU", "Communauté urbaine", "Urban community"},
				[3]string{"METRO", "Métropole", "Metropolis"},
				[3]string{"MET69", "Métropole de Lyon", "Metropolis of Lyon"})),
			field("population", schema.Integer, "Population municipale", "Municipal population", indexed, column),
			field("financing", schema.Choice, "Financement", "Financing", terms(
				[3]string{"FPU", "Fiscalité professionnelle unique", "Single business tax"},
				[3]string{"FA", "Fiscalité additionnelle", "Additional taxes"})),
		}})
}

func communes() Collection {
	return division("communes", 34969, both("Communes", "Communes of France"),
		both("Les communes actuelles de France, avec leurs codes postaux, leur population et ce dont elles font partie.",
			"The present communes of France, with postal codes, population, and what they are part of."),
		schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
			field("code", schema.Code, "Code Insee", "Insee code", unique, column, pattern(communeCode), alias("code_insee", "insee", "codgeo", "com"),
				help("Code officiel géographique. Ce n’est pas le code postal.", "Official geographic code. It is not the postal code.")),
			field("name", schema.Text, "Nom", "Name", required, indexed, column, alias("nom", "commune", "libelle")),
			field("postal_codes", schema.Code, "Codes postaux", "Postal codes", many, indexed, column, pattern(`[0-9]{5}`), alias("code_postal", "cp")),
			field("population", schema.Integer, "Population", "Population", indexed, column,
				help("Population municipale.", "Municipal population.")),
			field("departement", schema.Reference, "Département", "Department", to("departements"), column, timeless, alias("dep")),
			field("region", schema.Reference, "Région", "Region", to("regions"), timeless, alias("reg")),
			field("epci", schema.Reference, "Intercommunalité", "Grouping", to("epci"), column, timeless),
			zone(),
			field("siren", schema.Code, "Siren", "Siren", unique, check("siren")),
			field("former_codes", schema.Code, "Anciens codes", "Former codes", many, indexed, pattern(communeCode),
				help("Codes des communes qui s’y sont fondues.", "Codes of the communes that merged into it.")),
		}})
}
