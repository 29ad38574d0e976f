package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Rows of the two collections. The order of the fields is that of the lines.
type (
	languageRow struct {
		Code      string            `json:"code"`
		Name      map[string]string `json:"name"`
		Native    string            `json:"native_name,omitempty"`
		Alpha3    string            `json:"alpha3,omitempty"`
		Script    string            `json:"script,omitempty"`
		Direction string            `json:"direction,omitempty"`
	}
	countryRow struct {
		Code         string            `json:"code"`
		Name         map[string]string `json:"name"`
		OfficialName map[string]string `json:"official_name"`
		Flag         string            `json:"flag,omitempty"`
		Alpha3       string            `json:"alpha3,omitempty"`
		Numeric      string            `json:"numeric,omitempty"`
		Capital      []string          `json:"capital,omitempty"`
		Region       string            `json:"region"`
		Subregion    string            `json:"subregion,omitempty"`
		Location     point             `json:"location"`
		Area         float64           `json:"area"`
		Languages    []string          `json:"languages,omitempty"`
		Currencies   []string          `json:"currencies,omitempty"`
		CallingCodes []string          `json:"calling_codes,omitempty"`
		Domains      []string          `json:"domains,omitempty"`
		Borders      []string          `json:"borders,omitempty"`
		Member       bool              `json:"un_member"`
		Landlocked   bool              `json:"landlocked"`
	}
	point struct {
		Lat float64 `json:"lat"`
		Lon float64 `json:"lon"`
	}
)

// worldCountry is one country of npm world-countries, as far as it is used.
type worldCountry struct {
	Name struct {
		Official string                               `json:"official"`
		Native   map[string]struct{ Official string } `json:"native"`
	} `json:"name"`
	Translations map[string]struct{ Official string } `json:"translations"`
	Domains      []string                             `json:"tld"`
	Alpha2       string                               `json:"cca2"`
	Alpha3       string                               `json:"cca3"`
	Numeric      string                               `json:"ccn3"`
	Status       string                               `json:"status"`
	Member       bool                                 `json:"unMember"`
	Currencies   json.RawMessage                      `json:"currencies"`
	Dialling     struct {
		Root     string   `json:"root"`
		Suffixes []string `json:"suffixes"`
	} `json:"idd"`
	Capital    []string          `json:"capital"`
	Region     string            `json:"region"`
	Languages  map[string]string `json:"languages"`
	LatLng     [2]float64        `json:"latlng"`
	Landlocked bool              `json:"landlocked"`
	Borders    []string          `json:"borders"`
	Area       float64           `json:"area"`
	Flag       string            `json:"flag,omitempty"`
}

// world makes the languages and the countries.
func world(npm, data string) error {
	c, err := readCLDR(npm)
	if err != nil {
		return err
	}
	languages, err := c.languageRows()
	if err != nil {
		return err
	}
	var source []worldCountry
	if err := read(npm, "world-countries/countries.json", &source); err != nil {
		return err
	}
	countries, err := c.countryRows(source, languages)
	if err != nil {
		return err
	}
	if err := pack(data, "languages", languages); err != nil {
		return err
	}
	return pack(data, "countries", countries)
}

// cldr is what is used of cldr-core and cldr-localenames-full.
type cldr struct {
	territories map[string]map[string]string // by locale, then by code
	languages   map[string]map[string]string
	alpha3      map[string]string   // of two-letter language codes
	short       map[string]string   // from any other code of a language to its CLDR code
	script      map[string]string   // the likely script of a language
	rightToLeft map[string]bool     // scripts
	contains    map[string][]string // UN M49 areas
}

// minimum is how many countries a locale must name: those that name fewer give
// no picture of the world.
const minimum = 200

// copied is the share of names equal to the English ones from which a locale
// is taken for an untranslated copy.
const copied = 0.85

