package search

import (
	"sync"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/french"
)

// stems gives the forms under which a word is found beside itself: its French
// and its English stem. The result is shared: read it only.
func stems(word string) []string {
	if len(word) < 4 || !latin(word) {
		return nil
	}
	return stemmed.of(word)
}

// latin reports whether a folded word is of letters that French and English
// are written with.
func latin(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
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
	f, e := french.Stem(word, false), english.Stem(word, false)
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
