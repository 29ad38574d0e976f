package i18n_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestFrenchTypography checks that the spaces which French puts before high
// punctuation and inside quotation marks stand there and do not break, and that
// apostrophes are curved (Lexique des règles typographiques en usage à
// l'Imprimerie nationale).
func TestFrenchTypography(t *testing.T) {
	wrong := regexp.MustCompile(` [;:?!»](?:[^=]|$)|[^\x{202f}\x{a0}][?!](?:$| )|«[^\x{202f}\x{a0}]|[^\x{202f}\x{a0}]»|'`)
	each(t, func(file, key string, texts []string) {
		for _, text := range texts {
			if at := wrong.FindString(text); at != "" {
				t.Errorf("%s: %s: %q: the space or apostrophe at %q is not the French one", file, key, text, at)
			}
		}
	})
}

// TestCataloguesAreWellMade checks what a map of Go would hide: a key that
// stands twice, a plural that has neither two forms nor three.
func TestCataloguesAreWellMade(t *testing.T) {
	seen := map[string]string{}
	each(t, func(file, key string, texts []string) {
		if other, twice := seen[key]; twice {
			t.Errorf("%s: %s stands in %s already", file, key, other)
		}
		seen[key] = file
		for _, text := range texts {
			if text == "" {
				t.Errorf("%s: %s is empty", file, key)
			}
		}
	})
}

// TestFrenchMillionsTakeDe: before a noun a whole million takes "de", so that what
// may be counted by the million has a third form.
func TestFrenchMillionsTakeDe(t *testing.T) {
	noun := regexp.MustCompile(`\{n\}[ \x{a0}](?:fiches|lignes|valeurs|révisions|résultats|membres|personnes|modifications|changements|octets|caractères|cellules|colonnes|actes)`)
	each(t, func(file, key string, texts []string) {
		if len(texts) == 2 && noun.MatchString(texts[1]) {
			t.Errorf("%s: %s: %q wants a third form, for 1\u202f000\u202f000 de …", file, key, texts[1])
		}
		if len(texts) == 3 && noun.MatchString(texts[2]) {
			t.Errorf("%s: %s: %q lacks its \"de\"", file, key, texts[2])
		}
	})
}

// each visits every message of the catalogues as it is written.
func each(t *testing.T, visit func(file, key string, texts []string)) {
	t.Helper()
	files, err := filepath.Glob("locale/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(b))
		if _, err := d.Token(); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var value any
			if err := d.Decode(&value); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			switch v := value.(type) {
			case string:
				visit(file, fmt.Sprint(key), []string{v})
			case []any:
				if len(v) != 2 && len(v) != 3 {
					t.Errorf("%s: %v needs a singular and a plural, and at most a third form", file, key)
					continue
				}
				var texts []string
				for _, form := range v {
					texts = append(texts, fmt.Sprint(form))
				}
				visit(file, fmt.Sprint(key), texts)
			default:
				t.Errorf("%s: %v is neither a text nor forms of one", file, key)
			}
		}
	}
}
