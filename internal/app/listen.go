package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"pollen"
	"pollen/internal/base/config"
)

// Serving says how to serve.
type Serving struct {
	config.Serve
	// Ready is told the address once requests are answered.
	Ready func(url string) error
}

// grace is how long requests under way may take to finish when the server
// stops.
const grace = 10 * time.Second

// Serve answers requests until ctx is done, then lets those under way finish.
// A socket that systemd hands over is served instead of the address given; a
// service of type notify is told when requests are answered.
func (a *App) Serve(ctx context.Context, s Serving) (err error) {
	defer pollen.Wrap(&err, "app.Serve")
	if err := s.Validate(); err != nil {
		return err
	}
	proxies, err := s.Proxies()
	if err != nil {
		return err
	}
	a.secure, a.base = s.Secure(), s.Base
	if err := a.Mail(s.Serve.Mail, s.Base); err != nil {
		return err
	}
	secured, challenge, err := a.certificates(&s.Serve)
	if err != nil {
		return err
	}
	l, err := listen(s.Listen)
	if err != nil {
		return err
	}
	scheme := "http"
	if secured != nil {
		scheme, l = "https", tls.NewListener(l, secured)
	}
	server := a.server(proxied(proxies, a.toHTTPS(&s.Serve, a.Handler())))
	servers, ended := []*http.Server{server}, make(chan error, 2)
	go func() { ended <- server.Serve(l) }()
	if s.Redirect != "" {
		plain, err := net.Listen("tcp", s.Redirect)
		if err != nil {
			return errors.Join(cannotListen(s.Redirect, err), server.Close())
		}
		second := a.server(challenge(lead(&s.Serve)))
		servers = append(servers, second)
		go func() { ended <- second.Serve(plain) }()
	}
	url := scheme + "://" + l.Addr().String()
	if s.Base != "" {
		url = s.Base
	}
	if err := s.Ready(url); err != nil {
		return errors.Join(err, stop(context.WithoutCancel(ctx), servers, grace))
	}
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		a.log.Warn("telling systemd", "error", err)
	}
	select {
	case err := <-ended:
		return errors.Join(err, stop(context.WithoutCancel(ctx), servers, grace))
	case <-ctx.Done():
	}
	if _, err := daemon.SdNotify(false, daemon.SdNotifyStopping); err != nil {
		a.log.Warn("telling systemd", "error", err)
	}
	return stop(context.WithoutCancel(ctx), servers, grace)
}

// stop lets the requests under way finish, and cuts off those that take longer
// than grace: a slow download is no failure of the server.
func stop(ctx context.Context, servers []*http.Server, grace time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	for _, s := range servers {
		ended := s.Shutdown(ctx)
		if errors.Is(ended, context.DeadlineExceeded) {
			ended = s.Close()
		}
		err = errors.Join(err, ended)
	}
	return err
}

func (a *App) server(h http.Handler) *http.Server {
	return &http.Server{Handler: paced(h, patience), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(unaddressed{a.log}, "", 0)}
}

// unaddressed writes into the log what a server tells of its connections,
// without the addresses of callers: these are written nowhere.
type unaddressed struct{ log *slog.Logger }

var anAddress = regexp.MustCompile(`(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+(%\w+)?\]):\d+`)

// Write takes one message.
func (u unaddressed) Write(b []byte) (int, error) {
	u.log.Warn(anAddress.ReplaceAllString(strings.TrimSpace(string(b)), "somebody"))
	return len(b), nil
}

// listen takes the socket that systemd hands over, or opens one.
func listen(address string) (net.Listener, error) {
	given, err := activation.Listeners()
	if err != nil {
		return nil, cannotListen("systemd", err)
	}
	if len(given) > 0 && given[0] != nil {
		return given[0], nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, cannotListen(address, err)
	}
	return l, nil
}

func cannotListen(address string, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		err = op.Err // without the address a second time
	}
	return pollen.Errorf(pollen.Unavailable, "app.listen", "Cannot serve on {address}: {reason}.", "address", address, "reason", err.Error())
}

// certificates is how connections are secured, nil for plain HTTP, and what
// answers an authority's challenges over it.
func (a *App) certificates(c *config.Serve) (*tls.Config, func(http.Handler) http.Handler, error) {
	same := func(h http.Handler) http.Handler { return h }
	if len(c.ACME) > 0 {
		m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(c.ACME...), Email: c.ACMEEmail,
			Cache: autocert.DirCache(filepath.Join(a.data, "certificates"))}
		if c.ACMEURL != "" {
			m.Client = &acme.Client{DirectoryURL: c.ACMEURL}
		}
		t := m.TLSConfig()
		t.MinVersion = tls.VersionTLS12
		return t, m.HTTPHandler, nil
	}
	if c.TLSCert == "" {
		return nil, same, nil
	}
	k := &keyPair{cert: c.TLSCert, key: c.TLSKey, log: a.log}
	if err := k.load(); err != nil {
		return nil, nil, pollen.Errorf(pollen.Unavailable, "app.certificate", "The certificate {path} cannot be used: {reason}.", "path", c.TLSCert, "reason", err.Error())
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.current(a.DB.Now()), nil }}, same, nil
}
