package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"
)

// pages measures reading, on the sample community.
func (b *bench) pages() (err error) {
	b.tell("making the sample community")
	a, err := b.open("sample", true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	welcome, err := a.Seed(b.ctx, func(string) {})
	if err != nil {
		return err
	}
	if err := a.Set(b.ctx, "readers", "everyone"); err != nil {
		return err
	}
	a.Start()
	in, err := a.Identity.Redeem(b.ctx, welcome[0].Link, "")
	if err != nil {
		return err
	}
	h := a.Handler()
	if err := b.processor(h, in.Session); err != nil {
		return err
	}
	if err := b.throughput(h); err != nil {
		return err
	}
	return b.weight(h, in.Session)
}

type page struct{ name, path string }

// The pages that are looked at, for a member.
var looked = []page{
	{"first page", "/"}, {"search", "/search?q=grenoble"}, {"collection", "/c/communes"}, {"people", "/c/people"},
	{"entry", "/c/people/solene-vautrin"}, {"history", "/c/people/solene-vautrin/history"}, {"talk", "/c/people/solene-vautrin/talk"},
	{"recent changes", "/changes"}, {"persona", "/p/solene.vautrin"}, {"community", "/g/commons"}, {"chart", "/c/units/+chart"},
}

// asking is the request for a page, from the machine itself: who comes from
// elsewhere is slowed down when they ask this much.
func asking(path, session string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "127.0.0.1:1"
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "pollen_session", Value: session})
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// get asks a handler for a page.
func get(h http.Handler, path, session string, header ...string) (*httptest.ResponseRecorder, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, asking(path, session, header...))
	if w.Code != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", path, w.Code)
	}
	return w, nil
}

// sink takes an answer and keeps its status alone, as a connection keeps none
// of what was sent.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header { return w.header }

func (w *sink) WriteHeader(status int) { w.status = status }

func (w *sink) Write(b []byte) (int, error) {
	w.status = max(w.status, http.StatusOK)
	return len(b), nil
}

// costs is the processor time of one of some pages, in turn.
func costs(h http.Handler, paths []string, session string, rounds, each int) (time.Duration, error) {
	var took []time.Duration
	for range rounds {
		settle()
		start := cpu()
		for i := range each {
			w := &sink{header: http.Header{}}
			path := paths[i%len(paths)]
			if h.ServeHTTP(w, asking(path, session)); w.status != http.StatusOK {
				return 0, fmt.Errorf("%s answers %d", path, w.status)
			}
		}
		took = append(took, (cpu()-start)/time.Duration(each))
	}
	return median(took[1:]), nil
}

// processor measures the processor time of rendering an entry for a member,
// each time another entry, so that nothing kept from the last helps.
func (b *bench) processor(h http.Handler, session string) error {
	first, err := get(h, "/c/people", session)
	if err != nil {
		return err
	}
	entries := entriesOn(first.Body.String(), "/c/people/")
	if len(entries) < 10 {
		return fmt.Errorf("only %d entries found to look at", len(entries))
	}
	rounds, each := 9, 300
	if b.quick {
		rounds, each = 2, 10
	}
	for _, x := range []struct {
		name, session string
		aim           time.Duration
	}{{"signed-in entry page, processor time", session, 250 * time.Microsecond}, {"anonymous entry page, processor time", "", 0}} {
		list := entries
		if x.session == "" {
			list = []string{"/c/communes/grenoble", "/c/communes/lyon", "/c/communes/brest", "/c/communes/valence", "/c/communes/nantes"}
		}
		d, err := costs(h, list, x.session, rounds, each)
		if err != nil {
			return err
		}
		aim := ""
		if x.aim > 0 {
			aim = fmt.Sprintf("≤ %v", x.aim)
		}
		b.add(x.name, fmt.Sprintf("%d µs", d.Microseconds()), aim, x.aim == 0 || d <= x.aim)
	}
	for _, p := range append(looked, page{"feed", "/changes.atom"}) {
		d, err := costs(h, []string{p.path}, session, rounds, each/3)
		if err != nil {
			return err
		}
		b.note("    "+p.name+", for a member", fmt.Sprintf("%d µs", d.Microseconds()))
	}
	return nil
}

// entriesOn lists the entries that a page links to.
func entriesOn(page, prefix string) (out []string) {
	for _, part := range strings.Split(page, `href="`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		if rest, ok := strings.CutPrefix(path, prefix); ok && rest != "" && !strings.ContainsAny(rest, "/?#+") {
			out = append(out, path)
		}
	}
	return out
}

// readers is how many connections read at the same time.
const readers = 16

// throughput compares an entry page, for anybody, with a bare handler that
// writes the same bytes.
func (b *bench) throughput(h http.Handler) error {
	const path = "/c/communes/grenoble"
	span := 3 * time.Second
	if b.quick {
		span = 200 * time.Millisecond
	}
	// Browsers accept compressed pages; the bare handler writes the very bytes.
	for _, encoding := range []string{"gzip", "identity"} {
		sample, err := get(h, path, "", "Accept-Encoding", encoding)
		if err != nil {
			return err
		}
		body := sample.Body.Bytes()
		bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for k, v := range sample.Header() {
				w.Header()[k] = v
			}
			_, _ = w.Write(body) // a reader that went away ends the measurement elsewhere
		})
		var ours, theirs []float64
		for range 3 {
			for _, x := range []struct {
				h   http.Handler
				out *[]float64
			}{{bare, &theirs}, {h, &ours}} {
				rate, err := load(x.h, path, encoding, span/3)
				if err != nil {
					return err
				}
				*x.out = append(*x.out, rate)
			}
		}
		mine, bares := middle(ours), middle(theirs)
		ratio := mine / bares
		b.add(fmt.Sprintf("anonymous entry page (%s), share of a bare handler", encoding), fmt.Sprintf("%.2f", ratio), "≥ 0.50", ratio >= 0.5)
		b.note("    pages a second: Pollen, bare", fmt.Sprintf("%.0f, %.0f", mine, bares))
	}
	return nil
}

