package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// patience bounds one wait for the browser. It is no expectation of speed.
const patience = 20 * time.Second

// site is the sample community behind its server, and a browser.
type site struct {
	app      *app.App
	url      string
	host     string
	welcome  []app.Welcome
	sessions []string // of the sample personas, in the order of welcome
	browser  context.Context
	axe      string
}

// outside names what the tests need of the machine. Without it they are left
// out, except in continuous integration.
func outside(t *testing.T) (chrome, axe string) {
	t.Helper()
	chrome, file := os.Getenv("POLLEN_TEST_CHROME"), os.Getenv("POLLEN_TEST_AXE")
	if chrome == "" || file == "" {
		const words = "POLLEN_TEST_CHROME (Chromium) and POLLEN_TEST_AXE (axe.min.js) are not both set: the pages are not tried in a browser; make test-deps gets both"
		if os.Getenv("CI") != "" {
			t.Fatal(words)
		}
		t.Skip(words)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return chrome, string(b)
}

var opened struct {
	sync.Once
	site *site
	stop []func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(opened.stop) - 1; i >= 0; i-- {
		opened.stop[i]()
	}
	os.Exit(code)
}

// open gives the one site of this test run.
func open(t *testing.T) *site {
	t.Helper()
	chrome, axe := outside(t)
	opened.Do(func() {
		s, err := start(chrome, axe)
		if err != nil {
			t.Fatal(err)
		}
		opened.site = s
	})
	if opened.site == nil {
		t.Fatal("the site did not start: see the first test")
	}
	return opened.site
}

func start(chrome, axe string) (*site, error) {
	ctx := context.Background()
	later := func(f func()) { opened.stop = append(opened.stop, f) }
	dir, err := os.MkdirTemp("", "pollen-browser-")
	if err != nil {
		return nil, err
	}
	later(func() { _ = os.RemoveAll(dir) })
	a, err := app.Open(ctx, app.Options{Data: filepath.Join(dir, "data"), Create: true, Sample: true, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return nil, err
	}
	later(func() { _ = a.Close() })
	s := &site{app: a, axe: axe}
	if s.welcome, err = a.Seed(ctx, func(string) {}); err != nil {
		return nil, err
	}
	a.Start()
	server := httptest.NewServer(a.Handler())
	later(server.Close)
	s.url, s.host = server.URL, strings.TrimPrefix(server.URL, "http://")
	for i := range s.welcome[1:] { // the first one signs in through the browser
		session, err := a.Identity.Redeem(ctx, s.welcome[i+1].Link, "")
		if err != nil {
			return nil, err
		}
		s.sessions = append(s.sessions, session.Session)
	}
	if err := s.photograph(ctx, "malik-benhaddou"); err != nil {
		return nil, err
	}
	if err := s.amend(ctx, "glossary"); err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chrome), chromedp.NoSandbox)
	alloc, cancel := chromedp.NewExecAllocator(ctx, options...)
	later(cancel)
	browser, cancel := chromedp.NewContext(alloc)
	later(cancel)
	s.browser = browser
	return s, chromedp.Run(browser)
}

// amend gives a collection an earlier version to return to.
func (s *site) amend(ctx context.Context, slug string) error {
	c, err := s.app.Registry.Collection(ctx, s.app.System, slug)
	if err != nil {
		return err
	}
	more := c.Schema
	more.Fields = append(slices.Clone(more.Fields), schema.Field{Name: "remark", Type: schema.Text})
	_, _, err = s.app.Registry.Amend(ctx, s.app.System, slug, registry.Amendment{Schema: &more, Licence: new("CC-BY-4.0")})
	return err
}

// photograph gives a sample person a picture: the sample itself has none, since
// it would show somebody who is real, or look as if.
func (s *site) photograph(ctx context.Context, slug string) error {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		return err
	}
	info, err := s.app.Blobs.PutImage(ctx, s.app.System, &file, schema.MaxImage)
	if err != nil {
		return err
	}
	photo, err := json.Marshal(schema.Blob{Hash: info.Hash, Name: "portrait.png", Type: info.Type, Size: info.Size, Consent: true})
	if err != nil {
		return err
	}
	e, _, err := s.app.Registry.At(ctx, s.app.System, pollen.People, slug)
	if err != nil {
		return err
	}
	_, err = s.app.Registry.Revise(ctx, s.app.System, e.ID, registry.Change{Values: map[string]json.RawMessage{"photo": photo}})
	return err
}

