package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"
	"strconv"
	"strings"
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
		return nil, badAddress()
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
			return nil, badAddress()
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
		return nil, badAddress().Because(err)
	}
	return &SMTP{client: c, from: from}, nil
}

func badAddress() *pollen.Error {
	return pollen.Errorf(pollen.Invalid, "config.smtp", "--smtp is an address such as smtps://user:password@mail.example.org:465; in the password, @ is written %40 and / %2F.").On("smtp")
}

// Send hands a letter to the server. A server that holds still is left when
// ctx ends.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	m, err := s.message(l)
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() { sent <- s.client.DialAndSendWithContext(ctx, m) }()
	select {
	case err := <-sent:
		return refusal(err)
	case <-ctx.Done(): // the library heeds it only while it dials
		return refusal(ctx.Err())
	}
}

// message writes a letter as it goes over the wire. It names the sender's
// domain, not the machine and its programs.
func (s *SMTP) message(l Letter) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.From(s.from); err != nil {
		return nil, pollen.Errorf(pollen.Invalid, "mail.from", "The sender’s address cannot be used.").Because(err)
	}
	if err := m.To(l.To); err != nil {
		return nil, pollen.Errorf(pollen.Invalid, "mail.to", "The address cannot be written to.").Because(err)
	}
	m.SetMessageID()
	local, _, _ := strings.Cut(strings.Trim(m.GetMessageID(), "<>"), "@")
	from := m.GetFrom()[0].Address
	m.SetMessageIDWithValue(local + from[strings.LastIndex(from, "@"):])
	m.Subject(l.Subject)
	m.SetGenHeader(gomail.HeaderContentLang, l.Lang)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m, nil
}

// refusal is why a letter was not taken. Once it is named to the server, the
// reason is the server's code alone: in words it would say whom it is for.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	reason := err.Error()
	if refused, ok := errors.AsType[*gomail.SendError](err); ok {
		code := strings.TrimSpace(strconv.Itoa(refused.ErrorCode()) + " " + refused.EnhancedStatusCode())
		if refused.ErrorCode() >= 500 { // RFC 5321, 4.2.1: for good
			return pollen.Errorf(pollen.Invalid, "mail.refused", "The server refuses the letter: {code}.", "code", code).Because(err)
		}
		if reason = code; refused.ErrorCode() == 0 {
			reason = refused.Reason.String() // it broke off, or held still
		}
	}
	return pollen.Errorf(pollen.Unavailable, "mail.unavailable", "The server takes no letters now: {reason}.", "reason", reason).Because(err)
}
