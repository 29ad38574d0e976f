// Package filter is the one language in which entries are filtered: REST,
// tables, and later SCIM and LDAP translate into its tree.
//
//	expr  = term { "or" term }
//	term  = fact { "and" fact }
//	fact  = "not" fact | "(" expr ")" | field op
//	op    = ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "starts" ) value
//	      | "in" "(" value { "," value } ")" | "present"
//	field = letter { letter | digit | "_" }
//	value = '"' { any character, with \" and \\ } '"' | word
//
// For instance: population >= 1000 and region in ("53", "52") and not closed = yes
package filter

import (
	"strings"
	"unicode"

	"pollen"
)

// Op compares a field with values.
type Op string

// The comparisons.
const (
	Equal     Op = "="
	NotEqual  Op = "!="
	Less      Op = "<"
	AtMost    Op = "<="
	More      Op = ">"
	AtLeast   Op = ">="
	Starts    Op = "starts"
	In        Op = "in"
	IsPresent Op = "present"
)

// Expr is a node of the tree: *And, *Or, *Not or *Cmp.
type Expr interface {
	// String writes the expression so that Parse reads the same tree.
	String() string
}

// And holds when all of its parts do.
type And struct{ All []Expr }

// Or holds when one of its parts does.
type Or struct{ Any []Expr }

// Not holds when its part does not.
type Not struct{ Expr Expr }

// Cmp compares one field. A many-valued field fulfils it when one of its
// values does.
type Cmp struct {
	Field  string
	Op     Op
	Values []string // one; several for In; none for IsPresent
}

func (a *And) String() string { return join(a.All, " and ") }
func (o *Or) String() string  { return join(o.Any, " or ") }
func (n *Not) String() string { return "not (" + n.Expr.String() + ")" }

func join(parts []Expr, word string) string {
	s := make([]string, len(parts))
	for i, p := range parts {
		if s[i] = p.String(); len(parts) > 1 {
			if _, plain := p.(*Cmp); !plain {
				s[i] = "(" + s[i] + ")"
			}
		}
	}
	return strings.Join(s, word)
}

func (c *Cmp) String() string {
	quoted := make([]string, len(c.Values))
	for i, v := range c.Values {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
	}
	switch c.Op {
	case IsPresent:
		return c.Field + " present"
	case In:
		return c.Field + " in (" + strings.Join(quoted, ", ") + ")"
	}
	return c.Field + " " + string(c.Op) + " " + quoted[0]
}

// Limits of an expression.
const (
	maxBytes = 4000
	maxDepth = 32
	maxCmps  = 100
)

// Parse reads an expression. It fails with Invalid, telling at which character
// and what was expected.
func Parse(s string) (Expr, error) {
	if len(s) > maxBytes {
		return nil, pollen.Errorf(pollen.Invalid, "filter.long", "The filter is too long: at most {max} characters.", "max", maxBytes).On("filter")
	}
	p := &parser{src: s}
	p.next()
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.kind != end {
		return nil, p.expected("and, or, or the end")
	}
	return e, nil
}

type tokenKind int

const (
	end tokenKind = iota
	word
	quoted
	symbol
	damaged
)

type parser struct {
	src  string
	pos  int // after the current token
	at   int // of the current token
	kind tokenKind
	text string
	cmps int
}

func (p *parser) expected(what string) error {
	return pollen.Errorf(pollen.Invalid, "filter.expected", "The filter stops making sense at character {at}: expected {what}.", "at", p.at+1, "what", what).On("filter")
}

