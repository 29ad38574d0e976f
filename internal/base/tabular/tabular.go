package tabular

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"pollen"
)

// Format is a kind of file.
type Format string

// The formats that can be read and written.
const (
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
	JSONL Format = "jsonl" // one object a line; a JSON array of objects is read too
)

// MediaType is how a table of the format is named to who fetches it.
func (f Format) MediaType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case JSONL:
		return "application/jsonl"
	}
	return "text/csv; charset=utf-8"
}

// Cell is what a record holds in one column. Text is always the plain form. JSON
// is set as well when the source is typed (JSONL): Text then is the string
// itself, the literal of a number or boolean, "" for null, and the JSON of an
// array or object. The zero Cell is an empty or absent one.
type Cell struct {
	Text string
	JSON json.RawMessage
}

// Record is one row. A reader fills the same Record again and again: Cells and
// Extra are reused by the next call, the strings and JSON in them are not.
type Record struct {
	Line  int64           // 1-based: the physical line where the record starts, or the row of a sheet
	Cells []Cell          // parallel to Reader.Columns
	Extra map[string]Cell // what is under keys that are not among the columns (JSONL)
}

// Problem is a record that could not be read. It comes as the error of
// Reader.Next, to be found with errors.As; reading goes on with the record after
// it.
type Problem struct {
	Line int64
	Raw  string // the beginning of the record, as far as it can be shown
	Err  error  // a pollen.Error of kind Invalid
}

// Error gives the English message with the line.
func (p *Problem) Error() string {
	return pollen.Fill("line {line}: {why}", []any{"line", p.Line, "why", p.Err})
}

// Unwrap returns the reason.
func (p *Problem) Unwrap() error { return p.Err }

// Reader reads the records of one table.
type Reader interface {
	// Columns names the columns: never empty, all different.
	Columns() []string
	// Next reads the next record into rec. It returns io.EOF at the end and a
	// *Problem for a record that cannot be read; any other error is final.
	Next(rec *Record) error
	// Offset is how many bytes of the input are consumed, for progress. It may
	// be called while Next runs.
	Offset() int64
	// Close removes temporary files. It does not close the input.
	Close() error
}

// HeaderMode says whether the first record names the columns.
type HeaderMode string

// The modes for the header.
const (
	HeaderAuto HeaderMode = "auto" // found out; also the meaning of ""
	HeaderYes  HeaderMode = "yes"
	HeaderNo   HeaderMode = "no" // the columns are called column_1, column_2…
)

// Default limits.
const (
	DefaultMaxRecord = 16 << 20
	DefaultMaxSpool  = 1 << 30
)

// Options tells [Open] what is known beforehand. The zero value finds out
// everything.
type Options struct {
	Format    Format // "": by content, then by Name
	Name      string // the file's name; only its extension is used
	Size      int64  // bytes of the input, 0 when not known; only scales Offset of a workbook
	Delimiter rune   // 0: found out; an ASCII character
	Quote     rune   // 0: found out; an ASCII character
	Encoding  string // "": found out; see Encodings
	Header    HeaderMode
	Null      []string // unquoted CSV cells that mean empty; nil: `\N` where it occurs
	Sheet     string   // "": the first visible sheet with a value in it
	MaxCell   int64    // bytes of one cell; 0: as MaxRecord
	MaxRecord int64    // bytes of one record; 0: DefaultMaxRecord
	MaxSpool  int64    // bytes of an input that must be copied to a file; 0: DefaultMaxSpool
	TempDir   string   // where temporary files go; "": the system's folder
}

// Detected is how a file is read, to be shown to whoever gave it.
type Detected struct {
	Format     Format
	Compressed bool   // the file is compressed with gzip
	Encoding   string // one of Encodings
	Delimiter  rune   // CSV
	Quote      rune   // CSV
	Header     bool
	Null       string   // the first text that means empty, "" when none does
	Sheet      string   // XLSX: the sheet that is read
	Sheets     []string // XLSX: every sheet that could be
	Skipped    int      // XLSX: rows of titles left out above the header
}

// Open finds out how the table in r is written and returns a reader placed
// before the first record. A workbook needs random access: where r is not an
// io.ReaderAt and io.Seeker it is first copied to a temporary file. It fails
// with Invalid when r is empty or no table that can be read, and with NotFound
// when Options.Sheet is not there.
func Open(r io.Reader, o Options) (Reader, *Detected, error) {
	o, err := o.checked()
	if err != nil {
		return nil, nil, err
	}
	in, err := newInput(r, o)
	if err != nil {
		return nil, nil, err
	}
	rd, d, err := open(in, o)
	if err != nil {
		return nil, nil, errors.Join(err, in.Close())
	}
	return rd, d, nil
}

