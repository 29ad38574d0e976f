package i18n

import (
	"embed"
	"encoding/json"
	"path"
)

// catalogues hold one file for each package that speaks.
//
//go:embed locale
var catalogues embed.FS

var frenchTexts, frenchPlurals = load("fr")

// load reads the catalogue of a language. A key that stands twice, or a file
// that cannot be read, is a fault of this package: it panics.
func load(tag string) (map[string]string, map[string][2]string) {
	texts, plurals := map[string]string{}, map[string][2]string{}
	folder := path.Join("locale", tag)
	files, err := catalogues.ReadDir(folder)
	if err != nil {
		panic("i18n: " + err.Error())
	}
	for _, f := range files {
		b, err := catalogues.ReadFile(path.Join(folder, f.Name()))
		if err != nil {
			panic("i18n: " + err.Error())
		}
		var entries map[string]form
		if err := json.Unmarshal(b, &entries); err != nil {
			panic("i18n: " + f.Name() + ": " + err.Error())
		}
		for key, e := range entries {
			_, text := texts[key]
			_, plural := plurals[key]
			if text || plural {
				panic("i18n: " + f.Name() + ": the key " + key + " stands in another file already")
			}
			if e.plural {
				plurals[key] = e.texts
			} else {
				texts[key] = e.texts[0]
			}
		}
	}
	return texts, plurals
}

// form is a text, or a singular and a plural.
type form struct {
	texts  [2]string
	plural bool
}

// UnmarshalJSON reads "text" and ["singular", "plural"].
func (f *form) UnmarshalJSON(b []byte) error {
	if f.plural = b[0] == '['; f.plural {
		return json.Unmarshal(b, &f.texts)
	}
	return json.Unmarshal(b, &f.texts[0])
}
