package pollentest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Routes lists the patterns that the packages in some folders register by name,
// read from their source: a mux does not tell, and what nobody asked for would
// otherwise be tried by nobody.
func Routes(t testing.TB, folders ...string) (patterns []string) {
	t.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for n := range ast.Preorder(file) {
				if p := registered(n); p != "" {
					patterns = append(patterns, p)
				}
			}
		}
	}
	if len(patterns) < 15 {
		t.Fatalf("only %d routes found in the source: %q", len(patterns), patterns)
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}

// registered is the pattern that a call gives to a mux; "" for whatever else.
func registered(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "HandleFunc" && f.Sel.Name != "Handle" {
		return ""
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	p, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return p
}
