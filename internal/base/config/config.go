// Package config says how an instance is run: one struct whose tags are the
// flags of pollen serve, their environment variables and their help. The
// command line reads them, the operator's page in doc/ is printed from them.
//
// What everybody sees (name, logo, who may read) is no configuration: it is
// kept in the database, by package instance. A configuration names machines,
// files and secrets, and is read once, at the start: flag before environment
// before file before default.
//
// It knows neither the network nor the database: what a value means to them is
// checked here by shape alone.
package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"strings"

	"pollen"
)

// Serve is how an instance is served. Addresses are host:port.
type Serve struct {
	Listen     string   `default:"127.0.0.1:8080" env:"POLLEN_LISTEN" help:"Address to serve on." placeholder:"ADDR"`
	Base       string   `env:"POLLEN_BASE" help:"Address under which people reach this instance, for links, cookies and redirects." placeholder:"URL"`
	TLSCert    string   `name:"tls-cert" env:"POLLEN_TLS_CERT" help:"Certificate chain in PEM: serves HTTPS. Read again when the file changes." placeholder:"FILE"`
	TLSKey     string   `name:"tls-key" env:"POLLEN_TLS_KEY" help:"Private key of the certificate, in PEM." placeholder:"FILE"`
	ACME       []string `name:"acme" env:"POLLEN_ACME" help:"Host names to serve by HTTPS with certificates from an ACME authority." placeholder:"HOST"`
	ACMEEmail  string   `name:"acme-email" env:"POLLEN_ACME_EMAIL" help:"Where the authority may write to." placeholder:"ADDRESS"`
	ACMEURL    string   `name:"acme-url" env:"POLLEN_ACME_URL" help:"Directory of the ACME authority; Let’s Encrypt unless told." placeholder:"URL"`
	Redirect   string   `env:"POLLEN_REDIRECT" help:"Second address that leads plain HTTP to HTTPS, and answers ACME challenges; usually :80." placeholder:"ADDR"`
	TrustProxy []string `name:"trust-proxy" env:"POLLEN_TRUST_PROXY" help:"Networks of the proxies in front, whose X-Forwarded-For, -Proto and -Host are believed. Others’ are dropped." placeholder:"CIDR"`
	Mail
}

// Mail is how letters leave.
type Mail struct {
	SMTP     string `name:"smtp" env:"POLLEN_SMTP" help:"Server that takes letters, for sign-in links: smtps://user:password@host:465, or smtp://host:587 with STARTTLS; smtp+plain:// sends in the clear." placeholder:"URL"`
	MailFrom string `name:"mail-from" env:"POLLEN_MAIL_FROM" help:"Sender of letters." placeholder:"ADDRESS"`
}

// Validate checks what fits together. It fails with Invalid.
func (c *Serve) Validate() error {
	if c.Base != "" {
		base, err := Base(c.Base)
		if err != nil {
			return err
		}
		c.Base = base
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return pollen.Errorf(pollen.Invalid, "config.tls", "--tls-cert and --tls-key go together.").On("tls-cert")
	}
	if c.TLSCert != "" && len(c.ACME) > 0 {
		return pollen.Errorf(pollen.Invalid, "config.either", "Give certificate files, or --acme: not both.").On("acme")
	}
	if c.Redirect != "" && !c.HTTPS() {
		return pollen.Errorf(pollen.Invalid, "config.redirect", "--redirect leads to HTTPS: give --tls-cert and --tls-key, or --acme.").On("redirect")
	}
	if _, err := c.Proxies(); err != nil {
		return err
	}
	return c.Mail.Validate()
}

// Links says where the links that a command prints lead.
type Links struct {
	Base   string `env:"POLLEN_BASE" help:"Address under which people reach this instance. Unless told, where it serves on this machine." placeholder:"URL"`
	Listen string `default:"127.0.0.1:8080" env:"POLLEN_LISTEN" help:"Address it serves on." placeholder:"ADDR"`
}

// Address is what the links begin with, without a slash at the end. It fails with
// Invalid where it is none.
func (l *Links) Address() (string, error) {
	if l.Base != "" {
		return Base(l.Base)
	}
	host, port, err := net.SplitHostPort(l.Listen)
	if err != nil {
		return "", pollen.Errorf(pollen.Invalid, "config.listen", "“{address}” is no address to serve on, such as 127.0.0.1:8080.", "address", l.Listen).On("listen")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() { // on every address of the machine
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// Base is the address of an instance as links begin with it, without a slash at
// its end. It fails with Invalid.
func Base(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", pollen.Errorf(pollen.Invalid, "config.base", "--base is the address of the whole instance, for instance https://pollen.example.org.").On("base")
	}
	return u.Scheme + "://" + u.Host, nil
}

// HTTPS reports whether this process itself serves HTTPS.
func (c *Serve) HTTPS() bool { return c.TLSCert != "" || len(c.ACME) > 0 }

// Secure reports whether people reach the instance by HTTPS, here or at a proxy.
func (c *Serve) Secure() bool { return c.HTTPS() || strings.HasPrefix(c.Base, "https://") }

// Proxies are the networks whose headers are believed. It fails with Invalid.
func (c *Serve) Proxies() (nets []netip.Prefix, err error) {
	for _, s := range c.TrustProxy {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, pollen.Errorf(pollen.Invalid, "config.proxy", "“{network}” is no network: write 10.0.0.0/8 or one address.", "network", s).On("trust-proxy")
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		nets = append(nets, p.Masked())
	}
	return nets, nil
}

// Validate checks what fits together. It fails with Invalid.
func (c *Mail) Validate() error {
	if c.SMTP == "" {
		return nil
	}
	u, err := url.Parse(c.SMTP)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" && u.Scheme != "smtp+plain" {
		return pollen.Errorf(pollen.Invalid, "config.smtp", "--smtp is an address such as smtps://user:password@mail.example.org:465; in the password, @ is written %40 and / %2F.").On("smtp")
	}
	if c.MailFrom == "" {
		return pollen.Errorf(pollen.Invalid, "config.from", "Say with --mail-from who sends the letters.").On("mail-from")
	}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		return pollen.Errorf(pollen.Invalid, "config.sender", "--mail-from is an address such as pollen@example.org, or Pollen <pollen@example.org>.").On("mail-from")
	}
	return nil
}

// Option is one thing that can be configured.
type Option struct{ Flag, Env, Placeholder, Default, Help string }

// Options lists what a struct of this package holds, from its tags.
func Options(of any) (out []Option) {
	t := reflect.TypeOf(of)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			out = append(out, Options(reflect.Zero(f.Type).Interface())...)
			continue
		}
		name := f.Tag.Get("name")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		out = append(out, Option{name, f.Tag.Get("env"), f.Tag.Get("placeholder"), f.Tag.Get("default"), f.Tag.Get("help")})
	}
	return out
}

// Document writes the table of options for the operator's page, in Markdown.
func Document() string {
	var b strings.Builder
	b.WriteString("| flag | environment | what it says |\n|---|---|---|\n")
	for _, o := range Options(Serve{}) {
		help := o.Help
		if o.Default != "" {
			help += " Unless told: `" + o.Default + "`."
		}
		fmt.Fprintf(&b, "| `--%s %s` | `%s` | %s |\n", o.Flag, o.Placeholder, o.Env, help)
	}
	return b.String()
}
