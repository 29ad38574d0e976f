package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

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

type returnIn struct {
	Caller
	Slug    string `path:"slug"`
	IfMatch string `header:"If-Match" doc:"The ETag you read: refuses (412) when anybody changed the collection since"`
	DryRun  bool   `query:"dry_run" doc:"Say what it would do to fields and entries, and do nothing"`
	Body    struct {
		To int `json:"to" minimum:"1" doc:"The version to return to"`
	}
}

// CollectionVersion is one state of a collection, as served.
type CollectionVersion struct {
	N        int              `json:"n"`
	By       string           `json:"by" doc:"Handle of the persona"`
	At       time.Time        `json:"at"`
	Fields   []VersionField   `json:"fields" doc:"What became of each field that changed, against the version before"`
	Settings []VersionSetting `json:"settings" doc:"What else changed"`
}

// VersionField is what became of one field.
type VersionField struct{ schema.Change }

// VersionSetting is something that changed beside the fields.
type VersionSetting struct {
	Name string `json:"name" enum:"name,purpose,licence,source,audience,title,key"`
	Was  any    `json:"was"`
	Now  any    `json:"now"`
}

func versionOf(v *registry.Version, by string) CollectionVersion {
	out := CollectionVersion{N: v.N, By: by, At: v.At, Fields: []VersionField{}, Settings: []VersionSetting{}}
	for _, x := range v.Fields {
		out.Fields = append(out.Fields, VersionField{x})
	}
	for _, name := range v.Settings {
		out.Settings = append(out.Settings, VersionSetting{name, setting(v.From, name), setting(v.To, name)})
	}
	return out
}

// setting is what a collection says of itself under a name.
func setting(c *registry.Collection, name string) any {
	switch name {
	case "name":
		return c.Name
	case "purpose":
		return c.Purpose
	case "licence":
		return c.Licence
	case "source":
		return c.Source
	case "audience":
		return c.Audience
	case "title":
		return c.Schema.Title
	}
	return c.Schema.Key
}

type versionsIn struct {
	Caller
	Slug   string `path:"slug"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type versionsOut struct {
	Body pollen.Page[CollectionVersion]
}

func (s *server) versions(ctx context.Context, by pollen.Actor, in *versionsIn) (*versionsOut, error) {
	p, err := s.Registry.Versions(ctx, by, in.Slug, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	ids := make([]pollen.PersonaID, len(p.Items))
	for i := range p.Items {
		ids[i] = p.Items[i].By
	}
	names, err := s.Personas.Names(ctx, ids)
	out := &versionsOut{pollen.Page[CollectionVersion]{Items: []CollectionVersion{}, Next: p.Next}}
	for i := range p.Items {
		out.Body.Items = append(out.Body.Items, versionOf(&p.Items[i], names[ids[i]].Handle))
	}
	return out, err
}

func (s *server) amendments(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-versions", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/versions",
		Summary: "The versions of a collection, newest first, each with what it changed"},
		on(s, func(in *versionsIn) Caller { return in.Caller }, s.versions))
	huma.Register(api, huma.Operation{OperationID: "revert-collection", Method: http.MethodPost, Path: "/api/v1/collections/{slug}/revert",
		Summary: "Return a collection to an earlier version, as a new one",
		Description: "Its fields, its audience, its licence and what it says of itself are again what they were; fields that came since are retired. " +
			"Values come back with their fields: none was lost. Members of its community may, also where that shows it to as many people as then, " +
			"unless its operator decided otherwise since. It answers 409 where values stand in the way: a dry run names them."},
		on(s, func(in *returnIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *returnIn) (*amendOut, error) {
			expect, err := matched(in.IfMatch)
			if err != nil {
				return nil, err
			}
			c, err := s.Registry.Collection(ctx, by, in.Slug)
			if err != nil {
				return nil, err
			}
			return s.carryOut(ctx, by, c, registry.Amendment{To: in.Body.To, Expect: expect}, in.DryRun)
		}))
	huma.Register(api, huma.Operation{OperationID: "amend-collection", Method: http.MethodPatch, Path: "/api/v1/collections/{slug}", MaxBodyBytes: maxPatch,
		Summary: "Change what a collection is called, says of itself, and holds",
		Description: `JSON merge patch (RFC 7396) of name, purpose, licence, source, audience and schema; lists, such as schema.fields, are given whole. ` +
			`A field is known by its id, or by its name where no id is given: another name renames it, another type is taken where every value allows, ` +
			`and one that is left out is retired. Its values stay in history and return with it, by its id (schema.retired lists them). ` +
			`No revision is made. The members of the community that holds the collection may; nobody but the operator shows values to more people than ever before. ` +
			`What somebody new here amends is listed, and told to followers, once a second pair of eyes looked at it.`,
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
		if a.Expect = expect; expect == nil {
			a.Expect = []int{c.Version}
		}
		out, err := s.carryOut(ctx, by, c, a, in.DryRun)
		if pollen.Is(err, pollen.Stale) && expect == nil && n < amendTries {
			continue
		}
		return out, err
	}
}

// carryOut amends a collection, or tells what that would do.
func (s *server) carryOut(ctx context.Context, by pollen.Actor, c *registry.Collection, a registry.Amendment, dry bool) (*amendOut, error) {
	var p *registry.AmendPlan
	var err error
	if dry {
		p, err = s.Registry.PlanAmend(ctx, by, c.Slug, a)
	} else {
		c, p, err = s.Registry.Amend(ctx, by, c.Slug, a)
	}
	if err != nil {
		return nil, err
	}
	return &amendOut{etag(c.Version), Amended{collectionOf(c), effectsOf(p)}}, nil
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
