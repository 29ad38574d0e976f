package i18n

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pollen"
)

// Number writes a whole number as [Locale.Decimal] does: "4806", "48,060",
// "48 060".
func (l *Locale) Number(n int64) string { return l.Decimal(strconv.FormatInt(n, 10)) }

// ungrouped is how many digits stay together. It is one rule for counts, values and
// amounts: thousands stand apart from five digits on. Four digits are read at a
// glance (the SI brochure, section 5.4.4, keeps them together as well), and may be
// a year or a code in a field that does not say so. A longer number that names
// something, such as an identifier, is given as text and not as a number.
const ungrouped = 4

// Decimal writes a decimal number that is given in ASCII digits, with every
// digit it has: "12345.60" is "12,345.60", "12 345,60". What is no such number is
// returned as it is.
func (l *Locale) Decimal(number string) string {
	digits := strings.TrimPrefix(number, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !isDigits(whole) || point && !isDigits(fraction) {
		return number
	}
	grouped, negative := len(whole) > ungrouped, len(number) > len(digits)
	if !grouped && !point && !negative {
		return number
	}
	var b strings.Builder
	b.Grow(len(number) + len(whole))
	if negative {
		b.WriteString("−")
	}
	for i := range len(whole) {
		if grouped && i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(l.group)
		}
		b.WriteByte(whole[i])
	}
	if point {
		b.WriteString(l.decimal)
		b.WriteString(fraction)
	}
	return b.String()
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Bytes writes a size in decimal units: "512 bytes", "1.2 MB"; "1,2 Mo".
func (l *Locale) Bytes(n int64) string {
	if n < 1000 {
		return l.Message(pollen.Bytes(n))
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.5 && unit < len(l.byteUnits)-1 {
		f /= 1000
		unit++
	}
	digits := 0
	if f < 9.95 {
		digits = 1
	}
	return l.Decimal(strconv.FormatFloat(f, 'f', digits, 64)) + "\u00a0" + l.byteUnits[unit]
}

// Date writes a day in full: "12 October 2026", "12 octobre 2026".
func (l *Locale) Date(t time.Time) string {
	t = t.In(l.Zone())
	return l.dayOf(t, &l.months) + " " + strconv.Itoa(t.Year())
}

// ShortDate writes a day of the year: "12 Oct", "12 oct."
func (l *Locale) ShortDate(t time.Time) string { return l.dayOf(t.In(l.Zone()), &l.monthsShort) }

func (l *Locale) dayOf(t time.Time, months *[12]string) string {
	day := l.first
	if t.Day() > 1 {
		day = strconv.Itoa(t.Day())
	}
	return day + "\u00a0" + months[t.Month()-1]
}

// Month writes a month and its year: "Feb 2025", "févr. 2025".
func (l *Locale) Month(t time.Time) string {
	t = t.In(l.Zone())
	return l.monthsShort[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// DateTime writes a moment in full: "12 October 2026, 09:12", "12 octobre 2026
// à 9 h 12".
func (l *Locale) DateTime(t time.Time) string { return l.Date(t) + l.at + l.Clock(t) }

// Moment writes a moment in full, with its zone: "12 October 2026, 09:12 CEST".
func (l *Locale) Moment(t time.Time) string {
	return l.DateTime(t) + " " + t.In(l.Zone()).Format("MST")
}

// Clock writes the time of day: "09:12", "9 h 12".
func (l *Locale) Clock(t time.Time) string {
	t = t.In(l.Zone())
	hour := strconv.Itoa(t.Hour())
	if l.padHour && t.Hour() < 10 {
		hour = "0" + hour
	}
	return hour + l.clock + t.Format("04")
}

// Ago writes a moment as one says it in a sentence at the time now: "20 min
// ago", "at 09:12", "yesterday", "Tuesday", "on 12 Oct", "on 12 Oct 2025". A moment to come is written in full.
func (l *Locale) Ago(t, now time.Time) string {
	t, now = t.In(l.Zone()), now.In(l.Zone())
	days := dayNumber(now) - dayNumber(t)
	switch d := now.Sub(t); {
	case d < -time.Minute:
		return l.on + l.DateTime(t)
	case d < time.Minute:
		return l.now
	case d < time.Hour:
		return l.fill(l.minutes, []any{"n", int(d / time.Minute)})
	case days == 0:
		return l.today + l.Clock(t)
	case days == 1:
		return l.yesterday
	case days < 7:
		return l.days[t.Weekday()]
	case t.Year() == now.Year():
		return l.on + l.ShortDate(t)
	}
	return l.on + l.ShortDate(t) + " " + strconv.Itoa(t.Year())
}

// dayNumber counts the days of t's own calendar.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// List joins items as one says them: "a, b and c", "a, b et c".
func (l *Locale) List(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], ", ") + l.and + items[n-1]
	}
}

// Initials returns the first letters of the first and the last word of a name,
// for a face without a photograph: "SV" of "Solène Vautrin".
func Initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return strings.ToUpper(string([]rune{first, last}))
}
