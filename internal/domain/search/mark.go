package search

import (
	"unicode"

	"pollen/internal/pure/schema"
)

// Piece is a run of text, marked when it is what was searched for.
type Piece struct {
	Text   string
	Marked bool
}

// Mark tells which words of a text a query found.
func Mark(text, query string) (out []Piece) {
	terms := parse(query).terms
	start, marked := 0, false
	piece := func(end int, next bool) {
		if next != marked {
			if end > start {
				out = append(out, Piece{text[start:end], marked})
				start = end
			}
			marked = next
		}
	}
	for i := 0; i < len(text); {
		n := wordAt(text[i:])
		piece(i, n > 0 && found(text[i:i+n], terms))
		if n == 0 {
			n = len(firstRune(text[i:]))
		}
		i += n
	}
	if start < len(text) {
		out = append(out, Piece{text[start:], marked})
	}
	return out
}

// wordAt is how long the word is that a text begins with; 0 for none.
func wordAt(text string) int {
	for i, r := range text {
		switch {
		case alone(r) && i == 0:
			return len(string(r)) + marksAt(text[len(string(r)):])
		case alone(r), !inWord(r) && !(i > 0 && unicode.Is(unicode.Mn, r)):
			return i
		}
	}
	return len(text)
}

// marksAt is how long the accents are that a text begins with.
func marksAt(text string) int {
	for i, r := range text {
		if !unicode.Is(unicode.Mn, r) {
			return i
		}
	}
	return len(text)
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// found reports whether a word is one that the terms find.
func found(word string, terms []term) bool {
	w := schema.Fold(word)
	for i := range terms {
		t := &terms[i]
		if how := t.meets(w); how != not && (how != inBeginning || t.last || len(t.word) >= 3) {
			return true
		}
	}
	return false
}