func middle(all []float64) float64 {
	d := make([]time.Duration, len(all))
	for i, x := range all {
		d[i] = time.Duration(x * 1000)
	}
	return float64(median(d)) / 1000
}

// load reads one page over and over, over connections that stay open, and
// returns how often a second. It reads what it is sent and looks at little, so
// that it takes little of the machine.
func load(h http.Handler, path, encoding string, span time.Duration) (rate float64, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	settle()
	var wg sync.WaitGroup
	counts, errs := make([]int, readers), make([]error, readers)
	start := time.Now()
	for k := range readers {
		wg.Go(func() { counts[k], errs[k] = reading(l.Addr().String(), path, encoding, start.Add(span)) })
	}
	wg.Wait()
	took := time.Since(start)
	n := 0
	for _, c := range counts {
		n += c
	}
	err = errors.Join(append(errs, server.Close())...)
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return float64(n) / took.Seconds(), err
}

// reading is one connection.
func reading(address, path, encoding string, until time.Time) (n int, err error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	ask := []byte("GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nAccept-Encoding: " + encoding + "\r\nAccept-Language: en\r\n\r\n")
	r := bufio.NewReaderSize(c, 1<<16)
	for ; time.Now().Before(until); n++ {
		if _, err := c.Write(ask); err != nil {
			return n, err
		}
		length := -1
		for first := true; ; first = false {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return n, err
			}
			if first && !strings.HasPrefix(string(line), "HTTP/1.1 200") {
				return n, fmt.Errorf("%s answers %s", path, line)
			}
			if len(line) <= 2 {
				break
			}
			if v, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
				if length, err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
					return n, err
				}
			}
		}
		if length >= 0 {
			_, err = r.Discard(length)
		} else {
			err = discardChunks(r)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// discardChunks reads a body that is sent in pieces (RFC 9112, section 7.1).
func discardChunks(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 64)
		if err != nil {
			return err
		}
		if _, err := r.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
}

// weight counts the bytes of each page over the wire: with everything that it
// asks for on a first visit, and alone afterwards.
func (b *bench) weight(h http.Handler, session string) error {
	server := httptest.NewServer(h)
	defer server.Close()
	most, first := 0, 0
	for _, p := range looked {
		for _, who := range []string{session, ""} {
			if who == "" && strings.HasPrefix(p.path, "/c/people") {
				continue // not for everybody
			}
			page, body, err := wire(server.URL+p.path, who)
			if err != nil {
				return err
			}
			all := page
			for _, asset := range assets(body) {
				n, _, err := wire(server.URL+asset, "")
				if err != nil {
					return err
				}
				all += n
			}
			if page > most || all > first {
				b.note("    "+p.name+": alone, with all it asks for", fmt.Sprintf("%.1f kB, %.1f kB", float64(page)/1000, float64(all)/1000))
			}
			most, first = max(most, page), max(first, all)
		}
	}
	b.add("bytes over the wire, the heaviest first visit", fmt.Sprintf("%.1f kB", float64(first)/1000), "≤ 60 kB", first <= 60_000)
	b.add("bytes over the wire, the heaviest page after", fmt.Sprintf("%.1f kB", float64(most)/1000), "≤ 15 kB", most <= 15_000)
	return nil
}

// wire fetches something as a browser does and counts every byte of the answer,
// its head included.
func wire(address, session string) (n int, body string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, "", err
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		return 0, "", err
	}
	defer c.Close()
	head := "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAccept-Encoding: gzip, zstd\r\nAccept-Language: fr\r\nConnection: close\r\n"
	if session != "" {
		head += "Cookie: pollen_session=" + session + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"); err != nil {
		return 0, "", err
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		return 0, "", err
	}
	// Once more, in clear, to see what it asks for.
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	if session != "" {
		req.AddCookie(&http.Cookie{Name: "pollen_session", Value: session})
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, "", fmt.Errorf("%s answers %s", address, resp.Status)
	}
	text, err := io.ReadAll(resp.Body)
	return len(answer), string(text), err
}

// assets lists what a browser fetches for a page, each once: styles, scripts,
// pictures, fonts, and the file of the icons.
func assets(page string) (out []string) {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Data == "link" && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
			return a.Key == "rel" && slices.Contains([]string{"stylesheet", "preload", "icon", "modulepreload"}, a.Val)
		}) {
			continue // a browser does not fetch it
		}
		for _, a := range n.Attr {
			fetched := a.Key == "src" || a.Key == "href" && (n.Data == "link" || n.Data == "use")
			path, _, _ := strings.Cut(a.Val, "#")
			if fetched && strings.HasPrefix(path, "/") && !seen[path] {
				seen[path] = true
				out = append(out, path)
			}
		}
	}
	return out
}
