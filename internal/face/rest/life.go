package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/freshness"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// ValueLife is the life of one single value.
type ValueLife struct {
	Changed   Change      `json:"changed"`
	Verified  time.Time   `json:"verified,omitzero" doc:"When somebody last confirmed it; absent is never"`
	Verifiers int         `json:"verifiers" doc:"How many personas confirm it"`
	Sources   []string    `json:"sources" doc:"Where it comes from, as imports told"`
	State     schema.Life `json:"state" enum:"fresh,due,overdue" doc:"Overdue at twice its half-life; without a half-life always fresh"`
}

// Change is who last said a value, and when.
type Change struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by" doc:"Handle of the persona"`
}

// Lives are the lives of an entry's values by the name of the field, each in
// the shape of the value: one, a list, or an object by language.
type Lives map[string]any

// Schema describes what cannot be told from the type.
func (Lives) Schema(r huma.Registry) *huma.Schema {
	one := r.Schema(reflect.TypeFor[ValueLife](), true, "ValueLife")
	many := &huma.Schema{Type: huma.TypeArray, Items: one}
	byLanguage := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{AnyOf: []*huma.Schema{one, many}}}
	return &huma.Schema{Type: huma.TypeObject, Description: "By the name of the field, in the shape of its value",
		AdditionalProperties: &huma.Schema{AnyOf: []*huma.Schema{one, many, byLanguage}}}
}

// entriesOf gives entries as served, with the life of their values.
func (s *server) entriesOf(ctx context.Context, by pollen.Actor, in []*registry.Entry) ([]Entry, error) {
	all, err := s.Freshness.Of(ctx, by, in)
	if err != nil {
		return nil, err
	}
	var who []pollen.PersonaID
	for _, lives := range all {
		for _, ls := range lives {
			for i := range ls {
				who = append(who, ls[i].Changed.By)
			}
		}
	}
	names, err := s.Personas.Names(ctx, who)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(in))
	for i, e := range in {
		out[i] = entryOf(e)
		for k := range e.Collection.Schema.Fields {
			f := &e.Collection.Schema.Fields[k]
			if ls := all[e.ID][f.ID]; len(ls) > 0 {
				out[i].Life[f.Name] = shaped(f, e.Values[f.ID], ls, func(l *freshness.Life) ValueLife {
					return ValueLife{Change{l.Changed.Revision, l.Changed.At, names[l.Changed.By].Handle}, l.Verified, l.Verifiers, l.Sources, l.State}
				})
			}
		}
	}
	return out, nil
}

// shaped gives the lives of single values the shape of the whole value.
func shaped(f *schema.Field, value json.RawMessage, ls []freshness.Life, one func(*freshness.Life) ValueLife) any {
	all := make([]ValueLife, len(ls))
	for i := range ls {
		all[i] = one(&ls[i])
	}
	switch {
	case f.Type == schema.Localized:
		var shape map[string]json.RawMessage
		if json.Unmarshal(value, &shape) != nil {
			return all
		}
		byTag := map[string]any{}
		for i := range ls {
			tag := ls[i].Tag
			if len(shape[tag]) == 0 || shape[tag][0] != '[' {
				byTag[tag] = all[i]
				continue
			}
			list, _ := byTag[tag].([]ValueLife)
			byTag[tag] = append(list, all[i])
		}
		return byTag
	case len(value) > 0 && value[0] == '[':
		return all
	}
	return all[0]
}

// Confirmed names a value that is confirmed: a field by its name, or an object
// that says which of its values.
type Confirmed struct {
	Field string `json:"field"`
	Lang  string `json:"lang,omitempty" doc:"Of a language-tagged text: only in this language"`
	Index *int   `json:"index,omitempty" minimum:"0" doc:"Of a list: only this one, from 0"`
}

// UnmarshalJSON reads the name of a field, too.
func (c *Confirmed) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &c.Field)
	}
	type plain Confirmed
	return json.Unmarshal(b, (*plain)(c))
}

// Schema tells that the name of a field will do.
func (Confirmed) Schema(r huma.Registry) *huma.Schema {
	type confirmed Confirmed
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString, Description: "The name of a field"}, r.Schema(reflect.TypeFor[confirmed](), true, "Confirmed")}}
}

type verifyIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Fields []Confirmed `json:"fields" minItems:"1" maxItems:"500" doc:"What you confirm: names of fields, or single values of them" example:"[\"phone\"]"`
	}
}

func (s *server) lives(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "verify-entry", Method: http.MethodPost, Path: "/api/v1/entries/{id}/verify",
		Summary:     "Confirm that values are right as they are",
		Description: "A contribution, and no edit: it makes no revision. It is over when the value is another one."},
		on(s, func(in *verifyIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *verifyIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
				what := make([]freshness.What, len(in.Body.Fields))
				for i, c := range in.Body.Fields {
					what[i] = freshness.What{Field: c.Field, Lang: c.Lang, Index: c.Index}
				}
				if _, err := s.Freshness.Confirm(ctx, by, id, what); err != nil {
					return nil, err
				}
				e, err := s.Registry.Get(ctx, by, id)
				return s.answered(ctx, by, e, err)
			})
		}))
}
