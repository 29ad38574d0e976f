// Package repotest holds the rules of the house as tests.
package repotest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is a package as go list tells it.
type listed struct {
	ImportPath string
	Doc        string
	Name       string
	Imports    []string
	GoFiles    []string
}

// packages lists those of this module.
func packages(t *testing.T) (out []listed) {
	t.Helper()
	b, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Name,Imports,GoFiles", "pollen/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(b))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

// rule says what the packages below a path may import of this module, with the
// reason that a refusal gives. The first rule whose path fits decides. An entry
// that ends in /... stands for a whole folder.
type rule struct {
	path   string
	may    []string
	reason string
}

var rules = []rule{
	{"pollen/client", nil, "the public client knows the API alone, as any caller does"},
	{"pollen/cmd/", []string{"pollen", "pollen/internal/app", "pollen/internal/base/config", "pollen/client"}, "the program only reads the command line: what it does is the app's"},
	{"pollen/internal/pure/contact", []string{"pollen", "pollen/internal/pure/schema"}, "what of an entry is a contact is told by its schema"},
	{"pollen/internal/pure/schema", []string{"pollen", "pollen/internal/pure/i18n"}, "how a number is written in a language is told in one place"},
	{"pollen/internal/pure/", []string{"pollen"}, "pure packages compute: no input or output, no clock, no database"},
	{"pollen/internal/base/sqldb", []string{"pollen"}, "the ground floor"},
	{"pollen/internal/base/tabular", []string{"pollen", "pollen/internal/base/scratch"}, "readers and writers of tables know neither database nor registry"},
	{"pollen/internal/base/blob", []string{"pollen", "pollen/internal/base/scratch", "pollen/internal/base/sqldb"}, "contents are received into a file before they are kept"},
	{"pollen/internal/base/", []string{"pollen", "pollen/internal/base/sqldb"}, "machinery knows no capability"},

	{"pollen/internal/wire/", nil, "protocols are libraries that have never heard of Pollen"},

	{"pollen/internal/domain/instance", domain("pollen/internal/base/...", "pollen/internal/pure/schema"), "what an instance says of itself knows nothing of what it holds; it asks where telephones are"},
	{"pollen/internal/domain/persona", domain("pollen/internal/base/..."), "a face is linked to its account by the persona package alone"},
	{"pollen/internal/domain/identity", domain("pollen/internal/base/..."), "an account knows no face"},
	{"pollen/internal/domain/community", domain("pollen/internal/base/..."), "a community refers to personas by identifier"},
	{"pollen/internal/domain/registry", domain("pollen/internal/base/..."), "the registry refers to personas and communities by identifier"},
	{"pollen/internal/domain/search", domain("pollen/internal/base/...", "pollen/internal/domain/registry"), "search reads what it indexes"},

	{"pollen/internal/domain/talk", domain("pollen/internal/base/...", "pollen/internal/domain/persona", "pollen/internal/domain/registry"),
		"words are on entries, by personas, and mention them"},
	{"pollen/internal/domain/freshness", domain("pollen/internal/base/...", "pollen/internal/domain/registry"), "one confirms values, which the registry holds"},
	{"pollen/internal/domain/thanks", domain("pollen/internal/base/...", "pollen/internal/domain/persona", "pollen/internal/domain/registry"),
		"thanks go to contributions, which the registry knows who may see"},

	{"pollen/internal/domain/guard", domain("pollen/internal/base/...", "pollen/internal/domain/persona", "pollen/internal/domain/registry"),
		"the brakes look at acts, at how new their persona is, and at who may read what they hold"},
	{"pollen/internal/domain/notify", domain("pollen/internal/base/...", "pollen/internal/domain/community", "pollen/internal/domain/persona",
		"pollen/internal/domain/registry", "pollen/internal/domain/talk", "pollen/internal/domain/thanks"),
		"notices tell of whatever happens, to whom it concerns"},

	{"pollen/internal/domain/transfer", domain("pollen/internal/base/...", "pollen/internal/domain/persona", "pollen/internal/domain/registry"),
		"tables become entries by batches of the registry, and their authors imported personas"},
	{"pollen/internal/domain/desk", domain("pollen/internal/base/...", "pollen/internal/domain/registry", "pollen/internal/domain/transfer"),
		"people prepare imports on it, which transfer carries out into a collection of the registry"},

	{"pollen/internal/face/rest", []string{"pollen", "pollen/internal/pure/...", "pollen/internal/base/journal", "pollen/internal/base/once", "pollen/internal/base/blob", "pollen/internal/domain/community",
		"pollen/internal/domain/persona", "pollen/internal/domain/registry", "pollen/internal/domain/search",
		"pollen/internal/domain/freshness", "pollen/internal/domain/guard", "pollen/internal/domain/notify", "pollen/internal/domain/talk", "pollen/internal/domain/thanks", "pollen/internal/domain/transfer", "pollen/internal/base/tabular"},
		"a face translates: no database, no account, no other face"},

	{"pollen/internal/face/account", []string{"pollen", "pollen/internal/pure/...", "pollen/internal/domain/identity", "pollen/internal/domain/persona",
		"pollen/internal/domain/registry", "pollen/internal/face/web/part"},
		"the only pages that know a person; they borrow the components of the others, and meet no other face"},
	{"pollen/internal/face/web/asset", nil, "assets are bytes"},
	{"pollen/internal/face/web/part", []string{"pollen", "pollen/internal/pure/...", "pollen/internal/face/web/asset"}, "components know no capability: what they show is given to them"},
	{"pollen/internal/face/web", []string{"pollen", "pollen/internal/pure/...", "pollen/internal/base/journal", "pollen/internal/base/blob", "pollen/internal/face/web/asset", "pollen/internal/face/web/part",
		"pollen/internal/base/tabular", "pollen/internal/domain/desk", "pollen/internal/domain/transfer", "pollen/internal/wire/vcard",
		"pollen/internal/domain/community", "pollen/internal/domain/persona", "pollen/internal/domain/registry", "pollen/internal/domain/search",
		"pollen/internal/domain/guard", "pollen/internal/domain/notify", "pollen/internal/domain/talk", "pollen/internal/domain/thanks"},
		"a face translates: no database, no account (it is handed doors), no other face"},

	{"pollen/internal/app/sample", []string{"pollen", "pollen/internal/pure/...", "pollen/internal/app/sample"}, "the sample is data"},
	{"pollen/internal/app", []string{"pollen", "pollen/internal/..."}, ""},
	{"pollen/internal/bench", []string{"pollen", "pollen/internal/..."}, "it measures the whole beside bare means"},
	{"pollen/internal/browser", nil, "tests alone, which start the app and drive it from outside"},
	{"pollen/internal/pollentest", []string{"pollen", "pollen/internal/..."}, ""},
	{"pollen/internal/repotest", nil, "the rules of the house import none of it"},
	{"pollen", nil, "the vocabulary imports the standard library alone"},
}

