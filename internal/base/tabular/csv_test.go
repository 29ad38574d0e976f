package tabular_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/tabular"
)

// table is everything a reader gives.
type table struct {
	columns  []string
	rows     [][]string
	lines    []int64
	problems []*tabular.Problem
	detected *tabular.Detected
}

func readAll(t testing.TB, r io.Reader, o tabular.Options) table {
	t.Helper()
	got, err := tryRead(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func tryRead(r io.Reader, o tabular.Options) (table, error) {
	rd, d, err := tabular.Open(r, o)
	if err != nil {
		return table{}, err
	}
	got := table{columns: rd.Columns(), detected: d}
	var rec tabular.Record
	for {
		err := rd.Next(&rec)
		if err == io.EOF {
			return got, rd.Close()
		}
		if p, ok := errors.AsType[*tabular.Problem](err); ok {
			got.problems = append(got.problems, p)
			continue
		}
		if err != nil {
			return got, errors.Join(err, rd.Close())
		}
		row := make([]string, len(rec.Cells))
		for i, c := range rec.Cells {
			row[i] = c.Text
		}
		got.rows = append(got.rows, row)
		got.lines = append(got.lines, rec.Line)
	}
}

// key is the message key of an error, by which tests tell errors apart.
func key(err error) string {
	if e, ok := errors.AsType[*pollen.Error](err); ok {
		return e.Message.Key
	}
	return fmt.Sprint(err)
}

func TestEncodingIsFound(t *testing.T) {
	for file, encoding := range map[string]string{
		"utf8.csv":          tabular.UTF8,
		"utf8-bom.csv":      tabular.UTF8,
		"utf16le.csv":       tabular.UTF16LE,
		"utf16be.csv":       tabular.UTF16BE,
		"utf16le-nobom.csv": tabular.UTF16LE,
		"windows1252.csv":   tabular.Windows1252,
		"latin9.csv":        tabular.Latin9,
		"utf8.csv.gz":       tabular.UTF8,
	} {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			got := readAll(t, f, tabular.Options{Name: file})
			if got.detected.Encoding != encoding || got.detected.Delimiter != ';' || !got.detected.Header {
				t.Errorf("detected %+v, want %s", got.detected, encoding)
			}
			if got.detected.Compressed != strings.HasSuffix(file, ".gz") {
				t.Errorf("compressed = %v", got.detected.Compressed)
			}
			want := [][]string{{"Nîmes", "12 €", "cœur"}, {"Šibenik", "7 €", "Ÿ"}}
			if !reflect.DeepEqual(got.rows, want) || len(got.problems) > 0 {
				t.Errorf("rows %q, problems %v", got.rows, got.problems)
			}
		})
	}
}

func TestEncodingCanBeTold(t *testing.T) {
	in := "a,b\n\xa41,x\n"
	for encoding, want := range map[string]string{"iso-8859-15": "€1", "CP1252": "¤1", "Latin1": "¤1"} {
		if got := readAll(t, strings.NewReader(in), tabular.Options{Encoding: encoding, Header: tabular.HeaderYes}); got.rows[0][0] != want {
			t.Errorf("%s: %q", encoding, got.rows)
		}
	}
	_, err := tryRead(strings.NewReader(in), tabular.Options{Encoding: "klingon"})
	if key(err) != "tabular.encoding" {
		t.Errorf("unknown encoding: %v", err)
	}
}

