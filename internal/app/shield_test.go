package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pollen/internal/base/config"
)

// behind is a shield with a clock that stands still, and what came through.
type behind struct {
	*shield
	at     time.Time
	waited time.Duration
	calls  int
	emails []string
}

func stand() *behind {
	b := &behind{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	b.shield = newShield(func() time.Time { return b.at }, func(r *http.Request) string { return r.Header.Get("Test-Session") })
	b.wait = func(_ context.Context, d time.Duration) error { b.waited = d; return nil }
	return b
}

func (b *behind) call(r *http.Request, from string) *http.Response {
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	b.handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b.calls++
		if r.Method == http.MethodPost {
			b.emails = append(b.emails, r.FormValue("email"))
		}
	})).ServeHTTP(w, r)
	return w.Result()
}

func (b *behind) signIn(email, from string) int {
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader("email="+email+"&password=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.call(r, from).StatusCode
}

func TestWhoeverAsksTooMuchIsToldWhenToComeBack(t *testing.T) {
	b := stand()
	get := func(from string) *http.Response {
		return b.call(httptest.NewRequest(http.MethodGet, "/api/v1/me", nil), from)
	}
	for range readPace.burst {
		if resp := get("192.0.2.1:1000"); resp.StatusCode != http.StatusOK {
			t.Fatalf("call %d: %s", b.calls, resp.Status)
		}
	}
	resp := get("192.0.2.1:2000")
	var problem struct{ Type, Kind, Detail string }
	if err := json.NewDecoder(resp.Body).Decode(&problem); err != nil || resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "1" || problem.Kind != "limited" || problem.Type != "urn:pollen:problem:limited" {
		t.Errorf("%s %v %+v, %v", resp.Status, resp.Header, problem, err)
	}
	if resp := get("192.0.2.2:1000"); resp.StatusCode != http.StatusOK {
		t.Errorf("another address: %s", resp.Status)
	}
	if resp := get("127.0.0.1:1000"); resp.StatusCode != http.StatusOK {
		t.Errorf("the machine itself: %s", resp.Status)
	}
	b.at = b.at.Add(readPace.every)
	if resp := get("192.0.2.1:3000"); resp.StatusCode != http.StatusOK {
		t.Errorf("a moment later: %s", resp.Status)
	}
}

func TestOneSessionFromManyAddressesIsOneCaller(t *testing.T) {
	for _, header := range []string{"Authorization", "Test-Session"} {
		b := stand()
		last := 0
		for i := range writePace.burst + 1 {
			r := httptest.NewRequest(http.MethodPost, "/c/sites/+new", nil)
			r.Header.Set(header, "Bearer secret")
			last = b.call(r, fmt.Sprintf("192.0.2.%d:1", i%250)).StatusCode
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("one %s too often: %d", header, last)
		}
	}
}

func TestGuessingIsSlowAndLocksNobodyOut(t *testing.T) {
	b := stand()
	for range guessPace.burst {
		if got := b.signIn("ana@example.org", "192.0.2.1:1"); got != http.StatusOK {
			t.Fatalf("a first try: %d", got)
		}
	}
	if b.emails[0] != "ana@example.org" {
		t.Errorf("the page reads %q", b.emails)
	}
	if got := b.signIn("ANA@example.org", "192.0.2.1:1"); got != http.StatusTooManyRequests {
		t.Errorf("one try too many: %d", got)
	}
	if got := b.signIn("bob@example.org", "192.0.2.1:1"); got != http.StatusOK {
		t.Errorf("another account from there: %d", got)
	}
	// An attacker with many addresses makes the tries wait, and no more.
	for i := range 12 {
		b.signIn("ana@example.org", fmt.Sprintf("198.51.100.%d:1", i))
	}
	if got := b.signIn("ana@example.org", "192.0.2.77:1"); got != http.StatusOK || b.waited <= 0 || b.waited > longestQueue {
		t.Errorf("Ana herself: %d after %s", got, b.waited)
	}
	b = stand()
	for i := range addressPace.burst {
		b.signIn(fmt.Sprintf("a%d@example.org", i), "[2001:db8::1]:1")
	}
	if got := b.signIn("z@example.org", "[2001:db8::ffff]:1"); got != http.StatusTooManyRequests {
		t.Errorf("every account once, from one network: %d", got)
	}
}

func TestTheShieldForgets(t *testing.T) {
	b := stand()
	for i := range maxPaces + 10 {
		b.take("read", fmt.Sprint(i), readPace, 0)
	}
	if n := len(b.paces); n > maxPaces {
		t.Errorf("%d callers remembered", n)
	}
	b.at = b.at.Add(time.Hour)
	b.mu.Lock()
	b.forget(b.at)
	b.mu.Unlock()
	if n := len(b.paces); n != 0 {
		t.Errorf("%d callers remembered after an hour of quiet", n)
	}
}

func TestWhatAnotherSiteSendsIsRefusedInWords(t *testing.T) {
	h := ownOrigin("", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it came through") }))
	for path, want := range map[string]string{"/api/v1/follows": "application/problem+json", "/signout": "text/plain; charset=utf-8"} {
		r := httptest.NewRequest(http.MethodPost, path, nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Accept-Language", "fr")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != want || !strings.Contains(w.Body.String(), "autre site") {
			t.Errorf("%s: %d %s %s", path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
}

// A browser without Sec-Fetch-Site tells its page's origin alone, and a proxy
// may ask for another host than it was asked for.
func TestOurOwnPagesAreKnownByTheBaseAddress(t *testing.T) {
	h := ownOrigin("https://pollen.example.org", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for origin, want := range map[string]int{"https://pollen.example.org": http.StatusNoContent, "https://other.example.org": http.StatusForbidden} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/signout", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", origin, w.Code, want)
		}
	}
}

func TestTheLogHoldsNoAddressOfACaller(t *testing.T) {
	var log bytes.Buffer
	a := &App{log: slog.New(slog.NewTextHandler(&log, nil))}
	said := a.server(http.NotFoundHandler()).ErrorLog
	said.Print("http: TLS handshake error from 192.0.2.7:41068: read tcp 10.0.0.1:443->192.0.2.7:41068: connection reset by peer")
	said.Print("http: panic serving [2001:db8::7]:41068: runtime error")
	if got := log.String(); strings.Contains(got, "192.0.2.7") || strings.Contains(got, "2001:db8") || !strings.Contains(got, "handshake error from somebody: ") || !strings.Contains(got, "runtime error") {
		t.Error(got)
	}
}

func TestPlainRequestsAreLedToAHostOfOurs(t *testing.T) {
	h := lead(&config.Serve{Listen: ":443", ACME: []string{"pollen.example.org", "annuaire.example.org"}})
	for host, want := range map[string]string{"annuaire.example.org": "https://annuaire.example.org/c/sites?q=a", "other.example:80": "https://pollen.example.org/c/sites?q=a"} {
		r := httptest.NewRequest(http.MethodGet, "/c/sites?q=a", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != http.StatusPermanentRedirect || got != want {
			t.Errorf("%s: %d %s, want %s", host, w.Code, got, want)
		}
	}
}

func TestALongAddressIsNotRemembered(t *testing.T) {
	b := stand()
	b.signIn(strings.Repeat("a", maxSignIn/2), "192.0.2.1:1000")
	for key := range b.paces {
		if len(key) > 2*maxAddress {
			t.Errorf("a key of %d bytes is kept", len(key))
		}
	}
}
