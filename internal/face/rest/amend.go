package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Effects are what an amendment of a collection does, or would do.
type Effects struct {
	Fields   []FieldEffect `json:"fields" doc:"What becomes of each field that changes"`
	Settings []string      `json:"settings" doc:"What else changes: name, purpose, licence, source, audience, title, key"`
	Titles   int64         `json:"titles" doc:"Live entries whose title changes"`
	Possible bool          `json:"possible" doc:"No value stands in the way"`
}

// FieldEffect is what an amendment does to one field.
type FieldEffect struct {
	schema.Change
	Held     int64           `json:"held" doc:"Live entries with a value"`
	Unfit    int64           `json:"unfit" doc:"Those whose value stands in the way"`
	Examples []EffectExample `json:"examples" doc:"The first of these"`
}

// EffectExample is an entry whose value stands in the way.
type EffectExample struct {
	Entry  pollen.EntryID `json:"entry"`
	Title  string         `json:"title"`
	Reason string         `json:"reason,omitempty"`
}

func effectsOf(p *registry.AmendPlan) *Effects {
	out := &Effects{Fields: []FieldEffect{}, Settings: append([]string{}, p.Settings...), Titles: p.Titles, Possible: p.Err() == nil}
	for _, x := range p.Fields {
		f := FieldEffect{Change: x.Change, Held: x.Held, Unfit: x.Unfit, Examples: []EffectExample{}}
		for _, e := range x.Examples {
			f.Examples = append(f.Examples, EffectExample{e.Entry, e.Title, e.Reason.String()})
		}
		out.Fields = append(out.Fields, f)
	}
	return out
}

type amendIn struct {
	Caller
	Slug    string `path:"slug"`
	IfMatch string `header:"If-Match" doc:"The ETag you read: refuses (412) when anybody changed the collection since"`
	DryRun  bool   `query:"dry_run" doc:"Say what it would do to fields and entries, and do nothing"`
	RawBody []byte `contentType:"application/merge-patch+json"`
}

// Amended is a collection as it is after an amendment, or still is after a dry
// run, with what the amendment does.
type Amended struct {
	Collection
	Effects *Effects `json:"effects"`
}

type amendOut struct {
	ETag string `header:"ETag"`
	Body Amended
}

func (s *server) amendments(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "amend-collection", Method: http.MethodPatch, Path: "/api/v1/collections/{slug}",
		Summary: "Change what a collection is called, says of itself, and holds",
		Description: `JSON merge patch (RFC 7396) of name, purpose, licence, source, audience and schema; lists, such as schema.fields, are given whole. ` +
			`A field is known by its id, or by its name where no id is given: another name renames it, another type is taken where every value allows, ` +
			`and one that is left out is retired. Its values stay in history and return with it, by its id (schema.retired lists them). ` +
			`No revision is made. The members of the community that holds the collection may; nobody but the operator shows values to more people than before.`,
		RequestBody: patchBody("What to change; null removes", map[string]any{"name": map[string]any{"fr": "Fournisseurs"}, "licence": "CC0-1.0"})},
		on(s, func(in *amendIn) Caller { return in.Caller }, s.amend))
}

// amendTries is how often an amendment that names no version is made anew when
// somebody else's comes between.
const amendTries = 3

func (s *server) amend(ctx context.Context, by pollen.Actor, in *amendIn) (*amendOut, error) {
	expect, err := matched(in.IfMatch)
	if err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		c, err := s.Registry.Collection(ctx, by, in.Slug)
		if err != nil {
			return nil, err
		}
		a, err := amendment(c, in.RawBody)
		if err != nil {
			return nil, err
		}
		if a.Expect = expect; expect == 0 {
			a.Expect = c.Version
		}
		var p *registry.AmendPlan
		if in.DryRun {
			p, err = s.Registry.PlanAmend(ctx, by, in.Slug, a)
		} else {
			c, p, err = s.Registry.Amend(ctx, by, in.Slug, a)
		}
		if pollen.Is(err, pollen.Stale) && expect == 0 && n < amendTries {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &amendOut{etag(c.Version), Amended{collectionOf(c), effectsOf(p)}}, nil
	}
}

// amendable is what of a collection can be amended.
type amendable struct {
	Name     map[string]string `json:"name"`
	Purpose  map[string]string `json:"purpose"`
	Licence  string            `json:"licence"`
	Source   string            `json:"source"`
	Audience pollen.Audience   `json:"audience"`
	Schema   schema.Schema     `json:"schema"`
}

// amendment reads a merge patch of a collection.
func amendment(c *registry.Collection, patch []byte) (a registry.Amendment, err error) {
	damaged := pollen.Errorf(pollen.Invalid, "rest.amend", "The change is a JSON object of name, purpose, licence, source, audience or schema, such as {\"licence\": \"CC0-1.0\"}.")
	now, err := json.Marshal(amendable{c.Name, c.Purpose, c.Licence, c.Source, c.Audience, c.Schema})
	if err != nil {
		return a, err
	}
	merged, err := mergePatch(now, patch)
	if err != nil {
		return a, damaged.Because(err)
	}
	var x amendable
	d := json.NewDecoder(bytes.NewReader(merged))
	d.DisallowUnknownFields()
	if err := d.Decode(&x); err != nil {
		return a, damaged.Because(err)
	}
	if x.Name == nil {
		x.Name = map[string]string{}
	}
	if x.Purpose == nil {
		x.Purpose = map[string]string{}
	}
	return registry.Amendment{Name: x.Name, Purpose: x.Purpose, Licence: &x.Licence, Source: &x.Source, Audience: x.Audience, Schema: &x.Schema}, nil
}

// mergePatch applies a JSON merge patch to a JSON object (RFC 7396).
func mergePatch(to, patch []byte) ([]byte, error) {
	var p, t map[string]json.RawMessage
	if err := json.Unmarshal(patch, &p); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errors.New("no JSON object")
	}
	if json.Unmarshal(to, &t) != nil || t == nil {
		t = map[string]json.RawMessage{} // what is no object is replaced
	}
	for name, v := range p {
		v = bytes.TrimSpace(v)
		switch {
		case string(v) == "null":
			delete(t, name)
		case v[0] == '{':
			m, err := mergePatch(t[name], v)
			if err != nil {
				return nil, err
			}
			t[name] = m
		default:
			t[name] = v
		}
	}
	return json.Marshal(t)
}
