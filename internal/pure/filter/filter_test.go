package filter_test

import (
	"strings"
	"testing"

	"pollen"
	"pollen/internal/pure/filter"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		`phone present`: `phone present`,
		`population >= 1000 and not closed = yes`: `population >= "1000" and (not (closed = "yes"))`,
		`a = 1 or b = 2 and c = 3`:                `a = "1" or (b = "2" and c = "3")`,
		`(a = 1 or b = 2) and c != "x \"y\""`:     `(a = "1" or b = "2") and c != "x \"y\""`,
		`region in ("53", 52,"é")`:                `region in ("53", "52", "é")`,
		`NAME starts`:                             ``,
		`code STARTS 35`:                          `code starts "35"`,
		``:                                        ``,
		`a =`:                                     ``,
		`a = 1 b = 2`:                             ``,
		`(a = 1`:                                  ``,
		`a = "unfinished`:                         ``,
		`a in ()`:                                 ``,
		`and = 1`:                                 ``,
		strings.Repeat("(", 40) + "a = 1" + strings.Repeat(")", 40): ``,
		strings.Repeat("not ", 40) + "a = 1":                        ``,
	} {
		e, err := filter.Parse(in)
		if want == "" {
			if !pollen.Is(err, pollen.Invalid) {
				t.Errorf("%q: %v, %v; want it refused", in, e, err)
			}
			continue
		}
		if err != nil || e.String() != want {
			t.Errorf("%q: %v, %v; want %s", in, e, err, want)
		}
	}
}

func TestErrorSaysWhere(t *testing.T) {
	_, err := filter.Parse("a = 1 and ?")
	if got := pollen.MessageOf(err).String(); got != "The filter stops making sense at character 11: expected the name of a field." {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`a = 1 or not (b in ("x", y) and c present)`)
	f.Fuzz(func(t *testing.T, s string) {
		e, err := filter.Parse(s)
		if err != nil {
			return
		}
		again, err := filter.Parse(e.String())
		if err != nil && len(e.String()) < 2000 && strings.Count(e.String(), "(") < 16 {
			t.Fatalf("%q is written %q, which is refused: %v", s, e, err)
		}
		if err == nil && again.String() != e.String() {
			t.Fatalf("%q is written %q, then %q", s, e, again)
		}
	})
}
