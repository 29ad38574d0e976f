package registry

import (
	"encoding/json"
	"maps"
	"slices"

	"pollen"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// Amendment says what to make of a collection. Only what is given changes.
type Amendment struct {
	Name, Purpose   map[string]string // nil stays as it is
	Licence, Source *string
	Audience        pollen.Audience // "" stays as it is
	// Schema is the whole of what it shall be: see [schema.Schema.Amend].
	Schema *schema.Schema
	// To returns the collection to what it was at a version, in everything; 0
	// does not. Nothing else is said beside it.
	To int
	// Await lets references lead to collections that are still to be founded.
	Await bool
	// Expect refuses the amendment as Stale unless the version of the collection is
	// one of these; empty does not ask.
	Expect []int

	around func(schema.Field) bool // fields that stay as they are; nil is what the actor may not know of
}

// AmendPlan is what an amendment does, or would do.
type AmendPlan struct {
	Version int // of the collection, afterwards
	Fields  []FieldEffect
	// Settings are the names of what else changes: name, purpose, licence,
	// source, audience, title, key.
	Settings []string
	Entries  int64 // the live ones
	Titles   int64 // live entries whose title changes
}

// FieldEffect is what an amendment does to one field, and to the entries that
// hold a value of it.
type FieldEffect struct {
	schema.Change
	Held     int64     // live entries with a value that the actor may read
	Unfit    int64     // those whose value stands in the way of the amendment
	Examples []Example // the first of these
	// Unread says that values stand in the way which the actor may not read.
	Unread bool
}

// Example is an entry whose value stands in the way.
type Example struct {
	Entry  pollen.EntryID
	Title  string
	Reason pollen.Message
}

// maxExamples bounds the examples of one field.
const maxExamples = 5

// Err says why the plan cannot be carried out; nil if it can.
func (p *AmendPlan) Err() error {
	for i := range p.Fields {
		if f := &p.Fields[i]; f.Unfit > 0 {
			return pollen.ErrorN(pollen.Conflict, "registry.unfit", int(f.Unfit),
				"{n} entry holds a value of “{field}” that stands in the way. Look at what it would do, and correct it first.",
				"{n} entries hold a value of “{field}” that stands in the way. Look at what it would do, and correct these first.",
				"field", f.Field).On(f.Field)
		} else if f.Unread {
			return pollen.Errorf(pollen.Conflict, "registry.unfit-unread", "Values of “{field}” that you may not read stand in the way. Ask the operator.", "field", f.Field).On(f.Field)
		}
	}
	return nil
}

// settings is what a collection says of itself, kept with each version.
type settings struct {
	Name     map[string]string `json:"name"`
	Purpose  map[string]string `json:"purpose,omitempty"`
	Licence  string            `json:"licence,omitempty"`
	Source   string            `json:"source,omitempty"`
	Audience pollen.Audience   `json:"audience"`
}

func (c *Collection) settings() settings {
	return settings{c.Name, c.Purpose, c.Licence, c.Source, c.Audience}
}

// amended is what an amendment makes of a collection that was what before tells.
// It fails with Invalid, and with Forbidden where more people could read than
// ever before.
func (a *Amendment) amended(by pollen.Actor, c *Collection, before past) (*Collection, *AmendPlan, error) {
	next := *c
	next.Version++
	if a.Name != nil {
		next.Name = a.Name
	}
	if a.Purpose != nil {
		next.Purpose = a.Purpose
	}
	if a.Licence != nil {
		next.Licence = *a.Licence
	}
	if a.Source != nil {
		next.Source = *a.Source
	}
	if a.Audience != "" {
		next.Audience = a.Audience
	}
	p := &AmendPlan{Version: next.Version, Fields: []FieldEffect{}, Entries: c.Entries}
	if a.Schema != nil {
		around := a.around
		if around == nil {
			around = c.unseen(by)
		}
		s, changes, err := c.amendAround(around, *a.Schema, next.Version)
		if err != nil {
			return nil, nil, err
		}
		next.Schema = s
		for _, x := range changes {
			p.Fields = append(p.Fields, FieldEffect{Change: x, Examples: []Example{}})
		}
	}
	n := NewCollection{Slug: c.Slug, Name: next.Name, Purpose: next.Purpose, Licence: next.Licence, Source: next.Source, Audience: next.Audience, Schema: next.Schema}
	if err := n.validate(); err != nil {
		return nil, nil, err
	}
	next.Licence, next.Source = n.Licence, n.Source
	p.Settings = differing(c.seen(by), next.seen(by))
	if err := guarded(by, c, &next, before); err != nil {
		return nil, nil, err
	}
	return &next, p, p.blind(by, c, &next)
}

// differing names what differs between two states of a collection, beside its
// fields.
func differing(c, next *Collection) (out []string) {
	for _, x := range []struct {
		name string
		same bool
	}{
		{"name", maps.Equal(c.Name, next.Name)}, {"purpose", maps.Equal(c.Purpose, next.Purpose)}, {"licence", c.Licence == next.Licence},
		{"source", c.Source == next.Source}, {"audience", c.Audience == next.Audience},
		{"title", slices.Equal(c.Schema.Title, next.Schema.Title)}, {"key", c.Schema.Key == next.Schema.Key},
	} {
		if !x.same {
			out = append(out, x.name)
		}
	}
	return out
}

// guarded refuses what takes away a protection that others rely on: values
// shown to more people than they ever were, and fields that are protected. What
// members themselves narrowed or protected they may undo, since anyone of them
// could have done it against all the others. It also refuses to close the
// collection to those who keep it, the actor among them.
func guarded(by pollen.Actor, c, next *Collection, before past) error {
	if by.System() {
		return nil
	}
	if !next.Readable(by).OK {
		return pollen.Errorf(pollen.Forbidden, "registry.closed", "Nobody who keeps this collection could read it then, not even you. Choose members, or community.").On("audience")
	}
	if next.Audience.Width() < c.Audience.Width() && !before.ever(func(x *Collection) bool { return x.Audience.Width() <= next.Audience.Width() }) {
		return access.Wider(by).Err(by, access.Decision{OK: true}).(*pollen.Error).On("audience")
	}
	for i := range next.Schema.Fields {
		f := &next.Schema.Fields[i]
		old, retired := c.Schema.Ever(f.ID)
		if f.ID == 0 || old == nil {
			continue
		}
		if to := next.audienceOf(f).Width(); to < c.audienceOf(old).Width() && !before.ever(func(x *Collection) bool {
			was := x.Schema.ByID(f.ID)
			return was != nil && x.audienceOf(was).Width() <= to
		}) {
			return access.Wider(by).Err(by, access.Decision{OK: true}).(*pollen.Error).On(f.Name)
		}
		if old.Protected && !sameBut(old, f) && !retired && !before.open(f.ID) {
			return access.Protected(by).Err(by, access.Decision{OK: true}).(*pollen.Error).On(f.Name)
		}
	}
	for i := range next.Schema.Retired {
		if f := &next.Schema.Retired[i]; f.Protected && c.Schema.ByID(f.ID) != nil && !before.open(f.ID) {
			return access.Protected(by).Err(by, access.Decision{OK: true}).(*pollen.Error).On(f.Name)
		}
	}
	return nil
}

// blind refuses what would be decided by values that the actor may not read, now
// or afterwards: another type is taken, and a field becomes unique, where all
// values allow, and that would tell of them.
func (p *AmendPlan) blind(by pollen.Actor, c, next *Collection) error {
	for i := range p.Fields {
		x := &p.Fields[i]
		old, _ := c.Schema.Ever(x.ID)
		f := next.Schema.ByID(x.ID)
		if x.ID == 0 || f == nil || c.FieldReadable(by, old, 0) || next.FieldReadable(by, f, 0) {
			continue
		}
		if x.Kind == schema.FieldRetyped || f.Unique && !old.Unique {
			return pollen.Errorf(pollen.Forbidden, "registry.blind", "Whether “{field}” can be so depends on values that you may not read. Only the operator can do that.", "field", x.Field).On(x.Field)
		}
	}
	return nil
}

// audienceOf is who may read a field.
func (c *Collection) audienceOf(f *schema.Field) pollen.Audience {
	if f.Audience == "" {
		return c.Audience
	}
	return pollen.Narrowest(c.Audience, f.Audience)
}

// sameBut reports whether a protected field stays what it is, but for how it is
// called and explained.
func sameBut(old, f *schema.Field) bool {
	x, y := *old, *f
	for _, z := range []*schema.Field{&x, &y} {
		z.Label, z.Help, z.Group, z.Column, z.Aliases, z.Was, z.Name = nil, nil, "", false, nil, nil, ""
	}
	a, err := json.Marshal(x)
	b, e := json.Marshal(y)
	return err == nil && e == nil && string(a) == string(b)
}
