package repotest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the folder of the module.
const root = "../.."

// Every direct dependency stands in doc/dependencies.md with its reason, and
// nothing stands there that is gone.
func TestEveryLibraryHasItsReason(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "doc/dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.Contains(cells[1], "/") {
			listed = append(listed, strings.TrimSpace(cells[1]))
			if strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
				t.Errorf("doc/dependencies.md: no reason for%s", cells[1])
			}
		}
	}
	var used []string
	for _, path := range strings.Fields(string(out)) {
		used = append(used, version.ReplaceAllString(strings.TrimPrefix(path, "github.com/"), ""))
	}
	for _, path := range used {
		if !slices.Contains(listed, path) {
			t.Errorf("%s is used and doc/dependencies.md does not say why", path)
		}
	}
	for _, path := range listed {
		if !slices.Contains(used, path) {
			t.Errorf("doc/dependencies.md speaks of %s, which is not used", path)
		}
	}
}

var version = regexp.MustCompile(`/v[0-9]+$`)

// Whatever a package offers, it says what it promises.
func TestWhatIsExportedIsDocumented(t *testing.T) {
	for _, f := range sources(t) {
		if f.tree.Name.Name == "main" || strings.HasSuffix(f.path, "_templ.go") {
			continue
		}
		for _, d := range f.tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && !hidden(d.Recv) && d.Doc == nil && !slices.Contains([]string{"Error", "Unwrap", "String", "Render", "Write"}, d.Name.Name) {
					t.Errorf("%s: %s has no comment", f.path, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
						t.Errorf("%s: %s has no comment", f.path, s.Name.Name)
					}
				}
			}
		}
	}
}

// hidden reports whether a method is one of a type that the package keeps to
// itself.
func hidden(recv *ast.FieldList) bool {
	if recv == nil {
		return false
	}
	e := recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if index, ok := e.(*ast.IndexExpr); ok {
		e = index.X
	}
	name, ok := e.(*ast.Ident)
	return ok && !name.IsExported()
}

// Nothing is left to be done later in the code, and none of it is commented
// out.
func TestNothingIsLeftForLater(t *testing.T) {
	later := []string{"TO" + "DO", "FIX" + "ME", "X" + "XX:", "HA" + "CK"}
	for _, f := range sources(t) {
		for _, group := range f.tree.Comments {
			for _, c := range group.List {
				for _, word := range later {
					if strings.Contains(c.Text, word) {
						t.Errorf("%s: a comment says %s", f.path, word)
					}
				}
			}
		}
	}
}

// Decisions and migrations are numbered without a gap, and none has a number
// twice.
func TestWhatIsNumberedIsNumberedThrough(t *testing.T) {
	for folder, dialects := range map[string][]string{"doc/decision": {""}, "internal/base/migrate/sql": {".sqlite.", ".postgres."}} {
		names, err := filepath.Glob(filepath.Join(root, folder, "*"))
		if err != nil || len(names) == 0 {
			t.Fatal(folder, err)
		}
		for _, dialect := range dialects {
			n := 0
			for _, path := range names {
				name := filepath.Base(path)
				if strings.Count(name, ".") > 1 && !strings.Contains(name, dialect) {
					continue // the other dialect's
				}
				if n++; !strings.HasPrefix(name, fmt.Sprintf("%04d", n)) {
					t.Errorf("%s/%s should be number %d", folder, name, n)
				}
			}
		}
	}
}

// Computation takes time and chance from its caller, so that every result can
// be had again.
func TestPureKnowsNoClockAndNoChance(t *testing.T) {
	for _, f := range sources(t) {
		if !strings.Contains(f.path, "/internal/pure/") {
			continue
		}
		for _, i := range f.tree.Imports {
			if path := strings.Trim(i.Path.Value, `"`); strings.HasSuffix(path, "/rand") || strings.HasPrefix(path, "math/rand") {
				t.Errorf("%s imports %s", f.path, path)
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After"}, s.Sel.Name) {
					t.Errorf("%s uses time.%s", f.path, s.Sel.Name)
				}
			}
			return true
		})
	}
}

