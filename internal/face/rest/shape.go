package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"pollen/internal/pure/i18n"
)

// How much is told of a request that is not as described: so many faults, and of
// what the caller sent no more than they need to find it again.
const (
	maxFaults = 20
	maxEcho   = 200
)

// shapes says for people what the reading of a request finds wrong, in its own
// words or in those of readJSON. {what} and {than} are what the pattern captures.
var shapes = []struct {
	pattern      *regexp.Regexp
	key, english string
}{
	{regexp.MustCompile(`^expected required property (?P<what>.+) to be present$`), "rest.shape-missing", "“{what}” is missing."},
	{regexp.MustCompile(`^required \w+ parameter is missing$`), "rest.shape-parameter", "This parameter is missing."},
	{regexp.MustCompile(`^unexpected property$`), "rest.shape-unexpected", "Nothing of this name is read here."},
	{regexp.MustCompile(`^(expected|invalid) (boolean|bool)$`), "rest.shape-boolean", "It must be true or false."},
	{regexp.MustCompile(`^(expected|invalid) integer$`), "rest.shape-integer", "It must be a whole number, not too large."},
	{regexp.MustCompile(`^(expected number|invalid float|invalid floating value)$`), "rest.shape-number", "It must be a number."},
	{regexp.MustCompile(`^expected string$`), "rest.shape-string", "It must be a text, in quotes."},
	{regexp.MustCompile(`^expected array$`), "rest.shape-array", "It must be a list, in brackets."},
	{regexp.MustCompile(`^expected object$`), "rest.shape-object", "It must be an object, in braces."},
	{regexp.MustCompile(`^expected value to be one of "(?P<what>.+)"$`), "rest.shape-one-of", "It must be one of: {what}."},
	{regexp.MustCompile(`^(expected string to be RFC 3339 date-time|invalid date/time for format .*T.*)$`), "rest.shape-time", "It must be a time, such as 2026-11-24T09:30:00Z."},
	{regexp.MustCompile(`^(expected string to be RFC 3339 date|invalid date/time for format .*)$`), "rest.shape-date", "It must be a date, such as 2026-11-24."},
	{regexp.MustCompile(`^expected number >= (?P<than>\S+)$`), "rest.shape-least", "It must be at least {than}."},
	{regexp.MustCompile(`^expected number <= (?P<than>\S+)$`), "rest.shape-most", "It must be at most {than}."},
	{regexp.MustCompile(`^expected (array )?length >= (?P<than>\d+)$`), "rest.shape-short", "It is too short: at least {than}."},
	{regexp.MustCompile(`^expected (array )?length <= (?P<than>\d+)$`), "rest.shape-long", "It is too long: at most {than}."},
	{regexp.MustCompile(`^no JSON from byte (?P<than>\d+) on$`), "rest.shape-json", "From byte {than} on this is no JSON."},
	{regexp.MustCompile(`is not an identifier`), "rest.shape-identifier", "It must be an identifier, such as 06ewmpzk4v1zw."},
}

// shape says what is wrong with a part of a request.
func shape(l *i18n.Locale, found string) string {
	for _, s := range shapes {
		m := s.pattern.FindStringSubmatch(found)
		if m == nil {
			continue
		}
		var args []any
		for i, name := range s.pattern.SubexpNames() {
			if name != "" {
				args = append(args, name, m[i])
			}
		}
		return l.T(s.key, s.english, args...)
	}
	return l.T("rest.shape-other", "This is not as /api/v1/openapi.json describes it.")
}

// faults are the first things that are wrong with a request, for people, with
// where they stand.
func faults(l *i18n.Locale, errs []error) (out []*huma.ErrorDetail) {
	for _, err := range errs {
		if err == nil {
			continue
		}
		if len(out) == maxFaults {
			break
		}
		found := &huma.ErrorDetail{Message: err.Error()}
		if d, ok := err.(huma.ErrorDetailer); ok {
			found = d.ErrorDetail()
		}
		where, message := found.Location, found.Message
		if member, rest, ok := strings.Cut(message, memberMark); ok {
			where, message = where+"."+member, rest
		}
		out = append(out, &huma.ErrorDetail{Location: cut(where), Message: shape(l, message), Value: echo(found)})
	}
	return out
}

// echo is a value that the caller sent, as far as it helps to find it again.
func echo(d *huma.ErrorDetail) any {
	switch v := d.Value.(type) {
	case string:
		if d.Location == "body" || v == "" {
			return nil
		}
		return cut(v)
	case bool, float64, int, int64:
		return v
	}
	return nil
}

// cut shortens a text for showing.
func cut(s string) string {
	if len(s) <= maxEcho {
		return s
	}
	n := maxEcho
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// memberMark stands between a member of the body and what is wrong with it, where
// the reading of a request keeps nothing of an error but its text.
const memberMark = ": in this member: "

// readJSON reads a body, and says what is wrong with it as the shapes have it.
func readJSON(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("no JSON from byte %d on", e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return errors.New(expected(e.Type))
		}
		return errors.New(e.Field + memberMark + expected(e.Type))
	}
	return err
}

// expected is what a member of a type is to be.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "expected boolean"
	case reflect.String:
		return "expected string"
	case reflect.Float32, reflect.Float64:
		return "expected number"
	case reflect.Slice, reflect.Array:
		return "expected array"
	case reflect.Map, reflect.Struct:
		return "expected object"
	}
	return "expected integer"
}
