package registry

import (
	"slices"

	"pollen/internal/pure/markup"
	"pollen/internal/pure/schema"
)

// brings reports whether next leads to another site where old did not: by a
// value that is a web address, or by a link in a long text or in the body.
func brings(s *schema.Schema, old, next *Content) bool {
	for i := range s.Fields {
		f := &s.Fields[i]
		was, is := old.Values[f.ID], next.Values[f.ID]
		if string(was) == string(is) {
			continue
		}
		switch f.Type {
		case schema.URL:
			if len(minus(f.Texts(is), f.Texts(was))) > 0 {
				return true
			}
		case schema.LongText:
			if newOutside(f.Texts(was), f.Texts(is)) {
				return true
			}
		}
	}
	return old.Body != next.Body && newOutside([]string{old.Body}, []string{next.Body})
}

func newOutside(was, is []string) bool {
	var known []string
	for _, text := range was {
		known = append(known, markup.Outside(text)...)
	}
	return slices.ContainsFunc(is, func(text string) bool { return len(minus(markup.Outside(text), known)) > 0 })
}

// stands reports whether something that revision n of an entry said is still
// said.
func (e *Entry) stands(n int) bool {
	if !e.Live() {
		return false
	}
	for id := range e.Values {
		if e.SinceOf(id) == n {
			return true
		}
	}
	return e.Body != "" && e.SinceOf(bodyField) == n
}
