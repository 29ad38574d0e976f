package markup

import (
	"bytes"
	"html"
	"net/url"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extension "github.com/yuin/goldmark/extension/ast"
)

const (
	// outsideRel tells search engines that the link is a user's, and the page
	// it leads to nothing about where it came from.
	outsideRel = "nofollow noopener ugc"
	// maxAddress is the length of the longest address that becomes a link.
	maxAddress = 2000
	// maxAddresses bounds the bytes of all addresses of one text: a long one
	// can be defined once and referred to in three characters.
	maxAddresses = 512 << 10
	// maxDepth is how deep emphasis may stand in emphasis; further in it is
	// left out, as browsers nest no deeper than a few hundred elements.
	maxDepth = 64
)

// writer writes the tree as HTML. It knows no element but those the package
// comment lists.
type writer struct {
	source []byte
	o      *Options
	french bool
	out    []byte
	budget int   // bytes of addresses left
	levels []int // of the headings that the next one may stand under
	inLink bool
}

// children writes what stands in a block.
func (w *writer) children(n ast.Node, depth int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch t, isText := c.(*ast.Text); {
		case isText:
			c = w.text(t)
		case c.Type() == ast.TypeInline:
			w.inline(c, depth+1)
		default:
			w.block(c, depth+1)
		}
	}
}

// wrap writes a block as one element.
func (w *writer) wrap(n ast.Node, depth int, name string) {
	w.raw("<", name, ">")
	w.children(n, depth)
	w.raw("</", name, ">\n")
}

func (w *writer) block(n ast.Node, depth int) {
	switch n := n.(type) {
	case *ast.Heading:
		w.heading(n, depth)
	case *ast.Paragraph:
		w.wrap(n, depth, "p")
	case *ast.TextBlock:
		w.children(n, depth)
		if n.NextSibling() != nil {
			w.raw("\n")
		}
	case *ast.Blockquote:
		w.wrap(n, depth, "blockquote")
	case *ast.List:
		w.list(n, depth)
	case *ast.ListItem:
		w.wrap(n, depth, "li")
	case *ast.ThematicBreak:
		w.raw("<hr>\n")
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.raw("<pre><code>")
		lines := n.Lines()
		for i := range lines.Len() {
			at := lines.At(i)
			w.escape(string(at.Value(w.source)))
		}
		w.raw("</code></pre>\n")
	case *extension.Table:
		w.table(n, depth)
	default: // the document
		w.children(n, depth)
	}
}

// heading writes a heading: h3 for the highest, and one level below its parent
// for any other, whatever the levels that were typed. One without words is
// left out.
func (w *writer) heading(n *ast.Heading, depth int) {
	for len(w.levels) > 0 && w.levels[len(w.levels)-1] >= n.Level {
		w.levels = w.levels[:len(w.levels)-1]
	}
	name := [...]string{"h3", "h4", "h5", "h6"}[min(len(w.levels), 3)]
	start := len(w.out)
	w.raw("<", name, ">")
	words := len(w.out)
	w.children(n, depth)
	if len(bytes.TrimSpace(w.out[words:])) == 0 {
		w.out = w.out[:start]
		return
	}
	w.levels = append(w.levels, n.Level)
	w.raw("</", name, ">\n")
}

func (w *writer) list(n *ast.List, depth int) {
	if !n.IsOrdered() {
		w.wrap(n, depth, "ul")
		return
	}
	w.raw("<ol")
	if n.Start != 1 {
		w.raw(` start="`, strconv.Itoa(n.Start), `"`)
	}
	w.raw(">")
	w.children(n, depth)
	w.raw("</ol>\n")
}

// table writes a table; its first row is its head.
func (w *writer) table(n *extension.Table, depth int) {
	w.raw("<table>\n")
	body := false
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		_, head := row.(*extension.TableHeader)
		switch {
		case head:
			w.raw("<thead>\n")
		case !body:
			w.raw("<tbody>\n")
			body = true
		}
		w.raw("<tr>")
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			w.cell(c.(*extension.TableCell), head, depth)
		}
		w.raw("</tr>\n")
		if head {
			w.raw("</thead>\n")
		}
	}
	if body {
		w.raw("</tbody>\n")
	}
	w.raw("</table>\n")
}

// cell writes one cell; an empty one heads nothing.
func (w *writer) cell(n *extension.TableCell, head bool, depth int) {
	name := "td"
	if head && n.HasChildren() {
		name = "th"
	}
	w.raw("<", name)
	switch n.Alignment {
	case extension.AlignCenter:
		w.raw(` class="center"`)
	case extension.AlignRight:
		w.raw(` class="right"`)
	}
	w.raw(">")
	w.children(n, depth)
	w.raw("</", name, ">")
}

func (w *writer) inline(n ast.Node, depth int) {
	switch n := n.(type) {
	case *ast.String:
		w.escape(string(n.Value))
	case *ast.CodeSpan:
		w.raw("<code>")
		w.escape(codeText(n, w.source))
		w.raw("</code>")
	case *ast.Emphasis:
		if n.Level == 2 {
			w.mark(n, depth, "strong")
		} else {
			w.mark(n, depth, "em")
		}
	case *extension.Strikethrough:
		w.mark(n, depth, "del")
	case *ast.Link:
		w.link(n, depth)
	case *ast.Image:
		w.image(n)
	case *ast.AutoLink:
		w.autoLink(n)
	case *pointer:
		w.pointer(n)
	default:
		w.children(n, depth)
	}
}

func (w *writer) mark(n ast.Node, depth int, name string) {
	if depth > maxDepth {
		w.children(n, depth)
		return
	}
	w.raw("<", name, ">")
	w.children(n, depth)
	w.raw("</", name, ">")
}

