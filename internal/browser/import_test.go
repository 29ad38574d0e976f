package browser_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// choose chooses a file in the one input of files of a page.
func (b *tab) choose(file string) {
	b.t.Helper()
	b.run(chromedp.SetUploadFiles("input[type=file]", []string{file}, chromedp.ByQuery))
}

// pick chooses one of the choices of a list.
func (b *tab) pick(name, value string) {
	b.t.Helper()
	id := b.node([]string{"combobox"}, name)
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		o, err := dom.ResolveNode().WithBackendNodeID(id).Do(ctx)
		if err != nil {
			return err
		}
		_, exception, err := runtime.CallFunctionOn(`function(v) { this.value = v }`).WithObjectID(o.ObjectID).
			WithArguments([]*runtime.CallArgument{{Value: []byte(strconv.Quote(value))}}).Do(ctx)
		if err == nil && exception != nil {
			return exception
		}
		return err
	}))
}

// looks holds the page that the window shows against what every page keeps to, in
// every way of looking at it. Without script the page is the same, and nothing
// can look at it.
func (b *tab) looks(what string) {
	b.t.Helper()
	b.looksIn("html", what)
}

// looksIn does as looks; axe-core looks at a part of the page alone.
func (b *tab) looksIn(selector, what string) {
	b.t.Helper()
	if strings.HasSuffix(b.t.Name(), "plain") {
		return
	}
	for _, l := range looks {
		b.size(l.width)
		b.scheme(l.scheme)
		b.checkIn(selector, what)
		if dir := os.Getenv("POLLEN_TEST_SHOTS"); dir != "" {
			name := strings.NewReplacer("/", "-", " ", "-").Replace(b.t.Name() + "-" + what + "-" + l.scheme)
			b.shot(filepath.Join(dir, name+map[bool]string{true: "-390.png", false: "-1280.png"}[l.width == 390]))
		}
	}
	b.size(1280)
	b.scheme("light")
}

// file writes a file of the test's own.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const suppliers = `Code;Company;Telephone;E-mail;Town;Since;Staff
F001;Marchand Workshops;04 65 71 12 34;contact@marchand.example;Annecy;12/03/2019;45
F002;Rhône Cables;04 65 71 12 35;hello@cables.example;Valence;03/11/2020;120
F003;Verdier Transport;04 65 71 12 36;;Lyon;27/06/2018;12
F004;Lenoir Printers;04 65 71 12 37;lenoir@printers.example;Grenoble;15/01/2021;8
F002;Rhône Cables, twice;04 65 71 12 35;;Valence;03/11/2020;120
`

// TestImport: a table becomes a collection, a newer one meets what people
// corrected, and is undone.
func TestImport(t *testing.T) {
	withAndWithoutScript(t, func(t *testing.T, b *tab) {
		name := "Suppliers " + map[bool]string{true: "plain", false: "scripted"}[strings.HasSuffix(t.Name(), "plain")]
		at := "/c/" + strings.ReplaceAll(strings.ToLower(name), " ", "-")
		b.visit("/")
		b.press("Import it")
		b.arrives("/import")
		b.looks("file")
		b.press("See what it would become")
		b.sees("Choose a file, or paste a table.")
		b.visit("/import")
		b.choose(file(t, "suppliers.csv", suppliers))
		b.write("Name", name)
		b.press("See what it would become")
		b.arrives("/imports/")
		b.sees("Of 5 rows, 5 make an entry")
		b.pick("Rows are told apart by", "code") // which stands twice
		b.press("Preview again")
		b.sees("“F002” stands on line 3 already.")
		b.looks("look at a new collection")
		b.press("Import 4 entries")
		b.sees("Undo this batch")
		b.looks("report")
		b.press("See " + name)
		b.arrives(at)
		b.finds(at+"/marchand-workshops", "04 65 71 12 34")

		b.press("Correct: Town")
		b.write("Town", "Annecy-le-Vieux")
		b.press("Publish")
		b.sees("Annecy-le-Vieux")
		b.visit(at)
		b.press("Import")
		b.arrives(at + "/+import")
		b.looks("file for a collection")
		b.choose(file(t, "suppliers.csv", strings.NewReplacer("Annecy;", "Chambéry;", "Rhône Cables;", "Rhône Cables & Co;", "F002;Rhône Cables, twice", "F005;Duval").Replace(suppliers)))
		b.press("See what it would become")
		b.arrives("/imports/")
		b.sees("1 value that people corrected waits for you to decide.")
		b.sees("Chambéry")
		b.looks("look at a newer file")
		b.press("Import 2 entries")
		b.sees("Undo this batch")
		b.looks("report of a newer file")
		b.press("Decide")
		b.arrives(at + "/+conflicts")
		b.looks("to decide")
		b.press("Take Chambéry")
		b.press("Decide as ticked")
		b.sees("Nothing to decide")
		b.finds(at+"/marchand-workshops", "Chambéry")
		b.visit(at + "/+batches")
		b.press("Import of suppliers.csv")
		b.press("Undo this batch: 2 entries")
		b.sees("Undoing of a batch")
		b.finds(at, "4 entries")
		b.clean()
	})
}

// A slip of the pen among many days is told, and one press takes the column as
// text.
func TestImportOfWhatDoesNotFit(t *testing.T) {
	withAndWithoutScript(t, func(t *testing.T, b *tab) {
		b.visit("/import")
		b.choose(file(t, "halls.csv", "Hall;Opened on\n"+strings.Repeat("Hall of the North;15/01/2021\n", 40)+"Hall of the South;soon\n"))
		b.press("See what it would become")
		b.arrives("/imports/")
		b.sees("1 value does not read as “Date”: its row will be refused")
		b.looks("a value that does not fit")
		b.press("Take it as text")
		b.sees("Of 41 rows, 41 make an entry")
		b.press("Discard the file")
		b.leaves("/imports/")
		b.clean()
	})
}

// A table that is pasted needs no file, and what is no table says so.
func TestImportPasted(t *testing.T) {
	withAndWithoutScript(t, func(t *testing.T, b *tab) {
		b.visit("/import")
		b.press("› Or paste a table")
		b.write("A table, with the names", "code;name\nA;One\nB;Two\n")
		b.press("See what it would become")
		b.arrives("/imports/")
		b.sees("Of 2 rows")
		b.press("Discard the file")
		b.leaves("/imports/")
		b.sees("Choose a file")
		b.choose(file(t, "picture.csv", "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00\x01", 400)))
		b.press("See what it would become")
		b.arrives("/imports/")
		b.looks("no table")
		b.press("Discard the file")
		b.leaves("/imports/")
		b.clean()
	})
}
