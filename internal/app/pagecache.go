package app

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Bounds of the pages that are kept for readers who have not signed in: of all
// of them and of one, in bytes; and for how long, since pages say how long ago
// something happened.
const (
	keptBytes = 64 << 20
	keptPage  = 512 << 10
	keptFor   = 10 * time.Second
)

// pageCache keeps pages as they were sent to readers who have not signed in,
// as long as nothing whatever was committed to the database since: what a page
// shows can come from anywhere in it, and an edit is to be seen at once, by
// whichever process or node it was made. A setting of the instance that another
// node changed reaches this one a moment later, and its pages up to keptFor
// after that. It knows what was read in the last
// seconds, and nothing of by whom.
type pageCache struct {
	version func(context.Context) (string, error)
	now     func() time.Time

	mu    sync.Mutex
	at    string // the version of the database that pages are of
	pages map[string]*keptAnswer
	size  int
}

// keptAnswer is an answer as it was sent, compressed if it was.
type keptAnswer struct {
	header http.Header
	body   []byte
	until  time.Time
}

func newPageCache(version func(context.Context) (string, error), now func() time.Time) *pageCache {
	return &pageCache{version: version, now: now, pages: map[string]*keptAnswer{}}
}

// keptKey names all of a request that an answer can depend on; ok is false for
// one whose answer is its reader's own or is not a page.
func keptKey(r *http.Request) (key string, ok bool) {
	h := r.Header
	if r.Method != http.MethodGet || h["Authorization"] != nil || h["Pollen-Part"] != nil || h["Range"] != nil ||
		strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/static/") || strings.HasPrefix(r.URL.Path, "/signin") {
		return "", false
	}
	cookies := h["Cookie"]
	if len(cookies) > 0 {
		for _, c := range r.Cookies() {
			if c.Name != "pollen_lang" && c.Name != "pollen_theme" && c.Name != "pollen_keys" {
				return "", false
			}
		}
	}
	var b strings.Builder
	part := func(s string) {
		b.WriteString(s)
		b.WriteByte('\n') // no part holds one
	}
	part(r.Host)
	part(r.URL.RequestURI())
	if r.TLS != nil {
		part("https")
	}
	for _, name := range []string{"Accept-Encoding", "Accept-Language", "Cookie", "Accept", "X-Forwarded-Proto", "X-Forwarded-Host"} {
		for _, v := range h[name] {
			part(v)
		}
		part("")
	}
	return b.String(), true
}

func (c *pageCache) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := keptKey(r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		// The version is read before the page is: what is committed meanwhile
		// makes the page one that is never found.
		version, err := c.version(r.Context())
		if err != nil {
			next.ServeHTTP(w, r) // the page itself says what is the matter
			return
		}
		if a := c.find(version, key); a != nil {
			a.send(w, r)
			return
		}
		rec := &recorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		if rec.keeps {
			c.keep(version, key, &keptAnswer{rec.header, rec.body.Bytes(), c.now().Add(keptFor)})
		}
	})
}

func (c *pageCache) find(version, key string) *keptAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if version != c.at {
		return nil
	}
	a := c.pages[key]
	if a == nil || !c.now().Before(a.until) {
		return nil
	}
	return a
}

func (c *pageCache) keep(version, key string, a *keptAnswer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if version != c.at || c.size > keptBytes {
		c.at, c.pages, c.size = version, map[string]*keptAnswer{}, 0
	}
	if old := c.pages[key]; old != nil {
		c.size -= len(key) + len(old.body)
	}
	c.pages[key] = a
	c.size += len(key) + len(a.body)
}

// hit tells that an answer was kept (RFC 9211).
var hit = []string{"pollen; hit"}

func (a *keptAnswer) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	tag := a.header["Etag"]
	same := len(tag) == 1 && strings.Contains(r.Header.Get("If-None-Match"), tag[0])
	for k, v := range a.header {
		if same && (k == "Content-Type" || k == "Content-Length" || k == "Content-Encoding") {
			continue
		}
		h[k] = v
	}
	h["Cache-Status"] = hit
	if same {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(a.body) // the reader went away
}

// recorder keeps what is sent, when it is a page for anybody.
type recorder struct {
	http.ResponseWriter
	wrote, keeps bool
	header       http.Header
	body         bytes.Buffer
}

// anybodys reports whether an answer is a page that is the same for everybody
// who asks in the same way.
func anybodys(status int, h http.Header) bool {
	if status != http.StatusOK || h["Set-Cookie"] != nil || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || strings.Contains(h.Get("Cache-Control"), "no-store") {
		return false
	}
	for _, line := range h["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "cookie", "accept-language", "accept-encoding", "accept":
			default:
				return false
			}
		}
	}
	return true
}

func (r *recorder) WriteHeader(status int) {
	if !r.wrote && status >= 200 {
		r.wrote = true
		if r.keeps = anybodys(status, r.Header()); r.keeps {
			r.header = r.Header().Clone()
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if !r.wrote {
		r.WriteHeader(http.StatusOK)
	}
	n, err := r.ResponseWriter.Write(b)
	if err != nil || r.body.Len()+n > keptPage {
		r.keeps, r.body = false, bytes.Buffer{}
	}
	if r.keeps {
		r.body.Write(b[:n])
	}
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
