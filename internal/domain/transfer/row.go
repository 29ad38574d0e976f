package transfer

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// bodyField stands for the Markdown body where fields are listed.
const bodyField pollen.FieldID = 0

// row is one record of a file, read as far as that needs no database.
type row struct {
	line   int64
	cells  []tabular.Cell
	said   schema.Values               // what the row says, nil where it says empty
	tags   map[pollen.FieldID][]string // the languages a row speaks of, where not of all
	keys   map[pollen.FieldID][]string // of the unique values
	later  []reference                 // references, which are looked up when the row is written
	title  string                      // of the entry it would make
	slug   string
	id     string
	author string
	at     time.Time
	note   string
	kind   pollen.ActKind
	n      int
	size   int
	fault  error  // why it is refused already
	raw    string // of a record that could not be read
}

// reference is a value that means entries.
type reference struct {
	f    *schema.Field
	cell tabular.Cell
	sep  string
}

// kinds are what a revision of a file of history can be.
var kinds = []pollen.ActKind{pollen.ActCreate, pollen.ActRevise, pollen.ActRevert, pollen.ActRetire, pollen.ActRestore, pollen.ActMerge}

// read makes a row of a record. What is wrong with it stands in fault.
func (p *plan) read(rec *tabular.Record, env *schema.Env) *row {
	r := &row{line: rec.Line, cells: slices.Clone(rec.Cells), said: schema.Values{}}
	r.fault = p.fill(r, rec, env)
	if r.fault != nil {
		return r
	}
	if len(r.later) == 0 {
		r.index(p.c)
	}
	return r
}

// index finds what a row is looked up by, once all its values are read.
func (r *row) index(c *registry.Collection) {
	r.title, r.keys = c.TitleOf(r.said), map[pollen.FieldID][]string{}
	for i := range c.Schema.Fields {
		if f := &c.Schema.Fields[i]; f.Unique {
			r.keys[f.ID] = f.Keys(r.said[f.ID])
		}
	}
}

// address is the one that an entry made of the row would ask for; "" while it
// has no title that gives one.
func (r *row) address() string {
	if r.slug != "" {
		return r.slug
	}
	return registry.Slug(r.title)
}

func (p *plan) fill(r *row, rec *tabular.Record, env *schema.Env) error {
	texts := map[*schema.Field]map[string][]string{} // by language
	places := map[*schema.Field]map[schema.Part]string{}
	one := func(t *Target, c tabular.Cell) error {
		r.size += len(c.Text) + len(c.JSON)
		f := p.c.Schema.Field(t.Field)
		switch {
		case t.Field == "":
			return nil
		case f == nil:
			return p.other(r, t.Field, c)
		case t.Lang != "":
			if texts[f] == nil {
				texts[f] = map[string][]string{}
			}
			texts[f][t.Lang] = append(texts[f][t.Lang], strings.TrimSpace(c.Text))
			return nil
		case t.Part != "":
			if places[f] == nil {
				places[f] = map[schema.Part]string{}
			}
			places[f][t.Part] = strings.TrimSpace(c.Text)
			return nil
		case f.Type == schema.Reference:
			r.later = append(r.later, reference{f, c, t.Separator})
			return nil
		}
		v, err := readCell(f, c, t.Separator, env)
		r.said[f.ID] = v
		return err
	}
	for i := range p.targets {
		// What is absent from an object of JSON says nothing.
		if rec.Cells[i].Text == "" && rec.Cells[i].JSON == nil && p.sparse() {
			continue
		}
		if err := one(&p.targets[i], rec.Cells[i]); err != nil {
			return err
		}
	}
	for name, c := range rec.Extra {
		if t, ok := p.extra(name); ok {
			if err := one(&t, c); err != nil {
				return err
			}
		}
	}
	for f, by := range texts {
		b, err := json.Marshal(by)
		if err != nil {
			return err
		}
		if r.said[f.ID], err = f.FromJSON(b, env); err != nil {
			return err
		}
		if r.tags == nil {
			r.tags = map[pollen.FieldID][]string{}
		}
		for tag := range by {
			r.tags[f.ID] = append(r.tags[f.ID], tag)
		}
	}
	for f, parts := range places {
		v, err := readPlace(f, parts, env)
		if err != nil {
			return err
		}
		r.said[f.ID] = v
	}
	if p.history && r.n == 0 {
		return pollen.Errorf(pollen.Invalid, "transfer.revision", "This row does not say which revision it is.").On(RevisionColumn)
	}
	return nil
}

