package tabular

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"pollen"
)

// eachMember calls f with each key, decoded, and the place of its value in
// object, which must be a valid object, until f returns false.
func eachMember(object []byte, f func(key []byte, start, end int) bool) {
	i := skipSpace(object, 1)
	for object[i] != '}' {
		end := valueEnd(object, i)
		key := object[i+1 : end-1]
		if bytes.IndexByte(key, '\\') >= 0 {
			var s string
			if json.Unmarshal(object[i:end], &s) == nil { // cannot fail: the object is valid
				key = []byte(s)
			}
		}
		start := skipSpace(object, skipSpace(object, end)+1)
		end = valueEnd(object, start)
		if !f(key, start, end) {
			return
		}
		i = skipSpace(object, end)
		if object[i] == ',' {
			i = skipSpace(object, i+1)
		}
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && jsonSpace(b[i]) {
		i++
	}
	return i
}

func jsonSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// valueEnd returns where the valid value that starts at i ends.
func valueEnd(b []byte, i int) int {
	s := jsonState{}
	if n := s.value(b[i:]); n >= 0 {
		return i + n
	}
	return len(b)
}

// jsonState follows brackets and strings through JSON, piece by piece.
type jsonState struct {
	depth             int
	inString, escaped bool
	started, scalar   bool
}

func (s *jsonState) step(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case s.inString:
		s.inString = c != '"'
		s.escaped = c == '\\'
	case c == '"':
		s.inString = true
	case c == '{', c == '[':
		s.depth++
	case c == '}', c == ']':
		s.depth--
	}
}

// value goes on through a value and returns how many bytes of b belong to it, or
// -1 when it does not end in b. A scalar ends before what cannot be part of it.
func (s *jsonState) value(b []byte) int {
	for i, c := range b {
		if !s.started {
			s.started = true
			s.scalar = c != '{' && c != '[' && c != '"'
		}
		if s.scalar {
			if jsonSpace(c) || c == ',' || c == ']' || c == '}' {
				return i
			}
			continue
		}
		s.step(c)
		if s.depth <= 0 && !s.inString {
			return i + 1
		}
	}
	return -1
}

// jsonStream finds the values of an array, or values one after the other.
type jsonStream struct {
	array          bool
	begun, wanting bool // behind the opening bracket; behind a comma
	done           bool
}

// newJSONStream returns nil when the sample has one object a line.
func newJSONStream(head []byte) *jsonStream {
	trimmed := bytes.TrimLeft(head, " \t\r\n")
	if len(trimmed) == 0 {
		return nil
	}
	if trimmed[0] == '[' {
		return &jsonStream{array: true}
	}
	line, _, _ := bytes.Cut(trimmed, []byte{'\n'})
	if trimmed[0] != '{' || json.Valid(line) {
		return nil
	}
	var s jsonState
	end := s.value(trimmed)
	if end > len(line) && json.Valid(trimmed[:end]) || end < 0 && bytes.Equal(bytes.TrimSpace(line), []byte{'{'}) {
		return &jsonStream{}
	}
	return nil
}

// next finds the next value. It fails for good where the sequence itself is
// broken: there is no telling where the next value would start.
func (s *jsonStream) next(w *window, limit int64) (jsonItem, error) {
	for {
		c, err := peekJSON(w)
		switch {
		case err == io.EOF && s.array && !s.done:
			return jsonItem{}, cutOff()
		case err != nil:
			return jsonItem{}, err
		case s.done:
			return jsonItem{}, s.broken(w)
		case s.array && !s.begun:
			s.begun, s.wanting = true, true
			w.consume(1, 0)
			if c, err = peekJSON(w); err == nil && c == ']' {
				s.wanting = false
			}
		case s.array && c == ']' && !s.wanting:
			s.done = true
			w.consume(1, 0)
		case s.array && c == ',' && !s.wanting:
			s.wanting = true
			w.consume(1, 0)
		case s.array && !s.wanting, c == ',', c == ']', c == '}', c == ':':
			return jsonItem{}, s.broken(w)
		default:
			s.wanting = false
			return takeJSON(w, limit)
		}
	}
}

func (s *jsonStream) broken(w *window) error {
	return pollen.Errorf(pollen.Invalid, "tabular.json-broken",
		"The JSON is broken at line {line}. Nothing after it can be read.", "line", w.line)
}

func cutOff() error {
	return pollen.Errorf(pollen.Invalid, "tabular.json-cut", "The JSON ends in the middle. The file seems to be cut off.")
}

// peekJSON steps over white space and returns the byte behind it.
func peekJSON(w *window) (byte, error) {
	for {
		data := w.data()
		n := skipSpace(data, 0)
		w.consume(n, int64(bytes.Count(data[:n], []byte{'\n'})))
		if n < len(data) {
			return data[n], nil
		}
		if !w.more() {
			return 0, w.err
		}
	}
}

// takeJSON consumes the value that starts here. Of a value longer than limit
// only the beginning is kept.
func takeJSON(w *window, limit int64) (jsonItem, error) {
	item := jsonItem{line: w.line}
	var state jsonState
	scanned := 0
	for {
		data := w.data()
		if n := state.value(data[scanned:]); n >= 0 {
			raw := data[:scanned+n]
			w.consume(len(raw), int64(bytes.Count(raw, []byte{'\n'})))
			if item.problem == nil && int64(len(raw)) > limit {
				item.problem = newProblem(item.line, raw, recordTooLong(limit))
			}
			item.raw = raw
			return item, nil
		}
		scanned = len(data)
		if int64(len(data)) > limit {
			if item.problem == nil {
				item.problem = newProblem(item.line, data, recordTooLong(limit))
			}
			w.consume(len(data), int64(bytes.Count(data, []byte{'\n'})))
			scanned = 0
		}
		if w.more() {
			continue
		}
		if !errors.Is(w.err, io.EOF) {
			return item, w.err
		}
		if data = w.data(); state.scalar {
			item.raw = data
		} else if item.problem == nil {
			item.problem = newProblem(item.line, data, cutOff())
		}
		w.consume(len(data), 0)
		return item, nil
	}
}
