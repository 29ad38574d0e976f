package part

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// Choice is one of the values that a field offers.
type Choice struct {
	Value, Label string
}

// Row is one value in an input, as [schema.Field.Texts] writes it.
type Row struct {
	Text string // of a reference: the title people see
	Tag  string // of a language-tagged text: its language
	Ref  string // of a reference: the identifier behind the title
}

// Input is what a field is typed into. The name of its parameters is Name;
// [ReadInput] reads them. Without script a many-valued input has one blank row
// more than values; with it, rows are added and removed.
type Input struct {
	ID, Name    string // ID is unique on the page; "" is Name
	Label, Help string // "" where another element labels it
	Error       string
	Hint        string // an example in the blank field, never a label
	Type        schema.Type
	Many        bool
	Required    bool
	Rows        []Row
	Unit        string   // of a number
	Choices     []Choice // of a choice
	Target      string   // slug of the collection referred to; "" any
	Languages   []string // tags offered for a text in another language
	Accept      []string // media types of a file
	Files       Files    // what was said of files, to be said again
	Lines       int      // height of a long text; 0 is 6
	Theirs      string   // what somebody else wrote meanwhile: one keeps it, or what is typed
	Base        string   // the revision that what is typed is based on, where it is not the form's
	Width       string   // "half" or ""
}

// InputOf is the input of a schema's field that holds v. Titles gives the title
// of an entry that v refers to, by its identifier; it may be nil where the field
// is no reference.
func InputOf(l *i18n.Locale, f *schema.Field, v json.RawMessage, titles func(id string) string) Input {
	in := Input{
		Name: f.Name, Label: f.LabelIn(l.Tag()), Help: schema.Pick(f.Help, l.Tag(), ""), Type: f.Type, Many: f.Many,
		Required: f.Required, Unit: f.Unit, Target: f.Target, Accept: f.Accept,
	}
	if f.Type == schema.Localized {
		in.Languages = []string{"fr", "en", "de", "es", "it", "pt", "nl", "pl", "ar", "zh"}
		f.Each(v, func(one json.RawMessage, tag string) { in.Rows = append(in.Rows, Row{Text: unquote(one), Tag: tag}) })
		slices.SortStableFunc(in.Rows, func(a, b Row) int { return Nearness(l, a.Tag) - Nearness(l, b.Tag) })
		if len(in.Rows) == 0 || Nearness(l, in.Rows[0].Tag) > 0 { // what the reader can say is asked first
			in.Rows = slices.Insert(in.Rows, 0, Row{Tag: l.Tag()})
		}
		return in
	}
	texts := f.Texts(v)
	for _, t := range texts {
		row := Row{Text: t}
		if f.Type == schema.Reference {
			row.Ref = t
			if titles != nil {
				row.Text = titles(t)
			}
		}
		in.Rows = append(in.Rows, row)
	}
	for i := range f.Terms {
		t := &f.Terms[i]
		if !t.Retired || contains(texts, t.Code) {
			in.Choices = append(in.Choices, Choice{t.Code, schema.Pick(t.Label, l.Tag(), t.Code)})
		}
	}
	return in
}

// Far is the nearness of languages that few readers of the pages read.
const Far = 100

// Nearness ranks a language for a reader: 0 is their own, then come the others
// that the pages are in, texts of no language in particular, and Far.
func Nearness(l *i18n.Locale, tag string) int {
	language, _, _ := strings.Cut(tag, "-")
	if language == l.Tag() {
		return 0
	}
	for i, other := range i18n.Locales {
		if language == other.Tag() {
			return 1 + i
		}
	}
	if language == "und" || language == "" {
		return Far - 1
	}
	return Far
}

func unquote(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return "" // language-tagged texts are always strings
	}
	return s
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// What the parameters are called, after the name of an input, that say which of
// two values to keep ("theirs", "mine") and which revision one saw.
const (
	Keep = ".keep"
	Base = ".base"
)

