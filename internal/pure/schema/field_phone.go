package schema

import (
	"encoding/json"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// defaultRegion is assumed for telephones without + where nothing else says.
const defaultRegion = "FR"

// phoneKind is a telephone number: kept as E.164, shown in national form in
// its region.
type phoneKind struct{ asText }

func (phoneKind) read(f *Field, s string, env *Env) (json.RawMessage, error) {
	region := phoneRegion(f, env)
	n, err := phonenumbers.Parse(strings.TrimPrefix(s, "tel:"), region)
	if err != nil || n.GetExtension() != "" || !phonenumbers.IsPossibleNumber(n) {
		return nil, bad(f, s, "+33 1 99 00 12 34")
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	// A few impossible numbers lose a zero each time they are read: a number
	// is one only when it stays what it is.
	if again, err := phonenumbers.Parse(e164, ""); err != nil || phonenumbers.Format(again, phonenumbers.E164) != e164 {
		return nil, bad(f, s, "+33 1 99 00 12 34")
	}
	return quote(e164), nil
}

func phoneRegion(f *Field, env *Env) string {
	switch {
	case f.Region != "":
		return f.Region
	case env.Region != "":
		return env.Region
	}
	return defaultRegion
}

func (phoneKind) display(f *Field, v json.RawMessage, _ string) string {
	n, err := phonenumbers.Parse(str(v), "")
	if err != nil {
		return str(v)
	}
	if phonenumbers.GetRegionCodeForNumber(n) == phoneRegion(f, &Env{}) || int(n.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(phoneRegion(f, &Env{})) {
		return phonenumbers.Format(n, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}

func (phoneKind) key(_ *Field, v json.RawMessage) string { return str(v) }

// words gives the number in every spelling people search it by: with its
// country code, and as dialled at home.
func (phoneKind) words(f *Field, v json.RawMessage) []Word {
	digits := strings.TrimPrefix(str(v), "+")
	out := []Word{{Text: digits, Exact: true}}
	if national, ok := strings.CutPrefix(digits, "33"); ok {
		return append(out, Word{Text: "0" + national, Exact: true})
	}
	if n, err := phonenumbers.Parse(str(v), ""); err == nil {
		home := onlyDigits(phonenumbers.Format(n, phonenumbers.NATIONAL))
		if home != digits {
			out = append(out, Word{Text: home, Exact: true})
		}
	}
	return out
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}
