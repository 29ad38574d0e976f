package part

import (
	"encoding/json"
	"strings"

	"github.com/a-h/templ"

	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// What the parameters of an input of files are called, after its name: the
// hashes to leave out, what a picture shows, and whether the person on it
// agrees.
const (
	DropFile = ".drop"
	AltText  = ".alt"
	Consent  = ".consent"
)

// Picture draws an image small, leading to the whole one. The address takes
// the width of what it answers with as w.
func Picture(href, alt string) templ.Component {
	return html(func(p *page) {
		p.raw(`<a class="picture"`)
		p.href(href)
		p.raw("><img")
		p.attr("src", href+"?w=160")
		p.attr("srcset", href+"?w=160 1x, "+href+"?w=640 2x")
		p.attr("alt", alt)
		p.raw(` loading="lazy" decoding="async"></a>`)
	})
}

// files writes an input of files: those that are there, each with a box to
// leave it out, and where to choose others.
func (p *page) files(l *i18n.Locale, in *Input) {
	p.raw(`<div class="rows">`)
	for _, row := range in.Rows {
		var b schema.Blob
		if json.Unmarshal([]byte(row.Text), &b) != nil {
			continue // what was typed in place of a file
		}
		p.raw(`<label class="opt"><input type="checkbox"`)
		p.attr("name", in.Name+DropFile)
		p.attr("value", b.Hash)
		p.raw("><span>")
		p.text(l.T("part.drop-file", "Remove {name}", "name", b.Name))
		p.raw("</span></label>")
	}
	p.raw(`<input class="in file" type="file"`)
	p.common(in, in.id(), in.Label)
	if in.Many {
		p.raw(" multiple")
	}
	switch {
	case in.Type == schema.Image:
		p.attr("accept", strings.Join(schema.ImageTypes, ","))
	case len(in.Accept) > 0:
		p.attr("accept", strings.Join(in.Accept, ","))
	}
	p.raw(">")
	if in.Type == schema.Image {
		p.raw(`<input class="in" maxlength="300" dir="auto" autocomplete="off"`)
		p.attr("name", in.Name+AltText)
		label := l.T("part.alt", "What the picture shows, for those who do not see it")
		p.attr("aria-label", label)
		p.attr("placeholder", label)
		p.raw(`><label class="opt"><input type="checkbox" value="yes"`)
		p.attr("name", in.Name+Consent)
		p.raw("><span>")
		p.text(l.T("part.consent", "Whoever can be recognised on it agrees"))
		p.raw("</span></label>")
	}
	p.raw("</div>")
}
