package schema

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// HasTelephones reports whether a region (ISO 3166, two capitals) has telephone
// numbers of its own.
func HasTelephones(region string) bool { return phonenumbers.GetSupportedRegions()[region] }

// DefaultRegion is assumed for telephones without + where nothing else says.
const DefaultRegion = "FR"

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
	return DefaultRegion
}

func (phoneKind) display(f *Field, v json.RawMessage, _ string) string {
	n := kept(str(v))
	switch {
	case n == nil:
		return str(v)
	case int(n.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(phoneRegion(f, &Env{})):
		return phonenumbers.Format(n, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}

// maxNational is how many digits follow the code of a country, at most.
const maxNational = 17

// kept takes a number apart that read brought to E.164, which needs none of the
// guessing of [phonenumbers.Parse]: no code of a country is the beginning of
// another. Nil when it is none.
func kept(e164 string) *phonenumbers.PhoneNumber {
	digits, ok := strings.CutPrefix(e164, "+")
	for size := 1; ok && size <= 3 && size < len(digits); size++ {
		code, err := strconv.Atoi(digits[:size])
		if err != nil || code == 0 {
			return nil
		}
		if phonenumbers.GetRegionCodeForCountryCode(code) == phonenumbers.UNKNOWN_REGION {
			continue
		}
		rest := digits[size:]
		national, err := strconv.ParseUint(rest, 10, 64)
		if err != nil || len(rest) > maxNational {
			return nil
		}
		n := &phonenumbers.PhoneNumber{CountryCode: new(int32(code)), NationalNumber: &national}
		// Zeros that belong to the number, as in Italy, are counted beside it.
		if zeros := len(rest) - len(strings.TrimLeft(rest[:len(rest)-1], "0")) - 1; zeros > 0 {
			n.ItalianLeadingZero = new(true)
			if zeros > 1 {
				n.NumberOfLeadingZeros = new(int32(zeros))
			}
		}
		return n
	}
	return nil
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
	if n := kept(str(v)); n != nil {
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
