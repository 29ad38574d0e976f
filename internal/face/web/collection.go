package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

func (s *server) collectionRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}", s.page(s.collection))
}

// perTable is how many rows one page of a table shows.
const perTable = 40

type collectionData struct {
	C       *registry.Collection
	Filter  string
	Problem string // of the filter
	Table   part.Table
	More    part.Pager
}

func (s *server) collection(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	name := c.LabelIn(v.Tag())
	v.Page.Title, v.Page.Section, v.Page.Crumbs, v.Page.Description = name, part.Collections, v.crumbs(nil), v.in(c.Purpose)
	p := &collectionData{C: c, Filter: r.FormValue("filter"), Table: part.Table{Name: name, Caption: name}}
	l := registry.Listing{Limit: perTable, Cursor: r.FormValue("cursor")}
	sort := r.FormValue("sort")
	l.Sort, l.Descending = strings.CutPrefix(sort, "-")
	if p.Filter != "" {
		if l.Filter, err = filter.Parse(p.Filter); err != nil {
			p.Problem = v.Error(err)
		}
	}
	page, err := s.Registry.List(r.Context(), v.By, c.Slug, l)
	if pollen.Is(err, pollen.Invalid) && l.Filter != nil {
		p.Problem = v.Error(err)
		l.Filter = nil
		page, err = s.Registry.List(r.Context(), v.By, c.Slug, l)
	}
	if err != nil {
		return err
	}
	columns := p.columns(v, sort)
	titles, err := s.titles(r, v, page.Items...)
	if err != nil {
		return err
	}
	for _, e := range page.Items {
		row := part.TableRow{Title: part.Link{Text: e.Title, Href: e.Path()}}
		for _, f := range columns {
			row.Cells = append(row.Cells, part.Cell{Shown: v.shown(f, e.Values[f.ID], titles, nil)})
		}
		p.Table.Rows = append(p.Table.Rows, row)
	}
	again := "?" + keep(p.Filter)
	if sort != "" {
		again += "sort=" + url.QueryEscape(sort) + "&"
	}
	p.More = v.more(again, page.Next)
	return show(w, r, v, http.StatusOK, collectionPage(v, p))
}

// columns adds the columns to the table and lists their fields, without that of
// the title.
func (p *collectionData) columns(v *view, sort string) (fields []*schema.Field) {
	p.Table.Columns = append(p.Table.Columns, column(p.Filter, v.T("web.entry-tab", "Entry"), "title", sort))
	for i := range p.C.Schema.Fields {
		f := &p.C.Schema.Fields[i]
		if !f.Column || slices.Contains(p.C.Schema.Title, f.Name) || !p.C.FieldReadable(v.By, f, 0) {
			continue
		}
		name := f.Name
		if !f.Searchable() || f.Many {
			name = ""
		}
		c := column(p.Filter, f.LabelIn(v.Tag()), name, sort)
		c.Number = f.Type == schema.Number || f.Type == schema.Integer
		fields, p.Table.Columns = append(fields, f), append(p.Table.Columns, c)
	}
	return fields
}

// column sorts by its field, the other way round at the second click.
func column(filter, label, name, sort string) part.Column {
	c := part.Column{Label: label}
	if name == "" {
		return c
	}
	next := name
	switch {
	case sort == name || sort == "" && name == "title":
		c.Sort, next = part.Ascending, "-"+name
	case sort == "-"+name:
		c.Sort = part.Descending
	}
	c.Href = "?" + keep(filter) + "sort=" + url.QueryEscape(next)
	return c
}

// keep repeats the filter in addresses of the table.
func keep(filter string) string {
	if filter == "" {
		return ""
	}
	return "filter=" + url.QueryEscape(filter) + "&"
}
