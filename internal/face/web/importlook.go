package web

import (
	"net/http"
	"strings"

	"pollen/internal/base/tabular"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

// draftData is one state of an import.
type draftData struct {
	D     *desk.Draft
	C     *registry.Collection // a new one has no identifier
	Steps []part.Step

	// of what is looked at, and of the report
	Problem string
	Shares  []share
	Bad     []badRow
	Decide  []decideRow
	Changes []changedRow
	About   string // how the file is written, in words

	Columns []importColumn // of the part that is shown
	From    int            // the first of these
	Parts   []columnPart   // of the columns; nil where all are shown
	Reading []readingChoice
	Keys    []part.Choice
	Titles  []part.Choice
	Source  string

	// of what is under way
	Doing string
	Share int // of a thousand
	Pace  []string

	Batch   part.Link
	Pending bool // values wait to be decided
}

// share is what becomes of some rows, in words and in the bar.
type share struct {
	N     int64
	Class string // in the drawing
	Text  string
	X, W  int
}

type badRow struct {
	Line     string
	Why, Row string
}

type decideRow struct {
	Entry          part.Link
	Field          string
	Here, Incoming string
}

type changedRow struct {
	Title   part.Link
	Created bool
	Diff    []part.DiffField
}

// readingChoice is one thing about how the file is written.
type readingChoice struct {
	Name, Label, Value string
	Choices            []part.Choice
}

// barWidth is the width of the bar of shares, in units of the drawing.
const barWidth = 640

// importLook fills what a look found out.
func (s *server) importLook(r *http.Request, v *view, p *draftData) error {
	l := p.D.Look
	if l == nil { // it was stopped before it found anything
		l = &desk.Look{}
		p.D.Look = l
	}
	if l.Problem != nil {
		p.Problem = v.Message(*l.Problem)
	} else if r.URL.Query().Get("changed") != "" {
		v.Page.Notice = &part.Notice{Tone: part.Attend, Bold: v.T("web.import-changed", "You said something new."), Text: v.T("web.import-changed-more", "This is what it would do now. Nothing is imported yet.")}
	}
	p.Source = p.D.Settings.Options.Source
	if p.Source == "" {
		p.Source = p.D.File
	}
	p.reading(v)
	p.columns(v)
	if p.C.ID == 0 {
		if err := s.newColumns(r, v, p); err != nil {
			return err
		}
	} else {
		p.fieldColumns(v)
	}
	p.part(v, r.URL.Query().Get(columnsFrom))
	p.found(v)
	return nil
}

// found puts what was found into words.
func (p *draftData) found(v *view) {
	r := p.D.Look.Report
	if r == nil {
		return
	}
	p.shares(v, r)
	for i, b := range r.Bad {
		why := b.Text
		if i < len(p.D.Look.Reasons) {
			why = v.Message(p.D.Look.Reasons[i])
		}
		p.Bad = append(p.Bad, badRow{v.Number(b.Line), why, b.Row})
	}
	for _, x := range r.Decide {
		for _, d := range x.Values {
			p.Decide = append(p.Decide, decideRow{p.entryLink(x), v.fieldLabel(p.C, d.Name), v.saidText(p.C, d.Name, d.Old), v.saidText(p.C, d.Name, d.New)})
		}
	}
	for _, x := range r.Examples {
		row := changedRow{Title: p.entryLink(x), Created: x.Created}
		for _, d := range x.Values {
			row.Diff = append(row.Diff, part.DiffField{Label: v.fieldLabel(p.C, d.Name), Old: v.saidText(p.C, d.Name, d.Old), New: v.saidText(p.C, d.Name, d.New)})
		}
		p.Changes = append(p.Changes, row)
	}
}

// entryLink leads to the entry of an example, where there is one.
func (p *draftData) entryLink(x transfer.Example) part.Link {
	l := part.Link{Text: x.Title}
	if l.Text == "" {
		l.Text = x.Slug
	}
	if x.Slug != "" && p.C.ID != 0 {
		l.Href = "/c/" + p.C.Slug + "/" + x.Slug
	}
	return l
}

func (v *view) fieldLabel(c *registry.Collection, name string) string {
	if f := c.Schema.Field(name); f != nil {
		return f.LabelIn(v.Tag())
	}
	return v.T("web.body", "Text")
}

// saidText shows a value of a report, which is written as the field reads it, as
// people read it.
func (v *view) saidText(c *registry.Collection, name, text string) string {
	f := c.Schema.Field(name)
	if f == nil || f.Type == schema.Reference || text == "" {
		return text
	}
	value, err := f.FromText(text, &schema.Env{Zone: v.Zone()})
	if err != nil {
		return text
	}
	return strings.Join(f.DisplayIn(value, v.Tag(), v.Zone()), ", ")
}

// shares draws what becomes of the rows: one bar, and the same in words.
func (p *draftData) shares(v *view, r *transfer.Report) {
	all := []share{
		{N: r.Unchanged, Class: "g6", Text: v.N("web.share-unchanged", int(r.Unchanged), "{n} as it is", "{n} as they are")},
		{N: r.Changed, Class: "p", Text: v.N("web.share-changed", int(r.Changed), "{n} that changes", "{n} that change")},
		{N: r.Created, Class: "p3", Text: v.N("web.share-created", int(r.Created), "{n} new", "{n} new")},
		{N: r.Refused, Class: "bad", Text: v.N("web.share-refused", int(r.Refused), "{n} refused", "{n} refused")},
	}
	if p.D.State == desk.DraftEnded {
		all[1].Text = v.N("web.share-changed-then", int(r.Changed), "{n} changed", "{n} changed")
	}
	total := max(r.Unchanged+r.Changed+r.Created+r.Refused, 1)
	x := 0
	for _, one := range all {
		if one.N == 0 {
			continue
		}
		one.X, one.W = x, max(int(one.N*barWidth/total), 4)
		x += one.W
		p.Shares = append(p.Shares, one)
	}
	for i := range p.Shares { // what is too small to be seen takes from the others
		p.Shares[i].X, p.Shares[i].W = p.Shares[i].X*barWidth/x, max(p.Shares[i].W*barWidth/x-2, 2)
	}
}

// reading says how the file is written, each of which can be said otherwise.
func (p *draftData) reading(v *view) {
	d, o := p.D.Look.Detected, p.D.Settings.Read
	if d == nil {
		d = &tabular.Detected{}
	}
	found := func(what string) string {
		if what == "" {
			return v.T("web.found-out", "Found out")
		}
		return v.T("web.found-out-as", "Found out: {what}", "what", what)
	}
	add := func(name, label, value, is string, choices []part.Choice) {
		p.Reading = append(p.Reading, readingChoice{name, label, value, append([]part.Choice{{Value: "", Label: found(is)}}, choices...)})
	}
	var formats, encodings, sheets []part.Choice
	for _, t := range tables {
		formats = append(formats, part.Choice{Value: string(t.format), Label: t.name})
	}
	add("format", v.T("web.read-format", "Format"), string(o.Format), strings.ToUpper(string(d.Format)), formats)
	if d.Format != tabular.XLSX {
		for _, e := range tabular.Encodings {
			encodings = append(encodings, part.Choice{Value: e, Label: e})
		}
		add("encoding", v.T("web.read-encoding", "Characters"), o.Encoding, d.Encoding, encodings)
	}
	if d.Format == tabular.CSV || d.Format == "" {
		add("delimiter", v.T("web.read-delimiter", "Between the cells"), delimiterName(o.Delimiter), v.delimiter(d.Delimiter), []part.Choice{
			{Value: ",", Label: v.delimiter(',')}, {Value: ";", Label: v.delimiter(';')}, {Value: "tab", Label: v.delimiter('\t')}, {Value: "|", Label: v.delimiter('|')}, {Value: ":", Label: v.delimiter(':')}})
	}
	if d.Format != tabular.JSONL {
		header := v.T("web.header-no", "a row like the others")
		if d.Header {
			header = v.T("web.header-yes", "the names of the columns")
		}
		add("header", v.T("web.read-header", "The first row is"), string(o.Header), header, []part.Choice{
			{Value: string(tabular.HeaderYes), Label: v.T("web.header-yes", "the names of the columns")}, {Value: string(tabular.HeaderNo), Label: v.T("web.header-no", "a row like the others")}})
	}
	if len(d.Sheets) > 1 {
		for _, name := range d.Sheets {
			sheets = append(sheets, part.Choice{Value: name, Label: name})
		}
		add("sheet", v.T("web.read-sheet", "Sheet"), o.Sheet, d.Sheet, sheets)
	}
	p.About = v.about(p.D, d)
}

// about says in a line what file it is.
func (v *view) about(d *desk.Draft, x *tabular.Detected) string {
	out := []string{v.Bytes(d.Size)}
	if x.Sheet != "" {
		out = append(out, v.T("web.about-sheet", "sheet “{name}”", "name", x.Sheet))
	}
	if x.Encoding != "" {
		out = append(out, x.Encoding)
	}
	if x.Format == tabular.CSV {
		out = append(out, v.delimiter(x.Delimiter))
	}
	if r := d.Look.Report; r != nil {
		out = append(out, v.N("web.rows", int(r.Rows), "{n} row", "{n} rows"))
	}
	return strings.Join(out, ", ")
}

func (v *view) delimiter(r rune) string {
	switch r {
	case 0:
		return ""
	case ',':
		return v.T("web.comma", "a comma")
	case ';':
		return v.T("web.semicolon", "a semicolon")
	case '\t':
		return v.T("web.tab", "a tab")
	}
	return string(r)
}

// delimiterName is a delimiter as forms send it: a tab does not survive there.
func delimiterName(r rune) string {
	switch r {
	case 0:
		return ""
	case '\t':
		return "tab"
	}
	return string(r)
}