// domain is what every capability may import, and more.
func domain(more ...string) []string {
	return append([]string{"pollen", "pollen/internal/pure/..."}, more...)
}

func allowed(may []string, path string) bool {
	return slices.ContainsFunc(may, func(m string) bool {
		folder, whole := strings.CutSuffix(m, "/...")
		return path == m || whole && strings.HasPrefix(path, folder+"/")
	})
}

func TestWhoMayImportWhom(t *testing.T) {
	used := map[string]bool{}
	for _, p := range packages(t) {
		i := slices.IndexFunc(rules, func(r rule) bool {
			return p.ImportPath == r.path || strings.HasPrefix(p.ImportPath, strings.TrimSuffix(r.path, "/")+"/") && r.path != "pollen"
		})
		if i < 0 {
			t.Errorf("%s has no rule: say in the table what it may import, and why no more", p.ImportPath)
			continue
		}
		used[rules[i].path] = true
		for _, imported := range p.Imports {
			if imported != "pollen" && !strings.HasPrefix(imported, "pollen/") {
				continue
			}
			if !allowed(rules[i].may, imported) {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, rules[i].reason)
			}
		}
	}
	for _, r := range rules {
		if !used[r.path] {
			t.Errorf("the rule for %s fits no package: remove it", r.path)
		}
	}
}

func TestOnlyTheGroundFloorTouchesTheMachine(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			pure := strings.HasPrefix(p.ImportPath, "pollen/internal/pure/") || p.ImportPath == "pollen"
			switch {
			case pure && slices.Contains([]string{"os", "net", "net/http", "database/sql", "os/exec", "io/fs"}, imported):
				t.Errorf("%s imports %s: it computes only", p.ImportPath, imported)
			case strings.Contains(imported, "sqlite") || strings.Contains(imported, "jackc/pgx"):
				if p.ImportPath != "pollen/internal/base/sqldb" {
					t.Errorf("%s imports %s: sqldb is the sole importer of drivers", p.ImportPath, imported)
				}
			case imported == "database/sql" && !strings.HasPrefix(p.ImportPath, "pollen/internal/base/") &&
				!strings.HasPrefix(p.ImportPath, "pollen/internal/domain/") && p.ImportPath != "pollen/internal/pollentest" && p.ImportPath != "pollen/internal/bench":
				t.Errorf("%s imports database/sql: SQL belongs to base and domain", p.ImportPath)
			}
		}
	}
}

func TestEveryPackageSaysWhatItPromises(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
