package schema

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// Words of headings, folded, French and English, that say what a column is.
var (
	nameHints               = set("name", "nom", "title", "titre", "label", "libelle", "intitule", "designation", "denomination", "raison")
	givenHints, familyHints = set("prenom", "given", "first", "firstname", "givenname"), set("nom", "family", "last", "lastname", "familyname", "surname")
	nameFillers             = set("de", "du", "des", "d", "l", "la", "le", "les", "of", "the", "s", "famille", "usage", "usuel", "naissance", "birth", "legal", "complet", "full")
	codeHints               = set("id", "identifiant", "identifier", "code", "ref", "reference", "numero", "num", "number", "no", "key", "cle", "cp", "zip", "postal",
		"insee", "siren", "siret", "matricule", "sku", "uai", "uid", "uuid", "departement", "dep", "reg")

	phoneHints = set("tel", "telephone", "telephones", "phone", "phones", "mobile", "portable", "fax", "telecopie", "gsm", "standard")

	latHints = set("lat", "latitude")
	lonHints = set("lon", "lng", "long", "longitude")
)

func set(words ...string) map[string]bool {
	out := make(map[string]bool, len(words))
	for _, w := range words {
		out[w] = true
	}
	return out
}

// headingWords are the words of a heading: nom_complet, nomComplet and
// “Nom complet” have the same.
func headingWords(h string) []string {
	var b strings.Builder
	lower := false
	for _, r := range h {
		if unicode.IsUpper(r) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(r)
	}
	return strings.FieldsFunc(Fold(b.String()), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func (c *column) hint(words map[string]bool) bool {
	for _, w := range c.words {
		if words[w] {
			return true
		}
	}
	return false
}

// NameFor makes a valid field name of a heading or a label, other than those
// taken, and takes it.
func NameFor(heading string, taken map[string]bool) string {
	var b strings.Builder
	for _, w := range headingWords(heading) {
		for _, r := range w {
			if r < 128 {
				b.WriteRune(r)
			}
		}
		b.WriteByte('_')
	}
	name := strings.Trim(squeeze.ReplaceAllString(b.String(), "_"), "_")
	if len(name) > 56 {
		name = strings.TrimRight(name[:56], "_")
	}
	switch name {
	case "":
		name = "field"
	case "id": // of the entry, everywhere else
		name = "identifier"
	}
	if name[0] < 'a' || name[0] > 'z' {
		name = "f_" + name
	}
	free := name
	for n := 2; taken[free] || reserved[free]; n++ {
		free = name + "_" + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}

var squeeze = regexp.MustCompile(`_+`)

// common languages: at least one of them must be among the endings of headings
// before these are taken for languages, for “customer_id” is not Indonesian.
var common = set("fr", "en", "de", "es", "it", "pt", "nl", "pl", "ar", "zh", "ja", "ru")

var withLanguage = regexp.MustCompile(`^(.+?)(?:[_@:.\- ]|\s*[(\[])([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)[)\]]?$`)

// headingLanguage parts “name_fr”, “name@fr”, “Name (fr)” into the name and the
// language tag; the tag is "" where there is none.
func headingLanguage(h string) (base, tag string) {
	m := withLanguage.FindStringSubmatch(strings.TrimSpace(h))
	if m == nil {
		return "", ""
	}
	t, err := language.Parse(m[2])
	if err != nil {
		return "", ""
	}
	if b, c := t.Base(); c == language.No || len(b.String()) > 3 {
		return "", ""
	}
	return strings.TrimSpace(m[1]), t.String()
}
