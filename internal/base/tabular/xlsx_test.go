package tabular_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"pollen"
	"pollen/internal/base/tabular"
)

// book makes a workbook of parts. Those of a plain workbook with one sheet are
// there unless given; an empty part is left out.
func book(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	const kind = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	all := map[string]string{
		"[Content_Types].xml":        `<Types/>`,
		"_rels/.rels":                rels + `<Relationship Id="rId1" Type="` + kind + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook ` + ns + `><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": rels + `<Relationship Id="rId1" Type="` + kind + `worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	}
	for name, content := range parts {
		all[name] = strings.ReplaceAll(content, "NS", ns)
	}
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for name, content := range all {
		if content == "" {
			continue
		}
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const sheet1 = "xl/worksheets/sheet1.xml"

// rowsXML is a sheet of raw rows.
func rowsXML(rows string) string {
	return `<worksheet NS><sheetData>` + rows + `</sheetData></worksheet>`
}

func TestXLSXValues(t *testing.T) {
	in := book(t, map[string]string{
		"xl/styles.xml": `<styleSheet NS><numFmts><numFmt numFmtId="164" formatCode="[$-40C]d mmmm yyyy;@"/><numFmt numFmtId="165" formatCode="[h]:mm"/>` +
			`<numFmt numFmtId="166" formatCode="00000"/><numFmt numFmtId="167" formatCode="0.00&quot; days&quot;"/><numFmt numFmtId="168" formatCode="[Red]0.00E+00"/></numFmts>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="20"/><xf numFmtId="168"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml": `<sst NS><si><t>value</t></si><si><r><t>ri</t></r><r><t xml:space="preserve">ch </t></r><rPh><t>aid</t></rPh></si><si><t>a_x000D_b_x005F_x0041_ _xD83C__xDF3B_</t></si></sst>`,
		sheet1: rowsXML(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>` +
			`<row><c t="s"><v>1</v></c></row>` +
			`<row><c t="s"><v>2</v></c></row>` +
			`<row><c t="inlineStr"><is><t>in line</t></is></c></row>` +
			`<row><c t="str"><f>A1&amp;"x"</f><v>formula</v></c></row>` +
			`<row><c t="b"><v>1</v></c></row>` +
			`<row><c t="e"><v>#REF!</v></c></row>` +
			`<row><c t="e"><v>#N/A</v></c></row>` + // an empty row, skipped
			`<row><c t="d"><v>2014-02-19T00:00:00</v></c></row>` +
			`<row><c><v>12345678901234567</v></c></row>` +
			`<row><c><v>0.10000000000000001</v></c></row>` +
			`<row><c><v>1.5E-3</v></c></row>` +
			`<row><c s="1"><v>44105</v></c></row>` +
			`<row><c s="2"><v>44105.375</v></c></row>` +
			`<row><c s="3"><v>1</v></c></row>` +
			`<row><c s="1"><v>60</v></c></row>` +
			`<row><c s="1"><v>61</v></c></row>` +
			`<row><c s="4"><v>1.25</v></c></row>` +
			`<row><c s="5"><v>1400</v></c></row>` +
			`<row><c s="6"><v>3</v></c></row>` +
			`<row><c s="7"><v>0.50001157407407404</v></c></row>` +
			`<row><c s="8"><v>1234.5</v></c></row>` +
			`<row><c s="1"><v>-5</v></c></row>` +
			`<row><c s="99"><v>7</v></c></row>`),
	})
	got := readAll(t, bytes.NewReader(in), tabular.Options{Header: tabular.HeaderYes})
	want := []string{
		"rich ", "a\rb_x0041_ 🌻", "in line", "formula", "true", "#REF!", "2014-02-19", "12345678901234568", "0.1", "0.0015",
		"2020-10-01", "2020-10-01T09:00:00", "1900-01-01", "1900-02-29", "1900-03-01", "30:00:00", "01400", "3", "12:00:01", "1234.5", "-5", "7",
	}
	var texts []string
	for _, r := range got.rows {
		texts = append(texts, r[0])
	}
	if !reflect.DeepEqual(texts, want) || got.columns[0] != "value" || len(got.problems) > 0 {
		t.Errorf("got  %q\nwant %q\n%v %v", texts, want, got.columns, got.problems)
	}
	if got.lines[6] != 9 {
		t.Errorf("the row behind the empty one is said to be %d", got.lines[6])
	}
}

func TestXLSXDates1904(t *testing.T) {
	in := book(t, map[string]string{
		"xl/workbook.xml": `<workbook NS><workbookPr date1904="1"/><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/styles.xml":   `<styleSheet NS><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`,
		sheet1:            rowsXML(`<row><c s="0"><v>0</v></c></row><row><c s="0"><v>1.5</v></c></row>`),
	})
	got := readAll(t, bytes.NewReader(in), tabular.Options{Header: tabular.HeaderNo})
	if !reflect.DeepEqual(got.rows, [][]string{{"1904-01-01"}, {"1904-01-02T12:00:00"}}) {
		t.Errorf("%q", got.rows)
	}
}

func TestXLSXTableIsFound(t *testing.T) {
	in := book(t, map[string]string{sheet1: `<worksheet NS><sheetData>` +
		`<row r="2"><c r="C2" t="str"><v>A title</v></c></row>` +
		`<row r="4"><c r="C4" t="str"><v>name</v></c><c r="D4" t="str"><v>site</v></c><c r="F4" t="str"><v>name</v></c></row>` +
		`<row r="5"><c r="C5" t="str"><v>x</v></c><c r="D5" t="str"><v>Lyon</v></c><c r="F5"><v>1</v></c></row>` +
		`<row r="6"><c r="C6" t="str"><v>y</v></c><c r="D6"/></row>` +
		`<row r="7"><c r="F7"><v>3</v></c></row>` +
		`<row r="300"><c r="C300" t="str"><v>z</v></c></row>` +
		`<row r="301"><c r="A301" t="str"><v>outside</v></c></row>` +
		`</sheetData><mergeCells count="2"><mergeCell ref="C2:F2"/><mergeCell ref="D5:D7"/></mergeCells></worksheet>`})
	// The row outside the table must lie behind the rows that are looked at.
	in2 := strings.Repeat(`<row><c r="C1" t="str"><v>more</v></c><c r="D1" t="str"><v>sites</v></c><c r="F1"><v>0</v></c></row>`, 100)
	in = book(t, map[string]string{sheet1: strings.Replace(readPart(t, in, sheet1), `<row r="301">`, in2+`<row r="401">`, 1)})
	got := readAll(t, bytes.NewReader(in), tabular.Options{})
	if !reflect.DeepEqual(got.columns, []string{"name", "site", "name_2"}) || got.detected.Skipped != 1 || !got.detected.Header {
		t.Errorf("%q %+v", got.columns, got.detected)
	}
	want := [][]string{{"x", "Lyon", "1"}, {"y", "Lyon", ""}, {"", "Lyon", "3"}, {"z", "", ""}}
	if !reflect.DeepEqual(got.rows[:4], want) || !reflect.DeepEqual(got.lines[:4], []int64{5, 6, 7, 300}) {
		t.Errorf("%q at %v", got.rows[:4], got.lines[:4])
	}
	if len(got.problems) != 1 || got.problems[0].Line != 401 || key(got.problems[0]) != "tabular.outside" {
		t.Errorf("%v", got.problems)
	}
}

func readPart(t testing.TB, in []byte, name string) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := zr.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestXLSXSheets(t *testing.T) {
	f := excelize.NewFile()
	for i, name := range []string{"Cover", "Hidden", "People", "Sites"} {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", name); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow(name, "A1", &[]any{"in", "n"}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow(name, "A2", &[]any{name, i}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetSheetVisible("Hidden", false); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	got := readAll(t, bytes.NewReader(b.Bytes()), tabular.Options{})
	if got.detected.Sheet != "People" || got.rows[0][0] != "People" {
		t.Errorf("first visible sheet with values: %+v", got.detected)
	}
	if !reflect.DeepEqual(got.detected.Sheets, []string{"Cover", "Hidden", "People", "Sites"}) {
		t.Errorf("sheets %q", got.detected.Sheets)
	}
	if got = readAll(t, bytes.NewReader(b.Bytes()), tabular.Options{Sheet: "Sites"}); got.rows[0][0] != "Sites" {
		t.Errorf("told sheet: %q", got.rows)
	}
	if _, err := tryRead(bytes.NewReader(b.Bytes()), tabular.Options{Sheet: "None"}); !pollen.Is(err, pollen.NotFound) || key(err) != "tabular.sheet" {
		t.Errorf("unknown sheet: %v", err)
	}
	if _, err := tryRead(bytes.NewReader(b.Bytes()), tabular.Options{Sheet: "Cover"}); key(err) != "tabular.empty" {
		t.Errorf("empty sheet: %v", err)
	}
}

// TestXLSXAgreesWithExcelize reads what the other library writes, from every kind
// of input.
func TestXLSXAgreesWithExcelize(t *testing.T) {
	f := excelize.NewFile()
	when := time.Date(2026, 2, 28, 13, 45, 6, 0, time.UTC)
	rows := [][]any{{"name", "n", "f", "b", "t"}, {"Zoé & <co>", 42, 2.5, true, when}, {"  two\nlines ", -7, 1e-9, false, when.AddDate(-100, 0, 0)}}
	for i, r := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", cell, &r); err != nil {
			t.Fatal(err)
		}
	}
	var b, zipped bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	zw := gzip.NewWriter(&zipped)
	if _, err := zw.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	offset := bytes.NewReader(append([]byte("junk"), b.Bytes()...))
	if _, err := offset.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"Zoé & <co>", "42", "2.5", "true", "2026-02-28T13:45:06"}, {"  two\nlines ", "-7", "1e-09", "false", "1926-02-28T13:45:06"}}
	for name, in := range map[string]io.Reader{
		"random access": bytes.NewReader(b.Bytes()), "stream": io.MultiReader(bytes.NewReader(b.Bytes())),
		"gzip": &zipped, "from the middle of a file": offset,
	} {
		dir := t.TempDir()
		got := readAll(t, in, tabular.Options{TempDir: dir})
		if !reflect.DeepEqual(got.rows, want) {
			t.Errorf("%s: %q", name, got.rows)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind %v, %v", name, left, err)
		}
	}
}

func TestXLSXTypedColumns(t *testing.T) {
	cols := []tabular.Column{{"t", tabular.Text}, {"n", tabular.Number}, {"b", tabular.Boolean}, {"d", tabular.Date}, {"dt", tabular.DateTime}}
	out := write(t, tabular.WriteOptions{Format: tabular.XLSX, Columns: cols, Sheet: "Sites", TempDir: t.TempDir()},
		cells("=1+1", "12.5", "true", "2026-11-24", "2026-11-24T09:30:00"),
		cells("12", "0012", "yes", "1850-01-01", "2026-11-24T09:30:00Z"),
		cells("", "123456789012345678901", "", "", ""),
	)
	f, err := excelize.OpenReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]excelize.CellType{
		"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeUnset, "C2": excelize.CellTypeBool, "D2": excelize.CellTypeUnset, "E2": excelize.CellTypeUnset,
		"A3": excelize.CellTypeInlineString, "B3": excelize.CellTypeInlineString, "C3": excelize.CellTypeInlineString,
		"D3": excelize.CellTypeInlineString, "E3": excelize.CellTypeInlineString, "B4": excelize.CellTypeInlineString,
	} {
		if got, err := f.GetCellType("Sites", cell); err != nil || got != want {
			t.Errorf("%s has type %v, want %v (%v)", cell, got, want, err)
		}
	}
	for cell, want := range map[string]string{"A2": "=1+1", "D2": "2026-11-24", "E2": "2026-11-24 09:30:00"} {
		if got, err := f.GetCellValue("Sites", cell); err != nil || got != want {
			t.Errorf("%s shows %q, want %q (%v)", cell, got, want, err)
		}
	}
	if formula, err := f.GetCellFormula("Sites", "A2"); err != nil || formula != "" {
		t.Errorf("a text became the formula %q (%v)", formula, err)
	}
}

func TestXLSXThatCannotBeRead(t *testing.T) {
	good := book(t, map[string]string{sheet1: rowsXML(`<row><c t="str"><v>a</v></c></row><row><c t="str"><v>b</v></c></row>`)})
	flipped := bytes.Clone(good)
	flipped[bytes.Index(flipped, []byte(sheet1))+len(sheet1)+8] ^= 0x55
	bombed := book(t, map[string]string{sheet1: rowsXML(strings.Repeat(`<row><c t="str"><v>a</v></c></row>`, 3_000_000))})
	strings64 := book(t, map[string]string{
		"xl/sharedStrings.xml": `<sst NS>` + strings.Repeat(`<si><t>aaaaaaaaaaaaaaaaaaaaaaaaa</t></si>`, 3_000_000) + `</sst>`,
		sheet1:                 rowsXML(`<row><c t="s"><v>0</v></c></row>`),
	})
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"cut off":               {good[:len(good)-60], "tabular.xlsx"},
		"a damaged part":        {flipped, "tabular.xlsx"},
		"no sheet":              {book(t, map[string]string{sheet1: ""}), "tabular.xlsx"},
		"no workbook":           {book(t, map[string]string{"xl/workbook.xml": ""}), "tabular.xlsx"},
		"broken XML":            {book(t, map[string]string{sheet1: `<worksheet NS><sheetData><row><c></row>`}), "tabular.xlsx"},
		"XML that ends":         {book(t, map[string]string{sheet1: `<worksheet NS><sheetData><row>`}), "tabular.xlsx"},
		"cells out of order":    {book(t, map[string]string{sheet1: rowsXML(`<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`)}), "tabular.xlsx"},
		"a column too far":      {book(t, map[string]string{sheet1: rowsXML(`<row><c r="ZZZZ1"><v>1</v></c></row>`)}), "tabular.xlsx"},
		"empty":                 {book(t, map[string]string{sheet1: rowsXML(``)}), "tabular.empty"},
		"a bomb of rows":        {bombed, "tabular.bomb"},
		"a bomb of strings":     {strings64, "tabular.bomb"},
		"a ZIP":                 {zipOf(t, "readme.txt"), "tabular.not-a-table"},
		"an OpenDocument":       {zipOf(t, "mimetype", "content.xml", "[Content_Types].xml"), "tabular.not-a-table"},
		"a text document":       {zipOf(t, "word/document.xml", "[Content_Types].xml"), "tabular.not-a-table"},
		"a binary workbook":     {zipOf(t, "xl/workbook.bin", "[Content_Types].xml"), "tabular.not-a-table"},
		"an encrypted workbook": {compound("EncryptedPackage"), "tabular.encrypted"},
		"an old workbook":       {compound("Workbook"), "tabular.xls"},
		"part of an old one":    {compound("Workbook")[:8], "tabular.xls"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := tryRead(bytes.NewReader(c.in), tabular.Options{TempDir: dir})
			if key(err) != c.want || !pollen.Is(err, pollen.Invalid) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind %v, %v", left, err)
			}
		})
	}
	_, err := tryRead(io.MultiReader(bytes.NewReader(good), letters{}), tabular.Options{MaxSpool: 1 << 21, TempDir: t.TempDir()})
	if key(err) != "tabular.spool" || !pollen.Is(err, pollen.Limited) {
		t.Errorf("an input too big to be copied: %v", err)
	}
}

func TestXLSXRowsThatCannotBeUsed(t *testing.T) {
	in := book(t, map[string]string{sheet1: rowsXML(`<row><c t="str"><v>a</v></c></row>` +
		`<row><c t="s"><v>5</v></c></row>` +
		`<row><c t="str"><v>_x0000_</v></c></row>` +
		`<row><c t="str"><v>` + strings.Repeat("x", 2000) + `</v></c></row>` +
		`<row><c t="str"><v>fine</v></c></row>`)})
	got := readAll(t, bytes.NewReader(in), tabular.Options{Header: tabular.HeaderYes, MaxCell: 1000})
	var keys []string
	for _, p := range got.problems {
		keys = append(keys, key(p))
	}
	if !reflect.DeepEqual(keys, []string{"tabular.xlsx-text", "tabular.nul", "tabular.cell-too-long"}) || len(got.rows) != 1 {
		t.Errorf("%v %q", keys, got.rows)
	}
}

func zipOf(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, n := range names {
		w, err := zw.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compound makes the least of a compound file: a header and a directory sector
// with one name ([MS-CFB] 2.2, 2.6).
func compound(name string) []byte {
	b := make([]byte, 1536)
	copy(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	binary.LittleEndian.PutUint16(b[30:], 9)
	binary.LittleEndian.PutUint32(b[48:], 1)
	for i, u := range utf16.Encode([]rune(name)) {
		binary.LittleEndian.PutUint16(b[1024+128+2*i:], u)
	}
	return b
}

func TestNoTableAtAll(t *testing.T) {
	for want, inputs := range map[string][]string{
		"tabular.not-a-table": {"%PDF-1.7\n", "\x89PNG\r\n\x1a\n", "\xFF\xD8\xFF\xE0", "<!DOCTYPE html><html>", "<?xml version=\"1.0\"?><a/>", "SQLite format 3\x00x", "BZh9", "\uFEFF <HTML>"},
		"tabular.binary":      {strings.Repeat("\x00\x01\x02\xFE", 100)},
		"tabular.empty":       {"", "\n\n", "\uFEFF", " "},
		"tabular.gzip":        {"\x1f\x8b\x08\x00\x00", gzipped(strings.Repeat("a,b\n", 9000))[:60], gzipped("a,b\n1,2\n") + "x"},
		"tabular.bomb":        {gzipped(strings.Repeat(strings.Repeat("a", 1000)+",b\n", 80_000))},
	} {
		for _, in := range inputs {
			_, err := tryRead(strings.NewReader(in), tabular.Options{})
			if key(err) != want || !pollen.Is(err, pollen.Invalid) {
				t.Errorf("%.20q: %v, want %s", in, err, want)
			}
		}
	}
	if _, err := tryRead(strings.NewReader("a,b\n"), tabular.Options{Format: tabular.XLSX}); key(err) != "tabular.xlsx" {
		t.Errorf("text told to be a workbook: %v", err)
	}
	if _, err := tryRead(bytes.NewReader(zipOf(t, "x")), tabular.Options{Format: tabular.CSV}); key(err) != "tabular.not-a-table" {
		t.Errorf("an archive told to be CSV: %v", err)
	}
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, s)
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.String()
}

func FuzzXLSX(f *testing.F) {
	seeds := []string{
		rowsXML(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1.5</v></c></row><row r="3"><c r="B3" t="inlineStr"><is><t>x</t></is></c></row>`),
		`<worksheet NS><sheetData><row><c t="b"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:A3"/></mergeCells></worksheet>`,
		rowsXML(`<row><c s="1" r="XFD1"><v>44105</v></c></row>`), `<worksheet>`, ``, `<a><row><c><v>_xD83C__x</v></c></row></a>`,
	}
	for _, s := range seeds {
		f.Add(s, `<sst><si><t>a</t></si></sst>`, `m/d/yy h:mm;@`)
	}
	f.Fuzz(func(t *testing.T, sheet, texts, format string) {
		in := book(t, map[string]string{
			sheet1: sheet, "xl/sharedStrings.xml": texts,
			"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="` + format + `"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>`,
		})
		_, err := tryRead(bytes.NewReader(in), tabular.Options{MaxRecord: 1 << 16, TempDir: t.TempDir()})
		if err != nil && pollen.KindOf(err) == pollen.Internal {
			t.Fatalf("not one clear error: %v", err)
		}
	})
}

// FuzzWorkbook damages a whole file.
func FuzzWorkbook(f *testing.F) {
	f.Add(book(f, map[string]string{sheet1: rowsXML(`<row><c t="str"><v>a</v></c></row>`)}))
	f.Add(zipOf(f, "mimetype", "content.xml"))
	f.Add(compound("EncryptedPackage"))
	f.Fuzz(func(t *testing.T, in []byte) {
		_, err := tryRead(bytes.NewReader(in), tabular.Options{MaxRecord: 1 << 16, TempDir: t.TempDir()})
		if err != nil && pollen.KindOf(err) == pollen.Internal {
			t.Fatalf("not one clear error: %v", err)
		}
	})
}

func BenchmarkXLSXRead(b *testing.B) {
	var out bytes.Buffer
	w, err := tabular.Create(&out, tabular.WriteOptions{Format: tabular.XLSX, Columns: columns("a", "b", "c", "d", "e", "f", "g", "h"), TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	for range 20_000 {
		if err := w.Write(cells("1234567", "Mairie de Saint-Étienne", "Saint-Étienne", "42000", "45.4397", "4.3872", "ouvert", "x")); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		rd, _, err := tabular.Open(bytes.NewReader(out.Bytes()), tabular.Options{})
		if err != nil {
			b.Fatal(err)
		}
		var rec tabular.Record
		for err == nil {
			err = rd.Next(&rec)
		}
		if err := errors.Join(rd.Close()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