func TestBadTextIsAProblemNeverMojibake(t *testing.T) {
	late := "name,n\n" + strings.Repeat("plain,1\n", 200_000) + "caf\xe9,2\nplain,3\n"
	got := readAll(t, strings.NewReader(late), tabular.Options{})
	if len(got.rows) != 200_001 || len(got.problems) != 1 {
		t.Fatalf("%d rows, problems %v", len(got.rows), got.problems)
	}
	if p := got.problems[0]; p.Line != 200_002 || key(p) != "tabular.bad-text" || p.Raw != "caf\uFFFD,2" {
		t.Errorf("problem %+v", p)
	}

	undefined := "ville;n\nN\xeemes;1\nNi\x9d;2\nH\xe9nin;3\n"
	got = readAll(t, strings.NewReader(undefined), tabular.Options{})
	if len(got.problems) != 1 || got.problems[0].Line != 3 || got.rows[1][0] != "Hénin" {
		t.Errorf("byte that Windows-1252 does not have: %q, %v", got.rows, got.problems)
	}

	surrogate := "\xff\xfea\x00,\x00b\x00\n\x00" + "\x00\xd8,\x00x\x00\n\x00" + "1\x00,\x002\x00\n\x00"
	got = readAll(t, strings.NewReader(surrogate), tabular.Options{Header: tabular.HeaderYes})
	if len(got.problems) != 1 || len(got.rows) != 1 {
		t.Errorf("half a surrogate pair: %q, %v", got.rows, got.problems)
	}

	mostly := "ville,n\n" + strings.Repeat("Nîmes,1\n", 20) + "N\xeemes,2\n"
	got = readAll(t, strings.NewReader(mostly), tabular.Options{})
	if got.detected.Encoding != tabular.UTF8 || len(got.rows) != 20 || len(got.problems) != 1 {
		t.Errorf("one wrong byte in UTF-8: %v, %d rows, %v", got.detected, len(got.rows), got.problems)
	}
}

// A file put together from two encodings is mojibake in neither, however small.
func TestTwoEncodingsInOneFileAreTold(t *testing.T) {
	const old, new = "Jo\xebl,B\xe9ziers\n", "Élodie,Orléans\n"
	for _, c := range []struct {
		name, in, encoding string
		rows, refused      int
	}{
		{"one each", new + old, tabular.UTF8, 1, 1},
		{"the other way round", old + new, tabular.UTF8, 1, 1},
		{"mostly the old one", strings.Repeat(old, 30) + new, tabular.Windows1252, 30, 1},
		{"mostly the new one", strings.Repeat(new, 30) + old, tabular.UTF8, 30, 1},
		{"an apostrophe alone", strings.Repeat(old, 30) + "l’eau,Brest\n", tabular.Windows1252, 30, 1},
		{"a degree alone", strings.Repeat(old, 30) + "N° 3,Brest\n", tabular.Windows1252, 30, 1},
		{"all capitals", strings.Repeat("\xabCAF\xc9\xbb,B\xc2TI\n", 30), tabular.Windows1252, 30, 0},
	} {
		got := readAll(t, strings.NewReader("nom,ville\n"+c.in), tabular.Options{})
		if got.detected.Encoding != c.encoding || len(got.rows) != c.rows || len(got.problems) != c.refused {
			t.Errorf("%s: %s, %d rows, %v", c.name, got.detected.Encoding, len(got.rows), got.problems)
		}
		for _, p := range got.problems {
			if key(p) != "tabular.bad-text" {
				t.Errorf("%s: %v", c.name, p)
			}
		}
	}
	// Who says that it is so is believed.
	got := readAll(t, strings.NewReader("nom,ville\nÃ‰lodie,Brest\n"), tabular.Options{Encoding: "utf-8"})
	told := readAll(t, strings.NewReader("nom,ville\n"+new), tabular.Options{Encoding: "windows-1252"})
	if got.rows[0][0] != "Ã‰lodie" || told.rows[0][0] != "Ã‰lodie" {
		t.Errorf("%q, %q", got.rows, told.rows)
	}
}

