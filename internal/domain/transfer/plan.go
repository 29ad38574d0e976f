package transfer

import (
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Target says what one column fills.
type Target struct {
	Column string `json:"column"`
	// Field is the name of a field, one of the names below, or "" for a column
	// that is left out.
	Field     string      `json:"field"`
	Lang      string      `json:"lang,omitempty"`      // of a language-tagged field
	Part      schema.Part `json:"part,omitempty"`      // of a place
	Separator string      `json:"separator,omitempty"` // between many values in one cell
}

// What columns fill that is no field.
const (
	IDColumn       = "id"
	SlugColumn     = "slug"
	BodyColumn     = "body"
	RevisionColumn = "revision" // of history: its number
	KindColumn     = "_kind"
	AuthorColumn   = "_author"
	AtColumn       = "_at"
	NoteColumn     = "_note"
)

var others = []string{IDColumn, SlugColumn, BodyColumn, RevisionColumn, KindColumn, AuthorColumn, AtColumn, NoteColumn}

// Columns that a file of refused rows adds, and that importing it ignores.
const (
	lineColumn   = "pollen_line"
	reasonColumn = "pollen_reason"
	rowColumn    = "pollen_row"
)

// ParseTarget reads field, field@lang, field#part, or "" to leave a column out.
func ParseTarget(column, text string) Target {
	t := Target{Column: column, Field: strings.TrimSpace(text)}
	if f, lang, ok := strings.Cut(t.Field, "@"); ok {
		t.Field, t.Lang = f, lang
	} else if f, part, ok := strings.Cut(t.Field, "#"); ok {
		t.Field, t.Part = f, schema.Part(part)
	}
	return t
}

// ReadTarget reads “column = field”, where the column may hold an equals sign. ok
// is false where it is none.
func ReadTarget(text string) (t Target, ok bool) {
	i := strings.LastIndexByte(text, '=')
	if i <= 0 {
		return t, false
	}
	return ParseTarget(strings.TrimSpace(text[:i]), text[i+1:]), true
}

// Spec writes what ParseTarget reads.
func (t Target) Spec() string {
	switch {
	case t.Lang != "":
		return t.Field + "@" + t.Lang
	case t.Part != "":
		return t.Field + "#" + string(t.Part)
	}
	return t.Field
}

// exported reports whether the columns are those of an export of ours, whose own
// columns are no fields.
func exported(columns []string) bool {
	return slices.Contains(columns, IDColumn) && slices.Contains(columns, SlugColumn)
}

// match finds what a column fills by its name: the name of a field, a label or
// an alias of it, in any case and spelling; name_fr and name@fr for one
// language of a language-tagged field. What an export adds comes before, where
// the file is one, or where no field can have the name.
func match(s *schema.Schema, column string, exported bool) (Target, bool) {
	if column == lineColumn || column == reasonColumn || column == rowColumn {
		return Target{Column: column}, true
	}
	if slices.Contains(others, column) && (exported || column[0] == '_') {
		return Target{Column: column, Field: column}, true
	}
	if f := fieldOf(s, column); f != nil {
		return Target{Column: column, Field: f.Name}, true
	}
	if slices.Contains(others, column) {
		return Target{Column: column, Field: column}, true
	}
	for _, mark := range []string{"@", "_", "-", ".", " "} {
		i := strings.LastIndex(column, mark)
		if i <= 0 {
			continue
		}
		if f := fieldOf(s, column[:i]); f != nil && f.Type == schema.Localized {
			if tag, err := schema.Tag(column[i+1:]); err == nil {
				return Target{Column: column, Field: f.Name, Lang: tag}, true
			}
		}
	}
	return Target{Column: column}, false
}

func fieldOf(s *schema.Schema, column string) *schema.Field {
	if f := s.Field(column); f != nil {
		return f
	}
	want := spelled(column)
	if want == "" {
		return nil
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		names := append([]string{f.Name}, f.Aliases...)
		for _, l := range f.Label {
			names = append(names, l)
		}
		if slices.ContainsFunc(names, func(n string) bool { return spelled(n) == want }) {
			return f
		}
	}
	return nil
}

// spelled brings a heading to the one form in which headings are compared.
func spelled(s string) string {
	return strings.Join(strings.FieldsFunc(schema.Fold(s), func(r rune) bool { return strings.ContainsRune(" _-.:/", r) }), " ")
}

// plan is how a file is read into a collection.
type plan struct {
	c       *registry.Collection
	o       Options
	targets []Target // one for each column
	key     *schema.Field
	by      string                  // slug or id, when rows are matched on these
	history bool                    // one row for each revision
	self    bool                    // some references may mean rows of the same file
	hidden  map[pollen.FieldID]bool // fields that the actor may not read: to them, none
	columns []string
	format  tabular.Format
}

// newPlan matches the columns of a file to a collection that the actor may
// write.
func newPlan(by pollen.Actor, c *registry.Collection, columns []string, format tabular.Format, o Options, before map[string]Target) (*plan, error) {
	p := &plan{c: c, o: o, columns: columns, format: format, hidden: map[pollen.FieldID]bool{}}
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		p.hidden[f.ID] = !c.FieldReadable(by, f, 0)
	}
	given := map[string]Target{}
	for _, t := range o.Targets {
		if !slices.Contains(columns, t.Column) {
			return nil, pollen.Errorf(pollen.Invalid, "transfer.no-column", "The file has no column “{column}”. Its columns are {columns}.",
				"column", t.Column, "columns", listed(columns)).On(t.Column)
		}
		given[t.Column] = t
	}
	filled, own := map[string]string{}, exported(columns)
	for _, column := range columns {
		t, ok := given[column]
		if !ok {
			t, ok = before[column]
		}
		if !ok {
			if t, ok = match(&c.Schema, column, own); !ok && !o.Leave {
				return nil, pollen.Errorf(pollen.Invalid, "transfer.unknown-column",
					"No field of “{collection}” is called like the column “{column}”. Say which field it fills, or that it is left out.",
					"collection", c.Slug, "column", column).On(column)
			}
		}
		if err := p.check(&t); err != nil {
			return nil, err
		}
		if spec := t.Spec(); spec != "" {
			if other := filled[spec]; other != "" {
				return nil, pollen.Errorf(pollen.Invalid, "transfer.twice", "The columns “{one}” and “{other}” both fill “{field}”. Leave one out.",
					"one", other, "other", column, "field", spec).On(column)
			}
			filled[spec] = column
		}
		p.targets = append(p.targets, t)
	}
	if len(filled) == 0 {
		return nil, pollen.Errorf(pollen.Invalid, "transfer.nothing", "No column of this file fills a field.")
	}
	p.history = filled[RevisionColumn] != ""
	return p, p.chooseKey(filled)
}