// Every table has one package that says that it owns it.
func TestEveryTableHasOneOwner(t *testing.T) {
	owners := map[string][]string{}
	for _, f := range sources(t) {
		if f.tree.Doc == nil {
			continue
		}
		text := strings.Join(strings.Fields(f.tree.Doc.Text()), " ")
		if _, owned, ok := strings.Cut(text, "Tables owned: "); ok {
			owned, _, _ = strings.Cut(owned, ".")
			for _, table := range tableName.FindAllString(owned, -1) {
				owners[table] = append(owners[table], f.tree.Name.Name)
			}
		}
	}
	names, err := filepath.Glob(filepath.Join(root, "internal/base/migrate/sql/*.sql"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range created.FindAllStringSubmatch(string(text), -1) {
			if len(owners[m[1]]) != 1 {
				t.Errorf("%s is owned by %q: one package says “Tables owned: %s” in its comment", m[1], owners[m[1]], m[1])
			}
		}
	}
}

var (
	tableName = regexp.MustCompile(`[a-z]+(_[a-z]+)*`)
	created   = regexp.MustCompile(`CREATE (?:VIRTUAL )?TABLE (\w+)`)
)

// stays says why rows that name a persona outlive its erasure. What stays is
// signed by a persona without a name.
var stays = map[string]string{
	"acts":           "the journal proves what happened; names in it are erased by journal.EraseNames",
	"batches":        "what an import gave stays; its note is erased",
	"named_personas": "goes with the account, by persona.Unlink",
	"post_mentions":  "another's words name the persona, which has no name any more",
	"contests":       "that a claim was contested stays; the reason is erased",
	"posts":          "others answered it; its words are erased",
	"reports":        "what a community answered for stays; the words are erased",
	"revisions":      "the values given to other entries stay; notes are erased",
	"schemas":        "a collection keeps the history of its schema",
	"thanks":         "who was thanked keeps it; the sentence is erased",
	"verifications":  "a value stays verified, by nobody",
}

// Whatever a table holds of a persona goes with its erasure, or stays for a
// reason.
func TestWhatNamesAPersonaIsErasedOrStaysForAReason(t *testing.T) {
	erased := map[string]bool{}
	for _, f := range sources(t) {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			d, ok := n.(*ast.FuncDecl)
			if ok && erasing.MatchString(d.Name.Name) {
				ast.Inspect(d, func(n ast.Node) bool {
					if l, ok := n.(*ast.BasicLit); ok {
						for _, m := range forgotten.FindAllStringSubmatch(l.Value, -1) {
							erased[m[1]] = true
						}
					}
					return true
				})
			}
			return !ok
		})
	}
	names, err := filepath.Glob(filepath.Join(root, "internal/base/migrate/sql/*.sql"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	known := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tableBody.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[2], "persona_id") {
				continue
			}
			known[m[1]] = true
			if erased[m[1]] == (stays[m[1]] != "") {
				t.Errorf("%s names a persona: erase it (app.Erase), or say in this test why it stays", m[1])
			}
		}
	}
	for table := range stays {
		if !known[table] {
			t.Errorf("%s names no persona", table)
		}
	}
}

var (
	erasing   = regexp.MustCompile(`^(Erase\w*|Depart|end)$`)
	forgotten = regexp.MustCompile(`DELETE FROM (\w+) WHERE persona_id = `)
	tableBody = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)`)
)

// What a package offers within this module is used by somebody. The client and
// the words of the root are offered to others.
func TestWhatIsExportedIsUsed(t *testing.T) {
	used, declared := map[string]int{}, map[string]string{}
	for _, f := range sources(t) {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				used[id.Name]++
			}
			return true
		})
		if !strings.Contains(f.path, "/internal/") || strings.Contains(f.path, "/pollentest/") || strings.HasSuffix(f.path, "_templ.go") {
			continue
		}
		for _, d := range f.tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && !slices.Contains(called, d.Name.Name) {
					declared[d.Name.Name] = f.path
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() {
						declared[s.Name.Name] = f.path
					}
				}
			}
		}
	}
	for name, path := range declared {
		if used[name] == 1 {
			t.Errorf("%s: nobody uses %s", path, name)
		}
	}
}

// called are methods that libraries call.
var called = []string{"Error", "Unwrap", "String", "Render", "Write", "Read", "Close", "Scan", "Value", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "Schema", "Resolve", "GetStatus", "ContentType", "Dump"}

// source is one file of this module.
type source struct {
	path string
	tree *ast.File
}

func sources(t *testing.T) (out []source) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		out = append(out, source{path, tree})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("only %d files found", len(out))
	}
	return out
}
