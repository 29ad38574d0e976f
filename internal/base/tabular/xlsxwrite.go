package tabular

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"pollen"
)

// xlsxWriter writes one sheet. The rows pass through a temporary file once there
// are many, and the workbook is put together on Close.
type xlsxWriter struct {
	w       io.Writer
	file    *excelize.File
	sheet   *excelize.StreamWriter
	columns []Column
	row     int
	values  []any
	date    int // style
	clock   int // style
}

// Limits of a sheet (Excel specifications and limits).
const (
	maxSheetRows = 1_048_576
	maxSheetCell = 32_767 // UTF-16 units
)

func createXLSX(w io.Writer, o WriteOptions) (Writer, error) {
	x := &xlsxWriter{w: w, file: excelize.NewFile(excelize.Options{TmpDir: o.TempDir}), columns: o.Columns}
	if err := x.begin(o); err != nil {
		return nil, errors.Join(err, x.file.Close())
	}
	return x, nil
}

func (x *xlsxWriter) begin(o WriteOptions) error {
	name := o.Sheet
	if name == "" {
		name = "Data"
	}
	err := x.file.SetSheetName(x.file.GetSheetName(0), name)
	if err != nil {
		return pollen.Errorf(pollen.Invalid, "tabular.sheet-name",
			"“{sheet}” cannot be the name of a sheet.", "sheet", name).On("sheet").Because(err)
	}
	if x.sheet, err = x.file.NewStreamWriter(name); err != nil {
		return fmt.Errorf("making the sheet: %w", err)
	}
	dateCode, clockCode := "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
	if x.date, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &dateCode}); err != nil {
		return fmt.Errorf("making a style: %w", err)
	}
	if x.clock, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &clockCode}); err != nil {
		return fmt.Errorf("making a style: %w", err)
	}
	bold, err := x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("making a style: %w", err)
	}
	panes := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if err := x.sheet.SetPanes(panes); err != nil {
		return fmt.Errorf("freezing the header: %w", err)
	}
	for _, c := range x.columns {
		if !sheetText(c.Name) {
			return unwritable(c.Name)
		}
		x.values = append(x.values, excelize.Cell{StyleID: bold, Value: c.Name})
	}
	return x.flush()
}

func (x *xlsxWriter) Write(cells []Cell) error {
	if err := checkCells(cells, x.columns); err != nil {
		return err
	}
	if x.row >= maxSheetRows {
		return pollen.Errorf(pollen.Invalid, "tabular.sheet-full",
			"A sheet holds {max} rows and no more. Choose CSV or JSON lines.", "max", maxSheetRows)
	}
	x.values = x.values[:0]
	for i, c := range cells {
		v, err := x.value(c.String(), x.columns[i])
		if err != nil {
			return err
		}
		x.values = append(x.values, v)
	}
	return x.flush()
}

func (x *xlsxWriter) flush() error {
	x.row++
	if err := x.sheet.SetRow("A"+strconv.Itoa(x.row), x.values); err != nil {
		return fmt.Errorf("writing row %d: %w", x.row, err)
	}
	return nil
}

// value is what the library is given for a cell: the type of its column where
// nothing of the text is lost by it, else the text.
func (x *xlsxWriter) value(s string, c Column) (any, error) {
	if s == "" {
		return nil, nil
	}
	switch c.Type {
	case Number:
		if f, err := strconv.ParseFloat(s, 64); err == nil && numberText(f) == s {
			return f, nil
		}
	case Boolean:
		if s == "true" || s == "false" {
			return s == "true", nil
		}
	case Date:
		if t, err := time.Parse("2006-01-02", s); err == nil && t.Year() >= 1901 && t.Year() <= 9999 {
			return excelize.Cell{StyleID: x.date, Value: t}, nil
		}
	case DateTime:
		if t, err := time.Parse("2006-01-02T15:04:05", s); err == nil && t.Year() >= 1901 && t.Year() <= 9999 &&
			len(s) == len("2006-01-02T15:04:05") && !strings.HasSuffix(s, "T00:00:00") {
			return excelize.Cell{StyleID: x.clock, Value: t}, nil
		}
	}
	if !sheetText(s) {
		return nil, unwritable(c.Name)
	}
	if len(s) > maxSheetCell && utf16Length(s) > maxSheetCell {
		return nil, pollen.Errorf(pollen.Invalid, "tabular.sheet-cell",
			"The text in “{column}” is longer than the {max} characters that a cell of a sheet holds. Choose CSV or JSON lines.",
			"column", c.Name, "max", maxSheetCell)
	}
	return s, nil
}

// sheetText reports whether XML 1.0 can carry every character of s (section
// 2.2).
func sheetText(s string) bool {
	for _, r := range s {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return false
		}
	}
	return utf8.ValidString(s)
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

func (x *xlsxWriter) Close() error {
	err := x.sheet.Flush()
	if err == nil {
		_, err = x.file.WriteTo(x.w)
	}
	if err = errors.Join(err, x.file.Close()); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}
