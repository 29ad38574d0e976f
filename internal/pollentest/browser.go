package pollentest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Browser reads the pages of a server as a person's browser does: it keeps
// cookies and follows redirects.
type Browser struct {
	// Language is the one that it prefers, "" for none.
	Language string

	t    testing.TB
	base string
	http *http.Client
}

// Browse opens a browser on the server at base.
func Browse(t testing.TB, base string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, base: base, http: &http.Client{Jar: jar}}
}

// Get reads the page at a path.
func (b *Browser) Get(path string) (*http.Response, string) {
	b.t.Helper()
	return b.do("GET", path, "")
}

// Post sends a form, given in pairs of name and value.
func (b *Browser) Post(path string, pairs ...string) (*http.Response, string) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form.Encode())
}

func (b *Browser) do(method, path, body string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if b.Language != "" {
		req.Header.Set("Accept-Language", b.Language)
	}
	if method == "POST" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, string(page)
}

// Want looks at an answer: its status, and a text of its page.
func (b *Browser) Want(status int, text string) func(*http.Response, string) {
	return func(resp *http.Response, page string) {
		b.t.Helper()
		if resp.StatusCode != status || !strings.Contains(page, text) {
			b.t.Errorf("answers %d, want %d; says %q: %v", resp.StatusCode, status, text, strings.Contains(page, text))
		}
	}
}
