package tabular

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"pollen"
)

// csvReader reads RFC 4180 and what people make of it. Empty lines are skipped.
type csvReader struct {
	in       *input
	w        *window
	lex      lexer
	encoding string
	mixed    bool // some rows may be in UTF-8 all the same
	columns  []string
	want     int // cells a record must have; 0: any number
	null     []string

	maxRecord, maxCell int64
	lookahead          int // how far a quoted cell is followed over line ends
	line               int64
	ends               []int // scratch: where each cell of the record ends
}

// minLookahead is how far a quoted cell is followed however often closing
// quotes were missing before.
const minLookahead = 16 << 10

func openCSV(in *input, t *text, o Options, d *Detected) (Reader, error) {
	head := sample{t.head, t.whole}
	skip := 0
	if o.Delimiter == 0 {
		skip, o.Delimiter = separatorLine(head.b)
		head.b = head.b[skip:]
	}
	found := sniffDialect(head, o)
	rows := head.rows(found)
	if len(rows.cells) == 0 {
		return nil, emptyFile()
	}
	d.Delimiter, d.Quote = rune(found.delimiter), rune(found.quote)
	d.Header = wantHeader(o.Header, rows.cells)
	null := o.Null
	if null == nil && rows.backslashN {
		null = []string{`\N`}
	}
	if len(null) > 0 {
		d.Null = null[0]
	}
	r := &csvReader{
		in: in, w: newWindow(t.r), lex: lexer{dialect: found}, encoding: t.encoding, null: null,
		mixed:     t.guessed && (t.encoding == Windows1252 || t.encoding == Latin9),
		maxRecord: o.MaxRecord, maxCell: o.MaxCell, lookahead: int(o.MaxRecord),
	}
	if skip > 0 {
		r.w.skipLine(found.eol)
	}
	return r, r.name(d.Header, rows.width)
}

// name finds the names of the columns: those of the first record, or numbers.
func (r *csvReader) name(header bool, width int) error {
	if header {
		var first Record
		err := r.Next(&first)
		if p, ok := errors.AsType[*Problem](err); ok {
			why := pollen.MessageOf(p.Err)
			return pollen.Errorf(pollen.Invalid, "tabular.header",
				"The first row, which should name the columns, cannot be read: {why}", "why", why).Because(p)
		}
		if err == io.EOF {
			return emptyFile()
		}
		if err != nil {
			return err
		}
		names := make([]string, len(first.Cells))
		for i, c := range first.Cells {
			names[i] = c.Text
		}
		r.columns = uniqueNames(names)
	} else {
		r.columns = uniqueNames(make([]string, width))
	}
	r.want = len(r.columns)
	if r.want > maxColumns {
		return tooManyColumns()
	}
	return nil
}

func (r *csvReader) Columns() []string { return r.columns }

func (r *csvReader) Offset() int64 { return r.in.count.Load() }

func (r *csvReader) Close() error { return r.in.Close() }

func (r *csvReader) Next(rec *Record) error {
	for {
		data := r.w.data()
		i := bytes.IndexByte(data, r.lex.eol)
		if i < 0 && !r.w.atEOF() {
			if int64(len(data)) > r.maxRecord {
				return r.tooLong()
			}
			if !r.w.more() && !r.w.atEOF() {
				return r.w.err
			}
			continue
		}
		if len(data) == 0 {
			return io.EOF
		}
		lineEnd := i + 1
		if i < 0 {
			i, lineEnd = len(data), len(data)
		}
		line := data[:i]
		if r.lex.eol == '\n' {
			line = bytes.TrimSuffix(line, carriageReturn)
		}
		r.line = r.w.line
		switch {
		case r.blank(line):
			r.w.consume(lineEnd, 1)
			continue
		case bytes.IndexByte(line, r.lex.quote) >= 0:
			return r.quotedRecord(rec)
		}
		r.w.consume(lineEnd, 1)
		return r.plainRecord(rec, line)
	}
}

// blank reports whether a line is of nothing but delimiters and space, as the rows
// are that spreadsheets write below a table. A record of empty cells says so in
// quotes.
func (r *csvReader) blank(line []byte) bool {
	return len(bytes.Trim(line, " \t"+string(rune(r.lex.delimiter)))) == 0
}

// plainRecord splits a line without a quote in it.
func (r *csvReader) plainRecord(rec *Record, line []byte) error {
	if int64(len(line)) > r.maxRecord {
		return newProblem(r.line, line, recordTooLong(r.maxRecord))
	}
	if err := r.checkText(line); err != nil {
		return newProblem(r.line, line, err)
	}
	s := string(line)
	ends := r.ends[:0]
	delimiter := r.lex.delimiter
	for i := range len(s) {
		if s[i] == delimiter {
			ends = append(ends, i)
		}
	}
	r.ends = append(ends, len(s))
	return r.emit(rec, s, 1, nil, line)
}

