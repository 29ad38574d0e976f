package part

import (
	"hash/fnv"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/face/web/asset"
	"pollen/internal/pure/i18n"
)

// State is how alive a value is.
type State string

// The states of a value.
const (
	Fresh State = ""
	Due   State = "due"  // to be confirmed
	Late  State = "late" // overdue: to be looked at again
)

// Words says a state, for those who do not see its mark.
func (s State) Words(l *i18n.Locale) string {
	switch s {
	case Due:
		return l.T("part.due", "to confirm")
	case Late:
		return l.T("part.late", "to review")
	}
	return l.T("part.fresh", "up to date")
}

var sprite = asset.Path("icons.svg")

// Icon is a picture of the sprite. It is hidden from screen readers: words
// stand beside it always.
func Icon(name string) templ.Component { return html(func(p *page) { p.icon(name) }) }

func (p *page) icon(name string) {
	p.raw(`<svg class="i" aria-hidden="true"><use href="`)
	p.raw(sprite)
	p.raw("#")
	p.raw(name)
	p.raw(`"></use></svg>`)
}

// Grain is the mark of a state, without words: they stand beside it.
func Grain(s State) templ.Component { return html(func(p *page) { p.grain(s) }) }

func (p *page) grain(s State) {
	if s == Fresh {
		p.raw(`<span class="grain" aria-hidden="true"></span>`)
		return
	}
	p.raw(`<span class="grain `)
	p.raw(string(s))
	p.raw(`" aria-hidden="true"></span>`)
}

// Chip is a state or a filter in two words.
type Chip struct {
	Text, Href, Icon string
	Due, Line        bool // a gift is possible here; or only outlined
}

// Chips are drawn one beside the other: no more than two in a line of text.
func Chips(chips ...Chip) templ.Component {
	return html(func(p *page) {
		for _, c := range chips {
			class := "chip"
			if c.Due {
				class += " due"
			}
			if c.Line {
				class += " line"
			}
			tag := "span"
			if c.Href != "" {
				tag = "a"
			}
			p.raw("<" + tag + ` class="` + class + `"`)
			if c.Href != "" {
				p.href(c.Href)
			}
			p.raw(">")
			if c.Icon != "" {
				p.icon(c.Icon)
			}
			p.text(c.Text)
			p.raw("</" + tag + ">")
		}
	})
}

// Size is the size of a face.
type Size string

// The sizes of a face.
const (
	Mini   Size = "mini" // 1.5 rem
	Medium Size = ""     // 2 rem
	Big    Size = "big"  // 4.5 rem
)

// Face is the initials of a persona: round when it is linked to a person, a
// hexagon when nobody can tell. It decorates: the name stands beside it.
func Face(name string, kind pollen.PersonaKind, size Size) templ.Component {
	return html(func(p *page) { p.face(name, kind, size) })
}

// Portrait is the photograph of a person as their face; without one, the
// initials. It decorates: the name stands beside it.
func Portrait(href, name string, size Size) templ.Component {
	return html(func(p *page) { p.portrait(href, name, size) })
}

func (p *page) portrait(href, name string, size Size) {
	if href == "" {
		p.face(name, pollen.PersonaNamed, size)
		return
	}
	p.raw(`<img class="face`)
	if size != Medium {
		p.raw(" " + string(size))
	}
	p.raw(`"`)
	p.attr("src", href+"?w=160")
	p.raw(` alt="" width="32" height="32" loading="lazy" decoding="async">`)
}

func (p *page) face(name string, kind pollen.PersonaKind, size Size) {
	p.raw(`<span class="face`)
	initials := i18n.Initials(name)
	if kind == pollen.PersonaPseudonym {
		p.raw(" veil")
		for _, r := range initials {
			initials = string(r)
			break
		}
	}
	if size != Medium {
		p.raw(" " + string(size))
	}
	p.raw(`" aria-hidden="true">`)
	p.text(initials)
	p.raw("</span>")
}

// Emblem is the sign of a community: seven grains, the sizes of six drawn from
// its slug. It decorates: the name stands beside it.
func Emblem(slug string) templ.Component {
	h := fnv.New32a()
	h.Write([]byte(slug)) // fnv never fails
	n := h.Sum32()
	return html(func(p *page) {
		p.raw(`<svg class="emblem" viewBox="0 0 64 64" aria-hidden="true"><circle class="seed" cx="32" cy="32" r="9.5"/>`)
		for _, at := range petals {
			p.raw(at)
			p.raw([3]string{"3", "5.5", "8.5"}[n%3])
			p.raw(`"/>`)
			n /= 3
		}
		p.raw("</svg>")
	})
}

var petals = [6]string{
	`<circle cx="32" cy="12" r="`, `<circle cx="49.3" cy="22" r="`, `<circle cx="49.3" cy="42" r="`,
	`<circle cx="32" cy="52" r="`, `<circle cx="14.7" cy="42" r="`, `<circle cx="14.7" cy="22" r="`,
}