// text writes a text and those that follow it on the line, as the parser cuts
// at every character that might have been a mark. It gives the last one.
func (w *writer) text(n *ast.Text) *ast.Text {
	at := n.Segment
	for !n.SoftLineBreak() && !n.HardLineBreak() {
		next, ok := n.NextSibling().(*ast.Text)
		if !ok || next.Segment.Start != at.Stop || next.IsRaw() != n.IsRaw() {
			break
		}
		n, at = next, at.WithStop(next.Segment.Stop)
	}
	s := string(at.Value(w.source))
	if !n.IsRaw() {
		s = unescape(s)
		if w.french {
			s = french(s)
		}
	}
	w.escape(s)
	switch {
	case n.HardLineBreak():
		w.raw("<br>\n")
	case n.SoftLineBreak():
		w.raw("\n")
	}
	return n
}

// open begins a link, and reports whether it did.
func (w *writer) open(address, title string) bool {
	href, outside := w.safe(address)
	if href == "" || w.inLink {
		return false
	}
	if w.budget -= len(href) + len(title); w.budget < 0 {
		return false
	}
	w.inLink = true
	w.raw(`<a href="`)
	w.escape(href)
	if title != "" {
		w.raw(`" title="`)
		w.escape(title)
	}
	if outside {
		w.raw(`" rel="`, outsideRel)
	}
	w.raw(`">`)
	return true
}

func (w *writer) close() {
	w.raw("</a>")
	w.inLink = false
}

func (w *writer) link(n *ast.Link, depth int) {
	address := unescape(string(n.Destination))
	if !w.open(address, unescape(string(n.Title))) {
		w.children(n, depth)
		return
	}
	before := len(w.out)
	w.children(n, depth)
	if len(bytes.TrimSpace(w.out[before:])) == 0 {
		w.escape(address)
	}
	w.close()
}

// image shows what the caller vouches for, and makes a link of anything else.
func (w *writer) image(n *ast.Image) {
	r := reader{source: w.source}
	r.read(n)
	alt := strings.TrimSpace(r.out.String())
	src := unescape(string(n.Destination))
	if alt == "" && w.inLink {
		alt = src // nothing else names the link
	}
	if href, outside := w.safe(src); href != "" && !outside && href[0] == '/' && w.o.Image != nil && w.o.Image(href) {
		w.raw(`<img src="`)
		w.escape(href)
		w.raw(`" alt="`)
		w.escape(alt)
		w.raw(`">`)
		return
	}
	if alt == "" {
		alt = src
	}
	opened := w.open(src, "")
	w.escape(alt)
	if opened {
		w.close()
	}
}

// autoLink writes an address that stands for itself.
func (w *writer) autoLink(n *ast.AutoLink) {
	address := string(n.URL(w.source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(address), "mailto:") {
		address = "mailto:" + address
	}
	opened := w.open(address, "")
	w.escape(string(n.Label(w.source)))
	if opened {
		w.close()
	}
}

// pointer writes a link that the caller gave.
func (w *writer) pointer(n *pointer) {
	if w.inLink {
		w.escape(n.words)
		return
	}
	w.raw(`<a class="`, n.class, `" href="`)
	w.escape(n.href)
	w.raw(`">`)
	w.escape(n.words)
	w.raw(`</a>`)
}

// plain writes a text without marks.
func (w *writer) plain(s string) {
	if w.french {
		s = french(s)
	}
	for p := range strings.SplitSeq(s, "\n\n") {
		if p = strings.Trim(p, "\n"); p != "" {
			w.raw("<p>")
			w.escape(p)
			w.raw("</p>\n")
		}
	}
}

func (w *writer) raw(parts ...string) {
	for _, p := range parts {
		w.out = append(w.out, p...)
	}
}

// escape writes text, or the value of a quoted attribute.
func (w *writer) escape(s string) {
	start := 0
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
		w.out = append(append(w.out, s[start:i]...), e...)
		start = i + 1
	}
	w.out = append(w.out, s[start:]...)
}

// safe gives an address as it may stand in a link, and whether it leads to
// another site; "" when it may not. It is read as [url.Parse] does and written
// anew, so that no browser can read another address in it.
func (w *writer) safe(address string) (href string, outside bool) {
	if address == "" || len(address) > maxAddress || strings.ContainsFunc(address, func(r rune) bool { return r < 0x20 || r == '\\' || r == 0x7f }) {
		return "", false
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return "", false
		}
		href = u.String()
		base := strings.TrimSuffix(w.o.Base, "/")
		return href, base == "" || href != base && !strings.HasPrefix(href, base+"/")
	case "mailto", "tel":
		if u.Opaque == "" {
			return "", false
		}
		return u.String(), false
	case "":
		// A path of this site, and not //host, which is another.
		if u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
			return "", false
		}
		return u.String(), false
	}
	return "", false
}

// unescape resolves what CommonMark 0.31 §2.4 and §2.5 say: a backslash before
// ASCII punctuation, and character references.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && isPunctuation(s[i+1]):
			i++
			b.WriteByte(s[i])
		case c == '&':
			// The longest name of a character has 31 letters.
			end := strings.IndexByte(s[i:min(len(s), i+34)], ';')
			if end < 0 {
				b.WriteByte(c)
				break
			}
			resolved := html.UnescapeString(s[i : i+end+1])
			if len(resolved) > 1 && resolved[len(resolved)-1] == ';' { // none has that name
				b.WriteByte(c)
				break
			}
			b.WriteString(clean(resolved))
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isPunctuation(c byte) bool {
	return '!' <= c && c <= '/' || ':' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}