func (p *plan) check(t *Target) error {
	f := p.c.Schema.Field(t.Field)
	switch {
	case t.Field == "" || f == nil && slices.Contains(others, t.Field):
		return nil
	case f == nil || p.hidden[f.ID]:
		return pollen.Errorf(pollen.Invalid, "registry.field", "There is no field “{name}” in this collection.", "name", t.Field).On(t.Column)
	case t.Lang != "" && f.Type != schema.Localized, t.Part != "" && f.Type != schema.Place:
		return pollen.Errorf(pollen.Invalid, "transfer.part", "“{field}” has neither languages nor parts to fill.", "field", t.Field).On(t.Column)
	case t.Part != "" && t.Part != schema.Address && t.Part != schema.Latitude && t.Part != schema.Longitude:
		return pollen.Errorf(pollen.Invalid, "transfer.place", "“{part}” is no part of a place: address, lat or lon.", "part", string(t.Part)).On(t.Column)
	}
	if t.Lang != "" {
		tag, err := schema.Tag(t.Lang)
		if err != nil {
			return pollen.Errorf(pollen.Invalid, "schema.tag", "“{tag}” is not a language tag, such as fr or pt-BR.", "tag", t.Lang).On(t.Column)
		}
		t.Lang = tag
	}
	p.self = p.self || f.Type == schema.Reference && (f.Target == p.c.Slug || f.Target == "")
	return nil
}

// extra finds what a value of an object of JSON fills whose name is no column;
// ok is false where it fills nothing.
func (p *plan) extra(name string) (t Target, ok bool) {
	t, ok = match(&p.c.Schema, name, exported(p.columns))
	if f := p.c.Schema.Field(t.Field); f != nil && p.hidden[f.ID] {
		return Target{}, false
	}
	return t, ok
}

// chooseKey decides what rows are matched on.
func (p *plan) chooseKey(filled map[string]string) error {
	want := p.o.Key
	if want != "" && filled[want] == "" {
		want = filledBy(p.targets, want)
	}
	if want == "" {
		for _, name := range []string{p.c.Schema.Key, SlugColumn, IDColumn} {
			if name != "" && filled[name] != "" && want == "" {
				want = name
			}
		}
		if p.history && filled[SlugColumn] != "" {
			want = SlugColumn // a key may change in history, the address is the present one throughout
		}
	}
	switch f := p.c.Schema.Field(want); {
	case want == "":
	case filled[want] == "":
		return pollen.Errorf(pollen.Invalid, "transfer.key-column", "No column fills “{key}”, on which rows are to be matched.", "key", want).On("key")
	case want == SlugColumn || want == IDColumn:
		p.by = want
	case f == nil || !f.Unique || f.Many:
		return pollen.Errorf(pollen.Invalid, "transfer.key", "Rows cannot be matched on “{key}”: it is not a unique field of one value.", "key", want).On("key")
	default:
		p.key = f
	}
	if p.history && p.key == nil && p.by == "" {
		return pollen.Errorf(pollen.Invalid, "transfer.history-key", "History needs a column that says which entry a revision belongs to: slug, or the key.")
	}
	return nil
}

// filledBy is the field that a key means, which may be said by the heading of the
// column that fills it.
func filledBy(targets []Target, key string) string {
	for _, t := range targets {
		if t.Column == key && t.Field != "" {
			return t.Field
		}
	}
	return key
}

// keyName is what rows are matched on, "" for nothing.
func (p *plan) keyName() string {
	if p.key != nil {
		return p.key.Name
	}
	return p.by
}

func listed(names []string) string {
	const most = 12
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "…")
	}
	return strings.Join(names, ", ")
}
