package tabular

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"pollen"
)

// Limits of JSON: objects that are looked at for the names of columns, columns,
// and how deep values may nest.
const (
	columnObjects  = 1000
	maxJSONColumns = 4096
	maxJSONDepth   = 64
)

// jsonReader reads one object a line, or a stream of objects: those of an
// array, or objects written over several lines.
type jsonReader struct {
	in       *input
	w        *window
	encoding string
	stream   *jsonStream // nil: one object a line
	columns  []string
	index    map[string]int
	seen     []int64 // the last record in which each column occurred
	records  int64
	pending  []jsonItem // read for the columns, not handed out yet

	maxRecord, maxCell int64
}

// jsonItem is a value that was found, or the reason why none was.
type jsonItem struct {
	line    int64
	raw     []byte
	problem *Problem
}

func openJSONL(in *input, t *text, o Options, _ *Detected) (Reader, error) {
	r := &jsonReader{
		in: in, w: newWindow(t.r), encoding: t.encoding, index: map[string]int{},
		maxRecord: o.MaxRecord, maxCell: o.MaxCell,
	}
	r.stream = newJSONStream(t.head)
	return r, r.findColumns()
}

// findColumns reads ahead and takes the keys in the order of their appearance.
func (r *jsonReader) findColumns() error {
	var first *Problem
	var held int64
	objects := 0
	for objects < columnObjects && held < r.maxRecord {
		item, err := r.item()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if item.problem == nil {
			item.raw = bytes.Clone(item.raw)
			held += int64(len(item.raw))
			if err := r.check(item.raw); err != nil {
				item.problem = newProblem(item.line, item.raw, err)
			} else {
				objects++
				r.addColumns(item.raw)
			}
		}
		if item.problem != nil && first == nil {
			first = item.problem
		}
		r.pending = append(r.pending, item)
	}
	switch {
	case len(r.pending) == 0:
		return emptyFile()
	case objects == 0:
		return first.Err
	case len(r.columns) == 0:
		return emptyFile()
	}
	r.seen = make([]int64, len(r.columns))
	return nil
}

func (r *jsonReader) addColumns(object []byte) {
	eachMember(object, func(key []byte, _, _ int) bool {
		if _, known := r.index[string(key)]; !known && len(key) > 0 && len(r.columns) < maxJSONColumns {
			r.index[string(key)] = len(r.columns)
			r.columns = append(r.columns, string(key))
		}
		return true
	})
}

func (r *jsonReader) Columns() []string { return r.columns }

func (r *jsonReader) Offset() int64 { return r.in.count.Load() }

func (r *jsonReader) Close() error { return r.in.Close() }

func (r *jsonReader) Next(rec *Record) error {
	item, err := r.nextItem()
	switch {
	case err != nil:
		return err
	case item.problem != nil:
		return item.problem
	}
	if err := r.check(item.raw); err != nil {
		return newProblem(item.line, item.raw, err)
	}
	rec.Line = item.line
	if err := r.fill(rec, item.raw); err != nil {
		return newProblem(item.line, item.raw, err)
	}
	return nil
}

func (r *jsonReader) nextItem() (jsonItem, error) {
	if len(r.pending) == 0 {
		return r.item()
	}
	item := r.pending[0]
	r.pending = r.pending[1:]
	return item, nil
}

// item finds the next value. Its raw bytes are good until the next call.
func (r *jsonReader) item() (jsonItem, error) {
	if r.stream != nil {
		return r.stream.next(r.w, r.maxRecord)
	}
	for {
		data := r.w.data()
		i := bytes.IndexByte(data, '\n')
		if i < 0 && !r.w.atEOF() {
			if int64(len(data)) > r.maxRecord {
				p := newProblem(r.w.line, data, recordTooLong(r.maxRecord))
				r.w.skipLine('\n')
				return jsonItem{line: p.Line, problem: p}, nil
			}
			if !r.w.more() && !r.w.atEOF() {
				return jsonItem{}, r.w.err
			}
			continue
		}
		if len(data) == 0 {
			return jsonItem{}, io.EOF
		}
		end := i + 1
		if i < 0 {
			i, end = len(data), len(data)
		}
		item := jsonItem{line: r.w.line, raw: bytes.TrimSpace(data[:i])}
		r.w.consume(end, 1)
		if int64(i) > r.maxRecord {
			item.problem = newProblem(item.line, item.raw, recordTooLong(r.maxRecord))
		}
		if len(item.raw) > 0 {
			return item, nil
		}
	}
}

