package tabular

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf16"
	"unicode/utf8"

	"pollen"
)

// sheetRow is a row with its cells that are not empty, from left to right.
// cells is reused by the following row.
type sheetRow struct {
	number int64
	cells  []sheetCell
	size   int64 // bytes of the texts
	fault  error // why the row cannot be used
}

type sheetCell struct {
	column int // 0-based
	text   string
}

// show writes a row as people see it, for a Problem.
func (r sheetRow) show() string {
	var b strings.Builder
	for i, c := range r.cells {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(c.text[:min(len(c.text), maxRaw)])
		if b.Len() > maxRaw {
			break
		}
	}
	return b.String()
}

// sheetRows reads the rows of one sheet one after the other.
type sheetRows struct {
	book   *workbook
	part   *part
	d      *xml.Decoder
	total  int64
	read   atomic.Int64
	row    sheetRow
	last   int64 // number of the last row
	merged merges
	value  []byte
	done   bool
}

// open checks that the sheet's part is whole, finds its merged cells, which are
// told behind the rows, and goes to the beginning of the rows.
func (b *workbook) open(s sheet) (*sheetRows, error) {
	merged, total, err := b.survey(s.part)
	if err != nil {
		return nil, err
	}
	p, err := b.part(s.part)
	if err != nil {
		return nil, err
	}
	return &sheetRows{book: b, part: p, d: newXML(p), total: total, merged: merged}, nil
}

func (r *sheetRows) Close() error { return r.part.Close() }

// progress is the share of the sheet that was read, 0 to 1.
func (r *sheetRows) progress() float64 {
	if r.total == 0 {
		return 1
	}
	return float64(r.read.Load()) / float64(r.total)
}

// next returns the next row with a value in it, io.EOF behind the last.
func (r *sheetRows) next() (sheetRow, error) {
	for !r.done {
		tok, err := r.d.Token()
		if err == io.EOF {
			r.done = true
			break
		}
		if err != nil {
			return sheetRow{}, workbookError(err)
		}
		r.part.mark()
		r.read.Store(r.part.n)
		t, ok := tok.(xml.StartElement)
		if !ok || t.Name.Local != "row" {
			continue
		}
		if err := r.readRow(t); err != nil {
			return sheetRow{}, workbookError(err)
		}
		if len(r.row.cells) > 0 || r.row.fault != nil {
			r.merged.fill(&r.row)
			return r.row, nil
		}
	}
	return sheetRow{}, io.EOF
}

// readRow reads from behind the start of a row to its end.
func (r *sheetRows) readRow(start xml.StartElement) error {
	r.last++
	if n, err := strconv.ParseInt(attribute(start, "r"), 10, 64); err == nil && n > r.last {
		r.last = n
	}
	r.row = sheetRow{number: r.last, cells: r.row.cells[:0]}
	column := -1
	for {
		tok, err := r.d.Token()
		if err != nil {
			return noEOF(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			column++
			if ref := attribute(t, "r"); ref != "" {
				at, ok := columnOf(ref)
				if !ok || at < column {
					return damagedWorkbook(errors.New("cell " + strconv.Quote(ref) + " is out of place"))
				}
				column = at
			}
			if err := r.readCell(t, column); err != nil {
				return err
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				return nil
			}
		}
	}
}

// readCell reads from behind the start of a cell to its end.
func (r *sheetRows) readCell(start xml.StartElement, column int) error {
	r.part.mark()
	r.value = r.value[:0]
	inText, phonetic := false, 0
	for {
		tok, err := r.d.Token()
		if err != nil {
			return noEOF(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v", "t":
				inText = phonetic == 0
			case "rPh":
				phonetic++
			}
		case xml.CharData:
			if inText {
				r.value = append(r.value, t...)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v", "t":
				inText = false
			case "rPh":
				phonetic--
			case "c":
				return r.addCell(start, column)
			}
		}
	}
}

// addCell adds what was read, in the cell's type and style, to the row.
func (r *sheetRows) addCell(start xml.StartElement, column int) error {
	if len(r.value) == 0 {
		return nil
	}
	var kind, style string
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "t":
			kind = a.Value
		case "s":
			style = a.Value
		}
	}
	text, err := r.text(kind, style)
	if err != nil {
		return err
	}
	if text == "" {
		return nil
	}
	if strings.IndexByte(text, 0) >= 0 && r.row.fault == nil {
		r.row.fault = nulByte()
	}
	r.row.size += int64(len(text))
	r.row.cells = append(r.row.cells, sheetCell{column, text})
	return nil
}

// text gives the plain form of a cell (ECMA-376 Part 1, 18.18.11).
func (r *sheetRows) text(kind, style string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(string(bytes.TrimSpace(r.value)))
		text, ok, readErr := "", false, error(nil)
		if err == nil {
			text, ok, readErr = r.book.strings.get(i)
		}
		if !ok && readErr == nil && r.row.fault == nil {
			r.row.fault = pollen.Errorf(pollen.Invalid, "tabular.xlsx-text",
				"A cell of this row refers to a text that the workbook does not have.")
		}
		return text, readErr
	case "b":
		if xmlTrue(string(bytes.TrimSpace(r.value))) {
			return "true", nil
		}
		return "false", nil
	case "e":
		if string(r.value) == "#N/A" {
			return "", nil
		}
		return string(r.value), nil
	case "str", "inlineStr":
		return string(unescapeText(r.value)), nil
	case "d":
		return strings.TrimSuffix(strings.TrimSpace(string(r.value)), "T00:00:00"), nil
	}
	var s numberStyle
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(r.book.styles) {
		s = r.book.styles[i]
	}
	return s.format(string(bytes.TrimSpace(r.value)), r.book.date1904), nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnOf reads the column of a reference such as "AB12".
