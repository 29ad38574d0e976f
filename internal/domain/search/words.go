package search

import (
	"strings"
	"unicode"

	"pollen/internal/pure/schema"
)

// maxWord and maxWords bound what one document brings into the index.
const (
	maxWord  = 40
	maxWords = 4000
)

// Cut gives the folded words of a text. Scripts written without spaces are cut
// into characters.
func Cut(text string) (out []string) {
	var b strings.Builder
	flush := func() {
		if w := b.String(); w != "" && len(w) <= maxWord {
			out = append(out, w)
		}
		b.Reset()
	}
	for _, r := range schema.Fold(text) {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
	return out
}

// tokens collects the terms of a document, each once.
type tokens struct {
	seen map[string]bool
	list []string
}

func (t *tokens) add(term string) {
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	if term != "" && !t.seen[term] && len(t.list) < maxWords {
		t.seen[term] = true
		t.list = append(t.list, term)
	}
}

func (t *tokens) text(s string) {
	for _, w := range Cut(s) {
		t.add(w)
		for _, stem := range stems(w) {
			t.add(stem)
		}
	}
}

// exact adds a code, telephone or address: its parts, and the whole without
// separators, so that any spelling finds it.
func (t *tokens) exact(s string) {
	parts := Cut(s)
	for _, w := range parts {
		t.add(w)
	}
	if whole := strings.Join(parts, ""); len(parts) > 1 && len(whole) <= maxWord {
		t.add(whole)
	}
}

// term is one word of a query.
type term struct {
	word   string
	stems  []string
	prefix bool // the last word, still being typed
}

// maxTerms bounds a query.
const maxTerms = 12

// parse reads what somebody typed. Digits written in groups, as telephone
// numbers are, count as one word.
func parse(q string) (terms []term) {
	words := Cut(q)
	for i := 0; i < len(words) && len(terms) < maxTerms; i++ {
		w := words[i]
		if joined, n := telephone(words[i:]); n > 0 {
			w, i = joined, i+n-1
		}
		terms = append(terms, term{word: w, stems: stems(w)})
	}
	if n := len(terms); n > 0 && !strings.HasSuffix(q, " ") {
		terms[n-1].prefix = true
	}
	return terms
}

// telephone joins the groups of digits that words begin with, when together
// they are as long as a telephone number, and tells how many they are. +33 and
// 0033 begin the same number.
func telephone(words []string) (joined string, n int) {
	for n < len(words) && digits(words[n]) && len(joined)+len(words[n]) <= 17 {
		joined += words[n]
		n++
	}
	if len(joined) < 8 || n < 2 && !strings.HasPrefix(joined, "00") {
		return "", 0
	}
	return strings.TrimPrefix(joined, "00"), n
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// fts writes the query in the syntax of FTS5, over one column.
func fts(column string, terms []term) string {
	parts := make([]string, len(terms))
	for i, t := range terms {
		alternatives := []string{`"` + t.word + `"`}
		if t.prefix || len(t.word) >= 3 {
			alternatives[0] += "*"
		}
		for _, s := range t.stems {
			alternatives = append(alternatives, `"`+s+`"`)
		}
		parts[i] = "(" + strings.Join(alternatives, " OR ") + ")"
	}
	return column + " : (" + strings.Join(parts, " AND ") + ")"
}

// tsquery writes the query in the syntax of PostgreSQL's to_tsquery.
func tsquery(terms []term) string {
	parts := make([]string, len(terms))
	for i, t := range terms {
		alternatives := []string{"'" + t.word + "'"}
		if t.prefix || len(t.word) >= 3 {
			alternatives[0] += ":*"
		}
		for _, s := range t.stems {
			alternatives = append(alternatives, "'"+s+"'")
		}
		parts[i] = "(" + strings.Join(alternatives, " | ") + ")"
	}
	return strings.Join(parts, " & ")
}