// reader fetches pages without a browser, as somebody who has signed in with a
// session, or as anybody.
func (s *site) reader(t *testing.T, session string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if session != "" {
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		jar.SetCookies(u, []*http.Cookie{{Name: sessionCookie, Value: session, Path: "/"}})
	}
	return &http.Client{Jar: jar}
}

// sessionCookie is the name of the cookie that signs in.
const sessionCookie = "pollen_session"

// person is how somebody comes: with which session, in which language.
type person struct {
	session string
	lang    string
	plain   bool // without JavaScript
}

// tab is a window of its own, with its own cookies. It remembers what went
// wrong since the last look.
type tab struct {
	t    *testing.T
	site *site
	ctx  context.Context

	mu     sync.Mutex
	faults []string
	status int64 // of the document
}

// tab opens a window that is closed with the test.
func (s *site) tab(t *testing.T, p person) *tab {
	t.Helper()
	id, err := s.window()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(s.browser, chromedp.WithTargetID(id))
	t.Cleanup(cancel)
	b := &tab{t: t, site: s, ctx: ctx}
	chromedp.ListenTarget(ctx, b.watch)
	if p.lang == "" {
		p.lang = "en"
	}
	setup := []chromedp.Action{network.Enable(), log.Enable(),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": p.lang}),
		emulation.SetScriptExecutionDisabled(p.plain)}
	if p.session != "" {
		setup = append(setup, network.SetCookie(sessionCookie, p.session).WithURL(s.url))
	}
	b.run(setup...)
	b.size(1280)
	return b
}

// window opens a window with cookies of its own. It is a new one since a
// browser refuses a tab where there is no window yet.
func (s *site) window() (target.ID, error) {
	ctx := cdp.WithExecutor(s.browser, chromedp.FromContext(s.browser).Browser)
	own, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(ctx)
	if err != nil {
		return "", err
	}
	return target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(ctx)
}

// watch notes what no page may do.
func (b *tab) watch(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err != nil || u.Host != b.site.host && u.Scheme != "data" && u.Scheme != "blob" {
			b.faults = append(b.faults, "a request to another host: "+e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			b.status = e.Response.Status
		}
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "an error in a script: "+e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeAssert {
			b.faults = append(b.faults, "an error on the console")
		}
	case *log.EventEntryAdded:
		// A page that says what is missing has that status, and the browser
		// remarks on it: nothing else may be amiss with it.
		if e.Entry.Level == log.LevelError && !(e.Entry.Source == log.SourceNetwork && b.status >= 400 && strings.Contains(e.Entry.Text, "status of 4")) {
			b.faults = append(b.faults, "on the console: "+e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// amiss returns what went wrong since it was last asked.
func (b *tab) amiss() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.faults
	b.faults = nil
	return out
}

// run runs browser actions, or ends the test. A page that goes away meanwhile
// was left by what an action did.
func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	if err := b.try(actions...); err != nil && !left(err) {
		b.t.Fatal(err)
	}
}

// read runs actions that only look, again where a page went away meanwhile.
func (b *tab) read(actions ...chromedp.Action) {
	b.t.Helper()
	err := b.try(actions...)
	for until := time.Now().Add(patience); left(err) && time.Now().Before(until); err = b.try(actions...) {
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// left reports whether a page went away while it was looked at.
func left(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Inspected target navigated or closed")
}

func (b *tab) try(actions ...chromedp.Action) error {
	b.t.Helper()
	done := make(chan error, 1)
	go func() { done <- chromedp.Run(b.ctx, actions...) }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		b.t.Fatalf("the browser did not answer in %v", patience)
		return nil
	}
}

// visit goes to an address and waits until the page is there.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.site.url + path))
}

func (b *tab) size(width int64) {
	b.t.Helper()
	b.run(emulation.SetDeviceMetricsOverride(width, 900, 1, width < 600))
}

func (b *tab) scheme(name string) {
	b.t.Helper()
	b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
}

// eval runs a script beside the page's own, whose policy does not bind it.
func (b *tab) eval(script string, into any) {
	b.t.Helper()
	b.read(chromedp.Evaluate(script, into, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}

// path is where the window is.
func (b *tab) path() string {
	b.t.Helper()
	var at string
	b.read(chromedp.Location(&at))
	return strings.TrimPrefix(at, b.site.url)
}