func columnOf(ref string) (int, bool) {
	n := 0
	for i := range len(ref) {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0
		}
		if n = n*26 + int(c-'A') + 1; n > maxColumns {
			return 0, false
		}
	}
	return n - 1, n > 0
}

// columnLetters writes a column as a spreadsheet shows it; the first is 0.
func columnLetters(i int) string {
	var b []byte
	for i++; i > 0; i = (i - 1) / 26 {
		b = append(b, byte('A'+(i-1)%26))
	}
	slices.Reverse(b)
	return string(b)
}

// unescapeText replaces _xHHHH_ by the UTF-16 unit it stands for (ST_Xstring,
// ECMA-376 Part 1, 22.9.2.19). The result may be b itself.
func unescapeText(b []byte) []byte {
	if !bytes.Contains(b, []byte("_x")) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		u, ok := escapedUnit(b[i:])
		switch {
		case !ok:
			out = append(out, b[i])
			continue
		case utf16.IsSurrogate(u):
			low, paired := escapedUnit(b[min(i+7, len(b)):])
			if r := utf16.DecodeRune(u, low); paired && r != utf8.RuneError {
				u = r
				i += 7
			} else {
				out = append(out, b[i])
				continue
			}
		}
		out = utf8.AppendRune(out, u)
		i += 6
	}
	return out
}

func escapedUnit(b []byte) (rune, bool) {
	if len(b) < 7 || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// merges is the cells that are merged downwards, and the values to repeat.
type merges struct {
	areas  []area // by first row
	active []area
}

type area struct {
	first, last int64 // rows
	column      int
	text        string
}

// maxMerges bounds the memory for merged cells.
const maxMerges = 1 << 20

// fill takes the values of areas that begin in the row, and puts those of areas
// that began above into it. Rows come in order.
func (m *merges) fill(row *sheetRow) {
	if len(m.areas) == 0 && len(m.active) == 0 {
		return
	}
	m.active = slices.DeleteFunc(m.active, func(a area) bool { return a.last < row.number })
	for _, a := range m.active {
		at, found := slices.BinarySearchFunc(row.cells, a.column, func(c sheetCell, col int) int { return c.column - col })
		if !found {
			row.cells = slices.Insert(row.cells, at, sheetCell{a.column, a.text})
			row.size += int64(len(a.text))
		}
	}
	for len(m.areas) > 0 && m.areas[0].first <= row.number {
		a := m.areas[0]
		m.areas = m.areas[1:]
		at, found := slices.BinarySearchFunc(row.cells, a.column, func(c sheetCell, col int) int { return c.column - col })
		if found && a.first == row.number {
			a.text = row.cells[at].text
			m.active = append(m.active, a)
		}
	}
}

// survey unpacks a whole part once: whether it is whole and no bomb is known
// before the first row is used. It returns the merged cells and the size.
func (b *workbook) survey(name string) (m merges, size int64, err error) {
	p, err := b.part(name)
	if err != nil {
		return m, 0, err
	}
	if p == nil {
		return m, 0, damagedWorkbook(errors.New("no part " + name))
	}
	p.burst = math.MaxInt64
	defer func() { err = errors.Join(err, p.Close()) }()
	r := bufio.NewReaderSize(p, 64<<10)
	tag := []byte("mergeCell ")
	for {
		chunk, err := r.Peek(32 << 10)
		if err != nil && err != io.EOF {
			return m, 0, workbookError(err)
		}
		whole := err == io.EOF
		i := bytes.Index(chunk, tag)
		skip := max(len(chunk)-len(tag), 1)
		switch {
		case i >= 0 && (len(chunk)-i >= 128 || whole):
			m.add(chunk[i+len(tag) : min(len(chunk), i+128)])
			skip = i + len(tag)
		case i > 0:
			skip = i
		case whole:
			skip = len(chunk)
		}
		if _, err := r.Discard(skip); err != nil {
			return m, 0, workbookError(err)
		}
		if whole && skip == len(chunk) {
			break
		}
		if len(m.areas) > maxMerges {
			return m, 0, pollen.Errorf(pollen.Invalid, "tabular.merged",
				"The sheet has more than {max} merged cells. Unmerge them and try again.", "max", maxMerges)
		}
	}
	slices.SortFunc(m.areas, func(a, b area) int { return int(a.first - b.first) })
	return m, p.n, nil
}

// add reads the reference of a merged area, such as ref="A2:A5", and keeps the
// area when it has several rows.
func (m *merges) add(attributes []byte) {
	_, rest, ok := bytes.Cut(attributes, []byte(`ref="`))
	ref, _, closed := bytes.Cut(rest, []byte{'"'})
	from, to, ranged := strings.Cut(string(ref), ":")
	if !ok || !closed || !ranged {
		return
	}
	column, ok := columnOf(from)
	first, err := strconv.ParseInt(strings.TrimLeft(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 10, 64)
	last, err2 := strconv.ParseInt(strings.TrimLeft(to, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 10, 64)
	if ok && err == nil && err2 == nil && last > first {
		m.areas = append(m.areas, area{first: first, last: last, column: column})
	}
}
