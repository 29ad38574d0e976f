package browser_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"pollen/internal/pollentest"
)

// unlinked are pages that no link leads to, with the reason and an address.
var unlinked = map[string]string{
	"/":                               "/nothing-of-the-kind",     // every address that is none
	"GET /c/{collection}/{slug}/diff": "",                         // a former address that leads on to the history
	"GET /complete":                   "/complete?q=ro",           // asked for by the script
	"GET /signin/{link}":              "/signin/no-such-link",     // stands in a message
	"GET /me/password":                "/me/password",             // where a first link leads
	"GET /imports/{id}":               "",                         // where the form of an import leads: see TestImport
	"GET /batches/{id}/refused":       "",                         // a file, for who imported it
	"GET /me":                         "/me",                      // for bookmarks
	"GET /c/{collection}/+edit":       "/c/sites/+edit?all=1",     // where the boxes of a list lead
	"GET /static/":                    "/static/logo.svg",         // stands in the frame of the page
	"GET /c/{collection}/+revert":     "/c/glossary/+revert?to=1", // of one collection alone: the others have no earlier version
}

// routes are the patterns of the pages that one can go to.
func routes(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(pollentest.Routes(t, "../face/web", "../face/account"), func(p string) bool { return p != "/" && !strings.HasPrefix(p, "GET /") })
}

// perPattern is how many pages of one route are looked at, and followed.
const (
	perPattern = 2
	followed   = 5
)

// found is a page that links lead to.
type found struct{ pattern, path string }

// crawl follows links from the first page, a few of every route.
func (s *site) crawl(t *testing.T, session string) (pages []found, seen map[string]bool) {
	t.Helper()
	mux := http.NewServeMux()
	for _, p := range routes(t) {
		mux.HandleFunc(p, func(http.ResponseWriter, *http.Request) {})
	}
	client, count := s.reader(t, session), map[string]int{}
	seen = map[string]bool{}
	known := map[string]bool{"/": true}
	queue := []string{"/"}
	for _, path := range unlinked {
		if path != "" {
			queue = append(queue, path)
		}
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := mux.Handler(req)
		if count[pattern] >= followed {
			continue
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if asked := session == "" && resp.StatusCode == http.StatusUnauthorized; asked && slices.Contains(slices.Collect(maps.Values(unlinked)), path) {
			continue // for members, who are asked to sign in; it is no dead link
		} else if resp.StatusCode >= 400 && !slices.Contains([]string{unlinked["/"], unlinked["GET /signin/{link}"]}, path) {
			t.Errorf("%s is linked to and answers %s", path, resp.Status)
		}
		count[pattern]++
		seen[pattern] = true
		if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			if count[pattern] <= perPattern && resp.Request.URL.Path == req.URL.Path {
				pages = append(pages, found{pattern, path})
			}
			for _, to := range links(t, resp) {
				if !known[to] {
					known[to] = true
					queue = append(queue, to)
				}
			}
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if e := resp.Body.Close(); err != nil || e != nil {
			t.Fatal(err, e)
		}
	}
	return pages, seen
}

// links lists where a page leads on this site, and what it shows of it.
func links(t *testing.T, resp *http.Response) (out []string) {
	t.Helper()
	doc, err := html.Parse(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || !slices.Contains([]string{"a", "link", "img"}, n.Data) {
			continue
		}
		for _, a := range n.Attr {
			if a.Key != "href" && a.Key != "src" {
				continue
			}
			u, err := resp.Request.URL.Parse(a.Val)
			if err != nil {
				t.Errorf("%s links to %q: %v", resp.Request.URL, a.Val, err)
				continue
			}
			if u.Host == resp.Request.URL.Host && u.Scheme == "http" && !strings.HasPrefix(u.Path, "/api/") {
				u.Fragment = ""
				out = append(out, (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String())
			}
		}
	}
	return out
}

// TestEveryRouteIsReached holds the pages that links lead to against the routes
// there are.
func TestEveryRouteIsReached(t *testing.T) {
	s := open(t)
	_, mine := s.crawl(t, s.sessions[0])
	_, anybodys := s.crawl(t, "")
	for _, p := range routes(t) {
		if _, ok := unlinked[p]; !ok && !mine[p] && !anybodys[p] {
			t.Errorf("no link leads to %s: link it, or name an address of it in the table of unlinked pages", p)
		}
	}
}

// look is one way of looking at a page.
type look struct {
	width  int64
	scheme string
}

var looks = []look{{1280, "light"}, {390, "dark"}, {1280, "dark"}, {390, "light"}}

// TestPages looks at every page, as a member in French and as anybody in
// English.
func TestPages(t *testing.T) {
	s := open(t)
	for name, p := range map[string]person{"member": {session: s.sessions[0], lang: "fr"}, "anybody": {lang: "en"}} {
		t.Run(name, func(t *testing.T) {
			pages, _ := s.crawl(t, p.session)
			b := s.tab(t, p)
			for _, page := range pages {
				for i, l := range looks {
					if name == "anybody" && i > 1 {
						continue // the same components as for members
					}
					b.inspect(page, l, name)
				}
			}
			t.Logf("%d pages", len(pages))
		})
	}
}

// violation is what axe-core tells.
type violation struct {
	ID, Help string
	Nodes    []struct {
		Target []any
		HTML   string `json:"html"`
	}
}

const axeRun = `axe.run(%s, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}).then(r => r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => ({target: n.target, html: n.html.slice(0, 200)}))})))`

// inspect looks at one page in one way.
func (b *tab) inspect(p found, l look, who string) {
	b.t.Helper()
	where := fmt.Sprintf("%s (%s) at %d, %s", p.path, p.pattern, l.width, l.scheme)
	b.size(l.width)
	b.scheme(l.scheme)
	b.amiss()
	b.visit(p.path)
	b.check(where)
	if dir := os.Getenv("POLLEN_TEST_SHOTS"); dir != "" {
		name := strings.Trim(strings.Map(func(r rune) rune {
			if strings.ContainsRune("/?&=%{}$ ", r) {
				return '_'
			}
			return r
		}, p.path), "_")
		b.shot(filepath.Join(dir, fmt.Sprintf("%.80s-%s-%d-%s.png", "p_"+name, who, l.width, l.scheme)))
	}
}

// check holds what the window shows now against what every page keeps to.
func (b *tab) check(where string) {
	b.t.Helper()
	b.checkIn("html", where)
}

// checkIn does as check; axe-core looks at a part of the page alone.
func (b *tab) checkIn(selector, where string) {
	b.t.Helper()
	var over []string
	b.eval(`document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120))`, &over)
	if len(over) > 0 {
		b.t.Errorf("%s scrolls sideways: %q", where, over)
	}
	var violations []violation
	b.run(chromedp.Evaluate(b.site.axe, nil))
	b.eval(fmt.Sprintf(axeRun, strconv.Quote(selector)), &violations)
	for _, v := range violations {
		b.t.Errorf("%s: %s (%s)", where, v.ID, v.Help)
		for _, n := range v.Nodes {
			b.t.Logf("    %v %s", n.Target, n.HTML)
		}
	}
	for _, fault := range b.amiss() {
		b.t.Errorf("%s: %s", where, fault)
	}
}

// shot writes a picture of the whole page.
func (b *tab) shot(file string) {
	b.t.Helper()
	var png []byte
	b.run(chromedp.FullScreenshot(&png, 100))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
