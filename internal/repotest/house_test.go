package repotest

import (
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
