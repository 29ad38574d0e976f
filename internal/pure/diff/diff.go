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

// maxTokens bounds the work of a word-by-word difference; longer texts are
// compared by lines, whatever their words.
const maxTokens = 20_000

// Words gives the difference of two texts, never cutting inside a word. The
// pieces that are not inserted join to old, those that are not deleted to new.
func Words(old, new string) []Piece {
	a, b := tokens(old), tokens(new)
	if len(a)+len(b) > maxTokens {
		a, b = lines(old), lines(new)
	}
	if len(a)+len(b) > maxTokens {
		return join([]Piece{{Delete, old}, {Insert, new}})
	}
	return pieces(a, b)
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
	d.DiffTimeout = 0 // bounded by maxTokens, and the same on every machine
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