func TestDialectIsFound(t *testing.T) {
	for _, c := range []struct {
		name, in         string
		delimiter, quote rune
		header           bool
		columns          string
	}{
		{"comma", "id,name\n1,x\n2,y\n", ',', '"', true, "id|name"},
		{"semicolon with decimal commas", "nom;prix\nvis;1,5\nclou;2,25\n", ';', '"', true, "nom|prix"},
		{"tab", "id\tname\n1\tx, y\n2\ty, z\n", '\t', '"', true, "id|name"},
		{"bar", "id|name\n1|x\n2|y\n", '|', '"', true, "id|name"},
		{"colon", "root:x:0\ndaemon:x:1\nbin:x:2\n", ':', '"', false, "column_1|column_2|column_3"},
		{"times are no columns", "heure\n10:30\n11:45\n", ',', '"', true, "heure"},
		{"apostrophe as quote", "id,name\n1,'a, b'\n2,'c, d'\n", ',', '\'', true, "id|name"},
		{"apostrophes in French", "id,nom\n1,l'eau\n2,'tis\n3,d'or\n", ',', '"', true, "id|nom"},
		{"delimiter in quotes", "a;b\n\"x,y,z\";1\n\"p,q,r\";2\n", ';', '"', true, "a|b"},
		{"one column", "name\nAda\nGrace\n", ',', '"', true, "name"},
		{"one column of text with commas", "remark\nwell, yes\nno\nperhaps, or not, or\nyes\n", ';', '"', true, "remark"},
		{"no header, numbers", "1,Goroka,5282\n2,Madang,20\n3,Nadzab,239\n", ',', '"', false, "column_1|column_2|column_3"},
		{"no header, codes", "\"Aruba\",\"AW\",\"AA\"\n\"Chad\",\"TD\",\"CD\"\n\"Cuba\",\"CU\",\"CU\"\n\"Fiji\",\"FJ\",\"FJ\"\n", ',', '"', false, "column_1|column_2|column_3"},
		{"no header, e-mail", "a@example.org\nb@example.org\n", ',', '"', false, "column_1"},
		{"years as names", "country,2019,2020\nFrance,67.1,67.4\nChad,16.1,16.6\n", ',', '"', true, "country|2019|2020"},
		{"a value that is also the name", "code,English\nen,English\nfr,French\nde,German\n", ',', '"', true, "code|English"},
		{"codes of the names' length", "abc,x\nabd,y\nabe,z\nabf,x\nabg,x\n", ',', '"', false, "column_1|column_2"},
		{"only a header", "id,name\n", ',', '"', true, "id|name"},
		{"Excel's line for the delimiter", "sep=;\r\nid;name\r\n1;x,y\r\n", ';', '"', true, "id|name"},
		{"old Mac line ends", "id,name\r1,x\r2,y\r", ',', '"', true, "id|name"},
		{"a name twice over words", "name,name\nA,B\n", ',', '"', true, "name|name_2"},
		{"values that are often twice", "Lyon,Lyon\nParis,Brest\nNice,Nice\n", ',', '"', false, "column_1|column_2"},
		{"names empty and repeated", "id,,name,name, two  words \n1,2,x,y,z\n", ',', '"', true, "id|column_2|name|name_2|two words"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readAll(t, strings.NewReader(c.in), tabular.Options{})
			d := got.detected
			if d.Delimiter != c.delimiter || d.Quote != c.quote || d.Header != c.header {
				t.Errorf("delimiter %q, quote %q, header %v", d.Delimiter, d.Quote, d.Header)
			}
			if s := strings.Join(got.columns, "|"); s != c.columns {
				t.Errorf("columns %s, want %s", s, c.columns)
			}
			if len(got.problems) > 0 {
				t.Errorf("problems %v", got.problems)
			}
		})
	}
}

// However few rows of a small table are left, its header says how it is cut.
func TestBadRowsHideNoDelimiter(t *testing.T) {
	for _, delimiter := range []string{",", ";", "\t"} {
		in := strings.NewReplacer(",", delimiter).Replace("name,city\nA,Paris\nB\nC,Lyon,extra\n\"D,unterminated\n")
		got := readAll(t, strings.NewReader(in), tabular.Options{})
		if string(got.detected.Delimiter) != delimiter || got.detected.Quote != '"' || strings.Join(got.columns, "|") != "name|city" {
			t.Errorf("%q: %+v, columns %q", delimiter, got.detected, got.columns)
		}
		if len(got.rows) != 1 || len(got.problems) != 3 {
			t.Errorf("%q: rows %q, problems %v", delimiter, got.rows, got.problems)
		}
	}
}

