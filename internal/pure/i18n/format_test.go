package i18n_test

import (
	"errors"
	"testing"
	"time"

	"pollen"
	"pollen/internal/pure/i18n"
)

func TestMessages(t *testing.T) {
	absent := pollen.Errorf(pollen.NotFound, "error.absent", "There is nothing here, or not for you.")
	for _, c := range []struct{ got, want string }{
		{i18n.English.T("x.y", "Plain"), "Plain"},
		{i18n.English.T("x.y", "{n} bytes of {what}, {n}", "n", 12345, "what", "a {n}"), "12,345 bytes of a {n}, 12,345"},
		{i18n.English.T("x.y", "{missing} and {open", "n", 1), "{missing} and {open"},
		{i18n.English.T("x.y", "{big} {small}", "big", int64(-12345), "small", 1.5), "−12,345 1.5"},
		{i18n.French.T("error.id", "“{id}” is not an identifier.", "id", "zz"), "«\u00a0zz\u00a0» n’est pas un identifiant."},
		{i18n.French.T("x.y", "no {m}", "m", absent.Message), "no Il n’y a rien ici, ou pas pour vous."},
		{i18n.French.Error(absent), "Il n’y a rien ici, ou pas pour vous."},
		{i18n.French.Error(errors.New("secret")), "Quelque chose s’est mal passé de notre côté. Rien de ce que vous aviez enregistré n’est perdu."},
		{i18n.English.N("x.y", 1, "{n} entry of {c}", "{n} entries of {c}", "c", "sites"), "1 entry of sites"},
		{i18n.French.N("web.entries", 12345, "{n} entry", "{n} entries"), "12\u202f345 fiches"},
		{i18n.French.N("web.entries", 0, "{n} entry", "{n} entries"), "0 fiche"},
		{i18n.French.N("web.entries", 2_000_000, "{n} entry", "{n} entries"), "2\u202f000\u202f000 de fiches"},
		{i18n.French.N("web.entries", 2_000_001, "{n} entry", "{n} entries"), "2\u202f000\u202f001 fiches"},
		{i18n.English.N("web.entries", 2_000_000, "{n} entry", "{n} entries"), "2,000,000 entries"},
		{i18n.French.Error(pollen.ErrorN(pollen.Invalid, "web.entries", 1, "{n} entry", "{n} entries")), "1 fiche"},
		{i18n.English.T("x.y", "at most {max}", "max", pollen.Bytes(1)), "at most 1\u00a0byte"},
		{i18n.French.T("x.y", "at most {max}", "max", pollen.Bytes(256_000_000)), "at most 256\u202f000\u202f000\u00a0d’octets"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	fr, en := i18n.French, i18n.English
	for _, c := range []struct{ got, want string }{
		{en.Number(-1234), "−1234"}, {en.Number(9999), "9999"}, {fr.Number(10000), "10\u202f000"}, {en.Number(999), "999"}, {fr.Number(-12345), "−12\u202f345"},
		{en.Decimal("1234.50"), "1234.50"}, {fr.Decimal("12345.60"), "12\u202f345,60"}, {fr.Decimal("0.5"), "0,5"}, {fr.Decimal("1e9"), "1e9"}, {fr.Decimal(""), ""}, {fr.Decimal("."), "."},
		{en.Bytes(1), "1\u00a0byte"}, {en.Bytes(0), "0\u00a0bytes"}, {fr.Bytes(0), "0\u00a0octet"}, {fr.Bytes(1), "1\u00a0octet"}, {fr.Bytes(999), "999\u00a0octets"}, {en.Bytes(1000), "1.0\u00a0kB"}, {fr.Bytes(1_250_000), "1,2\u00a0Mo"}, {en.Bytes(999_600), "1.0\u00a0MB"}, {en.Bytes(25_000), "25\u00a0kB"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestMoments(t *testing.T) {
	fr, en := i18n.French, i18n.English
	at := time.Date(2026, 10, 12, 9, 5, 0, 0, time.UTC)
	paris := time.FixedZone("UTC+2", 2*60*60)
	for _, c := range []struct{ got, want string }{
		{en.Date(at), "12\u00a0October 2026"}, {fr.ShortDate(at), "12\u00a0oct."}, {fr.ShortDate(at.AddDate(0, 0, -11)), "1er\u00a0oct."}, {fr.Month(at), "oct. 2026"},
		{en.Clock(at), "09:05"}, {fr.Clock(at), "9\u00a0h\u00a005"}, {fr.In(paris).Clock(at), "11\u00a0h\u00a005"},
		{en.Moment(at), "12\u00a0October 2026, 09:05 UTC"}, {fr.In(paris).Moment(at), "12\u00a0octobre 2026 à 11\u00a0h\u00a005 UTC+2"}, {fr.DateTime(at), "12\u00a0octobre 2026 à 9\u00a0h\u00a005"}, {en.DateTime(at), "12\u00a0October 2026, 09:05"},
		{fr.Ago(at, at), "à l’instant"}, {en.Ago(at.Add(-59*time.Second), at), "just now"}, {en.Ago(at.Add(-59*time.Minute), at), "59 min ago"},
		{en.Ago(at.Add(-3*24*time.Hour), at), "Friday"}, {fr.Ago(at.AddDate(-1, 0, 0), at), "le 12\u00a0oct. 2025"}, {en.Ago(at.Add(time.Hour), at), "on 12\u00a0October 2026, 10:05"},
		// Half past eleven in the evening there is yesterday in the reader's own calendar.
		{en.In(paris).Ago(time.Date(2026, 10, 12, 21, 30, 0, 0, time.UTC), time.Date(2026, 10, 13, 8, 0, 0, 0, time.UTC)), "yesterday"},
		{en.In(paris).Ago(time.Date(2026, 10, 12, 22, 30, 0, 0, time.UTC), time.Date(2026, 10, 13, 8, 0, 0, 0, time.UTC)), "at 00:30"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{i18n.English.LanguageName("br"), "Breton"}, {i18n.French.LanguageName("br"), "breton"},
		{i18n.French.LanguageName("pt-BR"), "portugais brésilien"},
		{i18n.French.LanguageName("sr-Latn"), "serbe (Latn)"}, {i18n.English.LanguageName("qqq"), "qqq"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct{ cookie, header, want string }{
		{"", "", "en"}, {"", "de, fr;q=0.1", "fr"}, {"", "en;q=0.5,fr;q=0.9", "fr"}, {"", "fr;q=0", "en"}, {"", "FR-fr", "fr"}, {"", "fr;q=x", "en"}, {"", "fr ; q=1", "fr"}, {"fr-CA", "en", "fr"},
	} {
		if got := i18n.Match(c.cookie, c.header).Tag(); got != c.want {
			t.Errorf("Match(%q, %q) is %s, want %s", c.cookie, c.header, got, c.want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"": "", "Ana Exemple": "AE", "  élise  ": "É", "Jean de la Croix": "JC"} {
		if got := i18n.Initials(name); got != want {
			t.Errorf("Initials(%q) is %q, want %q", name, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", ";;;,,,q=", "fr;q=NaN"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, cookie, header string) {
		if i18n.Match(cookie, header) == nil {
			t.Error("no locale")
		}
	})
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"1234567.89", "-1", "x", "1.2.3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, number string) {
		if got := i18n.English.Decimal(number); len(got) < len(number) {
			t.Errorf("%q lost something: %q", number, got)
		}
	})
}

func BenchmarkT(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		i18n.French.T("error.absent", "There is nothing here, or not for you.")
	}
}

func BenchmarkTWithValues(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		i18n.French.T("schema.long", "“{field}” is too long: {size}, at most {max}.", "field", "x", "size", pollen.Bytes(300), "max", 200)
	}
}
