package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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

// readable reads entries in the order given, without those that are gone since
// they were found.
func (s *server) readable(r *http.Request, v *view, ids []pollen.EntryID) (out []*registry.Entry, err error) {
	all, err := s.Registry.Entries(r.Context(), v.By, ids)
	for _, id := range ids {
		if e := all[id]; e != nil {
			out = append(out, e)
		}
	}
	return out, err
}

// shown is a value as people read it, with its link where it is one. Of a
// reference to what the reader may not see they learn that it is there. Long
// texts are rendered by m; nil leaves them out, as tables do.
func (v *view) shown(f *schema.Field, value json.RawMessage, titles map[pollen.EntryID]registry.Link, m *marks) (out []part.Shown) {
	switch f.Type {
	case schema.Reference:
		hidden := 0
		for _, id := range f.Refs(value) {
			if t, ok := titles[id]; ok {
				out = append(out, part.Shown{Text: t.Title, Href: "/c/" + t.Collection + "/" + t.Slug})
			} else {
				hidden++
			}
		}
		if hidden > 0 {
			out = append(out, part.Shown{Text: v.notForYou(hidden)})
		}
		return out
	case schema.Localized:
		return v.languages(f, value)
	case schema.Place:
		return v.places(f, value)
	case schema.Image, schema.Attachment:
		for _, b := range f.Blobs(value) {
			out = append(out, v.file(f, b, m == nil))
		}
		return out
	}
	texts := f.DisplayIn(value, v.Tag(), v.Zone())
	plain := texts
	switch f.Type {
	case schema.Phone, schema.Email, schema.URL, schema.LongText:
		plain = f.Texts(value)
	}
	out = make([]part.Shown, 0, len(texts))
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
			if x.Text = markup.Excerpt(plain[i], 80); m != nil {
				x.Markup = m.html(plain[i])
			}
		}
		out = append(out, x)
	}
	return out
}

// notForYou stands for entries that a value refers to and the reader may not see.
func (v *view) notForYou(n int) string {
	return v.N("web.not-for-you", n, "{n} entry that is not for you", "{n} entries that are not for you")
}

// places shows an address, and its point as a geo: link (RFC 5870), which a
// telephone opens in the reader's own map: no page asks another host for one.
func (v *view) places(f *schema.Field, value json.RawMessage) (out []part.Shown) {
	f.Each(value, func(one json.RawMessage, _ string) {
		single := *f
		single.Many = false
		for _, text := range single.DisplayIn(one, v.Tag(), v.Zone()) {
			x := part.Shown{Text: text}
			if lat, lon, ok := schema.Point(one); ok {
				at := strconv.FormatFloat(lat, 'f', -1, 64) + "," + strconv.FormatFloat(lon, 'f', -1, 64)
				x.Href = "geo:" + at
				if point := strings.ReplaceAll(at, ",", ", "); point != text {
					x.Note = point
				}
			}
			out = append(out, x)
		}
	})
	return out
}

// languages shows the text for the reader first, then those in the languages of
// the pages, then the others.
func (v *view) languages(f *schema.Field, value json.RawMessage) (out []part.Shown) {
	f.Each(value, func(one json.RawMessage, tag string) {
		var text string
		if json.Unmarshal(one, &text) != nil {
			return // language-tagged texts are always strings
		}
		out = append(out, part.Shown{Text: text, Lang: tag, Note: v.LanguageName(tag)})
	})
	slices.SortStableFunc(out, func(a, b part.Shown) int { return part.Nearness(v.Locale, a.Lang) - part.Nearness(v.Locale, b.Lang) })
	if len(out) == 1 && out[0].Lang == v.Tag() {
		out[0].Note = ""
	}
	return out
}

// How many values stand on a page before the others are folded away.
const (
	unfolded          = 12
	unfoldedLanguages = 3
)

// fold parts values that are shown at once from the rest: of texts in many
// languages, those near the reader, or a few where there are none.
func fold(v *view, f *schema.Field, all []part.Shown) ([]part.Shown, *part.Rest) {
	most := unfolded
	if f.Type == schema.Localized {
		most = unfoldedLanguages
		if near := slices.IndexFunc(all, func(x part.Shown) bool { return part.Nearness(v.Locale, x.Lang) == part.Far }); near > 0 {
			most = near
		}
	}
	if len(all) <= most+2 {
		return all, nil
	}
	return all[:most], &part.Rest{Said: v.N("web.rest", len(all)-most, "and {n} other", "and {n} others"), Shown: all[most:]}
}

// marks turns the texts of one page into HTML, looking each mention and each
// entry up once.
type marks struct {
	o   markup.Options
	err error // of a look-up that failed: no page shows the texts then
}

// target is what a mention or a reference leads to.
type target struct {
	href, name string
	ok         bool
}

// once remembers what was looked up. What is not there, or has a name that
// nothing can have, stays text.
func (m *marks) once(look func(string) (target, error)) func(string) (href, name string, ok bool) {
	known := map[string]target{}
	return func(text string) (string, string, bool) {
		t, ok := known[text]
		if !ok {
			var err error
			if t, err = look(text); err != nil && !pollen.Is(err, pollen.NotFound) && !pollen.Is(err, pollen.Invalid) {
				m.err = err
			}
			t.ok = err == nil
			known[text] = t
		}
		return t.href, t.name, t.ok
	}
}

// html fails when it is shown if something could not be looked up.
func (m *marks) html(text string) templ.Component {
	html := templ.Raw(markup.Render(text, &m.o))
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if m.err != nil {
			return m.err
		}
		return html.Render(ctx, w)
	})
}

// markup knows what the texts of a page may point at: personas by their handle,
// and entries that the reader may see by their address.
func (s *server) markup(r *http.Request, v *view) *marks {
	m := &marks{o: markup.Options{Lang: v.Tag()}}
	m.o.Mention = m.once(func(handle string) (target, error) {
		p, err := s.Personas.ByHandle(r.Context(), handle)
		return target{href: "/p/" + p.Handle, name: p.Name}, err
	})
	m.o.Entry = m.once(func(reference string) (target, error) {
		collection, slug, ok := strings.Cut(reference, "/")
		if !ok {
			return target{}, absent()
		}
		e, _, err := s.Registry.At(r.Context(), v.By, collection, slug)
		if err != nil {
			return target{}, err
		}
		return target{href: e.Path(), name: e.Title}, nil
	})
	return m
}

// input is what a field is typed into, holding a value. A reference to what the
// reader may not see stays when it is left as it stands there.
func (v *view) input(f *schema.Field, value json.RawMessage, titles map[pollen.EntryID]registry.Link) part.Input {
	return part.InputOf(v.Locale, f, value, func(id string) string {
		parsed, err := pollen.ParseID[struct{}](id)
		if t, ok := titles[pollen.EntryID(parsed)]; err == nil && ok {
			return t.Title
		}
		return v.notForYou(1)
	})
}

// author is a persona as one who did something. An author of imported history
// may have the name of somebody here, and is perhaps another.
func (v *view) author(p persona.Persona) part.Author {
	a := part.Author{Name: p.Name, Kind: p.Kind}
	switch {
	case p.Claimed != 0:
		a.Note = v.T("web.imported-claimed", "imported author, claimed by {who}", "who", p.Claimer)
	case p.Kind == pollen.PersonaImported:
		a.Note = v.T("web.imported", "imported author")
	}
	if p.Kind != pollen.PersonaSystem && p.Handle != "" {
		a.Href = "/p/" + p.Handle
	}
	return a
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