func open(in *input, o Options) (Reader, *Detected, error) {
	if err := in.gunzip(); err != nil {
		return nil, nil, err
	}
	format, err := sniffFormat(in, o)
	if err != nil {
		return nil, nil, err
	}
	d := &Detected{Format: format, Compressed: in.gzip}
	if format == XLSX {
		rd, err := openXLSX(in, o, d)
		return rd, d, err
	}
	text, err := in.text(o.Encoding, format)
	if err != nil {
		return nil, nil, err
	}
	if text.whole && len(bytes.TrimSpace(text.head)) == 0 {
		return nil, nil, emptyFile()
	}
	d.Encoding = text.encoding
	if format == JSONL {
		rd, err := openJSONL(in, text, o, d)
		return rd, d, err
	}
	rd, err := openCSV(in, text, o, d)
	return rd, d, err
}

// checked fills the defaults in and refuses what makes no sense.
func (o Options) checked() (Options, error) {
	if o.MaxRecord <= 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	if o.MaxCell <= 0 || o.MaxCell > o.MaxRecord {
		o.MaxCell = o.MaxRecord
	}
	if o.MaxSpool <= 0 {
		o.MaxSpool = DefaultMaxSpool
	}
	switch o.Format {
	case "", CSV, XLSX, JSONL:
	default:
		return o, pollen.Errorf(pollen.Invalid, "tabular.format",
			"“{format}” is no format we read. Choose csv, xlsx or jsonl.", "format", string(o.Format)).On("format")
	}
	switch o.Header {
	case "", HeaderAuto, HeaderYes, HeaderNo:
	default:
		return o, pollen.Errorf(pollen.Invalid, "tabular.header-mode",
			"“{header}” is not understood. Choose auto, yes or no.", "header", string(o.Header)).On("header")
	}
	return o, checkMarks(o.Delimiter, o.Quote)
}

// ReadDelimiter reads what people write for a delimiter; \t or “tab” is a tab, and 0 stands
// for "". It fails with Invalid.
func ReadDelimiter(s string) (rune, error) {
	if s == "tab" || s == `\t` {
		return '\t', nil
	}
	switch d := []rune(s); len(d) {
	case 0:
		return 0, nil
	case 1:
		return d[0], checkMarks(d[0], 0)
	}
	return 0, checkMarks('\n', 0)
}

// checkMarks refuses a delimiter or quote that no CSV could have.
func checkMarks(delimiter, quote rune) error {
	if badMark(delimiter) {
		return pollen.Errorf(pollen.Invalid, "tabular.delimiter",
			"The delimiter must be one plain character, such as a comma, a semicolon or a tab.").On("delimiter")
	}
	if badMark(quote) || quote != 0 && quote == delimiter {
		return pollen.Errorf(pollen.Invalid, "tabular.quote",
			"The quote must be one plain character, and another one than the delimiter.").On("quote")
	}
	return nil
}

func badMark(r rune) bool {
	return r < 0 || r >= utf8.RuneSelf || r == '\n' || r == '\r' || r == ' ' || r != 0 && r != '\t' && r < ' '
}

// maxColumns is how many columns a table may have: as many as a sheet.
const maxColumns = 16384

func tooManyColumns() error {
	return pollen.Errorf(pollen.Invalid, "tabular.columns",
		"The table has more than {max} columns. Check the delimiter.", "max", maxColumns)
}

func emptyFile() error {
	return pollen.Errorf(pollen.Invalid, "tabular.empty", "There is nothing to read in this file.")
}

// maxRaw is how many bytes of a record a Problem shows.
const maxRaw = 240

// newProblem describes a record that starts with raw.
func newProblem[T []byte | string](line int64, raw T, err error) *Problem {
	s := string(raw[:min(len(raw), maxRaw)])
	if len(raw) > maxRaw {
		for i := 0; i < utf8.UTFMax && !utf8.ValidString(s[len(s)-i:]); i++ {
			if utf8.RuneStart(s[len(s)-i-1]) {
				s = s[:len(s)-i-1]
				break
			}
		}
		s += "…"
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return &Problem{Line: line, Raw: strings.ReplaceAll(s, "\x00", "\uFFFD"), Err: err}
}

// The reasons of a Problem that formats share.

func recordTooLong(limit int64) error {
	return pollen.Errorf(pollen.Invalid, "tabular.record-too-long",
		"This row is longer than {max} and was left out.", "max", pollen.Bytes(int64(limit)))
}

func cellTooLong(column string, limit int64) error {
	return pollen.Errorf(pollen.Invalid, "tabular.cell-too-long",
		"The cell in “{column}” is longer than {max}.", "column", column, "max", pollen.Bytes(int64(limit)))
}

func badText(encoding string) error {
	return pollen.Errorf(pollen.Invalid, "tabular.bad-text",
		"This row is not written in {encoding} like the rest. Save the file in one encoding, or name the right one.",
		"encoding", encoding)
}

func nulByte() error {
	return pollen.Errorf(pollen.Invalid, "tabular.nul", "This row holds a NUL character, which is not text.")
}

func ragged(want, got int) error {
	return pollen.ErrorN(pollen.Invalid, "tabular.ragged", got,
		"This row has {n} cell instead of {expected}.",
		"This row has {n} cells instead of {expected}.", "expected", want)
}
