package schema

import (
	"regexp"
	"slices"
	"strings"
)

// candidate is a type that a column could be.
type candidate struct {
	t     Type
	check string
	takes func(string) bool // whether a value says that the column is of the type
	reads func(string) bool // whether the type reads a value, however it is written
	// tells reports of a value that is not taken whether it says that the column
	// is of another type; nil: each does.
	tells   func(string) bool
	missed  int      // values that are not taken
	refused int      // those of them that the type does not read
	spoken  *spoken  // of texts by language
	measure *measure // of numbers with their unit
}

// A type is proposed though it misses some values when these are at most one in
// mostTaken. A candidate that misses more than one in fewTaken is given up, once
// it has missed some.
const (
	mostTaken  = 20
	fewTaken   = 4
	someMissed = 100
)

// look counts one more value, the nth. It reports whether the candidate is still
// one.
func (o *candidate) look(s string, n int) bool {
	if o.takes(s) {
		return true
	}
	if o.tells == nil || o.tells(s) {
		return false
	}
	o.missed++
	if !o.reads(s) {
		o.refused++
	}
	return o.missed <= someMissed || o.missed*fewTaken <= n
}

// sure is the most telling type that takes every value; nil where none does.
func (c *column) sure() *candidate {
	for _, o := range c.open {
		if o.missed > 0 || o.t == Boolean && len(c.terms) < 2 || o.t == Phone && c.hint(codeHints) || o.t == Localized && (c.lists || !o.spoken.common) || !o.measure.known() {
			continue
		}
		return o
	}
	return nil
}

// mostly is the type that takes nearly every value, of two the one that refuses
// less; nil where none does, of a column that its heading calls a code, and of
// numbers so few that a choice takes them all and what stands beside them.
func (c *column) mostly() (best *candidate) {
	if c.hint(codeHints) {
		return nil
	}
	for _, o := range c.open {
		number := o.t == Integer || o.t == Number
		if o.missed == 0 || !o.measure.known() || o.missed*mostTaken > c.values || o.t == Phone && !c.hint(phoneHints) || number && c.choice() {
			continue
		}
		if best == nil || o.refused < best.refused {
			best = o
		}
	}
	return best
}

// reads reports whether some type of a sort takes every value.
func (c *column) reads(sort func(Type) bool) bool {
	return slices.ContainsFunc(c.open, func(o *candidate) bool { return o.missed == 0 && sort(o.t) })
}

// codeShape reports whether a text looks like a code: one word with a digit or
// a capital after its first letter, and no day that people wrote.
func codeShape(s string) bool {
	if len(s) > 40 || dayLook.MatchString(s) {
		return false
	}
	sign := false
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			sign = true
		case 'A' <= c && c <= 'Z':
			sign = sign || i > 0 || len(s) == 1
		case 'a' <= c && c <= 'z', i > 0 && strings.IndexByte("-_./:", c) >= 0:
		default:
			return false
		}
	}
	return sign
}

var (
	wholeNumber   = regexp.MustCompile(`^-?(?:0|[1-9][0-9]{0,14}|[1-9][0-9]{0,2}(?:[ \x{00a0}\x{202f}][0-9]{3}){1,4})$`)
	decimalNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]{0,17})(?:[.,][0-9]{1,20})?$`)
	dayLook       = regexp.MustCompile(`^(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2})$`)
	dayParts      = regexp.MustCompile(`^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?:[ T]|$)`)
	dayPartsISO   = regexp.MustCompile(`^([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})(?:[ T]|$)`)
	phoneLook     = regexp.MustCompile(`^(?:\+|00|0[1-9]|\()[0-9 .()/\-\x{00a0}\x{202f}]{6,24}$`)
	yesNo         = map[string]bool{"yes": true, "no": true, "oui": true, "non": true, "true": true, "false": true, "vrai": true, "faux": true}
)

// candidates lists the types a column could be, the most telling first.
func candidates(c *column) []*candidate {
	reads := func(t Type, check string) func(string) bool {
		f := &Field{Name: "x", Type: t, Check: check}
		return func(s string) bool {
			_, err := f.FromText(s, nil)
			return err == nil
		}
	}
	email, web, languages := reads(Email, ""), reads(URL, ""), &spoken{}
	list := []*candidate{
		{t: Localized, takes: languages.takes, spoken: languages},
		{t: Place, takes: placeLook, reads: reads(Place, ""), tells: nothing},
		{t: Email, takes: email, reads: email, tells: nothing},
		{t: URL, takes: func(s string) bool {
			return (strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")) && web(s)
		}, reads: web, tells: nothing},
	}
	for _, check := range []string{"iban", "siret", "lei", "orcid", "isbn", "ean", "siren"} {
		// One number in ten passes a check digit by chance, so the short codes
		// need a heading that names them.
		if short := check == "siren" || check == "ean" || check == "isbn"; !short || slices.Contains(c.words, check) || check == "ean" && slices.Contains(c.words, "gtin") {
			list = append(list, &candidate{t: Code, check: check, takes: reads(Code, check)})
		}
	}
	unit := &measure{}
	date, moment, phone := reads(Date, ""), reads(DateTime, ""), reads(Phone, "")
	return append(list,
		&candidate{t: Boolean, takes: func(s string) bool { return yesNo[Fold(s)] }},
		&candidate{t: Date, takes: func(s string) bool { return len(s) >= 8 && !digits(s) && date(s) }, reads: date, tells: otherOrder(date)},
		&candidate{t: DateTime, takes: func(s string) bool { return len(s) >= 16 && moment(s) }, reads: moment, tells: otherOrder(date)},
		&candidate{t: Phone, takes: phoneTaker(phone), reads: phone, tells: nothing},
		&candidate{t: Integer, takes: wholeNumber.MatchString, reads: reads(Integer, ""), tells: coded},
		&candidate{t: Number, takes: numeral, reads: reads(Number, ""), tells: coded},
		&candidate{t: Number, takes: unit.takes, reads: unit.takes, tells: coded, measure: unit},
	)
}

// nothing says that a column is of another type.
func nothing(string) bool { return false }

// coded reports whether a value among numbers says that they are codes, such as
// 2A or 007. A word, such as NC, does not.
func coded(s string) bool {
	return codeShape(s) && (len(s) == 1 || strings.ContainsAny(s, "0123456789"))
}

// otherOrder reports of a value whether it is a day when its parts are read in
// another order: then the others are not the days that they seem.
func otherOrder(date func(string) bool) func(string) bool {
	return func(s string) bool {
		if m := dayParts.FindStringSubmatch(s); m != nil {
			return date(m[2] + "/" + m[1] + "/" + m[3])
		}
		m := dayPartsISO.FindStringSubmatch(s)
		return m != nil && date(m[2]+"/"+m[3]+"/"+m[1])
	}
}

// phoneTaker reads the first telephones whole, then one in sixteen: their plan
// of numbers costs more than all other types together.
func phoneTaker(read func(string) bool) func(string) bool {
	const whole, part = 1000, 16
	n := 0
	return func(s string) bool {
		n++
		return phoneLook.MatchString(s) && (n > whole && n%part != 0 || read(s))
	}
}
