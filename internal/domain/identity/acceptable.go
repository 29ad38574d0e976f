package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"pollen"
)

// worst holds passwords that are guessed first, folded: letters and digits in
// lower case. Shorter ones are refused by their length.
//
//go:embed worst.txt
var worst string

var guessedFirst = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(worst) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all[line] = true
		}
	}
	return all
})

// minDistinct is how many different characters a password needs.
const minDistinct = 5

// acceptable checks a new password by NIST SP 800-63B §5.1.1.2: a length, no
// rule of composition, and none of those that are guessed first: well-known
// ones, repetitions, runs of the keyboard, one's own name or address.
func acceptable(password, email, name string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return pollen.Errorf(pollen.Invalid, "identity.password-length", "Choose a password of at least {min} characters. A short sentence is a good one.", "min", minPassword).On("password")
	case len(password) > 2*maxPassword || !utf8.ValidString(password):
		return pollen.Errorf(pollen.Invalid, "identity.password-long", "Choose a shorter password: at most {max} characters.", "max", maxPassword).On("password")
	}
	folded := fold(password)
	known := pollen.Errorf(pollen.Invalid, "identity.password-known", "This password is one of those that are guessed first. A short sentence of your own is a good one.").On("password")
	distinct := map[rune]bool{}
	for _, c := range folded {
		distinct[c] = true
	}
	core := strings.TrimRightFunc(folded, unicode.IsDigit) // motdepasse2026
	local, _, _ := strings.Cut(email, "@")
	all := guessedFirst()
	switch {
	case len(distinct) < minDistinct, all[folded], all[core], all[half(folded)], run(folded):
		return known
	case len(core) >= 4 && (core == fold(email) || core == fold(local) || core == fold(name)):
		return known
	}
	return nil
}

// fold keeps letters and digits, in lower case, with the digits that are often
// put for letters left alone: a list holds both spellings.
func fold(s string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, s)
}

// half is the part of which a text is the double, or the text itself.
func half(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return s[:n]
		}
	}
	return s
}

// run reports whether a text is nothing but a run along a row of the keyboard,
// the alphabet or the digits, in either direction, once or more.
func run(s string) bool {
	s = half(s)
	for _, row := range []string{"01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "qwertzuiopasdfghjklyxcvbnm",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1a2z3e4r5t6y7u8i9o0p", "1q2w3e4r5t6y7u8i9o0p"} {
		if strings.Contains(row, s) || strings.Contains(backwards(row), s) {
			return true
		}
	}
	return false
}

func backwards(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
