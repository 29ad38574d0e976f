package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// codeKind is an identifier with a pattern and check digits.
type codeKind struct{ asText }

// patterns keeps compiled patterns: schemas are read far more often than they
// change.
var patterns sync.Map

func compiled(pattern string) (*regexp.Regexp, error) {
	if re, ok := patterns.Load(pattern); ok {
		return re.(*regexp.Regexp), nil
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	if err == nil {
		patterns.Store(pattern, re)
	}
	return re, err
}

func (codeKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	t := strings.Join(strings.Fields(s), " ")
	example := f.Pattern
	if c := checks[f.Check]; c != nil {
		t = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "", "\u00a0", "", "\u202f", "").Replace(t))
		if !c.valid(t) {
			return nil, bad(f, s, c.example)
		}
	}
	if f.Pattern != "" {
		re, err := compiled(f.Pattern)
		if err != nil || !re.MatchString(t) {
			return nil, bad(f, s, example)
		}
	}
	return quote(t), nil
}

func (k codeKind) readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error) {
	if raw[0] == '{' || raw[0] == '[' {
		return nil, wrong(f, nil)
	}
	return k.read(f, string(raw), env) // a code that looks like a number
}

func (codeKind) words(_ *Field, v json.RawMessage) []Word {
	return []Word{{Text: str(v), Exact: true}}
}

// check is one check-digit rule.
type check struct {
	valid   func(s string) bool // s is upper case without separators
	example string
}

var checks = map[string]*check{
	// INSEE: nine digits, Luhn (ISO/IEC 7812-1 annex B).
	"siren": {func(s string) bool { return len(s) == 9 && luhn(s) }, "552100554"},
	// INSEE: fourteen digits, Luhn; those of La Poste (356000000) add up to a
	// multiple of five instead.
	"siret": {func(s string) bool {
		return len(s) == 14 && (luhn(s) || strings.HasPrefix(s, "356000000") && digitSum(s)%5 == 0)
	}, "55210055400013"},
	"luhn": {luhn, "79927398713"},
	// ISO 13616-1: ISO/IEC 7064 MOD 97-10 over the rearranged text.
	"iban": {func(s string) bool {
		return len(s) >= 15 && len(s) <= 34 && ibanShape.MatchString(s) && mod97(s[4:]+s[:4]) == 1
	}, "FR1420041010050500013M02606"},
	// GS1 General Specifications §7.9: EAN-8, UPC-A, EAN-13, GTIN-14.
	"ean": {func(s string) bool {
		return slices.Contains([]int{8, 12, 13, 14}, len(s)) && gs1(s)
	}, "4006381333931"},
	// ISO 2108: ISBN-13, and ISBN-10 with its MOD 11 digit.
	"isbn": {func(s string) bool {
		if len(s) == 10 {
			return isbn10(s)
		}
		return len(s) == 13 && (strings.HasPrefix(s, "978") || strings.HasPrefix(s, "979")) && gs1(s)
	}, "9782070612758"},
	// ISO 17442-1: ISO/IEC 7064 MOD 97-10.
	"lei": {func(s string) bool { return leiShape.MatchString(s) && mod97(s) == 1 }, "529900T8BM49AURSDO55"},
	// ISO 27729 (ORCID, ISNI): ISO/IEC 7064 MOD 11-2.
	"orcid": {func(s string) bool { return len(s) == 16 && mod11x2(s) }, "0000000218250097"},
}

var (
	ibanShape = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]+$`)
	leiShape  = regexp.MustCompile(`^[A-Z0-9]{18}[0-9]{2}$`)
)

// Checks lists the names of the check-digit rules.
func Checks() (names []string) {
	for name := range checks {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// luhn is ISO/IEC 7812-1 annex B.
func luhn(s string) bool {
	if !digits(s) || len(s) < 2 {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func gs1(s string) bool {
	if !digits(s) {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	return sum%10 == 0
}

func isbn10(s string) bool {
	sum := 0
	for i := range 10 {
		d := int(s[i]) - '0'
		if i == 9 && s[i] == 'X' {
			d = 10
		}
		if d < 0 || d > 10 || d == 10 && i < 9 {
			return false
		}
		sum += (10 - i) * d
	}
	return sum%11 == 0
}

func mod97(s string) int {
	r := 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			r = (r*10 + int(c-'0')) % 97
		case 'A' <= c && c <= 'Z':
			r = (r*100 + int(c-'A') + 10) % 97
		default:
			return -1
		}
	}
	return r
}

func mod11x2(s string) bool {
	total := 0
	for i := range len(s) - 1 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		total = (total + int(s[i]-'0')) * 2
	}
	want := (12 - total%11) % 11
	if want == 10 {
		return s[len(s)-1] == 'X'
	}
	return int(s[len(s)-1])-'0' == want
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func digitSum(s string) (n int) {
	for i := range len(s) {
		n += int(s[i] - '0')
	}
	return n
}
