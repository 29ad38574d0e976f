package markup

import (
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extension "github.com/yuin/goldmark/extension/ast"
)

// reader collects the words of a tree.
type reader struct {
	source []byte
	out    strings.Builder
	last   byte // written last
}

func (r *reader) write(s string) {
	if s != "" {
		r.out.WriteString(s)
		r.last = s[len(s)-1]
	}
}

// apart separates two blocks, once.
func (r *reader) apart() {
	if r.last != 0 && r.last != '\n' {
		r.write("\n")
	}
}

func (r *reader) read(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		s := string(n.Segment.Value(r.source))
		if !n.IsRaw() {
			s = unescape(s)
		}
		r.write(s)
		if n.SoftLineBreak() || n.HardLineBreak() {
			r.write("\n")
		}
		return
	case *ast.String:
		r.write(string(n.Value))
		return
	case *ast.CodeSpan:
		r.write(codeText(n, r.source))
		return
	case *ast.AutoLink:
		r.write(string(n.Label(r.source)))
		return
	case *pointer:
		r.write(n.words)
		return
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		r.apart()
		lines := n.Lines()
		for i := range lines.Len() {
			at := lines.At(i)
			r.write(string(at.Value(r.source)))
		}
		r.apart()
		return
	case *extension.TableCell:
		if n.PreviousSibling() != nil {
			r.write("\t")
		}
	default:
		if n.Type() == ast.TypeBlock {
			r.apart()
		}
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		r.read(c)
	}
}

// codeText is what stands in a code span, its line breaks read as spaces
// (CommonMark 0.31 §6.1).
func codeText(n *ast.CodeSpan, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// Spaces that do not break a line.
const (
	wide   = '\u00a0'
	narrow = '\u202f'
)

// french sets a text as French does (Lexique des règles typographiques en
// usage à l'Imprimerie nationale): a narrow space before ; ! ? and %, a wide
// one before : and inside « », none of which break the line, and ’ for '. What
// looks like an address, an hour or a symbol is left as it is.
func french(s string) string {
	if !strings.ContainsAny(s, ";:!?%«»'") {
		return s
	}
	in := []rune(s)
	out := make([]rune, 0, len(in)+8)
	at := func(i int) rune { // a space past either end
		if i < 0 || i >= len(in) {
			return ' '
		}
		return in[i]
	}
	for i, r := range in {
		switch r {
		case ';', '!', '?', '%', ':', '»':
			if next := at(i + 1); unicode.IsLetter(next) || unicode.IsDigit(next) || next == '/' {
				break // a:b, 12:30, ?x=1, !important
			}
			space := narrow
			if r == ':' || r == '»' {
				space = wide
			}
			switch last := len(out) - 1; {
			case i == 0:
			case out[last] == ' ' || out[last] == wide || out[last] == narrow:
				out[last] = space
			case r == '»', r != '%' && (unicode.IsLetter(out[last]) || out[last] == '»') && unicode.IsSpace(at(i+1)):
				out = append(out, space)
			}
		case '\'':
			if unicode.IsLetter(at(i-1)) && unicode.IsLetter(at(i+1)) {
				r = '’'
			}
		case ' ', wide, narrow:
			if at(i-1) == '«' && i > 0 {
				continue // written with the mark
			}
		}
		out = append(out, r)
		if r == '«' && i+1 < len(in) {
			out = append(out, wide)
		}
	}
	return string(out)
}

// Set sets plain words, such as an excerpt, as readers of lang are used to:
// "fr" brings the spaces and apostrophes of French typography.
func Set(words, lang string) string {
	if lang == "fr" {
		return french(words)
	}
	return words
}

// isWord reports whether a rune is part of a word.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// isHandle reports whether a byte can stand in a handle.
func isHandle(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-'
}
