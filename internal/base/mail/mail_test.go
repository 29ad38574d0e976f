package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"pollen"
	"pollen/internal/base/mail"
)

// server is a real SMTP server that keeps what it takes.
type server struct {
	auth     bool          // demands a user and a password
	refusals int           // how many letters it turns away first, for now
	never    bool          // turns every letter away for good
	breaks   bool          // breaks off when it is told who sends
	holds    chan struct{} // holds still then, until this is closed
	got      chan string   // the letters, whole
}

func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c, signed: !s.auth}, nil
}

type session struct {
	server *server
	conn   *smtp.Conn
	signed bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "pollen" || password != "three grains" {
			return smtp.ErrAuthFailed
		}
		s.signed = true
		return nil
	}), nil
}
func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.signed {
		return smtp.ErrAuthRequired
	}
	if s.server.breaks {
		return s.conn.Conn().Close()
	}
	if s.server.holds != nil {
		<-s.server.holds
	}
	return nil
}
func (s *session) Rcpt(string, *smtp.RcptOptions) error {
	if s.server.never {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "unknown"}
	}
	return nil
}
func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.server.refusals > 0 {
		s.server.refusals--
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
	}
	s.server.got <- string(b)
	return nil
}
func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// certificate is one for 127.0.0.1, and what trusts it.
func certificate(t *testing.T) (tls.Certificate, *tls.Config) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// start serves SMTP and returns host:port.
func start(t *testing.T, s *server, secured *tls.Config, implicit bool) string {
	t.Helper()
	s.got = make(chan string, 10)
	srv := smtp.NewServer(s)
	srv.Domain, srv.TLSConfig, srv.AllowInsecureAuth = "localhost", secured, false
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if implicit {
		l = tls.NewListener(l, secured)
	}
	go func() {
		if err := srv.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return address
}

var letter = mail.Letter{To: "ana@example.org", Subject: "Votre lien, comme demandé", Lang: "fr",
	Text: "Bonjour,\n\nVotre lien : https://pollen.example/x", HTML: "<!doctype html><p>Votre lien</p>"}

func TestLettersArriveWhole(t *testing.T) {
	cert, trusting := certificate(t)
	serving := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	for name, c := range map[string]struct {
		scheme   string
		serving  *tls.Config
		implicit bool
		auth     bool
	}{
		"TLS from the start": {"smtps://pollen:three%20grains@", serving, true, true},
		"STARTTLS":           {"smtp://pollen:three%20grains@", serving, false, true},
		"in the clear":       {"smtp+plain://", nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{auth: c.auth}
			sender, err := mail.NewSMTP(c.scheme+start(t, s, c.serving, c.implicit), "Pollen <pollen@example.org>", trusting)
			if err != nil {
				t.Fatal(err)
			}
			if err := sender.Send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			m, err := netmail.ReadMessage(strings.NewReader(<-s.got))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != letter.Subject || m.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("subject %q, %v; headers %v", subject, err, m.Header)
			}
			if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@example.org>") || m.Header.Get("User-Agent")+m.Header.Get("X-Mailer") != "" {
				t.Errorf("the letter tells of the machine that sends it: %v", m.Header)
			}
			kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
			if err != nil || kind != "multipart/alternative" {
				t.Fatalf("%s, %v", kind, err)
			}
			parts := multipart.NewReader(m.Body, parameters["boundary"])
			for _, want := range []string{letter.Text, letter.HTML} {
				p, err := parts.NextPart()
				if err != nil {
					t.Fatal(err)
				}
				var r io.Reader = p
				if p.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
					r = quotedprintable.NewReader(p)
				}
				b, err := io.ReadAll(r)
				if got := strings.ReplaceAll(string(b), "\r\n", "\n"); err != nil || strings.TrimSpace(got) != want {
					t.Errorf("part %q, %v", got, err)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	cert, trusting := certificate(t)
	serving := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	send := func(address string, trust *tls.Config) error {
		sender, err := mail.NewSMTP(address, "pollen@example.org", trust)
		if err != nil {
			return err
		}
		return sender.Send(t.Context(), letter)
	}
	if err := send("smtp://"+start(t, &server{}, nil, false), trusting); !pollen.Is(err, pollen.Unavailable) && !pollen.Is(err, pollen.Invalid) {
		t.Errorf("a server without STARTTLS: %v", err)
	}
	if err := send("smtps://"+start(t, &server{}, serving, true), &tls.Config{MinVersion: tls.VersionTLS12}); err == nil {
		t.Error("a certificate that nobody trusts is taken")
	}
	if err := send("smtps://pollen:wrong@"+start(t, &server{auth: true}, serving, true), trusting); err == nil {
		t.Error("a wrong password sends")
	}
	if err := send("smtp+plain://"+start(t, &server{never: true}, nil, false), nil); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("refused for good: %v", err)
	}
	if err := send("smtp+plain://"+start(t, &server{breaks: true}, nil, false), nil); !pollen.Is(err, pollen.Unavailable) {
		t.Errorf("broken off: %v", err)
	}
	if err := send("smtp+plain://127.0.0.1:1", nil); err == nil || !strings.Contains(pollen.MessageOf(err).String(), "connection refused") {
		t.Errorf("what an operator is told when nobody listens: %v", err)
	}
	for _, bad := range []string{"smtps://", "::", "smtp://h:x"} {
		if _, err := mail.NewSMTP(bad, "a@example.org", nil); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestOutboxTriesAgainAndNamesNobody(t *testing.T) {
	s := &server{refusals: 2}
	sender, err := mail.NewSMTP("smtp+plain://"+start(t, s, nil, false), "pollen@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	o := mail.NewOutbox(sender, slog.Default(), time.Millisecond, time.Millisecond)
	defer o.Close()
	if err := o.Post(letter); err != nil {
		t.Fatal(err)
	}
	if got := <-s.got; !strings.Contains(got, "ana@example.org") {
		t.Errorf("sent %s", got)
	}

	var log bytes.Buffer
	gone := &server{never: true}
	sender, err = mail.NewSMTP("smtp+plain://"+start(t, gone, nil, false), "pollen@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	told := &waiter{sender, make(chan struct{}, 1)}
	o = mail.NewOutbox(told, slog.New(slog.NewTextHandler(&log, nil)))
	if err := o.Post(letter); err != nil {
		t.Fatal(err)
	}
	<-told.done
	o.Close()
	if got := log.String(); !strings.Contains(got, "given up") || !strings.Contains(got, "550 5.1.1") || strings.Contains(got, "ana@") {
		t.Errorf("the log says %s", got)
	}
}

func TestClosingWaitsForNoServerAndTellsWhatIsLost(t *testing.T) {
	s := &server{holds: make(chan struct{})}
	sender, err := mail.NewSMTP("smtp+plain://"+start(t, s, nil, false), "pollen@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer close(s.holds)
	var log bytes.Buffer
	o := mail.NewOutbox(sender, slog.New(slog.NewTextHandler(&log, nil)), time.Hour)
	for range 5 {
		if err := o.Post(letter); err != nil {
			t.Fatal(err)
		}
	}
	o.Close()
	if got := log.String(); !strings.Contains(got, "letters=5") {
		t.Errorf("the log says %s", got)
	}
}

func TestRecorder(t *testing.T) {
	r := mail.NewRecorder()
	if err := r.Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	if l, err := r.Next(t.Context()); err != nil || l != letter || len(r.Sent()) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}

// waiter tells when its sender was asked.
type waiter struct {
	mail.Sender
	done chan struct{}
}

func (w *waiter) Send(ctx context.Context, l mail.Letter) error {
	defer func() { w.done <- struct{}{} }()
	return w.Sender.Send(ctx, l)
}
