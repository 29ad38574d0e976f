package part

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// What the parameters of an input of files are called, after its name: the
// hashes to leave out, the files that were kept though their form was refused,
// what a picture shows, and whether the person on it agrees.
const (
	dropFile = ".drop"
	sentFile = ".sent"
	altText  = ".alt"
	consent  = ".consent"
)

// Files is what a form says of files.
type Files struct {
	Drop    []string      // hashes of those to leave out
	Sent    []schema.Blob // that came, and need not be sent again
	Alt     string        // what the pictures that came show
	Consent bool          // whoever can be recognised on them agrees
}

// ReadFiles reads what a form says of the files of an [Input].
func ReadFiles(form url.Values, name string) Files {
	out := Files{Drop: form[name+dropFile], Alt: strings.TrimSpace(form.Get(name + altText)), Consent: form.Get(name+consent) != ""}
	for _, text := range form[name+sentFile] {
		var b schema.Blob
		if json.Unmarshal([]byte(text), &b) == nil {
			out.Sent = append(out.Sent, b)
		}
	}
	return out
}

// Send adds a file that came to a form, so that it need not be sent again where
// the form is refused.
func Send(form url.Values, name string, b schema.Blob) { form.Add(name+sentFile, sent(b)) }

// sent is a file as a parameter.
func sent(b schema.Blob) string {
	text, err := json.Marshal(b)
	if err != nil {
		panic("part: a file that cannot be encoded: " + err.Error())
	}
	return string(text)
}

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
// leave it out, those that came already, each with a box to keep it, and where to
// choose others.
func (p *page) files(l *i18n.Locale, in *Input) {
	p.raw(`<div class="rows">`)
	for _, row := range in.Rows {
		var b schema.Blob
		if json.Unmarshal([]byte(row.Text), &b) != nil {
			continue // what was typed in place of a file
		}
		p.box(in.Name+dropFile, b.Hash, slices.Contains(in.Files.Drop, b.Hash), l.T("part.drop-file", "Remove {name}", "name", b.Name))
	}
	for _, b := range in.Files.Sent {
		p.box(in.Name+sentFile, sent(b), true, l.T("part.sent-file", "Keep {name}, which has arrived", "name", b.Name))
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
		p.attr("name", in.Name+altText)
		p.attr("value", in.Files.Alt)
		label := l.T("part.alt", "What the picture shows, for those who do not see it")
		p.attr("aria-label", label)
		p.attr("placeholder", label)
		p.raw(">")
		p.box(in.Name+consent, "yes", in.Files.Consent, l.T("part.consent", "Whoever can be recognised on it agrees"))
	}
	p.raw("</div>")
}

// box writes a box to tick, with its label.
func (p *page) box(name, value string, ticked bool, label string) {
	p.raw(`<label class="opt"><input type="checkbox"`)
	p.attr("name", name)
	p.attr("value", value)
	if ticked {
		p.raw(" checked")
	}
	p.raw("><span>")
	p.text(label)
	p.raw("</span></label>")
}
