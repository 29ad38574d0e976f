package tabular

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberStyle says what the numbers of a cell format stand for.
type numberStyle struct {
	date, clock, elapsed bool
	zeros                int // a format of zeros alone: whole numbers get as many digits
}

// styleSheet is what counts of xl/styles.xml (ECMA-376 Part 1, 18.8).
type styleSheet struct {
	Formats []struct {
		ID   int    `xml:"numFmtId,attr"`
		Code string `xml:"formatCode,attr"`
	} `xml:"numFmts>numFmt"`
	Cells []struct {
		Format int `xml:"numFmtId,attr"`
	} `xml:"cellXfs>xf"`
}

func (s styleSheet) numberStyles() []numberStyle {
	custom := map[int]numberStyle{}
	for _, f := range s.Formats {
		custom[f.ID] = styleOf(f.Code)
	}
	styles := make([]numberStyle, len(s.Cells))
	for i, c := range s.Cells {
		style, ok := custom[c.Format]
		if !ok {
			style = builtInStyle(c.Format)
		}
		styles[i] = style
	}
	return styles
}

// builtInStyle knows the formats that need no code (ECMA-376 Part 1, 18.8.30),
// with those that East Asian languages add.
func builtInStyle(id int) numberStyle {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return numberStyle{date: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return numberStyle{clock: true}
	case id == 22:
		return numberStyle{date: true, clock: true}
	case id == 46:
		return numberStyle{elapsed: true}
	}
	return numberStyle{}
}

// styleOf reads a format code (ECMA-376 Part 1, 18.8.31).
func styleOf(code string) numberStyle {
	var s numberStyle
	letters := formatLetters(code, &s)
	if letters != "" && strings.Trim(letters, "0") == "" && letters == code && len(letters) > 1 {
		s.zeros = len(letters)
		return s
	}
	letters = strings.ToLower(letters)
	if strings.Contains(letters, "general") {
		return numberStyle{}
	}
	letters = strings.NewReplacer("am/pm", "h", "a/p", "h", "e+", "", "e-", "").Replace(letters)
	s.clock = strings.ContainsAny(letters, "hs")
	s.date = strings.ContainsAny(letters, "yd") || strings.ContainsRune(letters, 'm') && !s.clock && !s.elapsed
	if strings.ContainsAny(letters, "0#?") && !s.clock && !s.date {
		return numberStyle{elapsed: s.elapsed}
	}
	return s
}

// formatLetters keeps what is neither quoted, escaped nor in brackets of the
// first section of a format code, and notes brackets that count elapsed time.
func formatLetters(code string, s *numberStyle) string {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			return b.String()
		case '\\', '_', '*':
			i++
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return b.String()
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return b.String()
			}
			switch strings.ToLower(code[i+1 : i+end]) {
			case "h", "hh", "m", "mm", "s", "ss":
				s.elapsed = true
			}
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// maxSerial is the day after 9999-12-31 in the system that begins in 1900.
const maxSerial = 2958466

// format writes the number of a cell: as date and time where its style says so,
// else in full.
func (s numberStyle) format(raw string, date1904 bool) string {
	if plainDigits(raw) && s == (numberStyle{}) {
		return raw
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw
	}
	switch {
	case s.elapsed && f >= 0 && f < maxSerial:
		return elapsedText(f)
	case (s.date || s.clock) && f >= 0 && f < maxSerial:
		return s.timeText(f, date1904)
	case s.zeros > 0 && f == math.Trunc(f) && f >= 0 && f < 1e15:
		return fmt.Sprintf("%0*d", s.zeros, int64(f))
	}
	return numberText(f)
}

// plainDigits reports whether raw is a whole number that needs no rewriting.
func plainDigits(raw string) bool {
	digits := strings.TrimPrefix(raw, "-")
	if digits == "" || len(digits) > 15 || digits[0] == '0' && len(digits) > 1 {
		return false
	}
	for i := range len(digits) {
		if !digit(digits[i]) {
			return false
		}
	}
	return raw != "-0"
}

// numberText writes a number with the fewest digits that give it back; files
// hold 17 digits, of which the last are noise (0.10000000000000001).
func numberText(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-7 || a >= 1e21) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f+0, 'f', -1, 64)
}

const dayMillis = 24 * 60 * 60 * 1000

// timeText writes a serial number as ISO 8601. Day 60 of the system of 1900 is a
// 29 February that never was; days before it count from one day later.
func (s numberStyle) timeText(f float64, date1904 bool) string {
	millis := int64(math.Round(f * dayMillis))
	days, rest := millis/dayMillis, millis%dayMillis
	switch {
	case !s.date && days == 0 || !date1904 && days == 0:
		if !s.clock {
			return numberText(f) // a date of day 0, which no calendar has
		}
		return clockText(rest)
	case date1904:
		days += 1462
	case days < 60:
		days++
	case days == 60:
		return "1900-02-29"
	}
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Format("2006-01-02")
	if rest == 0 {
		return day
	}
	return day + "T" + clockText(rest)
}

func elapsedText(f float64) string {
	return clockText(int64(math.Round(f * dayMillis)))
}

// clockText writes milliseconds as hours, minutes and seconds.
func clockText(ms int64) string {
	s := fmt.Sprintf("%02d:%02d:%02d", ms/3_600_000, ms/60_000%60, ms/1000%60)
	if ms %= 1000; ms != 0 {
		s += fmt.Sprintf(".%03d", ms)
	}
	return s
}
