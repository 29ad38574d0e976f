package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// Exporting says what to export, and how.
type Exporting struct {
	Format tabular.Format
	// History gives one row for each revision, with its author, time and note;
	// entries that are retired too.
	History bool
	Filter  filter.Expr // nil is all; not with History
	// Sheet is the name of an XLSX sheet; "" is the collection's address.
	Sheet string
	// Files is where images and attachments go, of Store; the values name them by
	// their paths. With nil the values name contents of this instance.
	Files FileSink
	Store *blob.Store
	// Renew is asked every now and then; nil trusts who asked at first.
	Renew Renew
}

// renewed is after how many rows an export asks again who reads them.
const renewed = 500

// Export writes the entries of a collection that the actor may read. References
// are written by the key or the address of what they mean. It returns how many
// rows it wrote, and fails with NotFound and Invalid before it writes anything. What it wrote
// before any other error is no whole.
func (t *Transfer) Export(ctx context.Context, by pollen.Actor, collection string, w io.Writer, x Exporting) (n int64, err error) {
	defer pollen.Wrap(&err, "transfer.Export", collection)
	c, err := t.registry.Collection(ctx, by, collection)
	if err != nil {
		return 0, err
	}
	if x.History && x.Filter != nil {
		return 0, pollen.Errorf(pollen.Invalid, "transfer.history-filter", "History is exported whole, without a filter.").On("filter")
	}
	if x.Filter != nil { // a filter that makes no sense is told before the first byte
		if _, err := t.registry.Count(ctx, by, collection, x.Filter, 1); err != nil {
			return 0, err
		}
	}
	if x.Sheet == "" {
		x.Sheet = c.Slug[:min(len(c.Slug), 31)]
	}
	e := &export{Transfer: t, format: x.Format, fields: c.Schema.Fields, history: x.History, names: map[pollen.PersonaID]string{}}
	if x.Files != nil {
		if e.files, err = fileAway(x.Store, x.Files, c.Slug); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, e.files.discard()) }()
	}
	out, err := tabular.Create(w, tabular.WriteOptions{Format: x.Format, Columns: e.columns(), Sheet: x.Sheet})
	if err != nil {
		return 0, err
	}
	err = t.registry.Walk(ctx, by, collection, registry.Walk{Filter: x.Filter, History: x.History, Retired: x.History}, func(s *registry.Passed) error {
		if n > 0 && n%renewed == 0 {
			if _, err := x.Renew.still(ctx, by); err != nil {
				return err
			}
		}
		cells, err := e.cells(ctx, s)
		if err != nil {
			return err
		}
		n++
		return out.Write(cells)
	})
	if err != nil {
		return n, err
	}
	if e.files != nil {
		if err := e.files.end(); err != nil {
			return n, err
		}
	}
	return n, out.Close()
}

type export struct {
	*Transfer
	format  tabular.Format
	fields  []schema.Field
	history bool
	names   map[pollen.PersonaID]string
	files   *filing // nil: none are written
}

func (e *export) columns() (out []tabular.Column) {
	names := []string{IDColumn, SlugColumn}
	if e.history {
		names = append(names, RevisionColumn, KindColumn, AuthorColumn, AtColumn, NoteColumn)
	}
	for _, name := range names {
		out = append(out, tabular.Column{Name: name})
	}
	for _, f := range e.fields {
		c := tabular.Column{Name: f.Name}
		if (f.Type == schema.Number || f.Type == schema.Integer) && !f.Many {
			c.Type = tabular.Number
		} else if f.Type == schema.Date && !f.Many {
			c.Type = tabular.Date
		}
		out = append(out, c)
	}
	return append(out, tabular.Column{Name: BodyColumn})
}

func (e *export) cells(ctx context.Context, s *registry.Passed) ([]tabular.Cell, error) {
	cells := []tabular.Cell{{Text: s.ID.String()}, {Text: s.Slug}}
	if e.history {
		r := &s.Revision
		name, ok := e.names[r.By]
		if !ok {
			all, err := e.personas.Names(ctx, []pollen.PersonaID{r.By})
			if err != nil {
				return nil, err
			}
			if len(e.names) > maxAuthors {
				clear(e.names)
			}
			name = all[r.By].Name
			e.names[r.By] = name
		}
		n := tabular.Cell{Text: strconv.Itoa(r.N)}
		if e.format == tabular.JSONL {
			n.JSON = number(int64(r.N))
		}
		cells = append(cells, n, tabular.Cell{Text: string(r.Kind)}, tabular.Cell{Text: name},
			tabular.Cell{Text: r.At.Format(time.RFC3339Nano)}, tabular.Cell{Text: r.Note})
	}
	for i := range e.fields {
		f := &e.fields[i]
		c := e.cell(f, s.Values[f.ID], s.Refs)
		if e.files != nil && len(f.Blobs(s.Values[f.ID])) > 0 {
			items, err := e.files.value(ctx, s.ID, s.Slug, f, s.Values[f.ID])
			if err == nil {
				c.Text, c.JSON, err = filed(f, items, e.format == tabular.JSONL)
			}
			if err != nil {
				return nil, err
			}
		}
		cells = append(cells, c)
	}
	return append(cells, tabular.Cell{Text: s.Body}), nil
}

func (e *export) cell(f *schema.Field, v json.RawMessage, refs map[pollen.EntryID]string) tabular.Cell {
	switch {
	case len(v) == 0:
		return tabular.Cell{}
	case f.Type != schema.Reference && e.format == tabular.JSONL:
		return tabular.Cell{JSON: v}
	case f.Type != schema.Reference:
		return tabular.Cell{Text: f.Text(v)}
	}
	var texts []string
	for _, id := range f.Refs(v) {
		texts = append(texts, refs[id])
	}
	if e.format != tabular.JSONL {
		if f.Many {
			for i, s := range texts {
				texts[i] = bars.Replace(s)
			}
		}
		return tabular.Cell{Text: strings.Join(texts, "|")}
	}
	var out any = texts
	if !f.Many {
		out = strings.Join(texts, "")
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic("transfer: a text that cannot be encoded: " + err.Error())
	}
	return tabular.Cell{JSON: b}
}
