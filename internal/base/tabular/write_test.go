package tabular_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"pollen"
	"pollen/internal/base/tabular"
)

var (
	numberPattern    = regexp.MustCompile(`^[+-](\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?$`)
	telephonePattern = regexp.MustCompile(`^\+\d[\d .()\x{A0}\x{202F}-]*$`)
)

func columns(names ...string) []tabular.Column {
	var cols []tabular.Column
	for _, n := range names {
		cols = append(cols, tabular.Column{Name: n})
	}
	return cols
}

func write(t testing.TB, o tabular.WriteOptions, rows ...[]tabular.Cell) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := tabular.Create(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func cells(texts ...string) []tabular.Cell {
	row := make([]tabular.Cell, len(texts))
	for i, s := range texts {
		row[i].Text = s
	}
	return row
}

func TestCSVWriter(t *testing.T) {
	got := string(write(t, tabular.WriteOptions{Format: tabular.CSV, Columns: columns("id", "text"), BOM: true, Delimiter: ';'},
		cells("1", "plain"),
		cells("2", `a "quoted"; text`),
		cells("3", "two\nlines"),
		cells("4", `=HYPERLINK("http://evil.example","x")`),
		cells("+33 1 23 45 67 89", "-12.5"),
		cells("-A1", "@sum"),
		cells(`\N`, "'=x"),
		[]tabular.Cell{{JSON: json.RawMessage(`"t\u00e9xt"`)}, {JSON: json.RawMessage(`[1,2]`)}},
	))
	want := "\uFEFFid;text\r\n1;plain\r\n2;\"a \"\"quoted\"\"; text\"\r\n3;\"two\nlines\"\r\n" +
		"4;\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\"\r\n+33 1 23 45 67 89;-12.5\r\n\"'-A1\";\"'@sum\"\r\n" +
		"\"\\N\";\"''=x\"\r\ntéxt;\"[1,2]\"\r\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// texts draws strings with what CSV, spreadsheets and JSON stumble over.
func texts() *rapid.Generator[string] {
	tricky := rapid.SampledFrom([]string{
		"", "'", "''", "=", "=1+1", "'=1", "+33 1 23", "-5", "+", "-x", "@", "\t", "\r", "\n", "\r\n", "\"", "\"\"", ",", ";", " ", " x ",
		`\N`, "\uFEFF", "sep=;", "_x0041_", "_x005F_", "_x005F_x0041_", "é", "€", "\U0001F33B", "\u2028", "{", "[", "null", "1e5", "0012", "\\", "<&>",
	})
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(tricky, rapid.StringN(0, 4, 12)), 0, 4).Draw(t, "parts")
		return strings.ReplaceAll(strings.Join(parts, ""), "\x00", "")
	})
}

func TestCSVRoundTripIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 4).Draw(t, "width")
		rows := rapid.SliceOfN(rapid.SliceOfN(texts(), width, width), 1, 5).Draw(t, "rows")
		delimiter := rapid.SampledFrom([]rune{0, ',', ';', '\t', '|'}).Draw(t, "delimiter")
		bom := rapid.Bool().Draw(t, "bom")
		o := tabular.WriteOptions{Format: tabular.CSV, Columns: columns("a", "b", "c", "d")[:width], Delimiter: delimiter, BOM: bom}
		var b bytes.Buffer
		w, err := tabular.Create(&b, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if err := w.Write(cells(r...)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		read := tabular.Options{Format: tabular.CSV, Delimiter: delimiter, Quote: '"', Header: tabular.HeaderYes}
		if delimiter == 0 {
			read.Delimiter = ','
		}
		got, err := tryRead(&b, read)
		if err != nil || len(got.problems) > 0 || !reflect.DeepEqual(got.rows, rows) {
			t.Fatalf("%q came back as %q, %v, %v", rows, got.rows, got.problems, err)
		}
	})
}

func TestJSONLRoundTripIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(texts(), 2, 2), 1, 5).Draw(t, "rows")
		rows = append(rows, []string{"a", "b"}) // so that both columns occur
		var b bytes.Buffer
		w, err := tabular.Create(&b, tabular.WriteOptions{Format: tabular.JSONL, Columns: columns("k \"1\"", "é")})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if err := w.Write(cells(r...)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := tryRead(&b, tabular.Options{})
		if err != nil || len(got.problems) > 0 {
			t.Fatalf("%q: %v, %v", rows, got.problems, err)
		}
		if got.columns[0] != "k \"1\"" { // a first cell that is empty swaps them
			for _, r := range got.rows {
				r[0], r[1] = r[1], r[0]
			}
		}
		if !reflect.DeepEqual(got.rows, rows) {
			t.Fatalf("%q came back as %q", rows, got.rows)
		}
	})
}

