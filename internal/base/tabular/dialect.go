package tabular

import (
	"bytes"
	"math"
	"path"
	"strings"
)

// maxSampleRows bounds the records that are looked at before reading.
const maxSampleRows = 1000

// delimiters are tried in this order; the first of equals wins.
var delimiters = []byte{',', ';', '\t', '|', ':'}

// sample is the beginning of a text, or the whole of it.
type sample struct {
	b     []byte
	whole bool
}

// sniffDialect finds the delimiter, quote and line end of a sample.
func sniffDialect(s sample, o Options) dialect {
	eol := byte('\n')
	if bytes.IndexByte(s.b, '\n') < 0 && bytes.IndexByte(s.b, '\r') >= 0 {
		eol = '\r'
	}
	seps, quotes := delimiters, []byte{'"', '\''}
	if strings.HasSuffix(strings.ToLower(strings.TrimSuffix(path.Base(o.Name), ".gz")), ".tsv") {
		seps = []byte{'\t', ',', ';', '|', ':'}
	}
	if o.Delimiter != 0 {
		seps = []byte{byte(o.Delimiter)}
	}
	if o.Quote != 0 {
		quotes = []byte{byte(o.Quote)}
	}
	best, bestScore := dialect{seps[0], quotes[0], eol}, 0.0
	for _, q := range quotes {
		for _, sep := range seps {
			if q == sep {
				continue
			}
			d := dialect{sep, q, eol}
			if score := s.shape(d).score(d); score > bestScore {
				best, bestScore = d, score
			}
		}
	}
	return best
}

// shape is how well a dialect cuts a sample.
type shape struct {
	rows, bad int // records; those with a stray or unclosed quote
	first     int // cells of the first record
	width     int // the most common number of cells
	share     float64
	quoted    int // cells that are quoted
	cells     int
}

// score is above 0 for a dialect that cuts the sample into a table.
func (s shape) score(d dialect) float64 {
	if s.rows == 0 || s.width < 2 || s.share < 0.5 {
		return max(s.singleColumn(d), s.ragged(d))
	}
	score := s.share * s.share * (1 - float64(s.bad)/float64(s.rows)) * (1 + 0.05*math.Log2(float64(s.width)))
	if s.first != s.width {
		score *= 0.3
	}
	if d.delimiter == ':' {
		if s.share < 0.95 {
			return 0
		}
		score *= 0.5
	}
	if d.quote == '\'' && !s.apostrophesQuote() {
		return 0
	}
	if s.quoted > 0 {
		score *= 1.1 // quotes that begin and end cells are no accident
	}
	return score
}

// singleColumn is for a table of one column: best cut by a delimiter that does
// not occur, and better with a quote that really quotes than without.
func (s shape) singleColumn(d dialect) float64 {
	switch {
	case s.rows == 0 || s.width != 1 || d.delimiter == ':':
		return 0
	case s.quoted > 0 && s.bad == 0 && (d.quote == '"' || s.apostrophesQuote()):
		return 0.01 * s.share
	case s.share == 1 && s.quoted == 0:
		return 0.005
	}
	return 0
}

// ragged is for a table with so many faulty rows that few are left: of all sizes
// the most common is that of its first record. It is more than a single column.
func (s shape) ragged(d dialect) float64 {
	if s.rows == 0 || s.width < 2 || s.first != s.width || d.delimiter == ':' || d.quote == '\'' && !s.apostrophesQuote() {
		return 0
	}
	return 0.02 * (1 + s.share) * (1 - float64(s.bad)/float64(s.rows))
}

// apostrophesQuote reports whether ' surrounds so many cells that it is a quote
// and not an apostrophe.
func (s shape) apostrophesQuote() bool {
	return s.bad == 0 && s.quoted*20 >= s.cells
}

// shape cuts the sample by d.
func (s sample) shape(d dialect) shape {
	var sh shape
	widths := map[int]int{}
	s.each(d, func(x *lexer) {
		sh.rows++
		if x.stray {
			sh.bad++
		}
		if sh.rows == 1 {
			sh.first = len(x.ends)
		}
		widths[len(x.ends)]++
		sh.cells += len(x.ends)
		for _, q := range x.quoted {
			if q {
				sh.quoted++
			}
		}
	}, func() { sh.rows++; sh.bad++ })
	most := 0
	for w, n := range widths {
		if n > most || n == most && w > sh.width {
			sh.width, most = w, n
		}
	}
	if sh.rows > 0 {
		sh.share = float64(most) / float64(sh.rows)
	}
	return sh
}

// each calls good for each whole record of the sample that is not empty,
// and bad for each line in which a quote is opened and not closed, up to
// maxSampleRows.
func (s sample) each(d dialect, good func(*lexer), bad func()) {
	x := lexer{dialect: d, final: s.whole}
	for rows, b := 0, s.b; len(b) > 0 && rows < maxSampleRows; {
		n, state := x.scan(b)
		line := bytes.IndexByte(b, d.eol) + 1
		switch {
		case state == complete:
			if len(x.ends) > 1 || len(x.text) > 0 || x.quoted[0] {
				rows++
				good(&x)
			}
			b = b[n:]
		case line == 0:
			return
		case state == unclosed || line < len(b)-windowSize:
			rows++
			bad()
			b = b[line:]
		default:
			return
		}
	}
}

// rowSample is the first records of a table.
type rowSample struct {
	cells      [][]string
	width      int  // the most common number of cells
	backslashN bool // some unquoted cell is \N
}

// rows cuts the sample by d.
func (s sample) rows(d dialect) rowSample {
	var found rowSample
	widths := map[int]int{}
	s.each(d, func(x *lexer) {
		row := make([]string, len(x.ends))
		start := 0
		for i, end := range x.ends {
			row[i] = string(x.text[start:end])
			start = end
			found.backslashN = found.backslashN || row[i] == `\N` && !x.quoted[i]
		}
		widths[len(row)]++
		if widths[len(row)] > widths[found.width] {
			found.width = len(row)
		}
		found.cells = append(found.cells, row)
	}, func() {})
	if len(found.cells) == 0 && len(bytes.TrimSpace(s.b)) > 0 {
		// One record fills the sample, or its first quote is never closed: the
		// reader will say which.
		found.cells, found.width = [][]string{{""}}, 1
	}
	return found
}
