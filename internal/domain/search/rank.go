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

// rank orders hits by what they are worth, by where they were found or by their
// title if that is more; then words as typed come before words that begin so,
// before word forms.
func (q *query) rank(title string, worth int) int {
	words, all, score := Cut(title), true, 0
	for _, t := range q.terms {
		begins := func(w string) bool { return strings.HasPrefix(w, t.word) }
		switch {
		case slices.Contains(words, t.word), t.long != "" && slices.Contains(words, t.long):
			score += 60
		case slices.ContainsFunc(words, begins):
			score += 30
		default:
			all = false
		}
	}
	switch {
	case strings.HasPrefix(schema.Fold(title), q.text):
		worth = max(worth, worthBegins)
	case all:
		worth = max(worth, worthTitle)
	}
	return worth + score
}
