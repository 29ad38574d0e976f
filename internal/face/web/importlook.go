package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// draftData is one state of an import.
type draftData struct {
	D     *transfer.Draft
	C     *registry.Collection // a new one has no identifier
	Steps []part.Step

	// of what is looked at, and of the report
	Problem string
	Shares  []share
	Bad     []badRow
	Decide  []decideRow
	Changes []changedRow
	About   string // how the file is written, in words

	Columns []importColumn
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

// importColumn is a column of the file, and what it fills.
type importColumn struct {
	N        int
	Name     string
	Examples string
	Why      string
	Unfit    string // how many values the type refuses, in words
	Label    string // of the new field; "" where it has none of its own
	Many     bool
	CanMany  bool
	Fills    string
	Choices  []part.Choice
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
		l = &transfer.Look{}
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
	value, err := f.FromText(text, nil)
	if err != nil {
		return text
	}
	return strings.Join(f.Display(value, v.Tag()), ", ")
}

// shares draws what becomes of the rows: one bar, and the same in words.
func (p *draftData) shares(v *view, r *transfer.Report) {
	all := []share{
		{N: r.Unchanged, Class: "g6", Text: v.N("web.share-unchanged", int(r.Unchanged), "{n} as it is", "{n} as they are")},
		{N: r.Changed, Class: "p", Text: v.N("web.share-changed", int(r.Changed), "{n} that changes", "{n} that change")},
		{N: r.Created, Class: "p3", Text: v.N("web.share-created", int(r.Created), "{n} new", "{n} new")},
		{N: r.Refused, Class: "bad", Text: v.N("web.share-refused", int(r.Refused), "{n} refused", "{n} refused")},
	}
	if p.D.State == transfer.DraftEnded {
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
func (v *view) about(d *transfer.Draft, x *tabular.Detected) string {
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

// exampleLength bounds the examples of a column, in runes.
const exampleLength = 90

// columns lists the columns of the file with what stands in them.
func (p *draftData) columns(v *view) {
	for i, name := range p.D.Look.Columns {
		c := importColumn{N: i, Name: name}
		var seen []string
		for _, row := range p.D.Look.Examples {
			if i < len(row) && row[i] != "" && !slices.Contains(seen, row[i]) {
				seen = append(seen, row[i])
			}
		}
		c.Examples = clip(strings.Join(strings.Fields(strings.Join(seen[:min(len(seen), 3)], " · ")), " "), exampleLength)
		if g := guessOf(p.D.Look, name); g.Column != "" {
			c.Why = v.Message(g.Reason)
		}
		p.Columns = append(p.Columns, c)
	}
}

// guessOf is what a column of a new collection was taken for.
func guessOf(l *transfer.Look, column string) (g schema.Guess) {
	if i := slices.IndexFunc(l.Guesses, func(g schema.Guess) bool { return g.Column == column }); i >= 0 {
		g = l.Guesses[i]
	}
	return g
}

// clip cuts a text to a number of runes.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// leaveOut is the choice that leaves a column out.
func (v *view) leaveOut() part.Choice {
	return part.Choice{Value: "", Label: v.T("web.leave-out", "Leave out")}
}

// fieldColumns offers the fields of a collection that is there.
func (p *draftData) fieldColumns(v *view) {
	choices := []part.Choice{v.leaveOut()}
	for i := range p.C.Schema.Fields {
		f := &p.C.Schema.Fields[i]
		if !p.C.FieldReadable(v.By, f, 0) || isFile(f) {
			continue
		}
		label := f.LabelIn(v.Tag())
		choices = append(choices, part.Choice{Value: f.Name, Label: label})
		switch f.Type {
		case schema.Localized:
			for _, l := range i18n.Locales {
				choices = append(choices, part.Choice{Value: f.Name + "@" + l.Tag(), Label: v.T("web.column-lang", "{field}, {language}", "field", label, "language", v.LanguageName(l.Tag()))})
			}
		case schema.Place:
			for _, x := range v.placeParts() {
				choices = append(choices, part.Choice{Value: f.Name + "#" + x.Value, Label: v.T("web.column-lang", "{field}, {language}", "field", label, "language", x.Label)})
			}
		}
		if f.Unique && !f.Many {
			p.Keys = append(p.Keys, part.Choice{Value: f.Name, Label: label})
		}
	}
	choices = append(choices, v.otherColumns()...)
	p.Keys = append(p.Keys, part.Choice{Value: transfer.SlugColumn, Label: v.T("web.column-slug", "Address here")}, part.Choice{Value: transfer.IDColumn, Label: v.T("web.column-id", "Identifier here")})
	for i, t := range p.D.Settings.Options.Targets {
		if i >= len(p.Columns) {
			return
		}
		spec := t.Spec()
		p.Columns[i].Fills, p.Columns[i].Choices = spec, choices
		if !slices.ContainsFunc(choices, func(c part.Choice) bool { return c.Value == spec }) {
			p.Columns[i].Choices = append(slices.Clone(choices), part.Choice{Value: spec, Label: spec})
		}
	}
}

func (v *view) placeParts() []part.Choice {
	return []part.Choice{{Value: string(schema.Address), Label: v.T("web.place-address", "its address")}, {Value: string(schema.Latitude), Label: v.T("web.place-lat", "its latitude")},
		{Value: string(schema.Longitude), Label: v.T("web.place-lon", "its longitude")}}
}

func (v *view) otherColumns() []part.Choice {
	return []part.Choice{{Value: transfer.BodyColumn, Label: v.T("web.body", "Text")}, {Value: transfer.SlugColumn, Label: v.T("web.column-slug", "Address here")},
		{Value: transfer.IDColumn, Label: v.T("web.column-id", "Identifier here")}}
}

// Marks of what a column of a new collection may be, beside a type.
const (
	asProposed = "proposed"
	linkTo     = "reference:"
)

// newColumns offers what the columns of a new collection may be.
func (s *server) newColumns(r *http.Request, v *view, p *draftData) error {
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return err
	}
	var links []part.Choice
	for _, c := range all {
		links = append(links, part.Choice{Value: linkTo + c.Slug, Label: v.T("web.type-link", "Link: {collection}", "collection", c.LabelIn(v.Tag()))})
	}
	proposed, now := &p.D.Look.Schema, &p.C.Schema
	for i, t := range p.D.Look.Targets {
		if i >= len(p.Columns) || i >= len(p.D.Settings.Options.Targets) {
			break
		}
		c := &p.Columns[i]
		f := proposed.Field(t.Field)
		if f == nil || t.Lang != "" || t.Part != "" {
			c.Choices = []part.Choice{v.leaveOut(), {Value: asProposed, Label: v.proposedColumn(f, t)}}
			if p.D.Settings.Options.Targets[i].Field != "" {
				c.Fills = asProposed
			}
			continue
		}
		c.Choices = append([]part.Choice{v.leaveOut()}, v.typeChoices(f)...)
		c.Choices = append(c.Choices, links...)
		is := now.Field(t.Field)
		c.CanMany = true
		if is == nil {
			c.Label, c.Many = f.LabelIn(v.Tag()), f.Many
			continue
		}
		c.Label, c.Many, c.Fills = is.LabelIn(v.Tag()), is.Many, string(is.Type)
		if is.Type == schema.Reference {
			c.Fills = linkTo + is.Target
		}
		if g := guessOf(p.D.Look, c.Name); g.Unfit > 0 && is.Type == f.Type {
			c.Unfit = v.N("web.import-unfit", g.Unfit, "{n} value does not read as “{type}”: its row will be refused, with its line and the reason.",
				"{n} values do not read as “{type}”: their rows will be refused, with line and reason.", "type", v.typeName(f.Type))
		}
	}
	p.Keys = []part.Choice{{Value: "", Label: v.T("web.key-none", "Nothing: each row is a new entry")}}
	for i := range now.Fields {
		f := &now.Fields[i]
		choice := part.Choice{Value: f.Name, Label: f.LabelIn(v.Tag())}
		p.Titles = append(p.Titles, choice)
		switch f.Type {
		case schema.Text, schema.Code, schema.Integer, schema.Email, schema.URL, schema.Phone, schema.Number:
			if !f.Many {
				p.Keys = append(p.Keys, choice)
			}
		}
	}
	return nil
}

// proposedColumn says what a column fills that has no field of its own.
func (v *view) proposedColumn(f *schema.Field, t transfer.Target) string {
	switch {
	case f == nil:
		for _, c := range v.otherColumns() {
			if c.Value == t.Field {
				return c.Label
			}
		}
		return t.Field
	case t.Lang != "":
		return v.T("web.column-lang", "{field}, {language}", "field", f.LabelIn(v.Tag()), "language", v.LanguageName(t.Lang))
	}
	for _, c := range v.placeParts() {
		if c.Value == string(t.Part) {
			return v.T("web.column-lang", "{field}, {language}", "field", f.LabelIn(v.Tag()), "language", c.Label)
		}
	}
	return f.LabelIn(v.Tag())
}

// typeChoices are the types that a column may have, what was proposed among them.
func (v *view) typeChoices(f *schema.Field) (out []part.Choice) {
	for _, t := range schema.Types {
		switch t {
		case schema.Image, schema.Attachment, schema.Localized, schema.Reference:
			continue
		case schema.Choice:
			if f.Type != schema.Choice {
				continue // its terms are nowhere
			}
		}
		out = append(out, part.Choice{Value: string(t), Label: v.typeName(t)})
	}
	return out
}

// draftSettings are what the form of the second step says.
func (s *server) draftSettings(r *http.Request, v *view, d *transfer.Draft) (o transfer.Settings, err error) {
	form := r.PostForm
	if o, err = copySettings(d.Settings); err != nil {
		return o, err
	}
	if o.Read, err = readAs(form, o.Read); err != nil {
		return o, err
	}
	o.Options.Key, o.Options.Note, o.Options.Overwrite = form.Get("key"), strings.TrimSpace(form.Get("note")), form.Get("overwrite") != ""
	if o.Options.Source = strings.TrimSpace(form.Get("source")); o.Options.Source == d.File {
		o.Options.Source = "" // its own
	}
	if o.Create != nil {
		nameNew(v, form, o.Create)
	}
	switch {
	case o.Read.Format != d.Settings.Read.Format || o.Read.Encoding != d.Settings.Read.Encoding || o.Read.Delimiter != d.Settings.Read.Delimiter ||
		o.Read.Header != d.Settings.Read.Header || o.Read.Sheet != d.Settings.Read.Sheet || d.Look == nil || len(d.Look.Columns) == 0:
		o.Options.Targets, o.Options.Key = nil, "" // it is another table now
		if o.Create != nil {
			o.Create.Schema = schema.Schema{}
		}
	case o.Create != nil:
		newFields(v, form, d.Look, &o)
	default:
		for i := range o.Options.Targets {
			t := &o.Options.Targets[i]
			if spec, ok := form["fills"+strconv.Itoa(i)]; ok && spec[0] != t.Spec() {
				*t = transfer.ParseTarget(t.Column, spec[0])
			}
		}
	}
	return o, nil
}

// copySettings copies settings, so that the copy can be changed.
func copySettings(s transfer.Settings) (out transfer.Settings, err error) {
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	return out, err
}

// sameSettings reports whether two settings say the same.
func sameSettings(a, b *transfer.Settings) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return bytes.Equal(x, y), err
}

// readAs reads how the file is said to be written.
func readAs(form url.Values, o tabular.Options) (tabular.Options, error) {
	o.Format, o.Encoding, o.Sheet, o.Header = tabular.Format(form.Get("format")), form.Get("encoding"), form.Get("sheet"), tabular.HeaderMode(form.Get("header"))
	var err error
	o.Delimiter, err = tabular.ReadDelimiter(form.Get("delimiter"))
	return o, err
}

// nameNew reads what a new collection is called.
func nameNew(v *view, form url.Values, n *registry.NewCollection) {
	if name := strings.TrimSpace(form.Get("name")); name != "" {
		n.Name = map[string]string{v.Tag(): name}
	}
	if slug := strings.TrimSpace(form.Get("slug")); slug != "" {
		n.Slug = slug
	}
	if a := form.Get("audience"); a != "" {
		n.Audience = pollen.Audience(a)
	}
}

// newFields makes the schema of a new collection of what was proposed and of what
// the form says of each column.
func newFields(v *view, form url.Values, l *transfer.Look, o *transfer.Settings) {
	s := &o.Create.Schema
	was := *s
	*s = schema.Schema{}
	o.Options.Targets = slices.Clone(l.Targets)
	for i := range o.Options.Targets {
		t := &o.Options.Targets[i]
		at := strconv.Itoa(i)
		use := form.Get("fills" + at)
		if form.Get("plain") == at {
			use = string(guessOf(l, t.Column).Plain)
		}
		f := l.Schema.Field(t.Field)
		switch {
		case use == "":
			*t = transfer.Target{Column: t.Column}
			continue
		case f == nil || s.Field(f.Name) != nil:
			continue
		}
		field := *f
		if use != asProposed {
			retype(&field, use)
			field.Many = form.Get("many"+at) != ""
			if label := strings.TrimSpace(form.Get("label" + at)); label != "" && label != field.LabelIn(v.Tag()) {
				field.Label = map[string]string{v.Tag(): label}
			}
			if field.Many {
				field.Unique = false
			} else {
				t.Separator = ""
			}
		}
		s.Fields = append(s.Fields, field)
	}
	if key := s.Field(form.Get("key")); key != nil {
		key.Unique, key.Many, s.Key = true, false, key.Name
	}
	o.Options.Key = ""
	s.Title = titleOf(form.Get("title"), &was, s)
}

// retype gives a field the type that was chosen, where it is another.
func retype(f *schema.Field, use string) {
	t, target := schema.Type(use), ""
	if slug, link := strings.CutPrefix(use, linkTo); link {
		t, target = schema.Reference, slug
	}
	if t != f.Type || target != f.Target {
		f.Retype(t, target)
	}
}

// titleOf is what names the entries: what was chosen, or else what did before, as
// far as it is still there.
func titleOf(chosen string, was, now *schema.Schema) (out []string) {
	if now.Field(chosen) != nil {
		return []string{chosen}
	}
	for _, name := range was.Title {
		if now.Field(name) != nil {
			out = append(out, name)
		}
	}
	return out
}
