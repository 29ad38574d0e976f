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
// stands twice, a plural that has not two forms.
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
				if len(v) != 2 {
					t.Errorf("%s: %v needs a singular and a plural", file, key)
					continue
				}
				visit(file, fmt.Sprint(key), []string{fmt.Sprint(v[0]), fmt.Sprint(v[1])})
			default:
				t.Errorf("%s: %v is neither a text nor two", file, key)
			}
		}
	}
}