// next moves to the next token.
func (p *parser) next() {
	for p.pos < len(p.src) && strings.IndexByte(" \t\n\r", p.src[p.pos]) >= 0 {
		p.pos++
	}
	p.at = p.pos
	if p.pos == len(p.src) {
		p.kind, p.text = end, ""
		return
	}
	switch c := p.src[p.pos]; {
	case c == '"':
		p.quotedText()
	case strings.IndexByte("(),", c) >= 0, c == '=':
		p.kind, p.text = symbol, string(c)
		p.pos++
	case c == '<' || c == '>' || c == '!':
		p.kind, p.text = symbol, string(c)
		p.pos++
		if p.pos < len(p.src) && p.src[p.pos] == '=' {
			p.text += "="
			p.pos++
		}
	default:
		n := strings.IndexFunc(p.src[p.pos:], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"(),=<>!`, r) })
		if n < 0 {
			n = len(p.src) - p.pos
		}
		if n == 0 { // a space that is none of the four above
			p.kind = damaged
			return
		}
		p.kind, p.text = word, p.src[p.pos:p.pos+n]
		p.pos += n
	}
}

func (p *parser) quotedText() {
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
	p.kind = damaged
}

// keyword reports whether the current token is a word of the language.
func (p *parser) keyword(w string) bool { return p.kind == word && strings.EqualFold(p.text, w) }

func (p *parser) or(depth int) (Expr, error) {
	return p.chain(depth, "or", p.and, func(all []Expr) Expr { return &Or{all} })
}

func (p *parser) and(depth int) (Expr, error) {
	return p.chain(depth, "and", p.fact, func(all []Expr) Expr { return &And{all} })
}

func (p *parser) chain(depth int, w string, part func(int) (Expr, error), make func([]Expr) Expr) (Expr, error) {
	var all []Expr
	for {
		e, err := part(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
		if !p.keyword(w) {
			break
		}
		p.next()
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return make(all), nil
}

func (p *parser) fact(depth int) (Expr, error) {
	if depth == maxDepth {
		return nil, p.expected("fewer parentheses")
	}
	switch {
	case p.keyword("not"):
		p.next()
		e, err := p.fact(depth + 1)
		return &Not{e}, err
	case p.kind == symbol && p.text == "(":
		p.next()
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.kind != symbol || p.text != ")" {
			return nil, p.expected(")")
		}
		p.next()
		return e, nil
	case p.kind == word && isField(p.text):
		return p.cmp()
	}
	return nil, p.expected("the name of a field")
}

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
	c := &Cmp{Field: p.text}
	if p.cmps++; p.cmps > maxCmps {
		return nil, p.expected("fewer comparisons")
	}
	p.next()
	op := Op(strings.ToLower(p.text))
	switch {
	case p.kind == word && op == IsPresent:
		c.Op = op
		p.next()
		return c, nil
	case p.kind == word && op == In:
		return p.list(c)
	case p.kind == word && op == Starts, p.kind == symbol && strings.Contains(" = != < <= > >= ", " "+p.text+" "):
		c.Op = op
		p.next()
		if p.kind != word && p.kind != quoted {
			return nil, p.expected("a value")
		}
		c.Values = []string{p.text}
		p.next()
		return c, nil
	}
	return nil, p.expected("=, !=, <, <=, >, >=, starts, in or present")
}

func (p *parser) list(c *Cmp) (Expr, error) {
	c.Op = In
	for first := true; ; first = false {
		p.next()
		if first && (p.kind != symbol || p.text != "(") {
			return nil, p.expected("(")
		}
		if first {
			p.next()
		}
		if p.kind != word && p.kind != quoted {
			return nil, p.expected("a value")
		}
		c.Values = append(c.Values, p.text)
		p.next()
		switch {
		case p.kind == symbol && p.text == ")":
			p.next()
			return c, nil
		case p.kind != symbol || p.text != ",":
			return nil, p.expected(", or )")
		}
	}
}

// Walk calls visit for every comparison.
func Walk(e Expr, visit func(*Cmp)) {
	switch e := e.(type) {
	case *And:
		for _, p := range e.All {
			Walk(p, visit)
		}
	case *Or:
		for _, p := range e.Any {
			Walk(p, visit)
		}
	case *Not:
		Walk(e.Expr, visit)
	case *Cmp:
		visit(e)
	}
}