func TestCSVRecords(t *testing.T) {
	for _, c := range []struct {
		name, in string
		rows     [][]string
		lines    []int64
		problems string // line:key of each
	}{
		{"plain", "1,2\n3,4", [][]string{{"1", "2"}, {"3", "4"}}, []int64{2, 3}, ""},
		{"CRLF, empty lines", "1,2\r\n\r\n\n3,4\r\n", [][]string{{"1", "2"}, {"3", "4"}}, []int64{2, 5}, ""},
		{"lines of delimiters", ",\n1,2\n,,,\n , \t\n\"\",\n", [][]string{{"1", "2"}, {"", ""}}, []int64{3, 6}, ""},
		{"line ends in quotes", "1,\"a\nb\r\nc\"\n3,4\n", [][]string{{"1", "a\nb\r\nc"}, {"3", "4"}}, []int64{2, 5}, ""},
		{"doubled quotes", `"a ""b"" c",""` + "\n", [][]string{{`a "b" c`, ""}}, []int64{2}, ""},
		{"quote in an unquoted cell", "5\" pipe,x\n", [][]string{{`5" pipe`, "x"}}, []int64{2}, ""},
		{"space around quotes", `1, "a, b"  ` + "\n", [][]string{{"1", "a, b"}}, []int64{2}, ""},
		{"stray quotes, cells as expected", `"say "hi" now",2` + "\n3,4\n", [][]string{{`say "hi" now`, "2"}, {"3", "4"}}, []int64{2, 3}, ""},
		{"stray quote, cells not as expected", `"a"b,c` + "\n3,4\n", [][]string{{"3", "4"}}, []int64{3}, "2:tabular.stray-quote"},
		{"stray quote that would swallow a row", "1,\"foo \"bar\n2,\"baz\"\n3,4\n", [][]string{{"2", "baz"}, {"3", "4"}}, []int64{3, 4}, "2:tabular.stray-quote"},
		{"quote never closed", "1,\"a\n3,4\n5,6\n", [][]string{{"3", "4"}, {"5", "6"}}, []int64{3, 4}, "2:tabular.unclosed-quote"},
		{"ragged", "1\n1,2,3\n3,4\n", [][]string{{"3", "4"}}, []int64{4}, "2:tabular.ragged 3:tabular.ragged"},
		{"NUL", "1,\x00\n3,4\n", [][]string{{"3", "4"}}, []int64{3}, "2:tabular.nul"},
		{`\N is empty, quoted it is not`, `\N,"\N"` + "\n", [][]string{{"", `\N`}}, []int64{2}, ""},
		{"guarded formulas", "'=1+1,'-5\n'+A1,''@x\n", [][]string{{"=1+1", "'-5"}, {"+A1", "'@x"}}, []int64{2, 3}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readAll(t, strings.NewReader("a,b\n"+c.in), tabular.Options{Header: tabular.HeaderYes, Delimiter: ',', Quote: '"'})
			if !reflect.DeepEqual(got.rows, c.rows) || !reflect.DeepEqual(got.lines, c.lines) {
				t.Errorf("rows %q at %v, want %q at %v", got.rows, got.lines, c.rows, c.lines)
			}
			var problems []string
			for _, p := range got.problems {
				problems = append(problems, fmt.Sprintf("%d:%s", p.Line, key(p)))
			}
			if s := strings.Join(problems, " "); s != c.problems {
				t.Errorf("problems %q, want %q", s, c.problems)
			}
		})
	}
}

// The cell at fault may be one that nobody meant to quote: its own quotes, behind a
// comma that was to be within.
func TestAStrayQuoteSaysWhatItLooksLike(t *testing.T) {
	got := readAll(t, strings.NewReader("a,b\n=HYPERLINK(\"http://example.org\",\"x\"),1\n2,3\n"), tabular.Options{Header: tabular.HeaderYes})
	if len(got.rows) != 1 || len(got.problems) != 1 || !strings.Contains(got.problems[0].Error(), "begins with a quote and goes on") {
		t.Errorf("%q, %v", got.rows, got.problems)
	}
}

func TestRaggedSaysHowMany(t *testing.T) {
	got := readAll(t, strings.NewReader("a,b,c\n1,2,3\n1,2\n"), tabular.Options{})
	if len(got.problems) != 1 {
		t.Fatal(got.problems)
	}
	if s := got.problems[0].Error(); s != "line 3: This row has 2 cells instead of 3." {
		t.Error(s)
	}
}

