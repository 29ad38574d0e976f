package app

import (
	"strings"
	"unicode"
)

// nameOf guesses a person's name from their address: "ana.lopez@…" is Ana
// Lopez. They correct it themselves.
func nameOf(email string) string {
	local, _, _ := strings.Cut(email, "@")
	words := strings.FieldsFunc(local, func(r rune) bool { return !unicode.IsLetter(r) })
	for i, w := range words {
		r := []rune(w)
		r[0] = unicode.ToUpper(r[0])
		words[i] = string(r)
	}
	if len(words) == 0 {
		return local
	}
	return strings.Join(words, " ")
}