// region-free locales: regional ones repeat their parent. European Portuguese
// alone differs throughout.
var kept = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?$|^pt-PT$`)

func readCLDR(npm string) (*cldr, error) {
	c := &cldr{territories: map[string]map[string]string{}, languages: map[string]map[string]string{}}
	if err := c.readSupplemental(npm); err != nil {
		return nil, err
	}
	var coverage struct {
		Levels map[string]string `json:"effectiveCoverageLevels"`
	}
	if err := read(npm, "cldr-core/coverageLevels.json", &coverage); err != nil {
		return nil, err
	}
	folders, err := os.ReadDir(filepath.Join(npm, "cldr-localenames-full/main"))
	if err != nil {
		return nil, err
	}
	var english map[string]string
	if english, err = displayNames(npm, "en", "territories"); err != nil {
		return nil, err
	}
	for _, folder := range folders {
		locale := folder.Name()
		tag, err := language.Parse(locale)
		// What Go writes otherwise is a second name of the same language ("no" of "nb").
		if err != nil || tag.String() != locale || !kept.MatchString(locale) || locale == "no" || locale == "und" {
			continue
		}
		if _, script, ok := strings.Cut(locale, "-"); ok && script == c.script[locale[:strings.IndexByte(locale, '-')]] {
			continue // zh-Hans is zh
		}
		if coverage.Levels[locale] == "" {
			continue // not even CLDR's basic level
		}
		territories, err := displayNames(npm, locale, "territories")
		if err != nil {
			return nil, err
		}
		if real(territories) < minimum || locale != "en" && same(territories, english) > copied {
			continue
		}
		c.territories[locale] = territories
		if c.languages[locale], err = displayNames(npm, locale, "languages"); err != nil {
			return nil, err
		}
	}
	return c, nil
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// real counts the countries that are named by more than their code.
func real(names map[string]string) (n int) {
	for code, name := range names {
		if countryCode.MatchString(code) && name != code {
			n++
		}
	}
	return n
}

// same is the share of names that are the English ones.
func same(names, english map[string]string) float64 {
	n := 0
	for code, name := range names {
		if countryCode.MatchString(code) && name == english[code] {
			n++
		}
	}
	return float64(n) / float64(real(names))
}

func displayNames(npm, locale, kind string) (map[string]string, error) {
	var file struct {
		Main map[string]struct {
			Names map[string]json.RawMessage `json:"localeDisplayNames"`
		} `json:"main"`
	}
	path := filepath.Join("cldr-localenames-full/main", locale, kind+".json")
	if err := read(npm, path, &file); err != nil {
		return nil, err
	}
	names := map[string]string{}
	if raw := file.Main[locale].Names[kind]; raw != nil {
		if err := json.Unmarshal(raw, &names); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return names, nil
}

func (c *cldr) readSupplemental(npm string) error {
	var aliases struct {
		Supplemental struct {
			Metadata struct {
				Alias struct {
					Language map[string]struct {
						Reason      string `json:"_reason"`
						Replacement string `json:"_replacement"`
					} `json:"languageAlias"`
				} `json:"alias"`
			} `json:"metadata"`
		} `json:"supplemental"`
	}
	var likely struct {
		Supplemental struct {
			Subtags map[string]string `json:"likelySubtags"`
		} `json:"supplemental"`
	}
	var scripts struct {
		Metadata map[string]struct {
			RightToLeft string `json:"rtl"`
		} `json:"scriptMetadata"`
	}
	var containment struct {
		Supplemental struct {
			Territories map[string]struct {
				Contains []string `json:"_contains"`
				Grouping string   `json:"_grouping"`
			} `json:"territoryContainment"`
		} `json:"supplemental"`
	}
	for path, into := range map[string]any{
		"cldr-core/supplemental/aliases.json":              &aliases,
		"cldr-core/supplemental/likelySubtags.json":        &likely,
		"cldr-core/scriptMetadata.json":                    &scripts,
		"cldr-core/supplemental/territoryContainment.json": &containment,
	} {
		if err := read(npm, path, into); err != nil {
			return err
		}
	}
	c.alpha3, c.short, c.script = map[string]string{}, map[string]string{}, map[string]string{}
	c.rightToLeft, c.contains = map[string]bool{}, map[string][]string{}
	for code, a := range aliases.Supplemental.Metadata.Alias.Language {
		if languageCode.MatchString(code) && languageCode.MatchString(a.Replacement) {
			c.short[code] = a.Replacement
			// Twi and Moldavian had codes of their own before CLDR made them
			// Akan and Romanian.
			if a.Reason == "overlong" && len(a.Replacement) == 2 && code != "twi" && code != "mol" {
				c.alpha3[a.Replacement] = code
			}
		}
	}
	for code, tag := range likely.Supplemental.Subtags {
		if parts := strings.Split(tag, "-"); languageCode.MatchString(code) && len(parts) > 1 {
			c.script[code] = parts[1]
		}
	}
	for script, m := range scripts.Metadata {
		c.rightToLeft[script] = m.RightToLeft == "YES"
	}
	for area, t := range containment.Supplemental.Territories {
		if t.Grouping == "" && m49.MatchString(area) {
			c.contains[area] = t.Contains
		}
	}
	return nil
}

var (
	languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)
	m49          = regexp.MustCompile(`^[0-9]{3}$`)
)

// languageRows makes one row of each language that CLDR names in English.
func (c *cldr) languageRows() (rows []languageRow, err error) {
	for _, code := range slices.Sorted(maps.Keys(c.languages["en"])) {
		// What CLDR or Go write otherwise is a former code ("tw", "sh").
		tag, err := language.Parse(code)
		if err != nil || tag.String() != code || c.short[code] != "" || !languageCode.MatchString(code) || slices.Contains([]string{"mul", "und", "zxx"}, code) {
			continue
		}
		row := languageRow{Code: code, Name: map[string]string{}, Alpha3: c.alpha3[code], Script: c.script[code]}
		if len(code) == 3 {
			row.Alpha3 = code
		}
		for locale, names := range c.languages {
			if name := names[code]; name != "" && name != code {
				row.Name[locale] = name
			}
		}
		row.Native = row.Name[code]
		if row.Script != "" {
			row.Direction = "ltr"
			if c.rightToLeft[row.Script] {
				row.Direction = "rtl"
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("CLDR names no language in English")
	}
	return rows, nil
}

// countryRows makes one row of each country that world-countries lists, named
// by CLDR.
func (c *cldr) countryRows(source []worldCountry, languages []languageRow) (rows []countryRow, err error) {
	known := map[string]bool{}
	for _, l := range languages {
		known[l.Code] = true
	}
	byAlpha3 := map[string]string{}
	for _, w := range source {
		byAlpha3[w.Alpha3] = w.Alpha2
	}
	for _, w := range source {
		row := countryRow{
			Code: w.Alpha2, Name: map[string]string{}, OfficialName: map[string]string{"en": w.Name.Official}, Flag: w.Flag,
			Alpha3: w.Alpha3, Numeric: w.Numeric, Capital: w.Capital, Region: strings.ToLower(w.Region), Subregion: c.subregion(w.Alpha2),
			Location: point{w.LatLng[0], w.LatLng[1]}, Area: w.Area, CallingCodes: dialling(w), Domains: w.Domains,
			Member: w.Member, Landlocked: w.Landlocked,
		}
		if w.Status != "officially-assigned" { // Kosovo: XK is user-assigned, and no other code is agreed on
			row.Alpha3, row.Numeric = "", ""
		}
		for locale, names := range c.territories {
			if name := names[w.Alpha2]; name != "" && name != w.Alpha2 {
				row.Name[locale] = name
			}
		}
		if f := w.Translations["fra"].Official; f != "" {
			row.OfficialName["fr"] = f
		}
		for code, native := range w.Name.Native {
			if code = c.code(code); known[code] && native.Official != "" {
				row.OfficialName[code] = native.Official
			}
		}
		for _, code := range slices.Sorted(maps.Keys(w.Languages)) {
			if code = c.code(code); known[code] && !slices.Contains(row.Languages, code) {
				row.Languages = append(row.Languages, code)
			}
		}
		// Countries without a currency have a list where the others have an object.
		var currencies map[string]json.RawMessage
		if string(w.Currencies) != "[]" {
			if err := json.Unmarshal(w.Currencies, &currencies); err != nil {
				return nil, fmt.Errorf("%s: currencies: %w", w.Alpha2, err)
			}
		}
		row.Currencies = slices.Sorted(maps.Keys(currencies))
		for _, b := range w.Borders {
			row.Borders = append(row.Borders, byAlpha3[b])
		}
		slices.Sort(row.Borders)
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b countryRow) int { return cmp.Compare(a.Code, b.Code) })
	return rows, nil
}

// code brings any ISO 639 code to the one CLDR uses.
func (c *cldr) code(iso string) string {
	if short := c.short[iso]; short != "" {
		return short
	}
	return iso
}

// subregion is the narrowest UN M49 area that CLDR puts a country into.
func (c *cldr) subregion(country string) string {
	for area, contents := range c.contains {
		if slices.Contains(contents, country) {
			return area
		}
	}
	return ""
}

// dialling gives the calling codes of a country: where it shares one that it
// divides among many areas (+1), that one.
func dialling(w worldCountry) (codes []string) {
	if w.Dialling.Root == "" {
		return nil
	}
	if len(w.Dialling.Suffixes) > 3 {
		return []string{w.Dialling.Root}
	}
	for _, suffix := range w.Dialling.Suffixes {
		codes = append(codes, w.Dialling.Root+suffix)
	}
	return codes
}
