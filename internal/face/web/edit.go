package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) editRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}/edit", s.page(s.edit))
	mux.HandleFunc("POST /c/{collection}/{slug}/edit", s.page(s.saveEdit))
}

// baseName is the revision that a form of values shows.
const baseName = "-base"

// edit offers the form of all the values of an entry.
func (s *server) edit(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if !v.By.SignedIn() {
		return signInFirst()
	}
	titles, err := s.titles(r, v, e)
	if err != nil {
		return err
	}
	return s.showEdit(w, r, v, http.StatusOK, v.form(e.Collection, e, titles, nil))
}

func (s *server) showEdit(w http.ResponseWriter, r *http.Request, v *view, status int, p *formData) error {
	p.Base = strconv.Itoa(p.E.Revision)
	return s.showForm(w, r, v, status, p)
}

// saveEdit publishes the values that differ from those the form showed: one
// that nobody touched is not looked at again, so that a wrong old value never
// stands in the way of a right new one.
func (s *server) saveEdit(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	ch, err := s.edited(r, v, e)
	var now *registry.Entry
	if err == nil {
		now, err = s.Registry.Revise(r.Context(), v.By, e.ID, *ch)
	}
	if ch != nil && again(err) {
		return s.editNotKept(w, r, v, e.ID, ch, err)
	}
	if err != nil {
		return err
	}
	return s.saved(w, r, v, now, saved{n: now.Revision, outcome: outcomeOf(e, now, published)})
}

// since finds the values that others changed since a form was shown, as it
// showed them, by the name of their field.
func (s *server) since(r *http.Request, v *view, e *registry.Entry, base int) (map[string]json.RawMessage, error) {
	then := map[string]json.RawMessage{}
	if base == 0 || base == e.Revision {
		return then, nil
	}
	changes, err := s.Registry.Diff(r.Context(), v.By, e.ID, base, e.Revision)
	for _, d := range changes {
		if d.Field == nil {
			then[bodyName] = d.Old
		} else {
			then[d.Field.Name] = d.Old
		}
	}
	return then, err
}

// edited reads what a form of all the values of an entry changes. A value of
// which somebody else's is kept is no change. An error about a file that was
// sent comes with the change as far as it was read.
func (s *server) edited(r *http.Request, v *view, e *registry.Entry) (ch *registry.Change, err error) {
	titles, err := s.titles(r, v, e)
	if err != nil {
		return nil, err
	}
	ch = &registry.Change{Texts: map[string][]string{}, Bases: map[string]int{}, Note: r.PostFormValue(noteName), Base: number(r, baseName, 0)}
	then, err := s.since(r, v, e, ch.Base)
	if err != nil {
		return nil, err
	}
	var refused error
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if !e.Collection.FieldReadable(v.By, f, e.ID) || r.PostFormValue(f.Name+part.Keep) == "theirs" {
			continue
		}
		if isFile(f) {
			if err := s.upload(r, v, ch, f.Name, f, e.Values[f.ID]); pollen.Is(err, pollen.Invalid) {
				refused = err
			} else if err != nil {
				return nil, err
			}
			continue
		}
		if r.PostForm[f.Name] == nil {
			continue
		}
		held, changed := then[f.Name]
		if !changed {
			held = e.Values[f.ID]
		}
		in := v.input(f, held, titles)
		if texts, rows := typed(r.PostForm, f.Name, f, held); !in.Same(v.Locale, rows) {
			ch.Texts[f.Name] = texts
			based(r, ch, f.Name)
		}
	}
	if r.PostForm[bodyName] != nil && r.PostFormValue(bodyName+part.Keep) != "theirs" {
		body := strings.ReplaceAll(r.PostFormValue(bodyName), "\r\n", "\n")
		held := e.Body
		if was, changed := then[bodyName]; changed {
			held = (&schema.Field{Type: schema.LongText}).Text(was)
		}
		if body != held {
			ch.Body = &body
			based(r, ch, bodyName)
		}
	}
	return ch, refused
}

// based notes the revision that one value of a form was based on.
func based(r *http.Request, ch *registry.Change, name string) {
	if n := number(r, name+part.Base, 0); n > 0 {
		ch.Bases[name] = n
	}
}

// editNotKept shows the form again: what was typed stands on the entry as it is
// now, beside each value in conflict stands what somebody else wrote, and what
// the author did not touch is what others made of it.
func (s *server) editNotKept(w http.ResponseWriter, r *http.Request, v *view, id pollen.EntryID, ch *registry.Change, failed error) error {
	e, err := s.Registry.Get(r.Context(), v.By, id)
	if err != nil {
		return err
	}
	then, err := s.since(r, v, e, ch.Base)
	if err != nil {
		return err
	}
	titles, err := s.titles(r, v, e)
	if err != nil {
		return err
	}
	p := v.form(e.Collection, e, titles, touched(r.PostForm, e, ch))
	p.wrong(v, failed)
	for name := range then {
		if in := p.input(name); in != nil && changes(ch, name) {
			in.Base = strconv.Itoa(ch.Base)
		}
	}
	for name, n := range ch.Bases {
		if in := p.input(name); in != nil {
			in.Base = strconv.Itoa(n)
		}
	}
	if c := registry.ConflictsOf(failed); c != nil {
		for _, x := range c.Fields {
			if in := p.input(x.Field); in != nil {
				in.Theirs, in.Base = v.plain(e, x.Field, x.Theirs, titles), strconv.Itoa(c.Revision)
			}
		}
	}
	return s.showEdit(w, r, v, statuses[pollen.KindOf(failed)], p)
}

// touched is what was typed, without the values that it does not change.
func touched(form url.Values, e *registry.Entry, ch *registry.Change) url.Values {
	typed := maps.Clone(form)
	for i := range e.Collection.Schema.Fields {
		if name := e.Collection.Schema.Fields[i].Name; !changes(ch, name) {
			delete(typed, name)
		}
	}
	if !changes(ch, bodyName) {
		delete(typed, bodyName)
	}
	return typed
}

// changes reports whether a change changes the value of a field.
func changes(ch *registry.Change, name string) bool {
	_, text := ch.Texts[name]
	_, value := ch.Values[name]
	return text || value || name == bodyName && ch.Body != nil
}
