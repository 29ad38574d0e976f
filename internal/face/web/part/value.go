package part

import (
	"cmp"

	"github.com/a-h/templ"

	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// Shown is one value as people read it.
type Shown struct {
	Text   string
	Href   string          // where it leads: an entry, tel:, mailto:, https:
	Lang   string          // the language of the text, where it is not the page's
	Code   bool            // left to right whatever the page: telephone, address, code
	Note   string          // beside it, quieter: a language, a size
	Markup templ.Component // stands in place of Text: a rendered long text, an image
	State  State           // in a table, where only due and late are drawn
}

// Value is one row of an entry: label, value, its life, its pencil.
type Value struct {
	ID     string // anchor on the page, name of the field
	Label  string
	Help   string
	Shown  []Shown // none: nobody has said yet
	Listed bool    // one below the other, rather than in one line
	Blank  string  // in place of "Who knows?", where nobody has said it
	Rest   *Rest   // those folded away, where there are many
	Wide   bool    // a text to read: over the whole width
	State  State
	Life   templ.Component // who said or confirmed it, when; see [Say]
	Talk   bool            // one can talk about it by itself
	Talked bool            // somebody did
	Fix    *Fix            // its correction; nil for who cannot correct it
}

// Rest is values folded away behind a word.
type Rest struct {
	Said  string // "and 127 others"
	Shown []Shown
}

// Hidden is a parameter of a form that is not shown.
type Hidden struct{ Name, Value string }

// Home is the entry whose values are drawn: what leads elsewhere from a row, and
// what a correction posts, is made of it and of the row's ID.
type Home struct {
	Path string // of the entry's page
	Base string // the revision that is read
}

// Fix is the correction of one value in its place. It posts to the page of the
// entry the "base" that was read, the "field", the parameters of Hidden and
// Input, and "note": how one knows.
type Fix struct {
	Hidden []Hidden
	Input  Input
	Open   bool   // the answer to a correction that was not kept
	Base   string // the revision that what is typed is based on, where it is not the page's
	Theirs string // what somebody else wrote meanwhile
	Note   string // how one knows, as it was typed
	More   *Link  // to a longer form
}

// Values draws the rows of a section of an entry.
func Values(l *i18n.Locale, home Home, rows []Value) templ.Component {
	return html(func(p *page) {
		w := newValueWords(l)
		p.raw(`<dl class="values">`)
		for i := range rows {
			p.value(l, w, &home, &rows[i])
		}
		p.raw("</dl>")
	})
}

// ValueRow draws one row alone: the answer to a correction made by script.
func ValueRow(l *i18n.Locale, home Home, row Value) templ.Component {
	return html(func(p *page) { p.value(l, newValueWords(l), &home, &row) })
}

// valueWords are what every row says.
type valueWords struct {
	fix, publish, atOnce, how, howHint, blank, history, theirs, keep, optional, talk string
}

func newValueWords(l *i18n.Locale) *valueWords {
	return &valueWords{
		fix:      l.T("part.fix", "Correct:"),
		publish:  l.T("part.publish", "Publish"),
		atOnce:   l.T("part.at-once", "Online at once."),
		how:      l.T("part.how", "How do you know?"),
		howHint:  l.T("part.how-hint", "Seen on site, a plan, a note…"),
		optional: l.T("part.optional", "Optional"),
		blank:    l.T("part.blank", "Who knows?"),
		talk:     l.T("part.value-talk", "Talk about:"),
		history:  l.T("part.value-history", "History of:"),
		theirs:   l.T("part.theirs", "Meanwhile somebody wrote:"),
		keep:     l.T("part.keep-theirs", "Keep theirs"),
	}
}

func (p *page) value(l *i18n.Locale, w *valueWords, home *Home, v *Value) {
	p.raw(`<div class="value`)
	if v.Wide {
		p.raw(" wide-value")
	}
	p.raw(`"`)
	p.attr("id", v.ID)
	if v.State == Due || v.State == Late {
		p.attr("data-state", string(v.State))
	}
	p.raw("><dt")
	if v.Help != "" {
		p.attr("title", v.Help)
	}
	p.raw(">")
	p.text(v.Label)
	p.raw(`</dt><dd class="v">`)
	p.shown(v.Shown, v.Listed)
	if v.Rest != nil {
		p.raw(`<details class="rest"><summary>`)
		p.text(v.Rest.Said)
		p.raw("</summary>")
		p.shown(v.Rest.Shown, true)
		p.raw("</details>")
	}
	if len(v.Shown) == 0 {
		p.raw(`<span class="blank">`)
		p.text(or(v.Blank, w.blank))
		p.raw("</span>")
	}
	p.raw(`</dd><dd class="life">`)
	if len(v.Shown) > 0 {
		p.grain(v.State)
		p.raw("<span>")
		if v.State != Fresh {
			p.raw(`<span class="vh">`)
			p.text(v.State.Words(l))
			p.raw(". </span>")
		}
		p.add(v.Life)
		p.beside(home, v, "history", w.history, false)
		if v.Talk {
			p.beside(home, v, "talk", w.talk, v.Talked)
		}
		p.raw("</span>")
	}
	p.raw("</dd>")
	if v.Fix != nil {
		p.fix(l, w, home, v)
	}
	p.raw("</div>")
}

// beside leads to a page about one value: its history, what is said about it.
// The link is always seen where on.
func (p *page) beside(home *Home, v *Value, which, words string, on bool) {
	p.raw(` <a class="hist`)
	if on {
		p.raw(" on")
	}
	p.raw(`" href="`)
	p.text(home.Path)
	p.raw("/")
	p.raw(which)
	p.raw("?field=")
	p.text(v.ID)
	p.raw(`">`)
	p.icon(which)
	p.raw(`<span class="vh">`)
	p.text(words)
	p.raw(" ")
	p.text(v.Label)
	p.raw("</span></a>")
}

// shown writes values in one line, or one below the other.
func (p *page) shown(all []Shown, listed bool) {
	listed = listed && len(all) > 1
	if listed {
		p.raw(`<ul class="many">`)
	}
	for i := range all {
		switch {
		case listed:
			p.raw("<li>")
		case i > 0:
			p.raw(", ")
		}
		p.one(&all[i])
		if listed {
			p.raw("</li>")
		}
	}
	if listed {
		p.raw("</ul>")
	}
}

func (p *page) one(s *Shown) {
	switch {
	case s.Markup != nil:
		p.add(s.Markup)
	case s.Href != "":
		p.raw("<a")
		p.href(s.Href)
		p.language(s)
		if !s.Code {
			p.auto(s.Text)
		}
		p.raw(">")
		p.text(s.Text)
		p.raw("</a>")
	case s.Code || s.Lang != "":
		p.raw("<bdi")
		p.language(s)
		p.raw(">")
		p.text(s.Text)
		p.raw("</bdi>")
	default:
		p.isolated(s.Text)
	}
	if s.Note != "" {
		p.raw(` <span class="faint xs">`)
		p.isolated(s.Note)
		p.raw("</span>")
	}
}

func (p *page) language(s *Shown) {
	if s.Lang != "" {
		p.attr("lang", s.Lang)
	}
	if s.Code {
		p.raw(` dir="ltr"`)
	}
}

func (p *page) fix(l *i18n.Locale, w *valueWords, home *Home, v *Value) {
	f := v.Fix
	p.raw(`<dd class="fix"><details name="fix"`)
	if f.Open {
		p.raw(" open")
	}
	p.raw(`><summary class="pen"><span class="vh">`)
	p.text(w.fix)
	p.raw(" ")
	p.text(v.Label)
	p.raw("</span>")
	p.icon("pencil")
	p.icon("close")
	p.raw(`</summary><form class="stack tight" method="post" action="`)
	p.here(home, v)
	p.raw(`"`)
	p.attr("data-swap", v.ID)
	if f.Input.Type == schema.Image || f.Input.Type == schema.Attachment {
		p.raw(` enctype="multipart/form-data"`)
	}
	p.raw(`><input type="hidden" name="base"`)
	p.attr("value", cmp.Or(f.Base, home.Base))
	p.raw(`><input type="hidden" name="field"`)
	p.attr("value", v.ID)
	p.raw(">")
	p.hidden(f.Hidden)
	if f.Theirs != "" {
		p.raw(`<p class="notice due">`)
		p.icon("ask")
		p.raw("<span><b>")
		p.text(w.theirs)
		p.raw("</b> ")
		p.text(f.Theirs)
		p.raw(`</span><a class="btn small" href="`)
		p.here(home, v)
		p.raw(`">`)
		p.text(w.keep)
		p.raw("</a></p>")
	}
	in := f.Input // the label is the row's own, heard and not seen twice
	if in.ID == "" {
		in.ID = "f-" + v.ID
	}
	if in.grouped() {
		p.field(l, &in)
	} else {
		p.raw(`<label class="vh"`)
		p.attr("for", in.ID)
		p.raw(">")
		p.text(v.Label)
		p.raw("</label>")
		in.Label = ""
		p.field(l, &in)
	}
	p.raw(`<div class="field how"><label class="xs"`)
	p.attr("for", in.ID+"-note")
	p.raw(">")
	p.text(w.how)
	p.raw(` <span class="faint">`)
	p.text(w.optional)
	p.raw(`</span></label><input class="in" name="note" maxlength="500" autocomplete="off"`)
	p.attr("id", in.ID+"-note")
	p.attr("placeholder", w.howHint)
	p.attr("value", f.Note)
	p.raw(`></div><p class="row close"><button class="btn main">`)
	p.text(w.publish)
	p.raw(`</button><span class="xs faint">`)
	p.text(w.atOnce)
	p.raw("</span>")
	if f.More != nil {
		p.raw(`<a class="xs"`)
		p.href(f.More.Href)
		p.raw(">")
		p.text(f.More.Text)
		p.raw("</a>")
	}
	p.raw("</p></form></details></dd>")
}

// here writes the address of a row on the page of its entry.
func (p *page) here(home *Home, v *Value) {
	p.text(home.Path)
	p.raw("#")
	p.text(v.ID)
}

func (p *page) hidden(all []Hidden) {
	for _, h := range all {
		p.raw(`<input type="hidden"`)
		p.attr("name", h.Name)
		p.attr("value", h.Value)
		p.raw(">")
	}
}

// ShownAll draws values in one line.
func ShownAll(all []Shown) templ.Component { return html(func(p *page) { p.shown(all, false) }) }
