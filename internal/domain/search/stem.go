package search

import (
	"sync"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/french"
)

// stems gives the forms under which a word is found beside itself: its French
// and its English stem, marked so that no word is taken for a stem. The result
// is shared: read it only.
func stems(word string) []string {
	if len(word) < 4 || word[0] <= '9' {
		return nil
	}
	return stemmed.of(word)
}

// stemmed remembers stems: texts repeat their words, and a stem costs far more
// to make than to look up.
var stemmed = memory{known: map[string][]string{}}

// maxStems bounds how many words are remembered: a few megabytes.
const maxStems = 1 << 15

// memory is safe for concurrent use.
type memory struct {
	mu    sync.RWMutex
	known map[string][]string
}

func (m *memory) of(word string) []string {
	m.mu.RLock()
	out, ok := m.known[word]
	m.mu.RUnlock()
	if ok {
		return out
	}
	f, e := "_"+french.Stem(word, false), "_"+english.Stem(word, false)
	if out = []string{f}; e != f {
		out = append(out, e)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= maxStems {
		clear(m.known)
	}
	m.known[word] = out
	return out
}
