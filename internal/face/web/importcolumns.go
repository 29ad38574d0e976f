package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pollen/internal/domain/desk"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

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

// columnPart leads to some of the columns of a wide file.
type columnPart struct {
	From    int
	Text    string
	Current bool
}

// A wide file is asked about in parts: a choice for each of its columns at once
// would be more than a browser shows well.
const (
	columnsAtOnce = 40
	columnsFrom   = "columns" // the first to show, in the address and as a button
	columnsShown  = "shown"   // the first that the form shows
)

// part keeps the columns from one on, as many as are shown at once.
func (p *draftData) part(v *view, from string) {
	if len(p.Columns) <= columnsAtOnce {
		return
	}
	first, err := strconv.Atoi(from)
	if err != nil || first < 0 || first >= len(p.Columns) {
		first = 0
	}
	p.From = first / columnsAtOnce * columnsAtOnce
	for at := range slices.Chunk(p.Columns, columnsAtOnce) {
		x := columnPart{From: at[0].N, Current: at[0].N == p.From}
		x.Text = v.T("web.columns-part", "{first} to {last}", "first", x.From+1, "last", x.From+len(at))
		unfit := 0
		for i := range at {
			if at[i].Unfit != "" {
				unfit++
			}
		}
		if unfit > 0 {
			x.Text = v.N("web.columns-part-unfit", unfit, "{part}, {n} to look at", "{part}, {n} to look at", "part", x.Text)
		}
		p.Parts = append(p.Parts, x)
	}
	p.Columns = p.Columns[p.From:min(p.From+columnsAtOnce, len(p.Columns))]
}

// guessOf is what a column of a new collection was taken for.
func guessOf(l *desk.Look, column string) (g schema.Guess) {
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
