package part

import (
	"github.com/a-h/templ"

	"pollen/internal/pure/i18n"
)

// Sort is the order of a column.
type Sort string

// The orders.
const (
	Unsorted   Sort = ""
	Ascending  Sort = "ascending"
	Descending Sort = "descending"
)

// Column is a column of a table. The first names its rows and stays in sight.
type Column struct {
	Label  string
	Href   string // sorts by it; "" where it cannot be
	Sort   Sort
	Number bool // set to the end of its cell
	Tight  bool // never broken
}

// Cell is what an entry holds in a column.
type Cell struct {
	Shown []Shown
	Soft  bool
}

// TableRow is one entry.
type TableRow struct {
	Title Link
	Cells []Cell // without the first column's
	// Portrait is the address of the photograph before the title; "" for none.
	Portrait string
	// Pick is the value of the checkbox that selects it, where entries can be
	// edited together; "" draws none.
	Pick string
}

// Table is a list of entries. Fresh is silent in it: only due and late are
// marked.
type Table struct {
	Name    string // of the region that scrolls
	Caption string // says what is in it and in which order
	Columns []Column
	Rows    []TableRow
	Form    string // the id of the form that acts on the rows picked; "" is the form around it
}

// TableOf draws a table. Each of its elements says its role, since on a small
// screen they are cards: what is not laid out as a table is not told as one
// otherwise. Where rows can be picked it must stand in the form
// that acts on them; their parameter is "pick".
func TableOf(l *i18n.Locale, t Table) templ.Component {
	return html(func(p *page) { p.table(l, &t) })
}

func (p *page) table(l *i18n.Locale, t *Table) {
	picks := len(t.Rows) > 0 && t.Rows[0].Pick != ""
	p.raw(`<div class="scroll" tabindex="0" role="region"`)
	p.attr("aria-label", t.Name)
	p.raw(`><table class="table keep cards" role="table"><caption class="vh">`)
	p.text(t.Caption)
	p.raw(`</caption><thead role="rowgroup"><tr role="row">`)
	if picks {
		p.raw(`<td class="picks" role="cell"><input type="checkbox" data-pick-all hidden`)
		p.owner(t.Form)
		p.attr("aria-label", l.T("part.pick-all", "Select all on this page"))
		p.raw("></td>")
	}
	for i := range t.Columns {
		p.column(&t.Columns[i])
	}
	p.raw(`</tr></thead><tbody role="rowgroup">`)
	late, due := " "+Late.Words(l), " "+Due.Words(l)
	pick := ""
	if picks {
		pick = l.T("part.pick", "Select")
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		p.raw(`<tr role="row">`)
		if picks {
			p.raw(`<td class="picks" role="cell"><input type="checkbox" name="pick"`)
			p.attr("value", r.Pick)
			p.owner(t.Form)
			p.raw(` aria-label="`)
			p.text(pick)
			p.raw(" ")
			p.text(r.Title.Text)
			p.raw(`"></td>`)
		}
		p.raw(`<th scope="row" role="rowheader">`)
		if r.Portrait != "" {
			p.portrait(r.Portrait, r.Title.Text, Mini)
			p.raw(" ")
		}
		p.raw("<a")
		p.href(r.Title.Href)
		p.auto(r.Title.Text)
		p.raw(">")
		p.text(r.Title.Text)
		p.raw("</a></th>")
		for k := range r.Cells {
			var c Column
			if k+1 < len(t.Columns) {
				c = t.Columns[k+1]
			}
			p.cell(&r.Cells[k], &c, due, late)
		}
		p.raw("</tr>")
	}
	p.raw("</tbody></table></div>")
}

// owner ties a control to the form of an id.
func (p *page) owner(form string) {
	if form != "" {
		p.attr("form", form)
	}
}

func (p *page) column(c *Column) {
	p.raw(`<th scope="col" role="columnheader"`)
	if c.Number {
		p.raw(` class="n"`)
	}
	if c.Sort != Unsorted {
		p.attr("aria-sort", string(c.Sort))
	}
	p.raw(">")
	if c.Href != "" {
		p.raw("<a")
		p.href(c.Href)
		p.raw(">")
	}
	p.text(c.Label)
	switch c.Sort {
	case Ascending:
		p.raw(`<span aria-hidden="true"> ↑</span>`)
	case Descending:
		p.raw(`<span aria-hidden="true"> ↓</span>`)
	}
	if c.Href != "" {
		p.raw("</a>")
	}
	p.raw("</th>")
}

func (p *page) cell(c *Cell, column *Column, due, late string) {
	p.raw(`<td role="cell"`)
	if len(c.Shown) > 0 {
		p.attr("data-label", column.Label) // stands before the value on a small screen
	}
	switch {
	case column.Number:
		p.raw(` class="n"`)
	case column.Tight && c.Soft:
		p.raw(` class="nowrap soft"`)
	case column.Tight:
		p.raw(` class="nowrap"`)
	case c.Soft:
		p.raw(` class="soft"`)
	}
	p.raw(">")
	for i := range c.Shown {
		if i > 0 {
			p.raw(", ")
		}
		s := &c.Shown[i]
		p.one(s)
		if s.State == Due || s.State == Late {
			p.grain(s.State)
			p.raw(`<span class="vh">`)
			if s.State == Due {
				p.text(due)
			} else {
				p.text(late)
			}
			p.raw("</span>")
		}
	}
	p.raw("</td>")
}
