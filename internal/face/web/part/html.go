package part

import (
	"context"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"pollen/internal/pure/i18n"
)

// html is a component that writes itself into a page.
type html func(p *page)

// page is the buffer that such components write into.
type page struct {
	ctx context.Context
	b   []byte
	err error // the first of a component that was not ours
}

var pages = sync.Pool{New: func() any { return &page{b: make([]byte, 0, 16<<10)} }}

// Render writes the component.
func (h html) Render(ctx context.Context, w io.Writer) error {
	p := pages.Get().(*page)
	p.ctx, p.b, p.err = ctx, p.b[:0], nil
	h(p)
	err := p.err
	if err == nil {
		_, err = w.Write(p.b)
	}
	p.ctx = nil
	if cap(p.b) < 1<<20 { // a page that was huge once shall not stay in memory
		pages.Put(p)
	}
	return err
}

// Write lets a component of any kind write into the page.
func (p *page) Write(b []byte) (int, error) {
	p.b = append(p.b, b...)
	return len(b), nil
}

// raw writes markup.
func (p *page) raw(markup string) { p.b = append(p.b, markup...) }

// number writes a plain integer.
func (p *page) number(n int) { p.b = strconv.AppendInt(p.b, int64(n), 10) }

// text writes text, escaped for content and quoted attributes.
func (p *page) text(s string) {
	from := 0
	for i := range len(s) {
		var e string
		switch s[i] {
		case '&':
			e = "&amp;"
		case '<':
			e = "&lt;"
		case '>':
			e = "&gt;"
		case '"':
			e = "&#34;"
		case '\'':
			e = "&#39;"
		default:
			continue
		}
		p.b = append(append(p.b, s[from:i]...), e...)
		from = i + 1
	}
	p.b = append(p.b, s[from:]...)
}

// isolated writes a text that people wrote. One that runs from right to left, or
// holds marks of direction, is set apart, so that what stands beside it keeps
// its order (UAX #9, section 2.7).
func (p *page) isolated(s string) {
	if !directed(s) {
		p.text(s)
		return
	}
	p.raw("<bdi>")
	p.text(s)
	p.raw("</bdi>")
}

// auto lets a link to such a text find its own direction, and sets it apart.
func (p *page) auto(s string) {
	if directed(s) {
		p.raw(` dir="auto"`)
	}
}

// directed reports whether a text holds letters of a script that runs from right
// to left, or marks of direction.
func directed(s string) bool {
	for _, r := range s {
		switch {
		case r < '\u0590':
		case r <= '\u08ff', r >= '\u200e' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069',
			r >= '\ufb1d' && r <= '\ufdff', r >= '\ufe70' && r <= '\ufefc', r >= '\U00010800' && r <= '\U00010fff', r >= '\U0001e800' && r <= '\U0001efff':
			return true
		}
	}
	return false
}

// attr writes an attribute, with the space before it.
func (p *page) attr(name, value string) {
	p.raw(" ")
	p.raw(name)
	p.raw(`="`)
	p.text(value)
	p.raw(`"`)
}

// href writes a link's address. One that could run script is made harmless.
func (p *page) href(to string) { p.attr("href", safe(to)) }

func safe(to string) string {
	if to != "" && (to[0] == '/' || to[0] == '?' || to[0] == '#') {
		return to
	}
	for _, scheme := range [...]string{"https://", "http://", "mailto:", "tel:", "geo:"} {
		if strings.HasPrefix(to, scheme) {
			return to
		}
	}
	return string(templ.FailedSanitizationURL)
}

// add writes another component.
func (p *page) add(c templ.Component) {
	if c == nil {
		return
	}
	if h, ok := c.(html); ok {
		h(p)
		return
	}
	if err := c.Render(p.ctx, p); err != nil && p.err == nil {
		p.err = err
	}
}

// Text is a text as a component.
func Text(s string) templ.Component { return html(func(p *page) { p.text(s) }) }

// Time draws a moment. The words are what people read; the exact moment is for
// machines and for who points at it.
func Time(l *i18n.Locale, w When) templ.Component {
	return html(func(p *page) {
		p.raw(`<time datetime="`)
		p.b = w.At.UTC().AppendFormat(p.b, time.RFC3339)
		p.raw(`"`)
		p.attr("title", l.Moment(w.At))
		p.raw(">")
		p.text(w.Words)
		p.raw("</time>")
	})
}