// sparse reports whether an absent cell says nothing, as in JSON. In a row of
// history it says that the revision had no such value.
func (p *plan) sparse() bool { return p.format == tabular.JSONL && !p.history }

// readCell reads one cell of a field.
func readCell(f *schema.Field, c tabular.Cell, sep string, env *schema.Env) (json.RawMessage, error) {
	switch {
	case len(c.JSON) > 0 && c.JSON[0] == '"' && f.Type == schema.Localized:
		return f.FromText(c.Text, env) // it may say its language, as in a table
	case len(c.JSON) > 0 && written(f.Type):
		return f.FromJSON(flat(f, c.JSON), env)
	case len(c.JSON) > 0:
		return f.FromJSON(c.JSON, env)
	case sep != "" && f.Many && !strings.ContainsRune(c.Text, '|'):
		return f.FromTexts(strings.Split(c.Text, sep), env)
	}
	return f.FromText(c.Text, env)
}

// written reports whether the values of a type are strings in JSON.
func written(t schema.Type) bool {
	switch t {
	case schema.Boolean, schema.Integer, schema.Number, schema.Localized, schema.Place, schema.Reference:
		return false
	}
	return true
}

// flat is JSON as a field of strings takes it: what is no string, nor a list of
// strings where the field holds many, is kept as the JSON it is.
func flat(f *schema.Field, raw json.RawMessage) json.RawMessage {
	text := func(v json.RawMessage) json.RawMessage {
		if v[0] == '"' || string(v) == "null" {
			return v
		}
		b, err := json.Marshal(string(v))
		if err != nil {
			return v // a string always encodes
		}
		return b
	}
	if !f.Many {
		return text(raw)
	}
	items := []json.RawMessage{raw}
	if raw[0] == '[' && json.Unmarshal(raw, &items) != nil {
		return text(raw)
	}
	for i := range items {
		items[i] = text(items[i])
	}
	b, err := json.Marshal(items)
	if err != nil {
		return raw
	}
	return b
}

func readPlace(f *schema.Field, parts map[schema.Part]string, env *schema.Env) (json.RawMessage, error) {
	out := map[string]any{}
	if s := parts[schema.Address]; s != "" {
		out["address"] = s
	}
	for name, s := range map[string]string{"lat": parts[schema.Latitude], "lon": parts[schema.Longitude]} {
		if s == "" {
			continue
		}
		x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
		if err != nil {
			return nil, pollen.Errorf(pollen.Invalid, "transfer.coordinate", "“{value}” is not a coordinate in degrees, such as 48.11.", "value", short(s)).On(f.Name)
		}
		out[name] = x
	}
	if len(out) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return f.FromJSON(b, env)
}

// other reads a cell that fills no field.
func (p *plan) other(r *row, name string, c tabular.Cell) (err error) {
	s := strings.TrimSpace(c.Text)
	switch name {
	case IDColumn:
		r.id = s
	case SlugColumn:
		r.slug = s
	case AuthorColumn:
		r.author = s
	case NoteColumn:
		r.note = s
	case BodyColumn:
		f := schema.Field{Name: BodyColumn, Type: schema.LongText, MaxSize: 500_000}
		r.said[bodyField], err = f.FromText(c.Text, nil)
	case RevisionColumn:
		if r.n, err = strconv.Atoi(s); s != "" && (err != nil || r.n < 1) {
			return pollen.Errorf(pollen.Invalid, "transfer.revision-number", "“{value}” is not the number of a revision.", "value", short(s)).On(name)
		}
		err = nil
	case AtColumn:
		if s == "" {
			return nil
		}
		if r.at, err = time.Parse(time.RFC3339Nano, s); err != nil {
			return pollen.Errorf(pollen.Invalid, "transfer.time", "“{value}” is not a time, such as 2026-11-24T09:30:00Z.", "value", short(s)).On(name)
		}
		r.at = r.at.UTC()
	case KindColumn:
		if r.kind = pollen.ActKind(s); s != "" && !slices.Contains(kinds, r.kind) {
			return pollen.Errorf(pollen.Invalid, "transfer.kind", "“{value}” is no kind of revision.", "value", short(s)).On(name)
		}
	}
	return err
}

// short is a text as errors show it.
func short(s string) string {
	const most = 60
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}

// show is the beginning of a row, for reports.
func (r *row) show() string {
	if r.raw != "" {
		return r.raw
	}
	var b strings.Builder
	for _, c := range r.cells {
		if c.Text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(" · ")
		}
		b.WriteString(short(c.Text))
		if b.Len() > 160 {
			break
		}
	}
	return b.String()
}