// Field draws an input with its label above, its help and its error below.
func Field(l *i18n.Locale, in Input) templ.Component {
	return html(func(p *page) { p.field(l, &in) })
}

// Fields draws inputs one below the other.
func Fields(l *i18n.Locale, all []Input) templ.Component {
	return html(func(p *page) {
		for i := range all {
			p.field(l, &all[i])
		}
	})
}

// grouped reports whether the input is several controls, so that a fieldset and
// a legend stand in place of a div and a label.
func (in *Input) grouped() bool {
	switch in.Type {
	case schema.Localized, schema.Boolean, schema.Image, schema.Attachment:
		return true
	case schema.Choice:
		return in.Many || len(in.Choices) <= 4
	}
	return in.Many
}

// Anchor is the id of what one is led to where the input is marked.
func (in *Input) Anchor() string {
	if in.Theirs != "" {
		return in.id() + "-theirs"
	}
	if in.grouped() {
		return in.id() + "-error"
	}
	return in.id()
}

func (in *Input) id() string {
	if in.ID != "" {
		return in.ID
	}
	return in.Name
}

func (p *page) field(l *i18n.Locale, in *Input) {
	grouped, id := in.grouped(), in.id()
	tag := "div"
	if grouped {
		tag = "fieldset"
	}
	p.raw("<" + tag + ` class="field`)
	if in.Width != "" {
		p.raw(" " + in.Width)
	}
	p.raw(`"`)
	if grouped {
		in.describe(p)
	}
	p.raw(">")
	if in.Label != "" {
		if grouped {
			p.raw("<legend>")
		} else {
			p.raw("<label")
			p.attr("for", id)
			p.raw(">")
		}
		p.text(in.Label)
		if in.Required {
			p.raw(` <span class="faint">`)
			p.text(l.T("part.required", "Required"))
			p.raw("</span>")
		}
		if grouped {
			p.raw("</legend>")
		} else {
			p.raw("</label>")
		}
	}
	if in.Base != "" {
		p.hidden([]Hidden{{in.Name + Base, in.Base}})
	}
	if in.Theirs != "" {
		p.theirs(l, in)
	}
	p.input(l, in)
	if in.Help != "" {
		p.raw(`<p class="help"`)
		p.attr("id", id+"-help")
		p.raw(">")
		p.text(in.Help)
		p.raw("</p>")
	}
	if in.Error != "" {
		p.raw(`<p class="err"`)
		p.attr("id", id+"-error")
		p.raw(">")
		p.text(in.Error)
		p.raw("</p>")
	}
	p.raw("</" + tag + ">")
}

// theirs shows what somebody else wrote meanwhile, above what was typed, and asks
// which of them to keep. What is typed can be a third.
func (p *page) theirs(l *i18n.Locale, in *Input) {
	p.raw(`<fieldset class="notice due theirs"`)
	p.attr("id", in.id()+"-theirs")
	p.raw(`><legend class="vh">`)
	p.text(l.T("part.keep-which", "Which to keep: {label}", "label", in.Label))
	p.raw("</legend>")
	p.icon("ask")
	p.raw("<div><p><b>")
	p.text(l.T("part.theirs", "Meanwhile somebody wrote:"))
	p.raw(`</b> <span class="whole" dir="auto">`)
	p.text(in.Theirs)
	p.raw(`</span></p><div class="opts"><label class="opt"><input type="radio" value="mine" checked`)
	p.attr("name", in.Name+Keep)
	p.raw("><span>")
	p.text(l.T("part.keep-mine", "Keep mine, as it stands below or as I change it"))
	p.raw(`</span></label><label class="opt"><input type="radio" value="theirs"`)
	p.attr("name", in.Name+Keep)
	p.raw("><span>")
	p.text(l.T("part.keep-theirs", "Keep theirs"))
	p.raw("</span></label></div></div></fieldset>")
}

