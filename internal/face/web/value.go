package web

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/markup"
	"pollen/internal/pure/schema"
)

// What stands between the registry and the components: values as people read
// them and type them, and who did what.

// titles finds the entries that the entries of a page refer to.
func (s *server) titles(r *http.Request, v *view, entries ...*registry.Entry) (map[pollen.EntryID]registry.Link, error) {
	var ids []pollen.EntryID
	for _, e := range entries {
		for i := range e.Collection.Schema.Fields {
			f := &e.Collection.Schema.Fields[i]
			ids = append(ids, f.Refs(e.Values[f.ID])...)
		}
	}
	return s.Registry.Titles(r.Context(), v.By, ids)
}

// shown is a value as people read it, with its link where it is one. A
// reference to what the reader may not see is not shown.
func (v *view) shown(f *schema.Field, value json.RawMessage, titles map[pollen.EntryID]registry.Link) (out []part.Shown) {
	switch f.Type {
	case schema.Reference:
		for _, id := range f.Refs(value) {
			if t, ok := titles[id]; ok {
				out = append(out, part.Shown{Text: t.Title, Href: "/c/" + t.Collection + "/" + t.Slug})
			}
		}
		return out
	case schema.Localized:
		return v.languages(f, value)
	}
	texts, plain := f.Display(value, v.Tag()), f.Texts(value)
	for i, text := range texts {
		x := part.Shown{Text: text}
		switch f.Type {
		case schema.Phone:
			x.Href, x.Code = "tel:"+plain[i], true
		case schema.Email:
			x.Href, x.Code = "mailto:"+plain[i], true
		case schema.URL:
			x.Href, x.Code = plain[i], true
		case schema.Code, schema.Number, schema.Integer:
			x.Code = true
		case schema.LongText:
			x.Markup = templ.Raw(markup.Render(plain[i], &markup.Options{Lang: v.Tag()}))
		case schema.Text:
		}
		out = append(out, x)
	}
	return out
}

// languages shows the text for the reader first, then the others.
func (v *view) languages(f *schema.Field, value json.RawMessage) (out []part.Shown) {
	f.Each(value, func(one json.RawMessage, tag string) {
		var text string
		if json.Unmarshal(one, &text) != nil {
			return // language-tagged texts are always strings
		}
		x := part.Shown{Text: text, Lang: tag}
		if tag == v.Tag() {
			x.Lang = ""
			out = append([]part.Shown{x}, out...)
			return
		}
		out = append(out, x)
	})
	return out
}

// input is what a field is typed into, holding a value.
func (v *view) input(f *schema.Field, value json.RawMessage, titles map[pollen.EntryID]registry.Link) part.Input {
	return part.InputOf(v.Locale, f, value, func(id string) string {
		parsed, err := pollen.ParseID[struct{}](id)
		if t, ok := titles[pollen.EntryID(parsed)]; err == nil && ok {
			return t.Title
		}
		return id
	})
}

// typed reads what was typed into the input of a field, and keeps its rows to
// be shown again.
func typed(form url.Values, name string, f *schema.Field) (texts []string, rows []part.Row) {
	rows = part.ReadInput(form, name, f.Type)
	if texts = part.Texts(rows, f.Type); len(texts) == 0 {
		texts = []string{""} // all of it was taken away
	}
	return texts, rows
}

// author is a persona as one who did something.
func author(p persona.Persona) part.Author {
	return part.Author{Name: p.Name, Kind: p.Kind}
}

// more leads to the page that follows.
func (v *view) more(href, next string) part.Pager {
	if next == "" {
		return part.Pager{}
	}
	return part.Pager{Next: &part.Link{Href: href + "cursor=" + url.QueryEscape(next)}}
}

// crumbs lead from the top to a collection.
func (v *view) crumbs(c *registry.Collection) []part.Link {
	way := []part.Link{{Text: v.T("web.collections-nav", "Collections"), Href: "/"}}
	if c != nil {
		way = append(way, part.Link{Text: c.LabelIn(v.Tag()), Href: "/c/" + c.Slug})
	}
	return way
}
