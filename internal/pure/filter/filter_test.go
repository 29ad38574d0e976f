package filter_test

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pollen"
	"pollen/internal/pure/filter"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		`phone present`: `phone present`,
		`population >= 1000 and region = "Bretagne" and not closed`: `population >= "1000" and region = "Bretagne" and not closed = "yes"`,
		`a=1 or b=2 and c=3`:                  `a = "1" or b = "2" and c = "3"`,
		`(a = 1 or b = 2) and c != "x \"y\""`: `(a = "1" or b = "2") and c != "x \"y\""`,
		`((a = 1) and (b = 2 and (c = 3)))`:   `a = "1" and b = "2" and c = "3"`,
		`not (not a or b)`:                    `not (not a = "yes" or b = "yes")`,
		`NOT(a and b)`:                        `not (a = "yes" and b = "yes")`,
		`region in ("53", 52,"é")`:            `region in ("53", "52", "é")`,
		`code STARTS 35`:                      `code starts "35"`,
		`name contains "elysee"`:              `name contains "elysee"`,
		`a = and`:                             `a = "and"`,
		"a\u00a0=\t\u202f1":                   `a = "1"`,
		`a = "back\\slash"`:                   `a = "back\\slash"`,
		`a = ""`:                              `a = ""`,
		`present present`:                     `present present`,
	} {
		e, err := filter.Parse(in)
		if err != nil || e.String() != want {
			t.Errorf("%q: %v, %v; want %s", in, e, err, want)
		}
	}
}

func TestErrorSaysWhereAndWhatIsExpected(t *testing.T) {
	const stops = "The filter stops making sense at character "
	for _, c := range []struct{ in, want string }{
		{``, stops + "1: expected the name of a field."},
		{`a = 1 and ?`, stops + "11: expected the name of a field."},
		{`é = 1`, stops + "1: expected the name of a field."},
		{`Name = 1`, stops + "1: expected the name of a field."},
		{`and = 1`, stops + "1: expected the name of a field."},
		{`a = "é" and = 1`, stops + "13: expected the name of a field."},
		{`a ? 1`, stops + "3: expected =, !=, <, <=, >, >=, starts, contains, in or present."},
		{`a ! 1`, stops + "3: expected =, !=, <, <=, >, >=, starts, contains, in or present."},
		{`a "1"`, stops + "3: expected =, !=, <, <=, >, >=, starts, contains, in or present."},
		{`name starts`, stops + "12: expected a value."},
		{`a = (1)`, stops + "5: expected a value."},
		{`a in ()`, stops + "7: expected a value."},
		{`a in 1`, stops + "6: expected values in parentheses."},
		{`a in (1 2)`, stops + "9: expected a comma or a closing parenthesis."},
		{`(a = 1`, stops + "7: expected and, or, or a closing parenthesis."},
		{`a = 1 b = 2`, stops + "7: expected and, or, or the end."},
		{`a = 1)`, stops + "6: expected and, or, or the end."},
		{`a = "unfinished`, "The quotation mark at character 5 is not closed."},
		{`a "unfinished`, "The quotation mark at character 3 is not closed."},
		{"a = \x00", "The filter has a character at 5 that cannot be read. Type it again from there."},
		{"é = \xff", "The filter has a character at 5 that cannot be read. Type it again from there."},
		{strings.Repeat("(", 33) + "a" + strings.Repeat(")", 33), "The filter is nested too deep at character 33. Take some parentheses out."},
		{strings.Repeat("not ", 33) + "a", "The filter is nested too deep at character 129. Take some parentheses out."},
		{strings.Repeat("a or ", 100) + "a", "The filter compares too much from character 501 on. Use in (…) for several values of a field."},
		{"a = " + strings.Repeat("x", 4000), "The filter is too long: at most 4000 characters."},
		{"a in (" + strings.Repeat("1,", 1900) + "1)", "The filter is too long: at most 4000 characters."},
	} {
		e, err := filter.Parse(c.in)
		if got := pollen.MessageOf(err).String(); e != nil || !pollen.Is(err, pollen.Invalid) || got != c.want {
			t.Errorf("%.50q: %s; want %s", c.in, got, c.want)
		}
	}
}

func TestLimitsAreReached(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("(", 32) + "a" + strings.Repeat(")", 32),
		strings.Repeat("not ", 32) + "a",
		strings.Repeat("a or ", 99) + "a",
		"a = " + strings.Repeat("x", 3990),
	} {
		if _, err := filter.Parse(in); err != nil {
			t.Errorf("%.50q: %v", in, err)
		}
	}
}

