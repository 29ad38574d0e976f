package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pollen/internal/pure/i18n"
)

// said is a message as the code says it: one text, or a singular and a plural.
type said struct {
	english []string
	where   string
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// messages collects the keys with their English from the code of the module:
// calls of T, N, Count, Errorf, ErrorN and no, and literals of Message and of
// tables of texts. One that counts has its number between the key and two texts.
func messages(t *testing.T) map[string]said {
	t.Helper()
	out := map[string]said{}
	err := filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "sample") {
			if d != nil && d.IsDir() && err == nil {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			var list []ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				list = n.Args
			case *ast.CompositeLit:
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						e = kv.Value
					}
					list = append(list, e)
				}
			}
			for i := 0; i+1 < len(list); i++ {
				key, ok := literal(list[i])
				if !ok || !regexp.MustCompile(`^[a-z]+(\.[a-z0-9_-]+)+$`).MatchString(key) {
					continue
				}
				english := texts(list[i+1:])
				if english == nil {
					continue
				}
				where := set.Position(n.Pos()).String()
				if was, twice := out[key]; twice && !slices.Equal(was.english, english) {
					t.Errorf("%s is said as %q in %s and as %q in %s", key, was.english, was.where, english, where)
				}
				out[key] = said{english, where}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// texts are what follows a key: a text, or a number and two texts.
func texts(list []ast.Expr) []string {
	text := func(i int) (string, bool) {
		if i >= len(list) {
			return "", false
		}
		s, ok := literal(list[i])
		return s, ok && s != "" && (strings.ContainsAny(s, " \u00a0") || "A" <= s[:1] && s[:1] <= "Z")
	}
	if one, ok := text(0); ok {
		return []string{one}
	}
	one, ok := text(1)
	if !ok {
		return nil
	}
	if other, ok := text(2); ok {
		return []string{one, other}
	}
	return []string{one}
}

func literal(e ast.Expr) (string, bool) {
	b, ok := e.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(b.Value)
	return s, err == nil
}

func TestEveryMessageHasItsFrench(t *testing.T) {
	french := map[string][]string{}
	each(t, func(_, key string, texts []string) { french[key] = texts })
	code := messages(t)
	if len(code) < 80 {
		t.Fatalf("found %d messages only: the search for them is broken", len(code))
	}
	for key, m := range code {
		fr, ok := french[key]
		if !ok {
			t.Errorf("%s has no French: %q (%s)", key, m.english, m.where)
			continue
		}
		if counts := len(m.english) > 1; counts != (len(fr) > 1) {
			t.Errorf("%s counts in one language only: %q, %q (%s)", key, m.english, fr, m.where)
		}
		want := placeholders(m.english[len(m.english)-1])
		for _, texts := range [][]string{m.english, fr} {
			for i, text := range texts {
				got := placeholders(text)
				if singular := len(texts) > 1 && i == 0; singular && !strings.Contains(text, "{n}") {
					got = placeholders(text + "{n}") // "one person" needs no figure
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: placeholders %v in %q, %v in %q", key, want, m.english, got, text)
				}
			}
		}
	}
	for key := range french {
		if _, ok := code[key]; !ok && !strings.HasPrefix(key, "schema.value.") { // made of the type's name
			t.Errorf("the French of %s is said nowhere", key)
		}
	}
}

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestAFixedPluralIsNoPlural finds the messages with a number before a noun in the
// plural that do not count: one day the number is 1. Only {max} and {min} may stand
// so, for a bound in the code that is above one.
func TestAFixedPluralIsNoPlural(t *testing.T) {
	number := regexp.MustCompile(`\{(?:n|all|size|found|expected)\}[ \x{a0}]((?:\pL+ )?\pL+s\b)`)
	verb := regexp.MustCompile(`^(?:is|has|comes|of this|reads as)$`)
	for key, m := range messages(t) {
		if at := number.FindStringSubmatch(m.english[0]); len(m.english) == 1 && at != nil && !verb.MatchString(at[1]) {
			t.Errorf("%s says %q whatever the number is: use Count, ErrorN or N (%s)", key, at[0], m.where)
		}
	}
}

func TestFormats(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 30, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{i18n.French.Number(1234567), "1\u202f234\u202f567"}, {i18n.English.Number(1234567), "1,234,567"}, {i18n.French.Number(2026), "2026"}, {i18n.English.Number(2026), "2026"}, {i18n.French.Number(999), "999"},
		{i18n.French.N("x", 0, "{n} entry", "{n} entries"), "0 entry"}, {i18n.English.N("x", 0, "{n} entry", "{n} entries"), "0 entries"},
		{i18n.French.Ago(now.Add(-20*time.Minute), now), "il y a 20 min"}, {i18n.French.Ago(now.Add(-6*time.Hour), now), "à\u00a09\u00a0h\u00a030"},
		{i18n.French.Ago(now.Add(-24*time.Hour), now), "hier"}, {i18n.English.Ago(now.Add(-40*24*time.Hour), now), "on 15\u00a0Oct"},
		{i18n.French.Date(time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)), "1er\u00a0mars 2025"},
		{i18n.French.List([]string{"a", "b", "c"}), "a, b et c"}, {i18n.English.List([]string{"a"}), "a"},
		{i18n.Match("", "fr-CA,en;q=0.5").Tag(), "fr"}, {i18n.Match("en", "fr").Tag(), "en"}, {i18n.Match("xx", "ja").Tag(), "en"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
