package port

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

// sniffDialect finds the delimiter, quote and line end of a sample.
func sniffDialect(sample []byte, whole bool, o Options) dialect {
	eol := byte('\n')
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
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
		for _, s := range seps {
			if q == s {
				continue
			}
			d := dialect{s, q, eol}
			if score := shapeOf(sample, whole, d).score(d); score > bestScore {
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
		return s.singleColumn(d)
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

// apostrophesQuote reports whether ' surrounds so many cells that it is a quote
// and not an apostrophe.
func (s shape) apostrophesQuote() bool {
	return s.bad == 0 && s.quoted*20 >= s.cells
}

// shapeOf cuts the sample by d.
func shapeOf(sample []byte, whole bool, d dialect) shape {
	var s shape
	widths := map[int]int{}
	eachRecord(sample, whole, d, func(x *lexer) {
		s.rows++
		if x.stray {
			s.bad++
		}
		if s.rows == 1 {
			s.first = len(x.ends)
		}
		widths[len(x.ends)]++
		s.cells += len(x.ends)
		for _, q := range x.quoted {
			if q {
				s.quoted++
			}
		}
	}, func() { s.rows++; s.bad++ })
	most := 0
	for w, n := range widths {
		if n > most || n == most && w > s.width {
			s.width, most = w, n
		}
	}
	if s.rows > 0 {
		s.share = float64(most) / float64(s.rows)
	}
	return s
}

// eachRecord calls good for each whole record of the sample that is not empty,
// and bad for each line in which a quote is opened and not closed, up to
// maxSampleRows.
func eachRecord(sample []byte, whole bool, d dialect, good func(*lexer), bad func()) {
	x := lexer{dialect: d}
	for rows := 0; len(sample) > 0 && rows < maxSampleRows; {
		n, state := x.scan(sample, whole)
		line := bytes.IndexByte(sample, d.eol) + 1
		switch {
		case state == complete:
			if len(x.ends) > 1 || len(x.text) > 0 || x.quoted[0] {
				rows++
				good(&x)
			}
			sample = sample[n:]
		case line == 0:
			return
		case state == unclosed || line < len(sample)-windowSize:
			rows++
			bad()
			sample = sample[line:]
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

func sampleRows(sample []byte, whole bool, d dialect) rowSample {
	var s rowSample
	widths := map[int]int{}
	eachRecord(sample, whole, d, func(x *lexer) {
		row := make([]string, len(x.ends))
		start := 0
		for i, end := range x.ends {
			row[i] = string(x.text[start:end])
			start = end
			s.backslashN = s.backslashN || row[i] == `\N` && !x.quoted[i]
		}
		widths[len(row)]++
		if widths[len(row)] > widths[s.width] {
			s.width = len(row)
		}
		s.cells = append(s.cells, row)
	}, func() {})
	if len(s.cells) == 0 && len(bytes.TrimSpace(sample)) > 0 {
		// One record fills the sample, or its first quote is never closed: the
		// reader will say which.
		s.cells, s.width = [][]string{{""}}, 1
	}
	return s
}