// describe ties help and error to the control, for those who hear the page.
func (in *Input) describe(p *page) {
	id := in.id()
	switch {
	case in.Help != "" && in.Error != "":
		p.attr("aria-describedby", id+"-error "+id+"-help")
	case in.Error != "":
		p.attr("aria-describedby", id+"-error")
	case in.Help != "":
		p.attr("aria-describedby", id+"-help")
	}
	if in.Error != "" && !in.grouped() {
		p.raw(` aria-invalid="true"`)
	}
}

// input writes the controls alone.
func (p *page) input(l *i18n.Locale, in *Input) {
	switch {
	case in.Type == schema.Boolean:
		p.options(in, "radio", []Choice{{"", l.T("part.unknown", "Unknown")}, {"yes", l.T("part.yes", "Yes")}, {"no", l.T("part.no", "No")}})
	case in.Type == schema.Choice && in.Many:
		p.options(in, "checkbox", in.Choices)
	case in.Type == schema.Choice && in.grouped():
		p.options(in, "radio", in.answers(l.T("part.unknown", "Unknown"), !in.Required))
	case in.Type == schema.Choice:
		p.choose(l, in)
	case in.Type == schema.Localized:
		p.languages(l, in)
	case in.Type == schema.Image || in.Type == schema.Attachment:
		p.files(l, in)
	case in.Many:
		p.rows(l, in)
	default:
		var row Row
		if len(in.Rows) > 0 {
			row = in.Rows[0]
		}
		p.control(l, in, row, in.id(), "")
	}
}

// answers are the choices, and before them that none is made, where this is an
// answer and the choices themselves do not say what it means.
func (in *Input) answers(none string, offered bool) []Choice {
	if !offered || slices.ContainsFunc(in.Choices, func(c Choice) bool { return c.Value == "" }) {
		return in.Choices
	}
	return append([]Choice{{"", none}}, in.Choices...)
}

// options writes radio buttons or checkboxes.
func (p *page) options(in *Input, kind string, choices []Choice) {
	p.raw(`<div class="opts">`)
	for _, c := range choices {
		chosen := c.Value == "" && len(in.Rows) == 0
		for _, r := range in.Rows {
			chosen = chosen || r.Text == c.Value
		}
		p.raw(`<label class="opt"><input type="` + kind + `"`)
		p.attr("name", in.Name)
		p.attr("value", c.Value)
		if chosen {
			p.raw(" checked")
		}
		p.raw("><span>")
		p.text(c.Label)
		p.raw("</span></label>")
	}
	if kind == "checkbox" { // so that ticking nothing says: no value
		p.raw(`<input type="hidden"`)
		p.attr("name", in.Name)
		p.raw(` value="">`)
	}
	p.raw("</div>")
}

// choose writes a list to choose one from.
func (p *page) choose(l *i18n.Locale, in *Input) {
	p.raw(`<select class="in"`)
	p.attr("id", in.id())
	p.attr("name", in.Name)
	in.describe(p)
	p.raw(">")
	for _, c := range in.answers(l.T("part.choose", "Choose…"), true) {
		p.raw("<option")
		p.attr("value", c.Value)
		if len(in.Rows) > 0 && in.Rows[0].Text == c.Value {
			p.raw(" selected")
		}
		p.raw(">")
		p.text(c.Label)
		p.raw("</option>")
	}
	p.raw("</select>")
}

// rows writes a control for each value, and a blank one.
func (p *page) rows(l *i18n.Locale, in *Input) {
	remove := l.T("part.remove", "Remove this row")
	p.raw(`<div class="rows" data-rows>`)
	for i := range len(in.Rows) + 1 {
		var row Row
		if i < len(in.Rows) {
			row = in.Rows[i]
		}
		p.raw(`<div class="row-in">`)
		p.control(l, in, row, in.id()+rowID(i), l.T("part.nth", "{label}, {n}", "label", in.Label, "n", i+1))
		p.removeButton(remove)
		p.raw("</div>")
	}
	p.addButton(l.T("part.add-row", "Add another"))
	p.raw("</div>")
}

// manyLanguages is from how many on those that few read are folded away.
const manyLanguages = 7

