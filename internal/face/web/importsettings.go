package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/schema"
)

// draftSettings are what the form of the second step says.
func (s *server) draftSettings(r *http.Request, v *view, d *desk.Draft) (o desk.Settings, err error) {
	form := r.PostForm
	if o, err = copySettings(d.Settings); err != nil {
		return o, err
	}
	if o.Read, err = readAs(form, o.Read); err != nil {
		return o, err
	}
	o.Options.Key, o.Options.Note, o.Options.Overwrite = form.Get("key"), strings.TrimSpace(form.Get("note")), form.Get("overwrite") != ""
	if o.Options.Source = strings.TrimSpace(form.Get("source")); o.Options.Source == d.File {
		o.Options.Source = "" // its own
	}
	if o.Create != nil {
		nameNew(v, form, o.Create)
	}
	switch {
	case o.Read.Format != d.Settings.Read.Format || o.Read.Encoding != d.Settings.Read.Encoding || o.Read.Delimiter != d.Settings.Read.Delimiter ||
		o.Read.Header != d.Settings.Read.Header || o.Read.Sheet != d.Settings.Read.Sheet || d.Look == nil || len(d.Look.Columns) == 0:
		o.Options.Targets, o.Options.Key = nil, "" // it is another table now
		if o.Create != nil {
			o.Create.Schema = schema.Schema{}
		}
	case o.Create != nil:
		newFields(v, form, d.Look, &o)
	default:
		for i := range o.Options.Targets {
			t := &o.Options.Targets[i]
			if spec, ok := form["fills"+strconv.Itoa(i)]; ok && spec[0] != t.Spec() {
				*t = transfer.ParseTarget(t.Column, spec[0])
			}
		}
	}
	return o, nil
}

// copySettings copies settings, so that the copy can be changed.
func copySettings(s desk.Settings) (out desk.Settings, err error) {
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	return out, err
}

// sameSettings reports whether two settings say the same.
func sameSettings(a, b *desk.Settings) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return bytes.Equal(x, y), err
}

// readAs reads how the file is said to be written.
func readAs(form url.Values, o tabular.Options) (tabular.Options, error) {
	o.Format, o.Encoding, o.Sheet, o.Header = tabular.Format(form.Get("format")), form.Get("encoding"), form.Get("sheet"), tabular.HeaderMode(form.Get("header"))
	var err error
	o.Delimiter, err = tabular.ReadDelimiter(form.Get("delimiter"))
	return o, err
}

// nameNew reads what a new collection is called.
func nameNew(v *view, form url.Values, n *registry.NewCollection) {
	if name := strings.TrimSpace(form.Get("name")); name != "" {
		n.Name = map[string]string{v.Tag(): name}
	}
	if slug := strings.TrimSpace(form.Get("slug")); slug != "" {
		n.Slug = slug
	}
	if a := form.Get("audience"); a != "" {
		n.Audience = pollen.Audience(a)
	}
}

// newFields makes the schema of a new collection of what was proposed and of what
// the form says of each column.
func newFields(v *view, form url.Values, l *desk.Look, o *desk.Settings) {
	s := &o.Create.Schema
	was, wasTargets := *s, o.Options.Targets
	*s = schema.Schema{}
	o.Options.Targets = slices.Clone(l.Targets)
	for i := range o.Options.Targets {
		t := &o.Options.Targets[i]
		at := strconv.Itoa(i)
		if !form.Has("fills"+at) && i < len(wasTargets) { // its part of the columns is not shown
			*t = wasTargets[i]
			if f := was.Field(t.Field); f != nil && s.Field(f.Name) == nil {
				s.Fields = append(s.Fields, *f)
			}
			continue
		}
		use := form.Get("fills" + at)
		if form.Get("plain") == at {
			use = string(guessOf(l, t.Column).Plain)
		}
		f := l.Schema.Field(t.Field)
		switch {
		case use == "":
			*t = transfer.Target{Column: t.Column}
			continue
		case f == nil || s.Field(f.Name) != nil:
			continue
		}
		field := *f
		if use != asProposed {
			retype(&field, use)
			field.Many = form.Get("many"+at) != ""
			if label := strings.TrimSpace(form.Get("label" + at)); label != "" && label != field.LabelIn(v.Tag()) {
				field.Label = map[string]string{v.Tag(): label}
			}
			if field.Many {
				field.Unique = false
			} else {
				t.Separator = ""
			}
		}
		s.Fields = append(s.Fields, field)
	}
	if key := s.Field(form.Get("key")); key != nil {
		key.Unique, key.Many, s.Key = true, false, key.Name
	}
	o.Options.Key = ""
	s.Title = titleOf(form.Get("title"), &was, s)
}

// retype gives a field the type that was chosen, where it is another.
func retype(f *schema.Field, use string) {
	t, target := schema.Type(use), ""
	if slug, link := strings.CutPrefix(use, linkTo); link {
		t, target = schema.Reference, slug
	}
	if t != f.Type || target != f.Target {
		f.Retype(t, target)
	}
}

// titleOf is what names the entries: what was chosen, or else what did before, as
// far as it is still there.
func titleOf(chosen string, was, now *schema.Schema) (out []string) {
	if now.Field(chosen) != nil {
		return []string{chosen}
	}
	for _, name := range was.Title {
		if now.Field(name) != nil {
			out = append(out, name)
		}
	}
	return out
}
