package search

import (
	"slices"
	"strings"

	"pollen/internal/pure/schema"
)

// What a hit is worth by where it was found: a title or code that is all that
// was typed comes first, then titles that begin as was typed, that hold the
// words, and what holds them elsewhere.
const (
	worthWhole  = 1000
	worthBegins = 600
	worthTitle  = 300
	worthBody   = 0
)

// rank orders the hits of one worth: words as typed before words that begin so,
// before word forms.
func (q *query) rank(title string) int {
	folded, words, score := schema.Fold(title), Cut(title), 0
	if strings.HasPrefix(folded, q.text) {
		score += worthBegins - worthTitle
	}
	for _, t := range q.terms {
		switch {
		case slices.Contains(words, t.word), t.long != "" && slices.Contains(words, t.long):
			score += 60
		case slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, t.word) }):
			score += 30
		}
	}
	return score
}
