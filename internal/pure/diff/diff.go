// Package diff tells two states of a value apart and joins the work of two
// people: word-by-word differences, and three-way merges by field, by list, by
// language and by paragraph.
package diff

import (
	"strings"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Op says what became of a piece of text.
type Op string

// The operations.
const (
	Same   Op = "same"
	Delete Op = "delete"
	Insert Op = "insert"
)

// Piece is a run of text with one fate.
type Piece struct {
	Op   Op     `json:"op"`
	Text string `json:"text"`
}

// maxWork bounds one comparison, in pairs of tokens that may have to be looked
// at: some 40 ms. It is a bound on work rather than on time, so that a
// difference is the same on every machine.
const maxWork = 2_000_000

// maxTokens is how many tokens can be told apart as runes.
const maxTokens = 1_000_000

// work is how many pairs of tokens comparing two lists may have to look at, what
// they have in common at both ends left out.
func work(a, b []string) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) * len(b)
}

// within tells that two lists can be compared within bounds.
func within(a, b []string) bool { return len(a)+len(b) <= maxTokens && work(a, b) <= maxWork }

// Words gives the difference of two texts, never cutting inside a word. The
// pieces that are not inserted join to old, those that are not deleted to new.
// Texts that differ too much to be compared at once are compared by line, and
// by word inside the lines that changed, as far as the work is bounded.
func Words(old, new string) []Piece {
	if a, b := tokens(old), tokens(new); within(a, b) {
		return pieces(a, b)
	}
	whole := []Piece{{Delete, old}, {Insert, new}}
	a, b := lines(old), lines(new)
	if !within(a, b) {
		return join(whole)
	}
	var out []Piece
	left := maxWork - work(a, b)
	byLine := pieces(a, b)
	for i := 0; i < len(byLine); i++ {
		out = append(out, byLine[i])
		if i == 0 || byLine[i-1].Op != Delete || byLine[i].Op != Insert {
			continue
		}
		a, b := tokens(byLine[i-1].Text), tokens(byLine[i].Text)
		if w := work(a, b); within(a, b) && w <= left {
			left -= w
			out = append(out[:len(out)-2], pieces(a, b)...)
		}
	}
	return join(out)
}

// pieces compares two lists of tokens by Myers' algorithm, each token one rune.
func pieces(a, b []string) []Piece {
	table := map[string]rune{}
	var words []string
	encode := func(ts []string) []rune {
		out := make([]rune, len(ts))
		for i, t := range ts {
			r, ok := table[t]
			if !ok {
				r = rune(len(words)) + 1
				if r >= 0xd800 {
					r += 0x800 // past the surrogates, which are no runes
				}
				table[t] = r
				words = append(words, t)
			}
			out[i] = r
		}
		return out
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = 0 // bounded by maxWork, and the same on every machine
	var out []Piece
	for _, x := range d.DiffCleanupSemantic(d.DiffMainRunes(encode(a), encode(b), false)) {
		var text strings.Builder
		for _, r := range x.Text {
			if r >= 0xd800+0x800 {
				r -= 0x800
			}
			text.WriteString(words[r-1])
		}
		op := Same
		switch x.Type {
		case diffmatchpatch.DiffDelete:
			op = Delete
		case diffmatchpatch.DiffInsert:
			op = Insert
		}
		out = append(out, Piece{op, text.String()})
	}
	return join(out)
}

// join drops empty pieces and joins neighbours of one fate.
func join(in []Piece) (out []Piece) {
	for _, p := range in {
		switch n := len(out); {
		case p.Text == "":
		case n > 0 && out[n-1].Op == p.Op:
			out[n-1].Text += p.Text
		default:
			out = append(out, p)
		}
	}
	return out
}

// tokens cuts a text into words, runs of space, and single other characters;
// scripts written without spaces go character by character.
func tokens(s string) (out []string) {
	start, class := 0, 0
	for i, r := range s {
		c := 0
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer):
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r), r == '\'', r == '’':
			c = 1
		case unicode.IsSpace(r):
			c = 2
		}
		if i > start && (c != class || c == 0) {
			out = append(out, s[start:i])
			start = i
		}
		class = c
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// lines cuts a text after each line break.
func lines(s string) []string {
	out := strings.SplitAfter(s, "\n")
	if out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}
