package registry

import (
	"slices"

	"pollen"
	"pollen/internal/pure/schema"
)

// unseen tells which fields of the collection an actor may not know of: those
// that they may not read in any entry, not even in their own.
func (c *Collection) unseen(by pollen.Actor) func(schema.Field) bool {
	return func(f schema.Field) bool { return !c.FieldReadable(by, &f, by.Entry) }
}

// seen is the collection as an actor may know it.
func (c *Collection) seen(by pollen.Actor) *Collection { return c.without(c.unseen(by)) }

// without is the collection without some of its fields: c itself where that is
// all of it.
func (c *Collection) without(unseen func(schema.Field) bool) *Collection {
	if !slices.ContainsFunc(c.Schema.Fields, unseen) && !slices.ContainsFunc(c.Schema.Retired, unseen) {
		return c
	}
	out := *c
	out.Schema.Fields = slices.DeleteFunc(slices.Clone(c.Schema.Fields), unseen)
	out.Schema.Retired = slices.DeleteFunc(slices.Clone(c.Schema.Retired), unseen)
	if out.Schema.Field(c.Schema.Key) == nil {
		out.Schema.Key = ""
	}
	return &out
}

// amendAround makes version n of the schema out of what somebody wishes it to
// be who does not know of some fields: these stay what and where they are, also
// as the key unless another one is chosen.
func (c *Collection) amendAround(unseen func(schema.Field) bool, wish schema.Schema, n int) (next schema.Schema, changes []schema.Change, err error) {
	seen := c.without(unseen)
	if next, changes, err = seen.Schema.Amend(wish, n); err != nil || seen == c {
		return next, changes, err
	}
	for i, f := range c.Schema.Fields {
		if unseen(f) {
			next.Fields = slices.Insert(next.Fields, min(i, len(next.Fields)), f)
		}
	}
	for _, f := range c.Schema.Retired {
		if unseen(f) {
			next.Retired = append(next.Retired, f)
		}
	}
	if next.Key == "" && seen.Schema.Key == "" {
		next.Key = c.Schema.Key
	}
	return next, changes, next.Validate()
}

// restore makes an amendment of c say what it was, as far as the actor may know:
// fields that they may not know of by now, and could not then, stay as they are.
func (a *Amendment) restore(by pollen.Actor, c, then *Collection) {
	unseen, unseenThen := c.unseen(by), then.unseen(by)
	a.around = func(f schema.Field) bool {
		old := then.Schema.ByID(f.ID)
		return unseen(f) && (old == nil || unseenThen(*old))
	}
	s := then.without(func(f schema.Field) bool {
		now, _ := c.Schema.Ever(f.ID)
		return now != nil && a.around(*now)
	}).Schema
	a.Name, a.Purpose, a.Licence, a.Source, a.Audience, a.Schema = then.Name, then.Purpose, &then.Licence, &then.Source, then.Audience, &s
	if a.Purpose == nil {
		a.Purpose = map[string]string{}
	}
}