// exprs draws trees as Parse gives them: no and directly in an and, no or in
// an or.
func exprs(depth int, but string) *rapid.Generator[filter.Expr] {
	return rapid.Custom(func(t *rapid.T) filter.Expr {
		kinds := []string{"cmp"}
		for _, k := range []string{"and", "or", "not"} {
			if depth > 0 && k != but {
				kinds = append(kinds, k)
			}
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "and":
			return &filter.And{All: rapid.SliceOfN(exprs(depth-1, "and"), 2, 3).Draw(t, "all")}
		case "or":
			return &filter.Or{Any: rapid.SliceOfN(exprs(depth-1, "or"), 2, 3).Draw(t, "any")}
		case "not":
			return &filter.Not{Expr: exprs(depth-1, "").Draw(t, "not")}
		}
		c := &filter.Cmp{
			Field: rapid.SampledFrom([]string{"a", "b", "name", "present", "in", "x_1"}).Draw(t, "field"),
			Op: rapid.SampledFrom([]filter.Op{filter.Equal, filter.NotEqual, filter.Less, filter.AtMost, filter.More, filter.AtLeast,
				filter.Starts, filter.Contains, filter.In, filter.IsPresent}).Draw(t, "op"),
		}
		value := rapid.SampledFrom([]string{"", "1", "2", "10", "Élan", `"`, `\`, "and", "a b", ") or ("})
		switch c.Op {
		case filter.IsPresent:
		case filter.In:
			c.Values = rapid.SliceOfN(value, 1, 3).Draw(t, "values")
		default:
			c.Values = []string{value.Draw(t, "value")}
		}
		return c
	})
}

func TestWrittenAndReadAgainIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := exprs(3, "").Draw(t, "expr")
		s := e.String()
		again, err := filter.Parse(s)
		if len(s) > 4000 {
			return
		}
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%s is read as %v, %v", s, again, err)
		}
	})
}

func TestWalk(t *testing.T) {
	e, err := filter.Parse("a = 1 and (b present or not c) and d in (1)")
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	filter.Walk(e, func(c *filter.Cmp) { fields = append(fields, c.Field) })
	if fmt.Sprint(fields) != "[a b c d]" {
		t.Errorf("walked %v", fields)
	}
}

// rennes is an entry to filter.
var rennes = map[string][]string{
	"name": {"Rennes", "Roazhon"}, "population": {"225081"}, "code": {"35238"}, "twin": {"Exeter", "Brno"}, "capital": {"yes"},
}

func match(t *testing.T, in string) bool {
	t.Helper()
	e, err := filter.Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	return filter.Match(e, func(field string) []string { return rennes[field] }, compare, strings.ToLower)
}

// compare orders numbers as numbers and anything else as folded text.
func compare(_, a, b string) int {
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err1 == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

func TestMatch(t *testing.T) {
	for in, want := range map[string]bool{
		`name = rennes`:    true,
		`name = roazhon`:   true,
		`name = brest`:     false,
		`name != brest`:    true,
		`name != rennes`:   false, // one of the values is
		`mayor != anybody`: true,  // no value is
		`population > 9`:   true,
		`population < 9`:   false,
		`population >= 225081 and population <= 225081`: true,
		`population > 225081 or population < 225081`:    false,
		`mayor < z`:                                  false,
		`code starts 35`:                             true,
		`code starts 5`:                              false,
		`name contains ENN`:                          true,
		`name contains x`:                            false,
		`twin in (cork, brno)`:                       true,
		`twin in (cork)`:                             false,
		`twin present`:                               true,
		`mayor present`:                              false,
		`not mayor present and capital`:              true,
		`not (capital or mayor present)`:             false,
		`mayor present or name = x or twin = exeter`: true,
	} {
		if got := match(t, in); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}

// TestLogic compares Match with the laws of De Morgan.
func TestLogic(t *testing.T) {
	get := func(field string) []string { return map[string][]string{"a": {"1"}, "b": {"2", "Élan"}}[field] }
	rapid.Check(t, func(t *rapid.T) {
		a, b := exprs(2, "").Draw(t, "a"), exprs(2, "").Draw(t, "b")
		holds := func(e filter.Expr) bool { return filter.Match(e, get, compare, strings.ToLower) }
		not := func(e filter.Expr) filter.Expr { return &filter.Not{Expr: e} }
		if holds(&filter.And{All: []filter.Expr{a, b}}) != holds(not(&filter.Or{Any: []filter.Expr{not(a), not(b)}})) {
			t.Fatalf("%s, %s", a, b)
		}
		if holds(a) == holds(not(a)) {
			t.Fatalf("%s holds like its contrary", a)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`a = 1 or not (b in ("x", y) and c present)`)
	f.Add(`not not (a or (b or c)) and d contains "\"\\"`)
	f.Add(`a in (` + strings.Repeat("1,", 1000) + "1)")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := filter.Parse(s)
		if err != nil {
			if !pollen.Is(err, pollen.Invalid) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		again, err := filter.Parse(e.String())
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%q is written %q, then read as %v, %v", s, e, again, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := filter.Parse(`population >= 1000 and region in ("53", "52") and not closed`); err != nil {
			b.Fatal(err)
		}
	}
}
