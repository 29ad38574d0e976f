package part

import (
	"strings"

	"github.com/a-h/templ"

	"pollen/internal/pure/i18n"
)

// Say is a sentence of the catalogue in which some placeholders stand for
// components, such as links. Args alternates names and values, as for
// [i18n.Locale.T]; a value may be a [templ.Component].
func Say(l *i18n.Locale, key, english string, args ...any) templ.Component {
	return fill(l, l.T(key, english), args)
}

// SayN is [Say] with a singular and a plural: see [i18n.Locale.N].
func SayN(l *i18n.Locale, key string, n int, one, other string, args ...any) templ.Component {
	return fill(l, l.N(key, n, one, other), args)
}

func fill(l *i18n.Locale, text string, args []any) templ.Component {
	return html(func(p *page) {
		for text := text; ; { // a component may be drawn more than once
			before, rest, ok := strings.Cut(text, "{")
			name, after, closed := strings.Cut(rest, "}")
			if !ok || !closed {
				p.text(text)
				return
			}
			p.text(before)
			switch v := find(args, name).(type) {
			case nil:
				p.text("{" + name + "}")
			case templ.Component:
				p.add(v)
			default:
				p.isolated(l.Value(v))
			}
			text = after
		}
	})
}

func find(args []any, name string) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return nil
}

// Strong is a text that stands out in its sentence.
func Strong(s string) templ.Component {
	return html(func(p *page) {
		p.raw("<b>")
		p.isolated(s)
		p.raw("</b>")
	})
}

// Link is a text that leads somewhere.
type Link struct{ Text, Href string }

// Anchor is a link as a component, to stand in a sentence.
func Anchor(to Link) templ.Component {
	return html(func(p *page) {
		p.raw("<a")
		p.href(to.Href)
		p.auto(to.Text)
		p.raw(">")
		p.text(to.Text)
		p.raw("</a>")
	})
}
