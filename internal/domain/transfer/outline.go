package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Outline is a collection without its entries, as a file tells it: beside an
// export it lets an import found the collection as it was. What REST says of a
// collection reads as one.
type Outline struct {
	Slug     string            `json:"slug"`
	Name     map[string]string `json:"name"` // by BCP 47 tag
	Purpose  map[string]string `json:"purpose,omitempty"`
	Licence  string            `json:"licence,omitempty"`
	Source   string            `json:"source,omitempty"`
	Audience pollen.Audience   `json:"audience,omitempty"`
	Schema   schema.Schema     `json:"schema"`
}

// Outline tells a collection with the fields that the actor may know of. It fails
// with NotFound.
func (t *Transfer) Outline(ctx context.Context, by pollen.Actor, collection string) (o *Outline, err error) {
	defer pollen.Wrap(&err, "transfer.Outline", collection)
	c, err := t.registry.Collection(ctx, by, collection)
	if err != nil {
		return nil, err
	}
	o = &Outline{c.Slug, c.Name, c.Purpose, c.Licence, c.Source, c.Audience, schema.Schema{Title: c.Schema.Title, Key: c.Schema.Key}}
	for _, f := range c.Schema.Fields {
		f.ID, f.Was = 0, nil // another directory gives its own
		o.Schema.Fields = append(o.Schema.Fields, f)
	}
	return o, nil
}

// Write writes an outline as ReadOutline reads it.
func (o *Outline) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(o)
}

// maxOutline bounds an outline, in bytes.
const maxOutline = 16 << 20

// ReadOutline reads an outline. Identifiers of fields are those of the directory
// that told it, and are left out. It fails with Invalid on what is none.
func ReadOutline(r io.Reader) (*Outline, error) {
	var o Outline
	if err := json.NewDecoder(io.LimitReader(r, maxOutline)).Decode(&o); err != nil || len(o.Schema.Fields) == 0 {
		return nil, pollen.Errorf(pollen.Invalid, "transfer.outline", "This is no schema of a collection, as an export writes it.").On("schema").Because(err)
	}
	o.Schema.Retired = nil
	for i := range o.Schema.Fields {
		o.Schema.Fields[i].ID, o.Schema.Fields[i].Was = 0, nil
	}
	return &o, nil
}

// founds is the collection that an outline founds, but for what n says.
func (o *Outline) founds(n *Founding) registry.NewCollection {
	c := registry.NewCollection{Slug: n.Slug, Community: n.Community, Name: o.Name, Purpose: o.Purpose, Licence: o.Licence, Source: o.Source, Audience: o.Audience, Schema: o.Schema, Await: true}
	if n.Title != "" {
		c.Name = map[string]string{n.Lang: n.Title}
	}
	if n.Audience != "" {
		c.Audience = n.Audience
	}
	return c
}

// Reshape makes a collection without entries what an outline says, and leaves one
// with entries as it is. It fails as amending does.
func (t *Transfer) Reshape(ctx context.Context, by pollen.Actor, collection string, o *Outline) (err error) {
	defer pollen.Wrap(&err, "transfer.Reshape", collection)
	c, err := t.registry.Collection(ctx, by, collection)
	if err != nil || c.Entries > 0 {
		return err
	}
	_, _, err = t.registry.Amend(ctx, by, collection, registry.Amendment{Name: o.Name, Purpose: o.Purpose, Licence: &o.Licence, Source: &o.Source,
		Audience: o.Audience, Schema: &o.Schema, Await: true, Expect: []int{c.Version}})
	return err
}

// PreviewReshaped shows what an import would do into a collection that first
// becomes what an outline says, as far as it is still without entries. It writes
// nothing that is there when it returns, and fails as [Transfer.Run] does.
func (t *Transfer) PreviewReshaped(ctx context.Context, by pollen.Actor, collection string, o *Outline, f File, opts Options) (_ *Report, err error) {
	defer pollen.Wrap(&err, "transfer.PreviewReshaped", collection)
	present, err := t.registry.Collection(ctx, by, collection)
	if err != nil {
		return nil, err
	}
	if present.Entries > 0 {
		return t.Preview(ctx, by, collection, f, opts)
	}
	c, err := t.registry.Candidate(ctx, o.founds(&Founding{Slug: present.Slug, Community: present.Community}))
	if err != nil {
		return nil, err
	}
	c.ID = present.ID
	rd, detected, err := headed(c, f, &opts)
	if err != nil {
		return nil, err
	}
	j, err := t.job(by, c, f, opts, rd, detected, nil)
	if err != nil {
		return nil, errors.Join(err, rd.Close())
	}
	r, err := j.preview(ctx, rd, f, func(fn func(*registry.Work) error) error { return t.registry.Peek(ctx, by, collection, fn) })
	if r != nil {
		r.Founded = &c.Schema
	}
	return r, err
}
