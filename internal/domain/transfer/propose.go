package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/pure/schema"
)

// Proposal is the collection that a file could become.
type Proposal struct {
	Schema   schema.Schema
	Guesses  []schema.Guess // one for each column that becomes a field, with its reason
	Targets  []Target       // one for each column
	Rows     int64
	Examples [][]string // the first rows
	Detected *tabular.Detected
}

// exampleRows is how many rows a proposal shows.
const exampleRows = 5

// Propose reads a whole file and proposes a schema for it, with labels in the
// language lang. It fails with Invalid on a file that cannot be read.
func (t *Transfer) Propose(ctx context.Context, f File, o Options, lang string) (p *Proposal, err error) {
	defer pollen.Wrap(&err, "transfer.Propose")
	rd, detected, err := reopen(f, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	columns := rd.Columns()
	p = &Proposal{Detected: detected}
	// What our own exports add is no field.
	own := exported(columns)
	var use []int
	for i, c := range columns {
		if (!own || !slices.Contains(others, c)) && c != lineColumn && c != reasonColumn && c != rowColumn {
			use = append(use, i)
		}
	}
	var headings []string
	for _, i := range use {
		headings = append(headings, columns[i])
	}
	g := schema.NewGuesser(headings)
	var rec tabular.Record
	cells := make([]schema.Cell, len(use))
	for {
		err := rd.Next(&rec)
		if err == io.EOF {
			break
		}
		p.Rows++
		if _, bad := errors.AsType[*tabular.Problem](err); bad {
			continue
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		for k, i := range use {
			cells[k] = read(rec.Cells[i])
		}
		if len(p.Examples) < exampleRows {
			row := make([]string, len(columns))
			for i, c := range rec.Cells {
				row[i] = plain(c)
			}
			p.Examples = append(p.Examples, row)
		}
		g.Add(cells)
	}
	p.Schema, p.Guesses = g.Guess(lang)
	for i, c := range columns {
		k := slices.Index(use, i)
		if k < 0 {
			m, _ := match(&p.Schema, c, own)
			p.Targets = append(p.Targets, m)
			continue
		}
		u := p.Guesses[k]
		p.Targets = append(p.Targets, Target{Column: c, Field: u.Field, Lang: u.Lang, Part: u.Part, Separator: u.Separator})
		if field := p.Schema.Field(u.Field); u.Lang == "" && u.Part == "" && fieldOf(&schema.Schema{Fields: []schema.Field{*field}}, c) == nil {
			field.Aliases = append(field.Aliases, c)
		}
	}
	return p, nil
}

// read is a cell as the guesser reads it.
func read(c tabular.Cell) schema.Cell {
	var items []json.RawMessage
	if len(c.JSON) == 0 || c.JSON[0] != '[' || json.Unmarshal(c.JSON, &items) != nil {
		return schema.Cell{Text: c.Text}
	}
	out := schema.Cell{List: true}
	for _, item := range items {
		var s string
		if string(item) != "null" && json.Unmarshal(item, &s) != nil {
			s = string(item) // a number, yes or no; what nests is text
		}
		out.Items = append(out.Items, s)
	}
	return out
}

// plain is a cell as people read it: the values of a list apart by bars.
func plain(c tabular.Cell) string {
	cell := read(c)
	if !cell.List {
		return c.Text
	}
	for i, s := range cell.Items {
		cell.Items[i] = bars.Replace(s)
	}
	return strings.Join(cell.Items, "|")
}

// Columns matches the columns of a file to a collection, without importing it;
// what matches nothing has an empty target. The first rows come with them.
func (t *Transfer) Columns(ctx context.Context, by pollen.Actor, collection string, f File, o Options) (targets []Target, examples [][]string, d *tabular.Detected, err error) {
	defer pollen.Wrap(&err, "transfer.Columns", collection)
	c, err := t.registry.Collection(ctx, by, collection)
	if err != nil {
		return nil, nil, nil, err
	}
	rd, d, err := headed(c, f, &o)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	before, err := t.before(ctx, by, c, sourceOf(f, o))
	if err != nil {
		return nil, nil, nil, err
	}
	for _, name := range rd.Columns() {
		m, ok := before[name]
		if !ok {
			m, _ = match(&c.Schema, name, exported(rd.Columns()))
		}
		targets = append(targets, m)
	}
	var rec tabular.Record
	for len(examples) < exampleRows {
		err := rd.Next(&rec)
		if err == io.EOF {
			break
		}
		if _, bad := errors.AsType[*tabular.Problem](err); bad {
			continue
		}
		if err != nil {
			return nil, nil, nil, err
		}
		row := make([]string, len(rec.Cells))
		for i, c := range rec.Cells {
			row[i] = plain(c)
		}
		examples = append(examples, row)
	}
	return targets, examples, d, nil
}