// languages writes a text for each language, and a blank one. Of many, those far
// from the reader are folded away.
func (p *page) languages(l *i18n.Locale, in *Input) {
	near := len(in.Rows)
	if near >= manyLanguages {
		for near = 0; near < len(in.Rows) && Nearness(l, in.Rows[near].Tag) < Far; near++ {
		}
	}
	p.raw(`<div class="rows" data-rows>`)
	for i := range near {
		p.inLanguage(l, in, i, in.Rows[i])
	}
	if far := len(in.Rows) - near; far > 0 {
		p.raw(`<details class="rest"`)
		if in.Error != "" {
			p.raw(" open")
		}
		p.raw("><summary>")
		p.text(l.N("part.more-languages", far, "In {n} other language", "In {n} other languages"))
		p.raw(`</summary><div class="rows">`)
		for i := near; i < len(in.Rows); i++ {
			p.inLanguage(l, in, i, in.Rows[i])
		}
		p.raw("</div></details>")
	}
	p.inLanguage(l, in, len(in.Rows), Row{})
	p.addButton(l.T("part.add-language", "Add a language"))
	p.raw("<datalist")
	p.attr("id", in.id()+"-languages")
	p.raw(">")
	for _, tag := range in.Languages {
		p.raw("<option")
		p.attr("value", tag)
		p.raw(">")
		p.text(l.LanguageName(tag))
		p.raw("</option>")
	}
	p.raw("</datalist></div>")
}

// inLanguage writes the i-th text of an input, with its language.
func (p *page) inLanguage(l *i18n.Locale, in *Input, i int, row Row) {
	p.raw(`<div class="row-in tagged"><input class="in"`)
	p.attr("name", in.Name+".lang")
	p.attr("value", row.Tag)
	p.attr("list", in.id()+"-languages")
	p.attr("aria-label", l.T("part.language-of", "Language tag of text {n}", "n", i+1))
	p.raw(` data-nth`)
	p.attr("placeholder", l.T("part.language-hint", "fr, en…"))
	p.raw(` maxlength="35" autocapitalize="none" spellcheck="false"><input class="in"`)
	p.attr("id", in.id()+rowID(i))
	p.attr("name", in.Name)
	p.attr("value", row.Text)
	label := in.Label
	if row.Tag != "" {
		language := l.LanguageName(row.Tag)
		label = l.T("part.in-language", "{label} in {language}", "label", in.Label, "language", language)
		p.attr("lang", row.Tag)
		p.attr("title", language)
	}
	p.attr("aria-label", label)
	p.raw(` dir="auto">`)
	p.removeButton(l.T("part.remove", "Remove this row"))
	p.raw("</div>")
}

func rowID(i int) string {
	if i == 0 {
		return ""
	}
	return "-" + strconv.Itoa(i)
}

func (p *page) removeButton(label string) {
	p.raw(`<button class="btn icon" type="button" data-remove hidden>`)
	p.icon("close")
	p.raw(`<span class="vh">`)
	p.text(label)
	p.raw("</span></button>")
}

func (p *page) addButton(label string) {
	p.raw(`<button class="btn small" type="button" data-add hidden>`)
	p.text(label)
	p.raw("</button>")
}

// kind is how a type is typed: the type of its input element, its input mode,
// and whether it stays left to right in any page.
type kind struct {
	element, mode string
	ltr           bool
}

var inputKinds = map[schema.Type]kind{
	schema.Number:   {element: "text", mode: "decimal", ltr: true},
	schema.Integer:  {element: "text", mode: "numeric", ltr: true},
	schema.Date:     {element: "date"},
	schema.DateTime: {element: "datetime-local"},
	schema.Email:    {element: "email", ltr: true},
	schema.Phone:    {element: "tel", ltr: true},
	schema.URL:      {element: "url", ltr: true},
	schema.Code:     {element: "text", ltr: true},
}

