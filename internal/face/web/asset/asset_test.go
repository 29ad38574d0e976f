package asset_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryClassIsUsed: the style sheets go to everybody, so what no page names
// does not stand in them.
func TestEveryClassIsUsed(t *testing.T) {
	used := map[string]bool{}
	word := regexp.MustCompile(`[\w-]+`)
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".templ" && ext != ".ts" {
			return nil
		}
		b, err := os.ReadFile(path)
		for _, w := range word.FindAll(b, -1) {
			used[string(w)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	comment, class := regexp.MustCompile(`(?s)/\*.*?\*/`), regexp.MustCompile(`\.([a-zA-Z][\w-]*)`)
	for _, sheet := range []string{"files/components.css", "files/tokens.css", "src/part.css"} {
		b, err := os.ReadFile(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range class.FindAllStringSubmatch(strings.ReplaceAll(comment.ReplaceAllString(string(b), ""), ".woff2", ""), -1) {
			if !used[m[1]] {
				t.Errorf("%s: no page has the class %q", sheet, m[1])
			}
		}
	}
}
