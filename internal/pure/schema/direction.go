package schema

import "strings"

// The explicit marks of direction (UAX #9, section 2). The implicit ones, which
// turn nothing but the marks beside them, are characters like others.
const (
	embedLTR, embedRTL, popEmbed, overrideLTR, overrideRTL = '\u202a', '\u202b', '\u202c', '\u202d', '\u202e'
	isolateLTR, isolateRTL, isolateFirst, popIsolate       = '\u2066', '\u2067', '\u2068', '\u2069'
)

// Turns reports whether a text of one line would turn the direction of what
// stands beside it, or hides what it says: a mark that is not closed in it, or
// closes what it did not open, reaches out of the element that shows it, even
// where that is isolated (HTML, section 3.2.7), and an override shows letters
// in another order than they are written (UTR #36, section 3.6). Marks that are
// closed are what people write in right-to-left scripts, and telephones bring.
func Turns(s string) bool {
	if strings.IndexByte(s, 0xe2) < 0 { // the first byte of each of them
		return false
	}
	var open []rune
	for _, r := range s {
		switch r {
		case overrideLTR, overrideRTL:
			return true
		case embedLTR, embedRTL:
			open = append(open, popEmbed)
		case isolateLTR, isolateRTL, isolateFirst:
			open = append(open, popIsolate)
		case popEmbed, popIsolate:
			if len(open) == 0 || open[len(open)-1] != r {
				return true
			}
			open = open[:len(open)-1]
		}
	}
	return len(open) > 0
}
