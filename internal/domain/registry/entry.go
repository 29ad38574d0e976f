package registry

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"pollen"
	"pollen/internal/pure/schema"
)

// Entry is one record in its current state.
type Entry struct {
	ID         pollen.EntryID
	Collection *Collection
	Slug       string
	Title      string
	Revision   int
	Retired    time.Time      // zero while it is live
	Into       pollen.EntryID // the entry it was merged into
	Content
}

// Live reports whether the entry stands in lists and search.
func (e *Entry) Live() bool { return e.Retired.IsZero() }

// Path is the address of the entry's page.
func (e *Entry) Path() string { return "/c/" + e.Collection.Slug + "/" + e.Slug }

// readable reports whether the actor may read a value of the entry, by its
// field; the body, and a field that is gone, hide nothing from who may read it.
func (e *Entry) readable(by pollen.Actor, id pollen.FieldID) bool {
	f := e.Collection.Schema.ByID(id)
	return f == nil || e.Collection.FieldReadable(by, f, e.ID)
}

// Visible drops the values that the actor may not read.
func (e *Entry) visible(by pollen.Actor) *Entry {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if e.Values[f.ID] != nil && !e.Collection.FieldReadable(by, f, e.ID) {
			delete(e.Values, f.ID)
		}
	}
	return e
}

// Revision is one state of an entry, without its content.
type Revision struct {
	Entry pollen.EntryID
	N     int
	Act   pollen.ActID
	Kind  pollen.ActKind
	By    pollen.PersonaID
	At    time.Time
	Batch pollen.BatchID
	Note  string
	// Fields are those that it changed and that the reader may read, Body says
	// that it changed the text. [Registry.Around] knows them for values that
	// still date from it alone.
	Fields []pollen.FieldID
	Body   bool
}

// Change says what to make of an entry. Only what is given changes.
type Change struct {
	// Values by field name, as JSON; null removes.
	Values map[string]json.RawMessage
	// Texts by field name, as forms and files write them; "" removes. A field
	// stands in Values or in Texts, not in both.
	Texts map[string][]string
	Body  *string
	// Title of a new entry's address; "" derives it.
	Slug string
	Note string
	// Base is the revision the author saw; 0 is the current one. What others
	// changed since is merged.
	Base int
	// Bases are those of single values, by field name, where the author saw
	// another revision of these: the one whose conflict they settled.
	Bases map[string]int
	// Expect refuses the change as Stale unless the current revision is one of
	// these; empty does not ask.
	Expect []int
	Causes []pollen.Cause
}

// Limits of texts, in bytes.
const (
	maxNote   = 500
	maxSource = 1000 // of a licence, too
	maxText   = 2000
	maxBody   = 500_000
	// maxContent is all of an entry, as a revision keeps it: what a backup reads as
	// one line, an export and a page with ease.
	maxContent = 8 << 20
)

// field is a field of the entry by its name. One that the actor may not read is
// refused as one that is not there, before anything is compared with its value.
func (e *Entry) field(by pollen.Actor, name string) (*schema.Field, error) {
	f := e.Collection.Schema.Field(name)
	if f == nil || !e.Collection.FieldReadable(by, f, e.ID) {
		return nil, unknownField(name)
	}
	return f, nil
}

// apply reads a change of an entry into content, checking only what changes. All
// values that are wrong are told, as [schema.Faults].
func (ch *Change) apply(by pollen.Actor, e *Entry, c *Content, env *schema.Env) error {
	var wrong schema.Faults
	read := func(name string, value func(*schema.Field, *schema.Env) (json.RawMessage, error)) error {
		f, err := e.field(by, name)
		if err != nil {
			return wrong.Note(err)
		}
		v, err := value(f, keeping(env, f, c.Values[f.ID]))
		if err != nil {
			return wrong.Note(err)
		}
		set(c.Values, f.ID, v)
		return nil
	}
	for name, raw := range ch.Values {
		if err := read(name, func(f *schema.Field, env *schema.Env) (json.RawMessage, error) { return f.FromJSON(raw, env) }); err != nil {
			return err
		}
	}
	for name, texts := range ch.Texts {
		if err := read(name, func(f *schema.Field, env *schema.Env) (json.RawMessage, error) { return f.FromTexts(texts, env) }); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return ch.wrong(e, c, wrong).Err()
	}
	if ch.Body != nil {
		body := schema.Field{Name: "body", Type: schema.LongText, MaxSize: maxBody}
		v, err := body.FromText(*ch.Body, nil)
		if err != nil {
			return err
		}
		c.Body = body.Text(v)
	}
	return nil
}

// wrong tells what is wrong with a change in the order of the fields, and after
// that which values are missing: what else stands in its way.
func (ch *Change) wrong(e *Entry, c *Content, values schema.Faults) schema.Faults {
	s := &e.Collection.Schema
	place := func(name string) int {
		if i := slices.IndexFunc(s.Fields, func(f schema.Field) bool { return f.Name == name }); i >= 0 {
			return i
		}
		return len(s.Fields)
	}
	slices.SortFunc(values, func(a, b *pollen.Error) int {
		return cmp.Or(place(a.Field)-place(b.Field), strings.Compare(a.Field, b.Field))
	})
	changes := func(id pollen.FieldID) bool {
		name := s.ByID(id).Name
		_, given := ch.Values[name]
		_, typed := ch.Texts[name]
		faulty := slices.ContainsFunc(values, func(x *pollen.Error) bool { return x.Field == name })
		return !faulty && (e.Revision == 0 || given || typed)
	}
	return append(values, schema.FaultsOf(s.Check(changes, c.Values))...)
}

// keeping lets a value refer to what it refers to already, whoever may read that:
// who writes a list again need not know all of it.
func keeping(env *schema.Env, f *schema.Field, old json.RawMessage) *schema.Env {
	refs := f.Refs(old)
	if len(refs) == 0 {
		return env
	}
	return &schema.Env{Region: env.Region, Zone: env.Zone, Resolve: func(target, text string) (pollen.EntryID, error) {
		for _, id := range refs {
			if text == id.String() {
				return id, nil
			}
		}
		return env.Resolve(target, text)
	}}
}

// cleanNote brings a note to the form in which it is kept.
func cleanNote(note string) (string, error) { return schema.Line("note", note, maxNote) }

func unknownField(name string) error {
	if len(name) > 63 {
		name = name[:63] + "…"
	}
	return pollen.Errorf(pollen.Invalid, "registry.field", "There is no field “{name}” in this collection.", "name", name).On(name)
}