func TestNullTextsCanBeTold(t *testing.T) {
	got := readAll(t, strings.NewReader("a,b\nNULL,1\n-,2\n"), tabular.Options{Null: []string{"NULL", "-"}})
	if got.rows[0][0] != "" || got.rows[1][0] != "" || got.detected.Null != "NULL" {
		t.Errorf("%q %+v", got.rows, got.detected)
	}
	got = readAll(t, strings.NewReader("a,b\n\\N,1\n"), tabular.Options{Null: []string{}})
	if got.rows[0][0] != `\N` {
		t.Errorf("%q", got.rows)
	}
}

// endless gives n bytes of the letter x between before and after.
func endless(before string, n int64, after string) io.Reader {
	return io.MultiReader(strings.NewReader(before), io.LimitReader(letters{}, n), strings.NewReader(after))
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestRowsTooLongAreLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		in   io.Reader
		line int64
	}{
		"a line of 100 MB":       {endless("a,b\n1,2\n1,", 100<<20, "\n3,4\n"), 3},
		"a quoted line":          {endless("a,b\n1,2\n1,\"", 8<<20, "\"\n3,4\n"), 3},
		"just too long":          {endless("a,b\n1,2\n1,", 1<<20, "\n3,4\n"), 3},
		"a long line at the end": {endless("a,b\n1,2\n3,4\n", 8<<20, ""), 4},
	} {
		t.Run(name, func(t *testing.T) {
			o := tabular.Options{MaxRecord: 1 << 20, Header: tabular.HeaderYes, Delimiter: ',', Quote: '"'}
			got := readAll(t, c.in, o)
			if !reflect.DeepEqual(got.rows, [][]string{{"1", "2"}, {"3", "4"}}) {
				t.Errorf("%d rows", len(got.rows))
			}
			if len(got.problems) != 1 || got.problems[0].Line != c.line || key(got.problems[0]) != "tabular.record-too-long" {
				t.Fatalf("problems %v", got.problems)
			}
			if n := len(got.problems[0].Raw); n > 300 {
				t.Errorf("the problem shows %d bytes", n)
			}
		})
	}
	got := readAll(t, strings.NewReader("a,b\nxxxxxx,2\n3,4\n"), tabular.Options{MaxCell: 5})
	if len(got.rows) != 1 || len(got.problems) != 1 || key(got.problems[0]) != "tabular.cell-too-long" {
		t.Errorf("%q %v", got.rows, got.problems)
	}
}

// Many quotes that are never closed must not each read on to the end.
func TestManyUnclosedQuotesEnd(t *testing.T) {
	in := "a,b\n" + strings.Repeat("1,\"x\n2,y\n", 20_000)
	got := readAll(t, strings.NewReader(in), tabular.Options{Header: tabular.HeaderYes, Delimiter: ',', Quote: '"'})
	if len(got.rows)+len(got.problems) < 20_000 {
		t.Errorf("%d rows, %d problems", len(got.rows), len(got.problems))
	}
}

