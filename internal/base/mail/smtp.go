package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"pollen"
)

// timeout bounds one exchange with the server.
const timeout = 20 * time.Second

// SMTP hands letters to a server.
type SMTP struct {
	client *gomail.Client
	from   string
}

// NewSMTP returns what sends by the server at an address: smtps://…:465 speaks
// TLS from the start (RFC 8314), smtp://…:587 demands STARTTLS (RFC 3207),
// smtp+plain:// does without. A user and a password in the address sign in.
// secured may be nil for the machine's roots of trust. It fails with Invalid.
func NewSMTP(address, from string, secured *tls.Config) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, pollen.Errorf(pollen.Invalid, "config.smtp", "--smtp is an address such as smtps://user:password@mail.example.org:465.").On("smtp")
	}
	options := []gomail.Option{gomail.WithTimeout(timeout)}
	port := 587
	switch u.Scheme {
	case "smtps":
		port, options = 465, append(options, gomail.WithSSL())
	case "smtp+plain":
		port, options = 25, append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, pollen.Errorf(pollen.Invalid, "config.smtp", "--smtp is an address such as smtps://user:password@mail.example.org:465.").On("smtp")
		}
	}
	options = append(options, gomail.WithPort(port))
	if secured != nil {
		secured = secured.Clone()
		secured.ServerName = u.Hostname()
		options = append(options, gomail.WithTLSConfig(secured))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	c, err := gomail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, pollen.Errorf(pollen.Invalid, "config.smtp", "--smtp is an address such as smtps://user:password@mail.example.org:465.").On("smtp").Because(err)
	}
	return &SMTP{client: c, from: from}, nil
}

// Send hands a letter to the server.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	m := gomail.NewMsg()
	if err := m.From(s.from); err != nil {
		return pollen.Errorf(pollen.Invalid, "mail.from", "The sender’s address cannot be used.").Because(err)
	}
	if err := m.To(l.To); err != nil {
		return pollen.Errorf(pollen.Invalid, "mail.to", "The address cannot be written to.").Because(err)
	}
	m.Subject(l.Subject)
	m.SetGenHeader(gomail.HeaderContentLang, l.Lang)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	if err := s.client.DialAndSendWithContext(ctx, m); err != nil {
		if refused, ok := errors.AsType[*gomail.SendError](err); ok && !refused.IsTemp() {
			return pollen.Errorf(pollen.Invalid, "mail.refused", "The server refuses the letter.").Because(err)
		}
		return pollen.Errorf(pollen.Unavailable, "mail.unavailable", "The server takes no letters now.").Because(err)
	}
	return nil
}
