package schema

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// dateKind is a calendar date: ISO 8601 YYYY-MM-DD, also read as dd/mm/yyyy.
type dateKind struct{ asText }

func (dateKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	for _, layout := range []string{"2006-01-02", "2/1/2006", "2.1.2006", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return quote(t.Format("2006-01-02")), nil
		}
	}
	// What a spreadsheet writes of a date: midnight.
	if day, ok := strings.CutSuffix(strings.Replace(s, "T", " ", 1), " 00:00:00"); ok {
		if t, err := time.Parse("2006-01-02", day); err == nil {
			return quote(t.Format("2006-01-02")), nil
		}
	}
	return nil, bad(f, s, "2026-11-24")
}

func (dateKind) display(_ *Field, v json.RawMessage, lang string) string {
	t, err := time.Parse("2006-01-02", str(v))
	if err != nil {
		return str(v)
	}
	return longDate(t, lang)
}

func (dateKind) words(_ *Field, v json.RawMessage) []Word {
	return []Word{{Text: str(v), Exact: true}}
}

var months = map[string][12]string{
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// longDate writes "12 octobre 2026" and "12 October 2026".
func longDate(t time.Time, lang string) string {
	names, ok := months[lang]
	if !ok {
		names = months["en"]
	}
	day := strconv.Itoa(t.Day())
	if lang == "fr" && t.Day() == 1 {
		day = "1er"
	}
	return day + "\u00a0" + names[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// dateTimeKind is a moment: RFC 3339, kept in UTC. One that is written without
// its zone is of that of the surroundings.
type dateTimeKind struct{ asText }

func (dateTimeKind) read(f *Field, s string, env *Env) (json.RawMessage, error) {
	zone := env.Zone
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2/1/2006 15:04", "2/1/2006 15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil && t.Year() > 0 {
			return quote(t.UTC().Format(time.RFC3339Nano)), nil
		}
	}
	return nil, bad(f, s, "2026-11-24T09:30:00Z")
}

// key writes the moment in fixed width, so that its bytes sort as time does.
func (dateTimeKind) key(_ *Field, v json.RawMessage) string {
	t, err := time.Parse(time.RFC3339Nano, str(v))
	if err != nil {
		return str(v)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000")
}

func (dateTimeKind) display(_ *Field, v json.RawMessage, lang string) string {
	return longMoment(v, lang, time.UTC)
}

// longMoment writes "12 octobre 2026, 9 h 12 CEST" and "12 October 2026, 09:12
// CEST".
func longMoment(v json.RawMessage, lang string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339Nano, str(v))
	if err != nil {
		return str(v)
	}
	t = t.In(zone)
	if lang == "fr" {
		return longDate(t, lang) + ", " + t.Format("15") + "\u00a0h\u00a0" + t.Format("04 MST")
	}
	return longDate(t, lang) + ", " + t.Format("15:04 MST")
}

func (dateTimeKind) words(*Field, json.RawMessage) []Word { return nil }
