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
	own := slices.Contains(columns, IDColumn) && slices.Contains(columns, SlugColumn)
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
	cells := make([]string, len(use))
	lists := make([]bool, len(use)) // columns of JSON that hold lists
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
			cells[k] = plain(rec.Cells[i])
			lists[k] = lists[k] || len(rec.Cells[i].JSON) > 0 && rec.Cells[i].JSON[0] == '['
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
			m, _ := Match(&p.Schema, c)
			p.Targets = append(p.Targets, m)
			continue
		}
		u := p.Guesses[k]
		if f := p.Schema.Field(u.Field); lists[k] && u.Lang == "" && u.Part == "" && !f.Many {
			f.Many, f.Unique = true, false
			if f.Name == p.Schema.Key {
				p.Schema.Key = ""
			}
		}
		p.Targets = append(p.Targets, Target{Column: c, Field: u.Field, Lang: u.Lang, Part: u.Part, Separator: u.Separator})
		if field := p.Schema.Field(u.Field); u.Lang == "" && u.Part == "" && fieldOf(&schema.Schema{Fields: []schema.Field{*field}}, c) == nil {
			field.Aliases = append(field.Aliases, c)
		}
	}
	return p, nil
}

// plain is a cell as the guesser reads it: the values of a list apart by bars.
func plain(c tabular.Cell) string {
	if len(c.JSON) == 0 || c.JSON[0] != '[' {
		return c.Text
	}
	var items []any
	if json.Unmarshal(c.JSON, &items) != nil {
		return c.Text
	}
	texts := make([]string, len(items))
	for i, item := range items {
		s, ok := item.(string)
		if !ok {
			return c.Text
		}
		texts[i] = strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(s)
	}
	return strings.Join(texts, "|")
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
			m, _ = Match(&c.Schema, name)
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
