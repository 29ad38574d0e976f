package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"pollen/internal/pure/i18n"
)

var (
	decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$`)
	// Grouped numbers have thousands apart: 1 234,5 or 1,234.5.
	groupedFR = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:[ \x{00a0}\x{202f}][0-9]{3})+(?:[.,][0-9]+)?$`)
	groupedEN = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+$`)
	groupedDE = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$`) // 1.234,5
)

// numberKind is a decimal number, kept digit for digit as it was written, with
// the unit of its field.
type numberKind struct{}

func (numberKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	t := strings.TrimSpace(strings.TrimSuffix(s, f.Unit))
	n, ok := plainDecimal(t)
	if !ok || len(n) > 60 {
		return nil, bad(f, s, "12.5")
	}
	return json.RawMessage(n), nil
}

// plainDecimal brings a number as people write it to a JSON literal.
func plainDecimal(s string) (string, bool) {
	switch {
	case groupedFR.MatchString(s):
		s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(s)
	case groupedEN.MatchString(s):
		s = strings.ReplaceAll(s, ",", "")
	case groupedDE.MatchString(s):
		s = strings.ReplaceAll(s, ".", "")
	}
	s = strings.TrimPrefix(strings.Replace(strings.Replace(s, "−", "-", 1), ",", ".", 1), "+")
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	if !decimal.MatchString(s) {
		return "", false
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' { // JSON has no leading zeros
		s = s[1:]
	}
	return sign + s, true
}

func (k numberKind) readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error) {
	return k.read(f, string(raw), env)
}

func (numberKind) text(_ *Field, v json.RawMessage) string { return string(v) }

func (numberKind) display(f *Field, v json.RawMessage, lang string) string {
	s := i18n.Match(lang, "").Decimal(string(v))
	if f.Unit != "" {
		s += "\u00a0" + f.Unit
	}
	return s
}

// key writes the number so that its bytes sort as the number does: sign and
// exponent first, then the digits; those of a negative number complemented.
func (numberKind) key(_ *Field, v json.RawMessage) string {
	r, _, err := big.ParseFloat(string(v), 10, 200, big.ToNearestEven)
	if err != nil {
		return ""
	}
	if r.Sign() == 0 {
		return "1"
	}
	mantissa, exp, _ := strings.Cut(r.Text('e', 40), "e")
	e, err := strconv.Atoi(exp)
	if err != nil {
		return ""
	}
	digits := strings.TrimRight(strings.Replace(strings.TrimPrefix(mantissa, "-"), ".", "", 1), "0")
	if r.Sign() > 0 {
		return fmt.Sprintf("2%04d%s", e+5000, digits)
	}
	b := []byte(fmt.Sprintf("0%04d%s", 5000-e, digits))
	for i := 5; i < len(b); i++ {
		b[i] = '0' + '9' - b[i]
	}
	return string(append(b, '~')) // a shorter negative number is the larger one
}

func (numberKind) words(_ *Field, v json.RawMessage) []Word {
	return []Word{{Text: string(v), Exact: true}}
}

// maxInteger is the number of digits of a whole number that fits 64 bits.
const maxInteger = 18

// integerKind is a whole number.
type integerKind struct{ numberKind }

func (integerKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	n, ok := plainDecimal(strings.TrimSpace(strings.TrimSuffix(s, f.Unit)))
	if n == "-0" {
		n = "0"
	}
	if !ok || strings.ContainsAny(n, ".eE") || len(strings.TrimPrefix(n, "-")) > maxInteger {
		return nil, bad(f, s, "42")
	}
	return json.RawMessage(n), nil
}

func (k integerKind) readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error) {
	return k.read(f, string(raw), env)
}
