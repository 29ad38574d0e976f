package app

import (
	"context"
	"crypto/sha256"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"pollen"
	"pollen/internal/face/rest"
)

// pace is how often something may happen: at once so many times, then again
// after each interval.
type pace struct {
	burst int
	every time.Duration
}

// The paces of requests, by the address of the caller and by their session or
// token. A whole company may stand behind one address.
var (
	readPace  = pace{1000, time.Second / 100}
	writePace = pace{200, time.Second / 20}
)

// The paces of guessing passwords: for one account from one address, for all
// accounts from one address, for one account from wherever. The last one makes
// tries wait their turn and refuses none before the queue is long, so that
// few addresses cannot lock another out; some thirty at once can, for as long
// as they go on, and a sign-in link by letter still works.
var (
	guessPace   = pace{10, 30 * time.Second}
	addressPace = pace{60, 2 * time.Second}
	accountPace = pace{20, time.Second}
)

// longestQueue is how long a try to sign in waits its turn at most.
const longestQueue = 10 * time.Second

// maxPaces bounds how many callers of each sort are remembered.
const maxPaces = 50_000

// shield slows down whoever asks too much. What it knows is in memory alone,
// and gone with the process: addresses are written nowhere.
type shield struct {
	now     func() time.Time
	session func(*http.Request) string // the secret of a request's session, "" for none
	wait    func(context.Context, time.Duration) error

	mu    sync.Mutex
	paces map[string]*rate.Limiter
}

func newShield(now func() time.Time, session func(*http.Request) string) *shield {
	return &shield{now: now, session: session, wait: sleep, paces: map[string]*rate.Limiter{}}
}

// sleep waits, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take counts one call of a caller, and tells how long it is too early. A call
// more than patience too early is not counted.
func (s *shield) take(sort, caller string, p pace, patience time.Duration) time.Duration {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sort + " " + caller
	l := s.paces[key]
	if l == nil {
		if len(s.paces) >= maxPaces {
			s.forget(now)
		}
		l = rate.NewLimiter(rate.Every(p.every), p.burst)
		s.paces[key] = l
	}
	r := l.ReserveN(now, 1)
	early := r.DelayFrom(now)
	if early > patience {
		r.CancelAt(now)
	}
	return early
}

// forget drops the callers that have been quiet, and whichever comes first
// while too many are not.
func (s *shield) forget(now time.Time) {
	for key, l := range s.paces {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(s.paces, key)
		}
	}
	for key := range s.paces {
		if len(s.paces) < maxPaces*9/10 {
			return
		}
		delete(s.paces, key)
	}
}

// handler lets requests through at their pace.
func (s *shield) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address, local := network(r.RemoteAddr)
		if !local {
			if early := s.early(r, address); early > 0 {
				tooMuch(w, r, early)
				return
			}
		}
		if r.Method == http.MethodPost && (r.URL.Path == "/signin" || r.URL.Path == "/signin/send") {
			early, err := s.guess(w, r, address)
			switch {
			case err != nil:
				return // the caller went away
			case early > 0:
				tooMuch(w, r, early)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// early tells how long a request is too early for its address or its session.
func (s *shield) early(r *http.Request, address string) time.Duration {
	sort, p := "write", writePace
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		sort, p = "read", readPace
	}
	early := s.take(sort, address, p, 0)
	if key := s.credential(r); early == 0 && key != "" {
		early = s.take(sort+" of", key, p, 0)
	}
	return early
}

// credential is the session or the token of a request, as a hash: secrets are
// kept nowhere. "" is for none.
func (s *shield) credential(r *http.Request) string {
	secret := r.Header.Get("Authorization")
	if secret == "" {
		secret = s.session(r)
	}
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return string(sum[:])
}

// maxAddress is the longest address of mail there is, in bytes (RFC 5321,
// section 4.5.3.1.3, less the angle brackets).
const maxAddress = 254

// maxSignIn bounds the form of signing in, in bytes.
const maxSignIn = 16 << 10

// guess slows trying passwords down. It reads the form, which stays read for
// the page that follows.
func (s *shield) guess(w http.ResponseWriter, r *http.Request, address string) (early time.Duration, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxSignIn)
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return s.take("sign-in", address, addressPace, 0), nil
	}
	if err := r.ParseForm(); err != nil {
		return s.take("sign-in", address, addressPace, 0), nil // the page tells what is wrong with it
	}
	account := strings.ToLower(strings.TrimSpace(r.PostForm.Get("email")))
	account = account[:min(len(account), maxAddress)] // what is longer is nobody's
	if early := s.take("sign-in", address, addressPace, 0); early > 0 {
		return early, nil
	}
	if early := s.take("guess", address+" "+account, guessPace, 0); early > 0 {
		return early, nil
	}
	early = s.take("account", account, accountPace, longestQueue)
	if early == 0 || early > longestQueue {
		return early, nil
	}
	return 0, s.wait(r.Context(), early)
}

// network is the address of a caller, or the network of 64 bits that an IPv6
// one is in, since whoever has one has them all. local is the machine itself.
func network(remote string) (address string, local bool) {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote, false
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is6() {
		return netip.PrefixFrom(ip, 64).Masked().String(), ip.IsLoopback()
	}
	return ip.String(), ip.IsLoopback()
}

// tooMuch answers a request that came too early.
func tooMuch(w http.ResponseWriter, r *http.Request, early time.Duration) {
	early = max(early, time.Second)
	rest.Refuse(w, r, pollen.Errorf(pollen.Limited, "app.too-much", "That is too much at once. Try again in {seconds} s.", "seconds", int((early+time.Second-1)/time.Second)).After(early))
}

// ownOrigin refuses what a page of another site makes a browser send. Our own is
// known by base, "" for none, also where a proxy asks for another host.
func ownOrigin(base string, next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if base != "" {
		if err := protection.AddTrustedOrigin(base); err != nil {
			panic("app: a base address that is none: " + err.Error())
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest.Refuse(w, r, pollen.Errorf(pollen.Forbidden, "app.other-origin", "This was sent from another site, and nothing was done. Open Pollen itself and do it there."))
	}))
	return protection.Handler(next)
}
