package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pollen"
)

// Locale is a language with its catalogue and its ways of writing.
type Locale struct {
	tag  string
	name string // its own name for itself

	texts   map[string]string // nil when the texts in the code are the right ones
	plurals map[string]forms
	form    func(f *forms, n int) string // the one that goes with n things (CLDR 48 plural rules)

	group, decimal      string    // separators of thousands and decimals
	byteUnits           [4]string // from a thousand on
	and                 string    // before the last item of a list
	months, monthsShort [12]string
	days                [7]string // from Sunday, as in package time
	first               string    // the first day of a month
	clock, at           string    // between hours and minutes; between date and hour
	padHour             bool      // whether 9 o'clock is 09
	on                  string    // before a date in a sentence
	today               string    // before an hour of this day in a sentence
	yesterday           string
	now, minutes        string // "…{n}…"

	zone *time.Location // of moments; nil is UTC
}

// In is the same locale with moments in a zone.
func (l *Locale) In(zone *time.Location) *Locale {
	out := *l
	out.zone = zone
	return &out
}

// Zone is the zone in which moments are written.
func (l *Locale) Zone() *time.Location {
	if l.zone == nil {
		return time.UTC
	}
	return l.zone
}

// English is the language of the code.
var English = &Locale{
	tag: "en", name: "English",
	form:  englishForm,
	group: ",", decimal: ".",
	byteUnits: [4]string{"kB", "MB", "GB", "TB"},
	and:       " and ",
	months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"},
	monthsShort: [12]string{"Jan", "Feb", "March", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"},
	days:        [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	first:       "1", clock: ":", padHour: true, at: ", ", on: "on ", today: "at ", yesterday: "yesterday",
	now: "just now", minutes: "{n} min ago",
}

func englishForm(f *forms, n int) string {
	if n == 1 {
		return f.one
	}
	return f.other
}

// French is complete: a test of this package sees to it.
var French = &Locale{
	tag: "fr", name: "Français",
	texts: frenchTexts, plurals: frenchPlurals,
	form:  frenchForm,
	group: "\u202f", decimal: ",",
	byteUnits: [4]string{"ko", "Mo", "Go", "To"},
	and:       " et ",
	months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
		"octobre", "novembre", "décembre"},
	monthsShort: [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
	days:        [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
	first:       "1er", clock: "\u00a0h\u00a0", at: " à ", on: "le ", today: "à ", yesterday: "hier",
	now: "à l’instant", minutes: "il y a {n} min",
}

// frenchForm has a third form for what is counted in whole millions, for it takes
// "de": 1 000 000 de fiches.
func frenchForm(f *forms, n int) string {
	switch {
	case n == 0 || n == 1:
		return f.one
	case n%1_000_000 == 0:
		return f.many
	}
	return f.other
}

// Locales lists every locale in the order to offer them.
var Locales = []*Locale{French, English}

// Get returns the locale of a BCP 47 tag, or of the language that the tag
// begins with, or nil.
func Get(tag string) *Locale {
	language, _, _ := strings.Cut(tag, "-")
	for _, l := range Locales {
		if strings.EqualFold(l.tag, language) {
			return l
		}
	}
	return nil
}

// Match chooses the locale of a request: the one its cookie names, otherwise
// the one its Accept-Language header (RFC 9110, section 12.5.4) prefers,
// otherwise English. It never fails: what it cannot read it passes over.
func Match(cookie, acceptLanguage string) *Locale {
	if l := Get(cookie); l != nil {
		return l
	}
	best, weight := English, 0
	for rest := acceptLanguage; rest != ""; {
		var item string
		item, rest, _ = strings.Cut(rest, ",")
		tag, parameters, _ := strings.Cut(item, ";")
		if q := quality(parameters); q > weight {
			if l := Get(strings.TrimSpace(tag)); l != nil {
				best, weight = l, q
			}
		}
	}
	return best
}

// quality reads the weight of a preference in thousandths (RFC 9110, section
// 12.4.2): 1000 when none is given, 0 when it cannot be read.
func quality(parameters string) int {
	parameters = strings.TrimSpace(parameters)
	if parameters == "" {
		return 1000
	}
	q, ok := strings.CutPrefix(strings.ToLower(parameters), "q=")
	f, err := strconv.ParseFloat(q, 64)
	if !ok || err != nil || !(f >= 0 && f <= 1) {
		return 0
	}
	return int(f * 1000)
}

// Tag is the locale's BCP 47 tag.
func (l *Locale) Tag() string { return l.tag }

// Name is the language's own name for itself.
func (l *Locale) Name() string { return l.name }

// T says the message of a key. English is its text in the code, with {name}
// placeholders; args alternates names and values. Without args it allocates
// nothing and leaves the placeholders as they are.
func (l *Locale) T(key, english string, args ...any) string {
	if l.texts != nil {
		if t, ok := l.texts[key]; ok {
			english = t
		}
	}
	if len(args) == 0 {
		return english
	}
	return l.fill(english, args)
}

// N says the message of a key that speaks of n things, in the form that the
// language uses for n. {n} stands for n, written the way of the language; args are
// as in [Locale.T].
func (l *Locale) N(key string, n int, one, other string, args ...any) string {
	return l.Message(pollen.Count(key, n, one, other, args...))
}

// Message says a message in the locale's language.
func (l *Locale) Message(m pollen.Message) string {
	if m.One == "" {
		return l.T(m.Key, m.Text, m.Args...)
	}
	f, ok := l.plurals[m.Key]
	if !ok {
		f = forms{m.One, m.Text, m.Text}
	}
	return l.fill(l.form(&f, m.N), m.Args)
}

// Error says what a person may read of an error: see [pollen.MessageOf].
func (l *Locale) Error(err error) string { return l.Message(pollen.MessageOf(err)) }

// fill replaces the placeholders of text. One that args does not name stays.
func (l *Locale) fill(text string, args []any) string {
	open := strings.IndexByte(text, '{')
	if open < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 32)
	for open >= 0 {
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			break
		}
		end += open
		b.WriteString(text[:open])
		if v, ok := lookup(args, text[open+1:end]); ok {
			b.WriteString(l.Value(v))
		} else {
			b.WriteString(text[open : end+1])
		}
		text = text[end+1:]
		open = strings.IndexByte(text, '{')
	}
	b.WriteString(text)
	return b.String()
}

func lookup(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if s, ok := args[i].(string); ok && s == name {
			return args[i+1], true
		}
	}
	return nil, false
}

// Value writes a value the way messages do: see the package comment.
func (l *Locale) Value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return l.Number(int64(v))
	case int64:
		return l.Number(v)
	case uint64:
		return l.Decimal(strconv.FormatUint(v, 10))
	case pollen.Message:
		return l.Message(v)
	case time.Time:
		return l.DateTime(v)
	}
	return fmt.Sprint(v)
}