func TestOffsetReachesTheEnd(t *testing.T) {
	in := "a,b\n" + strings.Repeat("1,2\n", 1000)
	rd, _, err := tabular.Open(strings.NewReader(in), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rec tabular.Record
	for err == nil {
		err = rd.Next(&rec)
	}
	if err != io.EOF || rd.Offset() != int64(len(in)) {
		t.Errorf("offset %d of %d, %v", rd.Offset(), len(in), err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestAFailingInputIsFinal(t *testing.T) {
	broken := errors.New("the wire is cut")
	in := io.MultiReader(strings.NewReader("a,b\n"+strings.Repeat("1,2\n", 300_000)+"3,"), failing{broken})
	rd, _, err := tabular.Open(in, tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rec tabular.Record
	n := 0
	for err == nil {
		if err = rd.Next(&rec); err == nil {
			n++
		}
	}
	if !errors.Is(err, broken) || n != 300_000 {
		t.Errorf("%d rows, then %v", n, err)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for want, o := range map[string]tabular.Options{
		"tabular.format":      {Format: "xml"},
		"tabular.header-mode": {Header: "maybe"},
		"tabular.delimiter":   {Delimiter: '§'},
		"tabular.quote":       {Delimiter: ';', Quote: ';'},
	} {
		if _, err := tryRead(strings.NewReader("a,b\n"), o); key(err) != want || !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestHeadersThatCannotBeUsed(t *testing.T) {
	for want, in := range map[string]string{
		"tabular.header":  "a,\x00b\n1,2\n",
		"tabular.columns": strings.Repeat("x,", 17_000) + "y\n",
	} {
		if _, err := tryRead(strings.NewReader(in), tabular.Options{Header: tabular.HeaderYes}); key(err) != want || !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// FuzzCSV compares with encoding/csv on what that package reads without a
// complaint.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "a;b\n\"x\"\"y\";2\n", "\"a\nb\",c\n\"d\",\"e\"\n", "a,b\r\n1,\"2\r\n3\"\r\n", "a\n\"\"\n",
		"'=x,y\n", "a,\"b\nc", "\xff\xfea\x00\n\x00", "sep=;\na;b\n", "a\tb\n\\N\t\"x\" \n", "\x1f\x8b\x08\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := tryRead(bytes.NewReader(in), tabular.Options{MaxRecord: 1 << 16}); err != nil && pollen.KindOf(err) == pollen.Internal {
			t.Fatalf("not one clear error: %v", err)
		}
		got, err := tryRead(bytes.NewReader(in), tabular.Options{
			Format: tabular.CSV, Delimiter: ',', Quote: '"', Encoding: tabular.UTF8, Header: tabular.HeaderNo, Null: []string{},
		})
		if err != nil || len(got.problems) > 0 || bytes.HasPrefix(in, []byte("\xEF\xBB\xBF")) || !bytes.Contains(in, []byte("\n")) {
			return
		}
		cr := csv.NewReader(bytes.NewReader(in))
		cr.FieldsPerRecord = -1
		want, err := cr.ReadAll()
		if err != nil {
			return
		}
		for i := range got.rows {
			for j, s := range got.rows[i] {
				got.rows[i][j] = strings.ReplaceAll(s, "\r\n", "\n") // as encoding/csv does
			}
		}
		for i := range want {
			for j, s := range want[i] {
				want[i][j] = unguard(s)
			}
		}
		// a line of nothing is no record here, nor is it told from one in quotes there
		got.rows, want = slices.DeleteFunc(got.rows, nothing), slices.DeleteFunc(want, nothing)
		if len(got.rows) != len(want) || len(want) > 0 && !reflect.DeepEqual(got.rows, want) {
			t.Errorf("got %q\nwant %q", got.rows, want)
		}
	})
}

// nothing reports whether a record has no text in it.
func nothing(record []string) bool {
	return !slices.ContainsFunc(record, func(s string) bool { return strings.Trim(s, " \t") != "" })
}

// unguard says again, in the words of the documentation, which apostrophe is
// taken off: that before a text which would run as a formula.
func unguard(s string) string {
	rest := strings.TrimLeft(s, "'")
	if rest == s || rest == "" || !strings.ContainsRune("=+-@\t\r\n", rune(rest[0])) {
		return s
	}
	if rest[0] == '+' || rest[0] == '-' {
		if numberPattern.MatchString(rest) || rest[0] == '+' && telephonePattern.MatchString(rest) {
			return s
		}
	}
	return s[1:]
}

func BenchmarkCSVRead(b *testing.B) {
	plain := "id,name,town,postcode,lat,lon,remark\n" + strings.Repeat("1234567,Mairie de Saint-Étienne,Saint-Étienne,42000,45.4397,4.3872,ouvert le lundi\n", 100_000)
	quoted := "id,name,town\n" + strings.Repeat("1234567,\"Mairie de \"\"Saint-Étienne\"\"\",\"Saint-Étienne, Loire\"\n", 100_000)
	for name, in := range map[string]string{"plain": plain, "quoted": quoted} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				rd, _, err := tabular.Open(strings.NewReader(in), tabular.Options{})
				if err != nil {
					b.Fatal(err)
				}
				var rec tabular.Record
				for err == nil {
					err = rd.Next(&rec)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}
