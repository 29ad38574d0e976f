package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pollen"
)

// Limits of an expression.
const (
	maxBytes = 4000 // as typed, and in its canonical spelling
	maxDepth = 32   // parentheses and nots in one another
	maxCmps  = 100
)

// Parse reads an expression. It fails with Invalid, telling at which character
// it stopped and what was expected there.
func Parse(s string) (Expr, error) {
	if len(s) > maxBytes {
		return nil, tooLong()
	}
	p := &parser{src: s}
	if p.at = unreadable(s); p.at >= 0 {
		return nil, p.fail("filter.character", "The filter has a character at {at} that cannot be read. Type it again from there.")
	}
	p.next()
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.kind != end {
		return nil, p.fail("filter.expected-end", "The filter stops making sense at character {at}: expected and, or, or the end.")
	}
	// The canonical spelling adds quotes and spaces; it must be readable too.
	if len(s) > maxBytes/10 && len(e.String()) > maxBytes {
		return nil, tooLong()
	}
	return e, nil
}

// unreadable is where the first byte stands that no text holds, or -1.
func unreadable(s string) int {
	for i, r := range s {
		if r < 0x20 && !unicode.IsSpace(r) || r == 0x7f {
			return i
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}

func tooLong() error {
	return pollen.Errorf(pollen.Invalid, "filter.long", "The filter is too long: at most {max} characters.", "max", maxBytes).On("filter")
}

type tokenKind int

const (
	end tokenKind = iota
	word
	quoted
	symbol
	unclosed // a quotation mark without its pair
)

type parser struct {
	src  string
	pos  int // after the current token
	at   int // of the current token
	kind tokenKind
	text string
	cmps int
}

// fail says where the current token stands, in characters, and what is wrong
// with it.
func (p *parser) fail(key, text string) error {
	at := utf8.RuneCountInString(p.src[:p.at]) + 1
	if p.kind == unclosed {
		return pollen.Errorf(pollen.Invalid, "filter.quote", "The quotation mark at character {at} is not closed.", "at", at).On("filter")
	}
	return pollen.Errorf(pollen.Invalid, key, text, "at", at).On("filter")
}

// next moves to the next token.
func (p *parser) next() {
	p.pos += len(p.src[p.pos:]) - len(strings.TrimLeftFunc(p.src[p.pos:], unicode.IsSpace))
	p.at = p.pos
	if p.pos == len(p.src) {
		p.kind, p.text = end, ""
		return
	}
	switch c := p.src[p.pos]; c {
	case '"':
		p.quoted()
	case '(', ')', ',', '=':
		p.kind, p.text = symbol, p.src[p.pos:p.pos+1]
		p.pos++
	case '<', '>', '!':
		n := 1
		if p.pos+1 < len(p.src) && p.src[p.pos+1] == '=' {
			n = 2
		}
		p.kind, p.text = symbol, p.src[p.pos:p.pos+n]
		p.pos += n
	default:
		n := strings.IndexFunc(p.src[p.pos:], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"(),=<>!`, r) })
		if n < 0 {
			n = len(p.src) - p.pos
		}
		p.kind, p.text = word, p.src[p.pos:p.pos+n]
		p.pos += n
	}
}

func (p *parser) quoted() {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\' && i+1 < len(p.src):
			i++
			b.WriteByte(p.src[i])
		case c == '"':
			p.kind, p.text, p.pos = quoted, b.String(), i+1
			return
		default:
			b.WriteByte(c)
		}
	}
	p.kind = unclosed
}

// keyword reports whether the current token is a word of the language.
func (p *parser) keyword(w string) bool { return p.kind == word && strings.EqualFold(p.text, w) }

func (p *parser) symbol(s string) bool { return p.kind == symbol && p.text == s }

func (p *parser) or(depth int) (Expr, error) {
	var parts []Expr
	for {
		e, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		if o, ok := e.(*Or); ok { // (a or b) or c
			parts = append(parts, o.Any...)
		} else {
			parts = append(parts, e)
		}
		if !p.keyword("or") {
			break
		}
		p.next()
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return &Or{parts}, nil
}

func (p *parser) and(depth int) (Expr, error) {
	var parts []Expr
	for {
		e, err := p.fact(depth)
		if err != nil {
			return nil, err
		}
		if a, ok := e.(*And); ok { // (a and b) and c
			parts = append(parts, a.All...)
		} else {
			parts = append(parts, e)
		}
		if !p.keyword("and") {
			break
		}
		p.next()
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return &And{parts}, nil
}

func (p *parser) fact(depth int) (Expr, error) {
	switch {
	case p.keyword("not"):
		if err := p.deeper(depth); err != nil {
			return nil, err
		}
		p.next()
		e, err := p.fact(depth + 1)
		if err != nil {
			return nil, err
		}
		return &Not{e}, nil
	case p.symbol("("):
		if err := p.deeper(depth); err != nil {
			return nil, err
		}
		p.next()
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.symbol(")") {
			return nil, p.fail("filter.expected-close", "The filter stops making sense at character {at}: expected and, or, or a closing parenthesis.")
		}
		p.next()
		return e, nil
	case p.kind == word && isField(p.text):
		return p.cmp()
	}
	return nil, p.fail("filter.expected-field", "The filter stops making sense at character {at}: expected the name of a field.")
}

func (p *parser) deeper(depth int) error {
	if depth < maxDepth {
		return nil
	}
	return p.fail("filter.deep", "The filter is nested too deep at character {at}. Take some parentheses out.")
}

// isField reports whether a word can name a field; and, or and not cannot.
func isField(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || i > 0 && ('0' <= c && c <= '9' || c == '_')) {
			return false
		}
	}
	return s != "and" && s != "or" && s != "not" && len(s) < 64
}

func (p *parser) cmp() (Expr, error) {
	if p.cmps++; p.cmps > maxCmps {
		return nil, p.fail("filter.many", "The filter compares too much from character {at} on. Use in (…) for several values of a field.")
	}
	c := &Cmp{Field: p.text}
	p.next()
	if p.kind == end || p.symbol(")") || p.keyword("and") || p.keyword("or") {
		c.Op, c.Values = Equal, []string{Yes}
		return c, nil
	}
	if p.kind != word && p.kind != symbol {
		return nil, p.noOperator()
	}
	c.Op = Op(strings.ToLower(p.text))
	switch c.Op {
	case IsPresent:
		p.next()
		return c, nil
	case In:
		p.next()
		return p.list(c)
	case Equal, NotEqual, Less, AtMost, More, AtLeast, Starts, Contains:
		p.next()
		return c, p.value(c)
	}
	return nil, p.noOperator()
}

func (p *parser) noOperator() error {
	return p.fail("filter.expected-operator", "The filter stops making sense at character {at}: expected =, !=, <, <=, >, >=, starts, contains, in or present.")
}

// value reads one value into the comparison.
func (p *parser) value(c *Cmp) error {
	if p.kind != word && p.kind != quoted {
		return p.fail("filter.expected-value", "The filter stops making sense at character {at}: expected a value.")
	}
	c.Values = append(c.Values, p.text)
	p.next()
	return nil
}

// list reads the values of in.
func (p *parser) list(c *Cmp) (Expr, error) {
	if !p.symbol("(") {
		return nil, p.fail("filter.expected-list", "The filter stops making sense at character {at}: expected values in parentheses.")
	}
	for {
		p.next()
		if err := p.value(c); err != nil {
			return nil, err
		}
		switch {
		case p.symbol(")"):
			p.next()
			return c, nil
		case !p.symbol(","):
			return nil, p.fail("filter.expected-comma", "The filter stops making sense at character {at}: expected a comma or a closing parenthesis.")
		}
	}
}
