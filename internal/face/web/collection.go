package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// perTable is how many rows one page of a table shows.
const perTable = 40

func (s *server) collection(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	v.Title = c.LabelIn(v.Tag())
	p := &collectionPage{C: c, Filter: r.FormValue("filter")}
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
	p.Next = page.Next
	var columns []*schema.Field
	p.Headings = append(p.Headings, head(p, v.T("web.entry-tab", "Entry"), "title", sort))
	for i := range c.Schema.Fields {
		if f := &c.Schema.Fields[i]; f.Column && !slices.Contains(c.Schema.Title, f.Name) && c.FieldReadable(v.By, f, 0) {
			columns = append(columns, f)
			name := f.Name
			if !f.Searchable() || f.Many {
				name = ""
			}
			p.Headings = append(p.Headings, head(p, f.LabelIn(v.Tag()), name, sort))
		}
	}
	titles, err := s.titles(r, v, page.Items)
	if err != nil {
		return err
	}
	for _, e := range page.Items {
		row := tableRow{Title: e.Title, Href: e.Path()}
		for _, f := range columns {
			row.Cells = append(row.Cells, cell{Parts: display(v, f, e, titles)})
		}
		p.Rows = append(p.Rows, row)
	}
	return show(w, r, http.StatusOK, collection(v, p))
}

// head is a heading that sorts by its column, the other way round at the
// second click.
func head(p *collectionPage, label, name, sort string) heading {
	h := heading{Label: label}
	if name == "" {
		return h
	}
	next := name
	switch {
	case sort == name || sort == "" && name == "title":
		h.Sorted, next = "ascending", "-"+name
	case sort == "-"+name:
		h.Sorted = "descending"
	}
	h.Href = "?" + keep(p) + "sort=" + url.QueryEscape(next)
	return h
}

// keep repeats the filter in addresses of the table.
func keep(p *collectionPage) string {
	if p.Filter == "" {
		return ""
	}
	return "filter=" + url.QueryEscape(p.Filter) + "&"
}

func sorted(order string) templ.Attributes {
	if order == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": order}
}

func arrow(order string) string {
	switch order {
	case "ascending":
		return " ↑"
	case "descending":
		return " ↓"
	}
	return ""
}

// titles finds the entries that the entries of a page refer to.
func (s *server) titles(r *http.Request, v *view, entries []*registry.Entry) (map[pollen.EntryID]registry.Link, error) {
	var ids []pollen.EntryID
	for _, e := range entries {
		for i := range e.Collection.Schema.Fields {
			f := &e.Collection.Schema.Fields[i]
			ids = append(ids, f.Refs(e.Values[f.ID])...)
		}
	}
	return s.Registry.Titles(r.Context(), v.By, ids)
}

// display is a value as people read it, with its link where it is one.
func display(v *view, f *schema.Field, e *registry.Entry, titles map[pollen.EntryID]registry.Link) (out []shown) {
	value := e.Values[f.ID]
	if f.Type == schema.Reference {
		for _, id := range f.Refs(value) {
			if t, ok := titles[id]; ok {
				out = append(out, shown{Text: t.Title, Href: "/c/" + t.Collection + "/" + t.Slug})
			}
		}
		return out
	}
	texts := f.Display(value, v.Tag())
	plain := f.Texts(value)
	for i, text := range texts {
		x := shown{Text: text, Long: f.Type == schema.LongText}
		switch f.Type {
		case schema.Phone:
			x.Href = "tel:" + plain[i]
		case schema.Email:
			x.Href = "mailto:" + plain[i]
		case schema.URL:
			x.Href = plain[i]
		}
		out = append(out, x)
	}
	return out
}
