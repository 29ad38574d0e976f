package tabular

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"pollen"
)

// Writer writes the records of one table.
type Writer interface {
	// Write writes one record; cells is parallel to the columns, and not kept.
	// It fails with Invalid on what the format cannot hold, and the record is
	// then not written.
	Write(cells []Cell) error
	// Close finishes the file. It does not close what is written to.
	Close() error
}

// ColumnType says how the texts of a column are written in a typed format.
type ColumnType string

// The types of column. A text that is none of its column's type is written as a
// text.
const (
	Text     ColumnType = ""
	Number   ColumnType = "number"
	Boolean  ColumnType = "boolean"  // true, false
	Date     ColumnType = "date"     // 2006-01-02
	DateTime ColumnType = "datetime" // 2006-01-02T15:04:05, without offset
)

// Column is one column of a file to be written.
type Column struct {
	Name string
	Type ColumnType // only XLSX heeds it
}

// WriteOptions says how to write.
type WriteOptions struct {
	Format    Format
	Columns   []Column
	BOM       bool   // CSV: begin with a byte order mark, which Excel wants
	Delimiter rune   // CSV: 0 means a comma
	Sheet     string // XLSX: the name of the sheet; "" means Data
	TempDir   string // XLSX: where temporary files go; "": the system's folder
}

// Create returns a writer of a table onto w, and writes the names of the
// columns where the format has them.
//
// CSV is UTF-8 after RFC 4180. A spreadsheet runs a cell that begins with one of
// = + - @, a tab or a line end as a formula, so such a cell gets a leading
// apostrophe unless it is a plain number or a telephone number; the reader takes
// it off again. In XLSX every text is written as a text, never as a formula.
func Create(w io.Writer, o WriteOptions) (Writer, error) {
	if len(o.Columns) == 0 || len(o.Columns) > maxColumns {
		return nil, pollen.Errorf(pollen.Invalid, "tabular.write-columns",
			"A file needs between 1 and {max} columns.", "max", maxColumns).On("columns")
	}
	switch o.Format {
	case CSV:
		return createCSV(w, o)
	case XLSX:
		return createXLSX(w, o)
	case JSONL:
		return createJSONL(w, o)
	}
	return nil, pollen.Errorf(pollen.Invalid, "tabular.write-format",
		"“{format}” is no format we write. Choose csv, xlsx or jsonl.", "format", string(o.Format)).On("format")
}

// String is the plain form of the cell: Text, or what Text would be for its
// JSON.
func (c Cell) String() string {
	if c.Text != "" || len(c.JSON) == 0 {
		return c.Text
	}
	return jsonText(c.JSON)
}

// jsonText is the plain form of valid JSON.
func jsonText(raw json.RawMessage) string {
	switch {
	case string(raw) == "null":
		return ""
	case raw[0] != '"':
		return string(raw)
	case len(raw) >= 2 && !strings.ContainsRune(string(raw), '\\'):
		return string(raw[1 : len(raw)-1])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw) // not valid JSON: shown as it is
	}
	return s
}

func checkCells(cells []Cell, columns []Column) error {
	if len(cells) != len(columns) {
		return fmt.Errorf("a record of %d cells was given for %d columns", len(cells), len(columns))
	}
	return nil
}

func unwritable(column string) error {
	return pollen.Errorf(pollen.Invalid, "tabular.unwritable",
		"The text in “{column}” holds a character that this format cannot keep. Remove it, or choose another format.",
		"column", column)
}
