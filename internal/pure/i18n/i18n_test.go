package i18n_test

import (
	"testing"
	"time"

	"pollen/internal/pure/i18n"
)

func TestFormats(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 30, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{i18n.French.Number(1234567), "1\u202f234\u202f567"}, {i18n.English.Number(1234567), "1,234,567"}, {i18n.French.Number(2026), "2026"},
		{i18n.French.N("x", 0, "{n} entry", "{n} entries"), "0 entry"}, {i18n.English.N("x", 0, "{n} entry", "{n} entries"), "0 entries"},
		{i18n.French.Ago(now.Add(-20*time.Minute), now), "il y a 20 min"}, {i18n.French.Ago(now.Add(-6*time.Hour), now), "9\u00a0h\u00a030"},
		{i18n.French.Ago(now.Add(-24*time.Hour), now), "hier"}, {i18n.English.Ago(now.Add(-40*24*time.Hour), now), "on 15\u00a0Oct"},
		{i18n.French.Date(time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)), "1er\u00a0mars 2025"},
		{i18n.French.List([]string{"a", "b", "c"}), "a, b et c"}, {i18n.English.List([]string{"a"}), "a"},
		{i18n.Match("", "fr-CA,en;q=0.5").Tag(), "fr"}, {i18n.Match("en", "fr").Tag(), "en"}, {i18n.Match("xx", "ja").Tag(), "en"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
