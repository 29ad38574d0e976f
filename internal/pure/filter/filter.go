package filter

import (
	"slices"
	"strings"
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
	Contains  Op = "contains"
	In        Op = "in"
	IsPresent Op = "present"
)

// Yes is what a field that stands alone is compared with.
const Yes = "yes"

// Expr is a node of the tree: *And, *Or, *Not or *Cmp.
type Expr interface {
	// String writes the expression in one canonical spelling. Whatever Parse
	// gave is written so that Parse gives it again.
	String() string

	write(*strings.Builder)
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

func (a *And) String() string { return text(a) }
func (o *Or) String() string  { return text(o) }
func (n *Not) String() string { return text(n) }
func (c *Cmp) String() string { return text(c) }

func text(e Expr) string {
	var b strings.Builder
	e.write(&b)
	return b.String()
}

func (a *And) write(b *strings.Builder) { writeParts(b, a.All, " and ") }
func (o *Or) write(b *strings.Builder)  { writeParts(b, o.Any, " or ") }

func (n *Not) write(b *strings.Builder) {
	b.WriteString("not ")
	writePart(b, n.Expr, "")
}

func writeParts(b *strings.Builder, parts []Expr, word string) {
	for i, p := range parts {
		if i > 0 {
			b.WriteString(word)
		}
		writePart(b, p, word)
	}
}

// writePart writes a part of a larger expression, in parentheses where the
// part would be read differently without: everything but an and among ors.
func writePart(b *strings.Builder, e Expr, word string) {
	bare := true
	switch e.(type) {
	case *Or:
		bare = false
	case *And:
		bare = word == " or "
	}
	if bare {
		e.write(b)
		return
	}
	b.WriteByte('(')
	e.write(b)
	b.WriteByte(')')
}

func (c *Cmp) write(b *strings.Builder) {
	b.WriteString(c.Field)
	b.WriteByte(' ')
	b.WriteString(string(c.Op))
	switch c.Op {
	case IsPresent:
	case In:
		b.WriteString(" (")
		for i, v := range c.Values {
			if i > 0 {
				b.WriteString(", ")
			}
			quote(b, v)
		}
		b.WriteByte(')')
	default:
		b.WriteByte(' ')
		quote(b, c.Values[0])
	}
}

func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
}

// Walk calls visit for every comparison, from left to right.
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

// Match evaluates an expression on one entry; it is what translations of it
// are measured by. get gives the values of a field, compare orders a value of
// a field (a) and a text of the expression (b), fold folds both before starts
// and contains.
func Match(e Expr, get func(field string) []string, compare func(field, a, b string) int, fold func(string) string) bool {
	switch e := e.(type) {
	case *And:
		return !slices.ContainsFunc(e.All, func(p Expr) bool { return !Match(p, get, compare, fold) })
	case *Or:
		return slices.ContainsFunc(e.Any, func(p Expr) bool { return Match(p, get, compare, fold) })
	case *Not:
		return !Match(e.Expr, get, compare, fold)
	case *Cmp:
		found := slices.ContainsFunc(get(e.Field), func(value string) bool {
			switch e.Op {
			case IsPresent:
				return true
			case Starts:
				return strings.HasPrefix(fold(value), fold(e.Values[0]))
			case Contains:
				return strings.Contains(fold(value), fold(e.Values[0]))
			}
			return slices.ContainsFunc(e.Values, func(wanted string) bool { return holds(e.Op, compare(e.Field, value, wanted)) })
		})
		return found != (e.Op == NotEqual)
	}
	return false
}

// holds reports whether an order fulfils a comparison. NotEqual is answered as
// Equal, and turned round when all values have been seen.
func holds(op Op, order int) bool {
	switch op {
	case Less:
		return order < 0
	case AtMost:
		return order <= 0
	case More:
		return order > 0
	case AtLeast:
		return order >= 0
	}
	return order == 0
}