// check says why raw is not an object that can be taken apart.
func (r *jsonReader) check(raw []byte) error {
	switch {
	case bytes.IndexByte(raw, 0) >= 0:
		return nulByte()
	case !utf8.Valid(raw):
		return badText(r.encoding)
	case tooDeep(raw):
		return pollen.Errorf(pollen.Invalid, "tabular.json-deep",
			"The values in this row nest deeper than {max} levels.", "max", maxJSONDepth)
	case !json.Valid(raw):
		return pollen.Errorf(pollen.Invalid, "tabular.json", "This row is not valid JSON.")
	case raw[0] != '{':
		return pollen.Errorf(pollen.Invalid, "tabular.json-object",
			"This row is not a JSON object. Each row must look like {example}.", "example", `{"name": "value"}`)
	}
	return nil
}

// fill makes the cells of a valid object.
func (r *jsonReader) fill(rec *Record, raw []byte) error {
	r.records++
	rec.Extra = clearExtra(rec.Extra)
	if cap(rec.Cells) < len(r.columns) {
		rec.Cells = make([]Cell, len(r.columns))
	}
	rec.Cells = rec.Cells[:len(r.columns)]
	clear(rec.Cells)
	kept, text := bytes.Clone(raw), string(raw)
	next := 0 // most objects have their keys in the same order
	var fault error
	eachMember(raw, func(key []byte, start, end int) bool {
		i, known := next, true
		if next >= len(r.columns) || r.columns[next] != string(key) {
			i, known = r.index[string(key)]
		}
		var cell Cell
		if cell, fault = r.cell(key, kept[start:end:end], text[start:end]); fault != nil {
			return false
		}
		if known {
			if r.seen[i] == r.records {
				fault = repeatedKey(key)
				return false
			}
			r.seen[i], rec.Cells[i], next = r.records, cell, i+1
			return true
		}
		if _, repeated := rec.Extra[string(key)]; repeated {
			fault = repeatedKey(key)
			return false
		}
		if rec.Extra == nil {
			rec.Extra = map[string]Cell{}
		}
		rec.Extra[string(key)] = cell
		return true
	})
	return fault
}

func clearExtra(m map[string]Cell) map[string]Cell {
	clear(m)
	return m
}

func repeatedKey(key []byte) error {
	return pollen.Errorf(pollen.Invalid, "tabular.json-key", "The key “{key}” occurs twice in this row.", "key", string(key))
}

// cell makes a cell of one value, which raw and text both hold.
func (r *jsonReader) cell(key []byte, raw json.RawMessage, text string) (Cell, error) {
	if int64(len(raw)) > r.maxCell {
		return Cell{}, cellTooLong(string(key), r.maxCell)
	}
	switch raw[0] {
	case 'n':
		return Cell{JSON: raw}, nil
	case '"':
		if strings.IndexByte(text, '\\') < 0 {
			return Cell{Text: text[1 : len(text)-1], JSON: raw}, nil
		}
		s, err := unquoteJSON(raw)
		return Cell{Text: s, JSON: raw}, err
	case '{', '[':
		if strings.ContainsAny(text, "\r\n") {
			var b bytes.Buffer
			if err := json.Compact(&b, raw); err != nil {
				return Cell{}, err
			}
			text = b.String()
		}
	}
	return Cell{Text: text, JSON: raw}, nil
}

// unquoteJSON decodes a valid string with escapes, and refuses those that stand
// for no text: NUL and half a surrogate pair (RFC 8259, section 8.2).
func unquoteJSON(raw json.RawMessage) (string, error) {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", err
	}
	if strings.IndexByte(s, 0) >= 0 {
		return "", nulByte()
	}
	if n := strings.Count(s, "\uFFFD"); n > 0 {
		literal := bytes.Count(raw, []byte("\uFFFD")) + bytes.Count(bytes.ToLower(raw), []byte(`\ufffd`))
		if literal < n {
			return "", pollen.Errorf(pollen.Invalid, "tabular.json-surrogate",
				"This row holds half of a character (an unpaired \\u escape).")
		}
	}
	return s, nil
}

// tooDeep reports whether brackets nest deeper than maxJSONDepth.
func tooDeep(raw []byte) bool {
	if bytes.Count(raw, []byte{'['})+bytes.Count(raw, []byte{'{'}) <= maxJSONDepth {
		return false
	}
	var s jsonState
	for _, c := range raw {
		s.step(c)
		if s.depth > maxJSONDepth {
			return true
		}
	}
	return false
}
