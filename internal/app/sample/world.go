package sample

import (
	"pollen"
	"pollen/internal/pure/schema"
)

// languages are those that Unicode CLDR names in English.
func languages() Collection {
	return Collection{
		Slug: "languages", Count: 630, Name: both("Langues", "Languages"),
		Purpose:   both("Les langues du monde, nommées dans plus de cent d’entre elles.", "The languages of the world, named in more than a hundred of them."),
		Community: pollen.Commons, Licence: "Unicode-3.0", Source: "Unicode CLDR 48.2 © Unicode, Inc.", From: "CLDR 48.2", Audience: pollen.AudiencePublic,
		Schema: schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
			field("code", schema.Code, "Code", "Code", unique, column, pattern(`[a-z]{2,3}`), alias("iso639", "tag"),
				help("Sous-étiquette de langue BCP 47 : le code ISO 639 le plus court.", "BCP 47 language subtag: the shortest ISO 639 code.")),
			field("name", schema.Localized, "Nom", "Name", required, column),
			field("native_name", schema.Text, "Nom dans la langue", "Name in the language", indexed, column),
			field("alpha3", schema.Code, "Code à trois lettres", "Three-letter code", unique, column, pattern(`[a-z]{3}`),
				help("Code terminologique ISO 639.", "Terminological ISO 639 code.")),
			field("script", schema.Code, "Écriture", "Script", indexed, column, pattern(`[A-Z][a-z]{3}`),
				help("Écriture la plus probable, code ISO 15924.", "Most likely script, ISO 15924 code.")),
			field("direction", schema.Choice, "Sens d’écriture", "Direction", terms(
				[3]string{"ltr", "De gauche à droite", "Left to right"},
				[3]string{"rtl", "De droite à gauche", "Right to left"})),
		}},
	}
}

// countries are those of ISO 3166-1, and Kosovo.
func countries() Collection {
	return Collection{
		Slug: "countries", Count: 250, Name: both("Pays", "Countries"),
		Purpose:   both("Pays et territoires, nommés dans plus de cent langues.", "Countries and territories, named in more than a hundred languages."),
		Community: pollen.Commons, Licence: "ODbL-1.0",
		Source:   "world-countries 5.1.0 © Mohammed Le Doze (ODbL-1.0); names: Unicode CLDR 48.2 © Unicode, Inc. (Unicode-3.0)",
		From:     "world-countries 5.1.0",
		Audience: pollen.AudiencePublic, Later: []string{"borders"},
		Schema: schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
			field("code", schema.Code, "Code à deux lettres", "Two-letter code", unique, column, pattern(`[A-Z]{2}`), alias("iso2", "alpha2", "iso_3166"),
				help("ISO 3166-1 alpha-2. XK, le Kosovo, est un code d’usage.", "ISO 3166-1 alpha-2. XK, Kosovo, is in use and not assigned.")),
			field("name", schema.Localized, "Nom", "Name", required, column),
			field("official_name", schema.Localized, "Nom officiel", "Official name"),
			field("flag", schema.Text, "Drapeau", "Flag", column),
			field("alpha3", schema.Code, "Code à trois lettres", "Three-letter code", unique, column, pattern(`[A-Z]{3}`), alias("iso3")),
			field("numeric", schema.Code, "Code numérique", "Numeric code", unique, pattern(`[0-9]{3}`), alias("iso_num", "m49")),
			field("capital", schema.Text, "Capitale", "Capital", many, indexed, column),
			field("region", schema.Choice, "Partie du monde", "Part of the world", column, terms(
				[3]string{"africa", "Afrique", "Africa"}, [3]string{"americas", "Amériques", "Americas"}, [3]string{"asia", "Asie", "Asia"},
				[3]string{"europe", "Europe", "Europe"}, [3]string{"oceania", "Océanie", "Oceania"}, [3]string{"antarctic", "Antarctique", "Antarctic"})),
			field("subregion", schema.Choice, "Sous-région", "Subregion", terms(areas...),
				help("Région M49 des Nations unies, selon CLDR.", "United Nations M49 area, according to CLDR.")),
			field("location", schema.Place, "Position", "Location", timeless),
			field("area", schema.Number, "Superficie", "Area", indexed, func(f *schema.Field) { f.Unit = "km²" }),
			field("languages", schema.Reference, "Langues officielles", "Official languages", many, to("languages"), timeless),
			field("currencies", schema.Code, "Monnaies", "Currencies", many, indexed, pattern(`[A-Z]{3}`),
				help("ISO 4217.", "ISO 4217.")),
			field("calling_codes", schema.Code, "Indicatifs téléphoniques", "Calling codes", many, indexed, pattern(`\+[0-9]{1,8}`)),
			field("domains", schema.Text, "Domaines internet", "Internet domains", many, indexed),
			field("borders", schema.Reference, "Pays voisins", "Neighbours", many, to("countries"), timeless),
			field("un_member", schema.Boolean, "Membre des Nations unies", "Member of the United Nations", indexed),
			field("landlocked", schema.Boolean, "Sans accès à la mer", "Landlocked", indexed),
		}},
	}
}

// areas are the smallest areas of UN M49, named by CLDR.
var areas = [][3]string{
	{"011", "Afrique occidentale", "Western Africa"},
	{"014", "Afrique orientale", "Eastern Africa"},
	{"015", "Afrique septentrionale", "Northern Africa"},
	{"017", "Afrique centrale", "Middle Africa"},
	{"018", "Afrique australe", "Southern Africa"},
	{"021", "Amérique septentrionale", "Northern America"},
	{"029", "Caraïbes", "Caribbean"},
	{"013", "Amérique centrale", "Central America"},
	{"005", "Amérique du Sud", "South America"},
	{"030", "Asie de l’Est", "Eastern Asia"},
	{"034", "Asie du Sud", "Southern Asia"},
	{"035", "Asie du Sud-Est", "Southeast Asia"},
	{"143", "Asie centrale", "Central Asia"},
	{"145", "Asie de l’Ouest", "Western Asia"},
	{"039", "Europe du Sud", "Southern Europe"},
	{"151", "Europe de l’Est", "Eastern Europe"},
	{"154", "Europe du Nord", "Northern Europe"},
	{"155", "Europe de l’Ouest", "Western Europe"},
	{"053", "Australasie", "Australasia"},
	{"054", "Mélanésie", "Melanesia"},
	{"057", "Région micronésienne", "Micronesian Region"},
	{"061", "Polynésie", "Polynesia"},
}