// quotedRecord reads a record that has a quote in its first line, and may go on
// over several.
func (r *csvReader) quotedRecord(rec *Record) error {
	for {
		data := r.w.data()
		limited := data[:min(len(data), r.lookahead)]
		r.lex.final = r.w.atEOF() && len(limited) == len(data)
		n, state := r.lex.scan(limited)
		switch {
		case state == complete:
			return r.quotedComplete(rec, limited[:n])
		case state == unclosed, len(limited) == r.lookahead:
			return r.unclosed(limited)
		}
		if !r.w.more() && !r.w.atEOF() {
			return r.w.err
		}
	}
}

func (r *csvReader) quotedComplete(rec *Record, raw []byte) error {
	lines := int64(bytes.Count(raw, []byte{r.lex.eol}))
	if r.lex.stray && (lines > 1 || r.want != 0 && len(r.lex.ends) != r.want) {
		return r.badLine(raw, strayQuote())
	}
	if lines > 1 {
		r.lookahead = min(r.lookahead+2*len(raw), int(r.maxRecord))
	}
	// Consuming leaves the bytes of raw where they are until the window moves on.
	r.w.consume(len(raw), max(lines, 1))
	if int64(len(raw)) > r.maxRecord {
		return newProblem(r.line, raw, recordTooLong(r.maxRecord))
	}
	if err := r.checkText(raw); err != nil {
		return newProblem(r.line, raw, err)
	}
	r.ends = append(r.ends[:0], r.lex.ends...)
	return r.emit(rec, string(r.lex.text), 0, r.lex.quoted, raw)
}

// unclosed reports a quoted cell without an end. What follows its first line is
// most likely whole records again. So that many such lines do not each read far
// ahead in vain, less is tried each time.
func (r *csvReader) unclosed(raw []byte) error {
	r.lookahead = max(r.lookahead/2, min(minLookahead, int(r.maxRecord)))
	if bytes.IndexByte(raw, r.lex.eol) < 0 && int64(len(raw)) >= r.maxRecord {
		return r.tooLong()
	}
	if r.lex.stray {
		return r.badLine(raw, strayQuote())
	}
	return r.badLine(raw, pollen.Errorf(pollen.Invalid, "tabular.unclosed-quote",
		"A quote is opened in this row and not closed."))
}

func strayQuote() error {
	return pollen.Errorf(pollen.Invalid, "tabular.stray-quote",
		"A cell begins with a quote and goes on behind the closing one. Put all of it in quotes and double those within, or remove them.")
}

// badLine gives up the first line of raw alone.
func (r *csvReader) badLine(raw []byte, why error) error {
	if i := bytes.IndexByte(raw, r.lex.eol); i >= 0 {
		raw = raw[:i]
	}
	p := newProblem(r.line, raw, why)
	r.w.skipLine(r.lex.eol)
	return p
}

func (r *csvReader) tooLong() error {
	p := newProblem(r.w.line, r.w.data(), recordTooLong(r.maxRecord))
	r.w.skipLine(r.lex.eol)
	return p
}

func (r *csvReader) checkText(raw []byte) error {
	if bytes.IndexByte(raw, 0) >= 0 {
		return nulByte()
	}
	if !utf8.Valid(raw) || r.mixed && mojibake(raw) {
		return badText(r.encoding)
	}
	return nil
}

// emit makes the cells of text, which end at r.ends with gap bytes between
// them. quoted is nil when no cell was quoted.
func (r *csvReader) emit(rec *Record, text string, gap int, quoted []bool, raw []byte) error {
	if r.want != 0 && len(r.ends) != r.want {
		return newProblem(r.line, raw, ragged(r.want, len(r.ends)))
	}
	rec.Line = r.line
	rec.Extra = nil
	rec.Cells = slices.Grow(rec.Cells[:0], len(r.ends))[:len(r.ends)]
	start := 0
	for i, end := range r.ends {
		cell := text[start:end]
		start = end + gap
		if len(cell) > 1 && cell[0] == '\'' && guarded(cell[1:]) {
			cell = cell[1:]
		}
		if len(r.null) > 0 && (quoted == nil || !quoted[i]) && slices.Contains(r.null, cell) {
			cell = ""
		}
		rec.Cells[i] = Cell{Text: cell}
	}
	if int64(len(text)) > r.maxCell {
		for i, c := range rec.Cells {
			if int64(len(c.Text)) > r.maxCell {
				return newProblem(r.line, raw, cellTooLong(r.column(i), r.maxCell))
			}
		}
	}
	return nil
}

func (r *csvReader) column(i int) string {
	if i < len(r.columns) {
		return r.columns[i]
	}
	return columnName(i)
}

// separatorLine recognises the line "sep=;" that Excel puts before a table, and
// returns its length and the delimiter it names.
func separatorLine(b []byte) (int, rune) {
	if len(b) < 6 || !strings.EqualFold(string(b[:4]), "sep=") || b[5] != '\n' && b[5] != '\r' || badMark(rune(b[4])) {
		return 0, 0
	}
	n := 6
	if b[5] == '\r' && len(b) > 6 && b[6] == '\n' {
		n++
	}
	return n, rune(b[4])
}
