package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"path"
)

// catalogues hold one file for each package that speaks.
//
//go:embed locale
var catalogues embed.FS

var frenchTexts, frenchPlurals = load("fr")

// load reads the catalogue of a language. A key that stands twice, or a file
// that cannot be read, is a fault of this package: it panics.
func load(tag string) (map[string]string, map[string]forms) {
	texts, plurals := map[string]string{}, map[string]forms{}
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
		var entries map[string]entry
		if err := json.Unmarshal(b, &entries); err != nil {
			panic("i18n: " + f.Name() + ": " + err.Error())
		}
		for key, e := range entries {
			_, text := texts[key]
			_, plural := plurals[key]
			switch {
			case text || plural:
				panic("i18n: " + f.Name() + ": the key " + key + " stands in another file already")
			case e.plural:
				plurals[key] = e.forms
			default:
				texts[key] = e.forms.other
			}
		}
	}
	return texts, plurals
}

// forms are the texts of a message that counts, one for each category of the
// plural rules of CLDR 48 that a language here tells apart.
type forms struct{ one, other, many string }

// entry is what a catalogue has under a key: a text, or its forms.
type entry struct {
	forms  forms
	plural bool
}

// UnmarshalJSON reads "text", [one, other] and [one, other, many].
func (e *entry) UnmarshalJSON(b []byte) error {
	if e.plural = b[0] == '['; !e.plural {
		return json.Unmarshal(b, &e.forms.other)
	}
	var texts []string
	if err := json.Unmarshal(b, &texts); err != nil {
		return err
	}
	if len(texts) != 2 && len(texts) != 3 {
		return errors.New("neither two forms nor three")
	}
	e.forms = forms{texts[0], texts[1], texts[len(texts)-1]}
	return nil
}
