package search

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pollen/internal/pure/schema"
)

// term is one word of a query.
type term struct {
	word  string
	long  string // what it abbreviates; "" nothing
	stems []string
	last  bool // still being typed
}

// query is what somebody typed, understood.
type query struct {
	text  string // folded
	terms []term
	whole string // all of it as the term of a title or code; "" when too long
	typed bool   // it is still being typed: what begins so is meant
	code  bool   // several words with a digit among them: perhaps one code
}

// maxTerms bounds a query, and maxQuery the text that is looked at.
const (
	maxTerms = 12
	maxQuery = 1000
)

// elided are the French words that lose their vowel before another word:
// l'école is found as école.
var elided = strings.Fields("l d j m t s n c qu jusqu lorsqu puisqu quoiqu")

// slight are words that say too little to be asked for beside others.
var slight = strings.Fields("le la les un une des du de et en au aux a the of and an in to for")

// abbreviated are words that names are written with in two ways.
var abbreviated = map[string]string{"st": "saint", "ste": "sainte"}

// trunk is the zero that is written in brackets and not dialled after a
// country code.
var trunk = regexp.MustCompile(`\(\s*0\s*\)`)

// parse reads what somebody typed. Digits written in groups, as telephone
// numbers are, count as one word.
func parse(text string) query {
	if len(text) > maxQuery {
		text = strings.ToValidUTF8(text[:maxQuery], "")
	}
	q := query{text: schema.Fold(text), whole: whole(text)}
	words := spoken(trunk.ReplaceAllString(text, " "))
	for i := 0; i < len(words) && len(q.terms) < maxTerms; i++ {
		w := words[i]
		if joined, n := telephone(words[i:]); n > 0 {
			w, i = joined, i+n-1
		}
		q.terms = append(q.terms, term{word: w, long: abbreviated[w], stems: stems(w)})
	}
	if n := len(q.terms); n > 0 && !strings.HasSuffix(text, " ") {
		q.terms[n-1].last = true
	}
	q.code = len(words) > 1 && strings.ContainsAny(q.whole, "0123456789")
	return q
}

// beginnings are how titles are written that begin as the query does: as it was
// typed, with hyphens between its words, and with hyphens after the first.
func (q *query) beginnings() []string {
	out := []string{q.text}
	if first, rest, ok := strings.Cut(q.text, " "); ok {
		joined := strings.ReplaceAll(rest, " ", "-")
		out = append(out, first+"-"+joined)
		if joined != rest {
			out = append(out, first+" "+joined)
		}
	}
	return out
}

// spoken are the words of a query that are to be found: all, but for those
// that say too little and stand before others.
func spoken(text string) []string {
	type spelled struct {
		word   string
		slight bool
	}
	var all []spelled
	cut(schema.Fold(text), func(w, before string) {
		if n := len(all); n > 0 && before == "'" && slices.Contains(elided, all[n-1].word) {
			all[n-1].slight = true
		}
		all = append(all, spelled{w, slices.Contains(slight, w)})
	})
	var out []string
	for i, s := range all {
		if !s.slight || i == len(all)-1 {
			out = append(out, s.word)
		}
	}
	return out
}

// telephone joins the groups of digits that words begin with, when together
// they are as long as a telephone number or begin as one does, and tells how
// many they are. +33 and 0033 begin the same number.
func telephone(words []string) (joined string, n int) {
	for n < len(words) && digits(words[n]) && len(joined)+len(words[n]) <= 17 {
		joined += words[n]
		n++
	}
	switch {
	case n == 0, n == 1 && !strings.HasPrefix(joined, "00"):
		return "", 0
	case len(joined) < 8 && (len(joined) < 4 || joined[0] != '0'):
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

// An expr says which documents are meant: those that hold, for any of its
// alternatives, at least one leaf of each clause.
type (
	expr        []alternative
	alternative []clause
	clause      []leaf
)

// leaf is a term of the index, or the beginning of one.
type leaf struct {
	term   string
	prefix bool
}

// exact means the entries whose title or code is what was typed.
func (q *query) exact() expr {
	if q.whole == "" {
		return nil
	}
	return expr{{{leaf{term: q.whole}}}}
}

// exactName means the entries of which a name in some language is what was typed.
func (q *query) exactName() expr {
	if q.whole == "" {
		return nil
	}
	return expr{{{leaf{term: titleMark + q.whole}, leaf{term: otherMark + q.whole}}}}
}

// words means the entries that hold every word as it was typed, in their title
// (titleMark), their names in other languages (otherMark) or anywhere ("").
func (q *query) words(mark string) expr {
	var all alternative
	for _, t := range q.terms {
		all = append(all, clause{{term: mark + t.word}})
	}
	return expr{all}
}

// begun means the entries whose title (titleMark), or names in other languages
// (otherMark), have a word for each of the query, equal, longer, or another form
// of the same.
func (q *query) begun(marks ...string) expr {
	var all alternative
	for _, t := range q.terms {
		var c clause
		for _, mark := range marks {
			c = append(c, t.forms(mark, true)...)
		}
		all = append(all, c)
	}
	return expr{all}
}

// anywhere means all that a query finds. What a single letter begins, and two
// before other words, counts in titles alone.
func (q *query) anywhere() expr {
	var all alternative
	initials := false
	for _, t := range q.terms {
		n := utf8.RuneCountInString(t.word)
		long := n >= 3 || t.last && n == 2
		all = append(all, t.forms("", long))
		initials = initials || !long
	}
	out := expr{all}
	if initials {
		out = append(out, q.begun(titleMark, otherMark)...)
	}
	if q.whole != "" && (len(q.terms) != 1 || q.whole != wholeMark+q.terms[0].word) {
		out = append(out, alternative{append(clause{{q.whole, q.code}}, q.exactName()[0][0]...)})
	}
	return out
}

// forms are the terms under which a word is found.
func (t *term) forms(mark string, prefix bool) clause {
	out := clause{{mark + t.word, prefix}}
	if t.long != "" {
		out = append(out, leaf{term: mark + t.long})
	}
	if len(t.stems) > 0 {
		out = append(out, leaf{term: joinMark + t.word})
	}
	for _, s := range t.stems {
		out = append(out, leaf{term: mark + stemMark + s})
		if !prefix && s != t.word || !strings.HasPrefix(s, t.word) {
			out = append(out, leaf{term: mark + s})
		}
	}
	return out
}

// fts writes an expression in the syntax of FTS5.
func (e expr) fts() string { return e.text(`"`, "*", " OR ", " AND ") }

// tsquery writes an expression in the syntax of PostgreSQL.
func (e expr) tsquery() string { return e.text("'", ":*", " | ", " & ") }

func (e expr) text(quote, star, or, and string) string {
	alternatives := make([]string, len(e))
	for i, a := range e {
		all := make([]string, len(a))
		for k, c := range a {
			leaves := make([]string, len(c))
			for l, x := range c {
				if leaves[l] = quote + x.term + quote; x.prefix {
					leaves[l] += star
				}
			}
			all[k] = "(" + strings.Join(leaves, or) + ")"
		}
		alternatives[i] = "(" + strings.Join(all, and) + ")"
	}
	return "(" + strings.Join(alternatives, or) + ")"
}