// control writes the control of one value of a plain type. A label is given
// where the control stands in a group.
func (p *page) control(l *i18n.Locale, in *Input, row Row, id, label string) {
	switch in.Type {
	case schema.LongText:
		p.raw(`<textarea class="in" dir="auto"`)
		p.common(in, id, label)
		lines := in.Lines
		if lines == 0 {
			lines = 6
		}
		p.attr("rows", strconv.Itoa(lines))
		p.raw(">\n") // the first line break of a textarea is dropped
		p.text(row.Text)
		p.raw("</textarea>")
	case schema.Reference:
		p.raw(`<span class="pick"><input class="in" type="text" autocomplete="off" data-pick`)
		p.attr("data-collection", in.Target)
		p.common(in, id, label)
		p.attr("value", row.Text)
		p.attr("placeholder", or(in.Hint, l.T("part.pick-hint", "Title or address of an entry")))
		p.raw(`><input type="hidden"`)
		p.attr("name", in.Name+".ref")
		p.attr("value", joinRef(row))
		p.raw("></span>")
	default:
		k := inputKinds[in.Type]
		p.raw(`<span class="with-unit"><input class="in`)
		if in.Type == schema.Code {
			p.raw(" code")
		}
		p.raw(`" type="` + or(k.element, "text") + `"`)
		if k.mode != "" {
			p.raw(` inputmode="` + k.mode + `"`)
		}
		if k.ltr {
			p.raw(` dir="ltr" autocapitalize="none" spellcheck="false"`)
		} else if k.element == "" {
			p.raw(` dir="auto"`)
		}
		p.common(in, id, label)
		p.attr("value", picked(l, in.Type, row.Text))
		if in.Hint != "" {
			p.attr("placeholder", in.Hint)
		}
		p.raw(` autocomplete="off">`)
		unit := in.Unit
		if in.Type == schema.DateTime {
			unit = l.Zone().String()
		}
		if unit != "" {
			p.raw(`<span class="unit">`)
			p.text(unit)
			p.raw("</span>")
		}
		p.raw("</span>")
	}
}

// common writes the attributes that every control has.
func (p *page) common(in *Input, id, label string) {
	p.attr("id", id)
	p.attr("name", in.Name)
	if label != "" {
		p.attr("aria-label", label)
		p.raw(` data-nth`) // it ends with its number among the rows
	}
	if !in.grouped() {
		in.describe(p)
		if in.Required {
			p.raw(" required")
		}
	} else if in.Error != "" {
		p.raw(` aria-invalid="true"`)
	}
}

// Same reports whether rows that were typed are those that the input held.
func (in *Input) Same(l *i18n.Locale, typed []Row) bool {
	held := make([]Row, 0, len(in.Rows))
	for _, r := range in.Rows {
		if r.Text = picked(l, in.Type, r.Text); strings.TrimSpace(r.Text) != "" {
			held = append(held, r)
		}
	}
	if len(held) != len(typed) {
		return false
	}
	for i, r := range typed {
		h := held[i]
		if in.Type != schema.Reference {
			h.Ref, r.Ref = "", ""
		}
		// A browser sends the line breaks of a text as CR LF (HTML, section 4.10.22.4).
		if r.Text = strings.ReplaceAll(r.Text, "\r\n", "\n"); h != r {
			return false
		}
	}
	return true
}

// picked is a value as a browser's own picker takes it: a moment has neither its
// zone, which is that of the locale, nor parts of a second (HTML, section
// 4.10.5.1.11).
func picked(l *i18n.Locale, t schema.Type, text string) string {
	if t == schema.DateTime {
		return Picked(l, text)
	}
	return text
}

// Picked writes a moment (RFC 3339) as a browser's picker takes it, in the zone of
// the locale. What is no moment stays as it was typed.
func Picked(l *i18n.Locale, text string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return t.In(l.Zone()).Format("2006-01-02T15:04")
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// joinRef packs the identifier with the title it goes with, so that a title
// which is typed over without script no longer means that entry.
func joinRef(r Row) string {
	if r.Ref == "" {
		return ""
	}
	return r.Ref + " " + r.Text
}