func TestXLSXRoundTripIsExact(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		sheetText := texts().Filter(func(s string) bool {
			return !strings.ContainsFunc(s, func(r rune) bool {
				return r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0xFFFE || r == 0xFFFF
			})
		})
		rows := rapid.SliceOfN(rapid.SliceOfN(sheetText, 3, 3), 1, 4).Draw(t, "rows")
		for i := range rows {
			rows[i][0] = "row" // a row of nothing is none in a sheet
		}
		cols := columns("id", "text", "number")
		cols[2].Type = rapid.SampledFrom([]tabular.ColumnType{tabular.Text, tabular.Number, tabular.Boolean, tabular.Date, tabular.DateTime}).Draw(t, "type")
		var b bytes.Buffer
		w, err := tabular.Create(&b, tabular.WriteOptions{Format: tabular.XLSX, Columns: cols, TempDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if err := w.Write(cells(r...)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := tryRead(bytes.NewReader(b.Bytes()), tabular.Options{Header: tabular.HeaderYes, TempDir: dir})
		if err != nil || len(got.problems) > 0 {
			t.Fatal(err, got.problems)
		}
		for i := range rows {
			// A column that is empty throughout is not there at all.
			for j, c := range []string{"id", "text", "number"} {
				for k, name := range got.columns {
					if name == c && got.rows[i][k] != rows[i][j] {
						t.Fatalf("%q came back as %q", rows[i], got.rows[i])
					}
				}
			}
		}
	})
}

func TestWritersRefuseWhatTheyCannotKeep(t *testing.T) {
	for _, c := range []struct {
		format tabular.Format
		text   string
		want   string
	}{
		{tabular.CSV, "a\x00b", "tabular.unwritable"},
		{tabular.CSV, "a\xffb", "tabular.unwritable"},
		{tabular.JSONL, "a\x00b", "tabular.unwritable"},
		{tabular.JSONL, "a\xffb", "tabular.unwritable"},
		{tabular.XLSX, "a\x01b", "tabular.unwritable"},
		{tabular.XLSX, strings.Repeat("é", 32_768), "tabular.sheet-cell"},
	} {
		var b bytes.Buffer
		w, err := tabular.Create(&b, tabular.WriteOptions{Format: c.format, Columns: columns("x")})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(cells(c.text)); key(err) != c.want || pollen.KindOf(err) != pollen.Invalid {
			t.Errorf("%s %.10q: %v", c.format, c.text, err)
		}
		if err := w.Write(cells("fine")); err != nil {
			t.Errorf("%s: a good record after a bad one: %v", c.format, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, bytes.NewReader(b.Bytes()), tabular.Options{Header: tabular.HeaderYes}); len(got.rows) != 1 || got.rows[0][0] != "fine" {
			t.Errorf("%s: %q", c.format, got.rows)
		}
	}
	for want, o := range map[string]tabular.WriteOptions{
		"tabular.write-columns": {Format: tabular.CSV},
		"tabular.write-format":  {Format: "pdf", Columns: columns("x")},
		"tabular.delimiter":     {Format: tabular.CSV, Columns: columns("x"), Delimiter: '\n'},
		"tabular.sheet-name":    {Format: tabular.XLSX, Columns: columns("x"), Sheet: "a/b"},
	} {
		if _, err := tabular.Create(&bytes.Buffer{}, o); key(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	w, err := tabular.Create(&bytes.Buffer{}, tabular.WriteOptions{Format: tabular.CSV, Columns: columns("x", "y")})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(cells("only one")); err == nil {
		t.Error("a record of the wrong width was written")
	}
}

// FuzzGuard: whatever is written, a spreadsheet must not run it.
func FuzzGuard(f *testing.F) {
	for _, s := range []string{"=1", "+1", "-1", "+x", "@", "\t=1", "-1+cmd|' /C calc'!A0", "+33 (0)1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
			return
		}
		out := write(t, tabular.WriteOptions{Format: tabular.CSV, Columns: columns("x")}, cells(s))
		got := readAll(t, bytes.NewReader(out), tabular.Options{Header: tabular.HeaderYes, Delimiter: ',', Quote: '"', Format: tabular.CSV})
		if len(got.rows) != 1 || got.rows[0][0] != s {
			t.Fatalf("%q came back as %q", s, got.rows)
		}
		cell := strings.TrimPrefix(strings.TrimPrefix(string(out), "x\r\n"), `"`)
		if strings.ContainsRune("=@\t\r\n", rune(cell[0])) {
			t.Errorf("%q begins like a formula", cell)
		}
		if (cell[0] == '+' || cell[0] == '-') && strings.ContainsAny(cell, "ABCDFGHIJKLMNOPQRSTUVWXYZabcdfghijklmnopqrstuvwxyz!|='$:*/^") {
			t.Errorf("%q may run", cell)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	row := cells("1234567", "Mairie de Saint-Étienne", "Saint-Étienne", "42000", "45.4397", "4.3872", "ouvert le lundi")
	for _, f := range []tabular.Format{tabular.CSV, tabular.JSONL, tabular.XLSX} {
		b.Run(string(f), func(b *testing.B) {
			w, err := tabular.Create(&discard{}, tabular.WriteOptions{Format: f, Columns: columns("a", "b", "c", "d", "e", "f", "g"), TempDir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n++; n > 1_000_000 && f == tabular.XLSX {
					continue
				}
				if err := w.Write(row); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
