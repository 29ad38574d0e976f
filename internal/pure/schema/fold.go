package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters are folded to what people type for them; the rest is decomposed and
// loses its marks.
var letters = map[rune]string{
	'œ': "oe", 'æ': "ae", 'ß': "ss", 'ł': "l", 'đ': "d", 'ð': "d", 'ø': "o", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŋ': "ng", 'ŧ': "t",
	'’': "'", 'ʼ': "'", '‘': "'", '‐': "-", '‑': "-", '–': "-", '—': "-",
}

// Fold brings a text to the one form in which texts are compared, sorted and
// found everywhere: compatibility-decomposed without marks, lower case, with
// single spaces. It is idempotent.
func Fold(s string) string {
	if t, ok := foldASCII(s); ok {
		return t
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range norm.NFKD.String(strings.ToLower(norm.NFKC.String(s))) {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.Is(unicode.Mn, r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		r = unicode.ToLower(r)
		if t, ok := letters[r]; ok {
			b.WriteString(t)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// foldASCII folds a text of ASCII, most often without copying it.
func foldASCII(s string) (string, bool) {
	clean := true
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || c == 0x7f {
			return "", false
		}
		if 'A' <= c && c <= 'Z' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			clean = false
		}
	}
	if clean {
		return s, true
	}
	return strings.Join(strings.Fields(strings.ToLower(s)), " "), true
}
