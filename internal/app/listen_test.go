package app_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/config"
	"pollen/internal/pollentest"
)

func open(t *testing.T, clock *pollentest.Clock) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), app.Options{Data: filepath.Join(t.TempDir(), "data"), Create: true, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// serve serves until the test ends and returns the address.
func serve(t *testing.T, a *app.App, c config.Serve) *url.URL {
	t.Helper()
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- a.Serve(ctx, app.Serving{Serve: c, Ready: func(address string) error { ready <- address; return nil }})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case address := <-ready:
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
		return nil
	}
}

// certify writes a self-signed certificate of a name.
func certify(t *testing.T, dir, name string, at time.Time) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(at.Unix()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: at.Add(-time.Hour), NotAfter: at.Add(100 * 365 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestCertificateFilesAreReadAgain(t *testing.T) {
	clock := pollentest.NewClock()
	a := open(t, clock)
	dir := t.TempDir()
	cert, key := certify(t, dir, "one.example", pollentest.Start)
	u := serve(t, a, config.Serve{TLSCert: cert, TLSKey: key})
	shown := func() string {
		t.Helper()
		c, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := shown(); u.Scheme != "https" || got != "one.example" {
		t.Errorf("%v shows %s", u, got)
	}
	certify(t, dir, "two.example", pollentest.Start.Add(time.Minute))
	clock.Advance(time.Minute)
	if got := shown(); got != "two.example" {
		t.Errorf("after renewal %s", got)
	}
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	if got := shown(); got != "two.example" {
		t.Errorf("after a broken renewal %s", got)
	}
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	resp, err := h.Get(u.String() + "/signin")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("HTTPS without HSTS")
	}
}

func TestServeRefusesWhatCannotBe(t *testing.T) {
	a := open(t, pollentest.NewClock())
	for _, c := range []struct {
		serve config.Serve
		kind  pollen.Kind
	}{
		{config.Serve{Listen: "127.0.0.1:0", TLSCert: "absent", TLSKey: "absent"}, pollen.Unavailable},
		{config.Serve{Listen: "256.0.0.1:1"}, pollen.Unavailable},
		{config.Serve{Listen: "127.0.0.1:0", Base: "ftp://x"}, pollen.Invalid},
	} {
		err := a.Serve(t.Context(), app.Serving{Serve: c.serve, Ready: func(string) error { return errors.New("it serves") }})
		if !pollen.Is(err, c.kind) {
			t.Errorf("%+v: %v", c.serve, err)
		}
	}
}

// free finds an address that nobody serves on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// post sends an empty form without following redirects.
func post(t *testing.T, address string) *http.Response { return ask(t, "POST", address, "", nil) }

// call asks for a page without following redirects.
func call(t *testing.T, address, host string, header map[string]string) *http.Response {
	t.Helper()
	return ask(t, "GET", address, host, header)
}

func ask(t *testing.T, method, address, host string, header map[string]string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	h := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := h.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestProxyIsBelievedByConfigurationAlone(t *testing.T) {
	base := "https://pollen.example.org"
	a := open(t, pollentest.NewClock())
	listen := free(t)
	serve(t, a, config.Serve{Listen: listen, Base: base, TrustProxy: []string{"127.0.0.0/8"}})
	plain := map[string]string{"X-Forwarded-Proto": "http"}
	if resp := call(t, "http://"+listen+"/search?q=a", "", plain); resp.StatusCode != http.StatusPermanentRedirect || resp.Header.Get("Location") != base+"/search?q=a" {
		t.Errorf("plain HTTP at the proxy: %s %s", resp.Status, resp.Header.Get("Location"))
	}
	if resp := call(t, "http://"+listen+"/healthz", "", plain); resp.StatusCode >= 300 {
		t.Errorf("a probe: %s", resp.Status)
	}
	if resp := call(t, "http://"+listen+"/signin", "", map[string]string{"X-Forwarded-Proto": "https"}); resp.StatusCode != http.StatusOK || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("HTTPS at the proxy: %s", resp.Status)
	}
	link, err := a.Invite(t.Context(), app.Invitation{Email: "ana@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	var session *http.Cookie
	for _, c := range post(t, "http://"+listen+"/signin/"+link.Secret).Cookies() {
		if c.Name == "__Host-pollen_session" {
			session = c
		}
	}
	if session == nil || !session.Secure || !session.HttpOnly || session.Path != "/" || session.Domain != "" {
		t.Fatalf("the session over HTTPS: %v", session)
	}
	if resp := call(t, "http://"+listen+"/settings", "", map[string]string{"Cookie": session.Name + "=" + session.Value}); resp.StatusCode != http.StatusOK {
		t.Errorf("settings of who came in: %s", resp.Status)
	}
	if resp := call(t, "http://"+listen+"/settings", "", map[string]string{"Cookie": "pollen_session=" + session.Value}); resp.StatusCode == http.StatusOK {
		t.Error("a cookie that another host may have set opens the settings")
	}
	b := open(t, pollentest.NewClock())
	other := free(t)
	serve(t, b, config.Serve{Listen: other, Base: base, TrustProxy: []string{"10.0.0.0/8"}})
	if resp := call(t, "http://"+other+"/signin", "", plain); resp.StatusCode != http.StatusOK {
		t.Errorf("a header of anybody: %s", resp.Status)
	}
}

func TestReadersAreMembersUnlessSaidOtherwise(t *testing.T) {
	a := open(t, pollentest.NewClock())
	u := serve(t, a, config.Serve{}).String()
	pages := []string{"/", "/search?q=a", "/c/people", "/changes", "/api/v1/communities", "/api/v1/journal", "/api/v1/search?q=a"}
	for _, p := range pages {
		if resp := call(t, u+p, "", nil); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", p, resp.Status)
		}
	}
	for _, p := range []string{"/signin", "/healthz", "/api/v1/openapi.json"} {
		if resp := call(t, u+p, "", nil); resp.StatusCode >= 300 {
			t.Errorf("%s: %s", p, resp.Status)
		}
	}
	if err := a.Set(t.Context(), "readers", "everyone"); err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		want := http.StatusOK
		if strings.Contains(p, "people") { // never public by default
			want = http.StatusNotFound
		}
		if resp := call(t, u+p, "", nil); resp.StatusCode != want {
			t.Errorf("%s: %s", p, resp.Status)
		}
	}
}

func TestLogo(t *testing.T) {
	a := open(t, pollentest.NewClock())
	u := serve(t, a, config.Serve{}).String()
	path := filepath.Join(t.TempDir(), "logo.svg")
	if err := os.WriteFile(path, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Set(t.Context(), "logo", path); err != nil {
		t.Fatal(err)
	}
	about, err := a.Instance.About(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resp := call(t, u+"/logo/"+about.Logo.Hash, "", nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
	if resp := call(t, u+"/logo/other", "", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another address: %s", resp.Status)
	}
	if err := a.Set(t.Context(), "logo", "absent.png"); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("no file: %v", err)
	}
}

// What is asked for in ten megabytes is answered, and the next one served.
func TestAQueryWithoutEndIsRefused(t *testing.T) {
	u := serve(t, open(t, pollentest.NewClock()), config.Serve{})
	for _, want := range []struct {
		query  int
		status int
	}{{10 << 20, http.StatusRequestHeaderFieldsTooLarge}, {1 << 10, http.StatusUnauthorized}} {
		c, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = fmt.Fprintf(c, "GET /search?q=%s HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("x", want.query)) // the server stops reading
		}()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want.status {
			t.Errorf("%d bytes: %s", want.query, resp.Status)
		}
		if err := errors.Join(resp.Body.Close(), c.Close()); err != nil {
			t.Error(err)
		}
		<-sent
	}
}

func TestASlowDownloadIsNoFailureOfStopping(t *testing.T) {
	under := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(under)
		<-r.Context().Done()
	}))
	defer s.Close()
	ended := make(chan error, 1)
	go func() {
		resp, err := s.Client().Get(s.URL)
		if err == nil {
			err = resp.Body.Close()
		}
		ended <- err
	}()
	<-under
	if err := app.Stop(t.Context(), []*http.Server{s.Config}, time.Millisecond); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the download went on after the server had stopped")
	}
}
