package tabular

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonWriter writes one object a line. Empty cells are left out.
type jsonWriter struct {
	w       *bufio.Writer
	columns []Column
	keys    [][]byte // each key as JSON, with its colon
	line    bytes.Buffer
}

func createJSONL(w io.Writer, o WriteOptions) (Writer, error) {
	j := &jsonWriter{w: bufio.NewWriterSize(w, 64<<10), columns: o.Columns}
	for _, c := range o.Columns {
		var key bytes.Buffer
		if err := appendJSON(&key, c.Name); err != nil {
			return nil, err
		}
		key.WriteByte(':')
		j.keys = append(j.keys, key.Bytes())
	}
	return j, nil
}

func (j *jsonWriter) Write(cells []Cell) error {
	if err := checkCells(cells, j.columns); err != nil {
		return err
	}
	j.line.Reset()
	j.line.WriteByte('{')
	for i, c := range cells {
		if c.Text == "" && len(c.JSON) == 0 {
			continue
		}
		if j.line.Len() > 1 {
			j.line.WriteByte(',')
		}
		j.line.Write(j.keys[i])
		var err error
		if len(c.JSON) > 0 {
			err = json.Compact(&j.line, c.JSON)
		} else if utf8.ValidString(c.Text) && strings.IndexByte(c.Text, 0) < 0 {
			err = appendJSON(&j.line, c.Text)
		} else {
			return unwritable(j.columns[i].Name)
		}
		if err != nil {
			return err
		}
	}
	j.line.WriteString("}\n")
	_, err := j.w.Write(j.line.Bytes())
	return err
}

// appendJSON writes a string without the escapes that only HTML needs.
func appendJSON(b *bytes.Buffer, s string) error {
	if plainJSON(s) {
		b.WriteByte('"')
		b.WriteString(s)
		b.WriteByte('"')
		return nil
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // Encode ends with a line end
	return nil
}

// plainJSON reports whether s needs no escape at all.
func plainJSON(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (j *jsonWriter) Close() error { return j.w.Flush() }
