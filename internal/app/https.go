package app

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"pollen/internal/base/config"
)

// keyPair is a certificate in files, read again when they change, so that a
// renewal needs no restart. One that cannot be used leaves the last in place.
type keyPair struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamps [2]time.Time // when the files changed last
	looked time.Time
}

// lookEvery is how often the files are looked at, at most.
const lookEvery = 5 * time.Second

func (k *keyPair) changed() (stamps [2]time.Time, err error) {
	for i, path := range []string{k.cert, k.key} {
		info, err := os.Stat(path)
		if err != nil {
			return stamps, err
		}
		stamps[i] = info.ModTime()
	}
	return stamps, nil
}

// load reads the files; the caller holds the lock, or is alone.
func (k *keyPair) load() error {
	stamps, err := k.changed()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return err
	}
	k.pair, k.stamps = &pair, stamps
	return nil
}

func (k *keyPair) current(now time.Time) *tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.looked) < lookEvery {
		return k.pair
	}
	k.looked = now
	stamps, err := k.changed()
	if err == nil && stamps != k.stamps {
		err = k.load()
	}
	if err != nil {
		k.log.Warn("the certificate stays as it was", "path", k.cert, "error", err)
	}
	return k.pair
}

// proxied believes the headers of the proxies in front, and drops those that
// anybody else sends: after it, RemoteAddr is the reader's address, Host the
// name they asked for, and X-Forwarded-Proto how they came, or absent.
func proxied(trusted []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		from := h.Values("X-Forwarded-For")
		host, proto := h.Get("X-Forwarded-Host"), strings.ToLower(h.Get("X-Forwarded-Proto"))
		for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
			h.Del(name)
		}
		if believed(trusted, r.RemoteAddr) {
			if reader := outermost(trusted, from); reader != "" {
				r.RemoteAddr = net.JoinHostPort(reader, "0")
			}
			if host != "" && !strings.ContainsAny(host, ", \t/\\@") {
				r.Host = host
			}
			if proto == "http" || proto == "https" {
				h.Set("X-Forwarded-Proto", proto)
			}
		}
		next.ServeHTTP(w, r)
	})
}

func believed(trusted []netip.Prefix, address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range trusted {
		if p.Contains(a.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// outermost is the address that the outermost trusted proxy was called from:
// the last of the list that is no proxy of ours. What stands before it anybody
// may have written.
func outermost(trusted []netip.Prefix, headers []string) string {
	all := strings.Split(strings.Join(headers, ","), ",")
	last := ""
	for i := len(all) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(all[i]))
		if err != nil {
			break
		}
		last = a.Unmap().WithZone("").String()
		if !believed(trusted, last) {
			break
		}
	}
	return last
}

// hsts is how long a browser comes by HTTPS alone: 180 days (RFC 6797).
const hsts = "max-age=15552000"

// toHTTPS leads those whom a proxy took in over plain HTTP to the base address,
// and tells browsers to come by HTTPS from now on.
func (a *App) toHTTPS(c *config.Serve, next http.Handler) http.Handler {
	if !c.Secure() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		probe := r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
		if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") == "http" && c.Base != "" && !probe {
			http.Redirect(w, r, c.Base+r.URL.RequestURI(), http.StatusPermanentRedirect)
			return
		}
		w.Header().Set("Strict-Transport-Security", hsts)
		next.ServeHTTP(w, r)
	})
}

// lead leads every plain request to HTTPS: to the base address, or to the host
// that was asked for, which is one of ours where they are known.
func lead(c *config.Serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := c.Base
		if base == "" {
			host, _, err := net.SplitHostPort(r.Host)
			if err != nil {
				host = r.Host
			}
			if len(c.ACME) > 0 && !slices.Contains(c.ACME, host) {
				host = c.ACME[0]
			}
			base = "https://" + host
			if _, port, err := net.SplitHostPort(c.Listen); err == nil && port != "443" {
				base = "https://" + net.JoinHostPort(strings.Trim(host, "[]"), port)
			}
		}
		if !strings.HasPrefix(r.URL.Path, "/") {
			http.Error(w, "Ask for a page.", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, base+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}
