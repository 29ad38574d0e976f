package tabular

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvWriter writes RFC 4180, quoting only where reading needs it.
type csvWriter struct {
	w         *bufio.Writer
	columns   []Column
	delimiter byte
	special   string // a cell that has one of these is quoted
	line      []byte
}

func createCSV(w io.Writer, o WriteOptions) (Writer, error) {
	if err := checkMarks(o.Delimiter, '"'); err != nil {
		return nil, err
	}
	c := &csvWriter{w: bufio.NewWriterSize(w, 64<<10), columns: o.Columns, delimiter: ','}
	if o.Delimiter != 0 {
		c.delimiter = byte(o.Delimiter)
	}
	c.special = "\"\r\n" + string(rune(c.delimiter))
	if o.BOM {
		c.line = append(c.line, "\uFEFF"...)
	}
	names := make([]Cell, len(o.Columns))
	for i, col := range o.Columns {
		names[i].Text = col.Name
	}
	return c, c.write(names)
}

func (c *csvWriter) Write(cells []Cell) error {
	if err := checkCells(cells, c.columns); err != nil {
		return err
	}
	c.line = c.line[:0]
	return c.write(cells)
}

func (c *csvWriter) write(cells []Cell) error {
	begin := len(c.line)
	for i, cell := range cells {
		if i > 0 {
			c.line = append(c.line, c.delimiter)
		}
		s := cell.String()
		if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
			return unwritable(c.columns[i].Name)
		}
		c.append(s)
	}
	if len(c.line) == begin+len(cells)-1 { // delimiters alone: a line of nothing is no record
		c.line = slices.Insert(c.line, begin, '"', '"')
	}
	c.line = append(c.line, '\r', '\n')
	_, err := c.w.Write(c.line)
	return err
}

// append adds one cell, quoted if it must be.
func (c *csvWriter) append(s string) {
	guard := guarded(s)
	if !guard && !c.mustQuote(s) {
		c.line = append(c.line, s...)
		return
	}
	c.line = append(c.line, '"')
	if guard {
		c.line = append(c.line, '\'')
	}
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		c.line = append(append(c.line, s[:i+1]...), '"')
		s = s[i+1:]
	}
	c.line = append(append(c.line, s...), '"')
}

// mustQuote reports whether a reader would see something else in s unquoted: the
// signs of CSV, the mark for null, a byte order mark, Excel's line for the
// delimiter, the beginning of HTML or JSON, space at the ends.
func (c *csvWriter) mustQuote(s string) bool {
	if s == "" {
		return false
	}
	first, last := s[0], s[len(s)-1]
	return first <= ' ' || last <= ' ' || first == '\\' || first == '\'' || first == '<' || first == '{' || first == '[' ||
		strings.ContainsAny(s, c.special) ||
		strings.HasPrefix(s, "\uFEFF") || len(s) >= 4 && strings.EqualFold(s[:4], "sep=")
}

func (c *csvWriter) Close() error { return c.w.Flush() }

// guarded reports whether a cell is written with an apostrophe before it: it
// would run as a formula, or it is itself an apostrophe before such a text, so
// that taking one off on reading always gives the text back.
func guarded(s string) bool {
	s = strings.TrimLeft(s, "'")
	if s == "" {
		return false
	}
	switch s[0] {
	case '=', '@', '\t', '\r', '\n':
		return true
	case '+', '-':
		return !plainNumber(s[1:]) && (s[0] == '-' || !telephone(s[1:]))
	}
	return false
}

// plainNumber reports whether s is digits with at most one decimal mark and an
// exponent.
func plainNumber(s string) bool {
	digits, mark := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case digit(c):
			digits++
		case (c == '.' || c == ',') && !mark:
			mark = true
		case (c == 'e' || c == 'E') && digits > 0:
			exponent := strings.TrimLeft(s[i+1:], "+-")
			return len(s)-i-1-len(exponent) <= 1 && exponent != "" && strings.Trim(exponent, "0123456789") == ""
		default:
			return false
		}
	}
	return digits > 0
}

// telephone reports whether s is what follows + in a telephone number: digits,
// and what people put between them. A spreadsheet can run no function from it.
func telephone(s string) bool {
	if s == "" || !digit(s[0]) {
		return false
	}
	for _, c := range s {
		switch {
		case '0' <= c && c <= '9', c == ' ', c == '.', c == '-', c == '(', c == ')', c == '\u00A0', c == '\u202F':
		default:
			return false
		}
	}
	return true
}
