package tabular

import "bytes"

// dialect is how a CSV file is written.
type dialect struct {
	delimiter, quote byte
	eol              byte // '\n', also for "\r\n"; or '\r'
}

// lexer splits CSV into records (RFC 4180). Beyond the standard, spaces around
// a quoted cell are dropped, a quote inside an unquoted cell is text, and a quote
// inside a quoted cell that ends nothing is text and reported as stray.
type lexer struct {
	dialect
	final  bool   // nothing follows the bytes given
	text   []byte // the cells of the record, one after the other
	ends   []int  // where each cell ends in text
	quoted []bool // which cells were quoted
	stray  bool
}

// outcome is how scanning a record went.
type outcome int

const (
	complete outcome = iota
	partial          // the record goes on behind the bytes given
	unclosed         // the input ends inside a quoted cell
)

// scan splits the record at the start of b and returns how many bytes it takes,
// with its line end.
func (x *lexer) scan(b []byte) (int, outcome) {
	x.text, x.ends, x.quoted, x.stray = x.text[:0], x.ends[:0], x.quoted[:0], false
	i := 0
	for {
		open := i
		for open < len(b) && b[open] == ' ' {
			open++
		}
		isQuoted := open < len(b) && b[open] == x.quote
		var state outcome
		if isQuoted {
			i, state = x.quotedCell(b, open+1)
		} else {
			i, state = x.plainCell(b, i)
		}
		if state != complete {
			return 0, state
		}
		x.ends = append(x.ends, len(x.text))
		x.quoted = append(x.quoted, isQuoted)
		if i == len(b) {
			return i, complete
		}
		i++
		if b[i-1] == x.eol {
			return i, complete
		}
	}
}

// plainCell takes an unquoted cell and returns where its delimiter, line end or
// the end of the input is.
func (x *lexer) plainCell(b []byte, i int) (int, outcome) {
	k := i
	for k < len(b) && b[k] != x.delimiter && b[k] != x.eol {
		k++
	}
	if k == len(b) && !x.final {
		return 0, partial
	}
	cell := b[i:k]
	if k == len(b) || b[k] == x.eol {
		cell = bytes.TrimSuffix(cell, carriageReturn)
	}
	x.text = append(x.text, cell...)
	return k, complete
}

var carriageReturn = []byte{'\r'}

// quotedCell takes a quoted cell from behind its opening quote.
func (x *lexer) quotedCell(b []byte, i int) (int, outcome) {
	for {
		k := bytes.IndexByte(b[i:], x.quote)
		if k < 0 {
			if x.final {
				return 0, unclosed
			}
			return 0, partial
		}
		x.text = append(x.text, b[i:i+k]...)
		i += k + 1
		if i < len(b) && b[i] == x.quote {
			x.text = append(x.text, x.quote)
			i++
			continue
		}
		end := i
		for end < len(b) && b[end] == ' ' {
			end++
		}
		if end < len(b) && b[end] == '\r' && x.eol != '\r' {
			end++
		}
		if end == len(b) {
			if x.final {
				return end, complete
			}
			return 0, partial
		}
		if b[end] == x.eol || b[end] == x.delimiter && b[end-1] != '\r' {
			return end, complete
		}
		x.stray = true
		x.text = append(x.text, x.quote)
	}
}
