package config_test

import (
	"os"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/config"
)

func TestOperatorsPageIsPrintedFromTheOptions(t *testing.T) {
	b, err := os.ReadFile("../../../doc/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), config.Document()) {
		t.Errorf("doc/operator.md lacks this table:\n%s", config.Document())
	}
	for _, o := range config.Options(config.Serve{}) {
		if want := "POLLEN_" + strings.ToUpper(strings.ReplaceAll(o.Flag, "-", "_")); o.Env != want || o.Help == "" || o.Placeholder == "" {
			t.Errorf("--%s: environment %s, want %s; help %q", o.Flag, o.Env, want, o.Help)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		serve config.Serve
		field string
	}{
		{config.Serve{}, ""},
		{config.Serve{Base: "https://pollen.example.org/"}, ""},
		{config.Serve{Base: "pollen.example.org"}, "base"},
		{config.Serve{Base: "https://example.org/pollen"}, "base"},
		{config.Serve{Base: "https://user@example.org"}, "base"},
		{config.Serve{TLSCert: "a"}, "tls-cert"},
		{config.Serve{TLSCert: "a", TLSKey: "b", ACME: []string{"x"}}, "acme"},
		{config.Serve{Redirect: ":80"}, "redirect"},
		{config.Serve{Redirect: ":80", ACME: []string{"pollen.example.org"}}, ""},
		{config.Serve{TrustProxy: []string{"10.0.0.0/8", "::1"}}, ""},
		{config.Serve{TrustProxy: []string{"proxy"}}, "trust-proxy"},
		{config.Serve{Mail: config.Mail{SMTP: "mail.example.org"}}, "smtp"},
		{config.Serve{Mail: config.Mail{SMTP: "smtps://mail.example.org"}}, "mail-from"},
		{config.Serve{Mail: config.Mail{SMTP: "smtps://mail.example.org", MailFrom: "Pollen"}}, "mail-from"},
		{config.Serve{Mail: config.Mail{SMTP: "smtps://mail.example.org", MailFrom: "a@example.org"}}, ""},
		{config.Serve{Mail: config.Mail{SMTP: "smtps://mail.example.org", MailFrom: "L’annuaire <a@example.org>"}}, ""},
	} {
		err := c.serve.Validate()
		if (c.field == "") != (err == nil) {
			t.Errorf("%+v: %v", c.serve, err)
		}
		if e, ok := err.(*pollen.Error); err != nil && (!ok || e.Field != c.field) {
			t.Errorf("%+v: %v, want a fault on %s", c.serve, err, c.field)
		}
	}
}

func TestRead(t *testing.T) {
	got, err := config.Read(strings.NewReader("\ufeff# ours\n\nlisten = :8080\nbase=\"https://a.example\"\n"))
	if err != nil || len(got) != 2 || got["listen"] != ":8080" || got["base"] != "https://a.example" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"listen", "= x", "a b = c", "a=1\na=2"} {
		if _, err := config.Read(strings.NewReader(bad)); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("listen = :8080\n# x\n")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := config.Read(strings.NewReader(text))
		if err != nil && !pollen.Is(err, pollen.Invalid) {
			t.Fatal(err)
		}
		for name := range values {
			if name == "" || strings.ContainsAny(name, "=\n") {
				t.Fatalf("name %q", name)
			}
		}
	})
}

// Links lead to the base address, or to where it serves on this machine.
func TestLinksLeadToWhereItServes(t *testing.T) {
	for _, c := range []struct{ base, listen, want string }{
		{"https://pollen.example.org/", "127.0.0.1:8080", "https://pollen.example.org"},
		{"", "127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"", ":8391", "http://127.0.0.1:8391"},
		{"", "0.0.0.0:80", "http://127.0.0.1:80"},
		{"", "[::]:8391", "http://127.0.0.1:8391"},
		{"", "[fd00::7]:8391", "http://[fd00::7]:8391"},
		{"", "directory.example.org:80", "http://directory.example.org:80"},
		{"", "8391", ""},
		{"pollen", "127.0.0.1:8080", ""},
	} {
		l := config.Links{Base: c.base, Listen: c.listen}
		got, err := l.Address()
		if got != c.want || (c.want == "") != pollen.Is(err, pollen.Invalid) {
			t.Errorf("%+v: %q, %v", l, got, err)
		}
	}
}
