package diff

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Conflict is a place that two people changed in different ways.
type Conflict struct {
	Base   string `json:"base"`
	Mine   string `json:"mine"`
	Theirs string `json:"theirs"`
}

// Merge joins two changes of one text, by line: diff3 as described by Khanna,
// Kunal and Pierce, "A formal investigation of diff3" (FSTTCS 2007) §2. The
// same change on both sides is none to argue about. Where the sides conflict
// the merged text keeps theirs, and the conflict is reported. Texts that differ
// in too many lines to be compared conflict as a whole.
func Merge(base, mine, theirs string) (merged string, conflicts []Conflict) {
	switch {
	case mine == theirs || theirs == base:
		return mine, nil
	case mine == base:
		return theirs, nil
	}
	o, a, b := lines(base), lines(mine), lines(theirs)
	if !within(o, a) || !within(o, b) {
		return theirs, []Conflict{{base, mine, theirs}}
	}
	ma, mb := matches(o, a), matches(o, b)
	var out strings.Builder
	i, ia, ib := 0, 0, 0
	for i < len(o) || ia < len(a) || ib < len(b) {
		if i < len(o) && ma[i] == ia && mb[i] == ib { // stable
			out.WriteString(o[i])
			i, ia, ib = i+1, ia+1, ib+1
			continue
		}
		// The unstable chunk reaches to the next line that all three share.
		j := i
		for j < len(o) && (ma[j] < ia || mb[j] < ib) {
			j++
		}
		ja, jb := len(a), len(b)
		if j < len(o) {
			ja, jb = ma[j], mb[j]
		}
		co, ca, cb := strings.Join(o[i:j], ""), strings.Join(a[ia:ja], ""), strings.Join(b[ib:jb], "")
		switch {
		case ca == cb || cb == co:
			out.WriteString(ca)
		case ca == co:
			out.WriteString(cb)
		default:
			conflicts = append(conflicts, Conflict{co, ca, cb})
			out.WriteString(cb)
		}
		i, ia, ib = j, ja, jb
	}
	return out.String(), conflicts
}

// matches says for each line of a which line of b it became, -1 for none.
func matches(a, b []string) []int {
	out := make([]int, len(a))
	i, j := 0, 0
	for _, p := range pieces(a, b) {
		n := len(lines(p.Text))
		switch p.Op {
		case Same:
			for range n {
				out[i] = j
				i, j = i+1, j+1
			}
		case Delete:
			for range n {
				out[i] = -1
				i++
			}
		case Insert:
			j += n
		}
	}
	return out
}

// Shape says how a value is merged.
type Shape string

// The shapes of values.
const (
	Scalar     Shape = "scalar" // one side must give way
	List       Shape = "list"   // added on either side is kept, removed on either side is gone
	Map        Shape = "map"    // by language
	Paragraphs Shape = "paragraphs"
)

// Values joins two changes of one value, as canonical JSON; nil is absent.
// conflict tells that both sides changed it in different ways: then merged is
// theirs.
func Values(shape Shape, base, mine, theirs json.RawMessage) (merged json.RawMessage, conflict bool) {
	switch {
	case bytes.Equal(mine, theirs) || bytes.Equal(theirs, base):
		return mine, false
	case bytes.Equal(mine, base):
		return theirs, false
	}
	switch shape {
	case List:
		return mergeLists(base, mine, theirs)
	case Map:
		return mergeMaps(base, mine, theirs)
	case Paragraphs:
		var b, m, t string
		if read(base, &b) && read(mine, &m) && read(theirs, &t) {
			s, conflicts := Merge(b, m, t)
			if s == "" {
				return nil, len(conflicts) > 0
			}
			return encode(s), len(conflicts) > 0
		}
	}
	return theirs, true
}

// read decodes a present value; an absent one leaves v empty.
func read(raw json.RawMessage, v any) bool {
	return len(raw) == 0 || json.Unmarshal(raw, v) == nil
}

func mergeLists(base, mine, theirs json.RawMessage) (json.RawMessage, bool) {
	var b, m, t []json.RawMessage
	if !read(base, &b) || !read(mine, &m) || !read(theirs, &t) {
		return theirs, true
	}
	has := func(l []json.RawMessage, v json.RawMessage) bool {
		return slices.ContainsFunc(l, func(x json.RawMessage) bool { return bytes.Equal(x, v) })
	}
	var out []json.RawMessage
	for _, v := range t {
		if has(b, v) && !has(m, v) {
			continue // I removed it
		}
		out = append(out, v)
	}
	for _, v := range m {
		if !has(b, v) && !has(out, v) {
			out = append(out, v) // I added it
		}
	}
	if len(out) == 0 {
		return nil, false
	}
	return encode(out), false
}

func mergeMaps(base, mine, theirs json.RawMessage) (json.RawMessage, bool) {
	var b, m, t map[string]json.RawMessage
	if !read(base, &b) || !read(mine, &m) || !read(theirs, &t) {
		return theirs, true
	}
	out, conflict := map[string]json.RawMessage{}, false
	for _, side := range []map[string]json.RawMessage{b, m, t} {
		for tag := range side {
			v, c := Values(Scalar, b[tag], m[tag], t[tag])
			conflict = conflict || c
			if len(v) > 0 {
				out[tag] = v
			}
		}
	}
	if len(out) == 0 {
		return nil, conflict
	}
	return encode(out), conflict
}

// encode writes JSON without the escapes that only HTML needs, as values are
// kept.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("diff: a value that cannot be encoded: " + err.Error())
	}
	return bytes.TrimSpace(b.Bytes())
}
