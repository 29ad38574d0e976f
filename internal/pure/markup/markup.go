package markup

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// MaxSize is how many bytes of a text are read as Markdown. A longer one is
// shown as plain paragraphs.
const MaxSize = 256 << 10

// Options says what a text may point at. The zero Options, and nil, know no
// persona, no entry and no image.
type Options struct {
	// Mention looks a handle up (in lower case, without the @). When ok is
	// false the mention stays text.
	Mention func(handle string) (href, name string, ok bool)
	// Entry looks the reference of [[reference]] up, as it was written. The
	// title is shown unless the text gives words of its own.
	Entry func(reference string) (href, title string, ok bool)
	// Image says whether the image at this address may be shown in place. Only
	// paths of this site are asked for.
	Image func(src string) bool
	// Base is the address of this site ("https://directory.example"): links
	// below it are not marked as leading elsewhere.
	Base string
	// Lang is the language of the reader's page; "fr" brings the spaces and
	// apostrophes of French typography.
	Lang string
}

// policy is the second lock; it lets through what the writer writes.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "del",
		"ul", "ol", "li", "hr", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^` + outsideRel + `$`)).OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(?:mention|entry)$`)).OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(?:center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}()

// Render gives the HTML of a text. See the package comment for what it
// promises.
func Render(markdown string, o *Options) string {
	if o == nil {
		o = &Options{}
	}
	source := clean(markdown)
	if source == "" {
		return ""
	}
	w := &writer{source: []byte(source), o: o, budget: maxAddresses, french: o.Lang == "fr"}
	w.out = make([]byte, 0, len(source)+len(source)/2+64)
	switch {
	case len(source) > MaxSize:
		w.plain(source)
	case plainly(source):
		// Most of what people say in a talk: nothing to parse, and no element
		// for the second lock to look at.
		w.plain(strings.TrimSpace(source))
		return string(w.out)
	default:
		w.block(parse(w.source, &state{o: o}), 0)
	}
	return policy.Sanitize(string(w.out))
}

// plainly reports whether a text has neither marks nor addresses.
func plainly(source string) bool {
	return unmarked(source) && !strings.ContainsAny(source, "@:\t") && !strings.Contains(source, "www.")
}

// Text gives the words of a text without its marks: blocks and lines apart by
// a line break, cells by a tab. The addresses of links are left out.
func Text(markdown string) string {
	source := clean(markdown)
	if len(source) > MaxSize || unmarked(source) {
		return strings.TrimSpace(source)
	}
	r := reader{source: []byte(source)}
	r.out.Grow(len(source))
	r.read(parse(r.source, &state{textOnly: true}))
	return strings.TrimSpace(r.out.String())
}

// undirected drops the explicit marks of direction: cut off, or beside other
// words, they would turn these (UAX #9, section 2).
func undirected(r rune) rune {
	if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
		return -1
	}
	return r
}

// Excerpt gives the beginning of a text's words on one line: at most so many
// runes, cut between words, with an ellipsis where it was cut.
func Excerpt(markdown string, runes int) string {
	// Marks and addresses seldom outweigh the words by more than this, and a
	// list of excerpts should not read whole bodies.
	if most := 16*runes + 4096; len(markdown) > most {
		markdown = markdown[:most] + " …"
	}
	words := strings.Join(strings.Fields(strings.Map(undirected, Text(markdown))), " ")
	if utf8.RuneCountInString(words) <= runes {
		return words
	}
	if runes < 1 {
		return ""
	}
	cut, n := 0, 0
	for i := range words {
		if n++; n == runes { // the ellipsis takes the place of this rune
			cut = i
			break
		}
	}
	head := words[:cut]
	if next, _ := utf8.DecodeRuneInString(words[cut:]); isWord(next) {
		// A word longer than half of the room, or a script without spaces, is
		// cut where it stands.
		if space := strings.LastIndexByte(head, ' '); space > len(head)/2 {
			head = head[:space]
		}
	}
	return strings.TrimRightFunc(head, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:.–—-", r) }) + "…"
}

// Mentions lists the handles that a text mentions, each once, in order; those
// in code or in the words of a link are none. At most 100 are told.
func Mentions(markdown string) []string {
	if strings.IndexByte(markdown, '@') < 0 {
		return nil
	}
	source := clean(markdown)
	if len(source) > MaxSize {
		return nil
	}
	s := &state{mentions: true}
	var out []string
	seen := map[string]bool{}
	walk(parse([]byte(source), s), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Link, *ast.Image:
			return false
		case *pointer:
			if !seen[n.to] && len(out) < maxMentions {
				seen[n.to] = true
				out = append(out, n.to)
			}
		}
		return true
	})
	return out
}

// parse reads the source into its tree.
func parse(source []byte, s *state) ast.Node {
	return markdown.Parse(text.NewReader(source), withState(s))
}

// walk calls visit for every node, parents first; false skips the children.
func walk(n ast.Node, visit func(ast.Node) bool) {
	if !visit(n) {
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		walk(c, visit)
	}
}

// clean makes valid UTF-8 of a text, with line feeds alone between lines and
// no control characters but tabs.
func clean(s string) string {
	ok := true
	for i := range len(s) {
		if c := s[i]; c < 0x20 && c != '\n' && c != '\t' || c == 0x7f {
			ok = false
			break
		}
	}
	if ok && utf8.ValidString(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r < 0x20 && r != '\n' && r != '\t', r == 0x7f:
			return -1
		}
		return r
	}, s)
}

// unmarked reports whether a text is one line of words that cannot mean
// anything in Markdown.
func unmarked(s string) bool {
	if s == "" {
		return true
	}
	if c := s[0]; c < 0x80 && (c|0x20 < 'a' || c|0x20 > 'z') {
		return false
	}
	return !strings.ContainsAny(s, "\n\\`*_[]<>&|~")
}
