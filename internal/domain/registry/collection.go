package registry

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/language"

	"pollen"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// Collection is a set of entries of one schema, held by one community. Treat
// it as read-only: it is shared.
type Collection struct {
	ID        pollen.CollectionID
	Slug      string
	Community pollen.CommunityID
	Name      map[string]string // by BCP 47 tag
	Purpose   map[string]string
	Licence   string
	Source    string // where the data comes from, as its licence asks to say
	Audience  pollen.Audience
	Language  string // that titles are made in, a BCP 47 tag: that of the instance
	Schema    schema.Schema
	Version   int // of the schema, from 1
	At        time.Time

	// Entries is how many are live, kept by following the journal.
	Entries int64
}

// NewCollection is what founding a collection takes.
type NewCollection struct {
	Slug      string
	Community pollen.CommunityID
	Name      map[string]string
	Purpose   map[string]string
	Licence   string
	Source    string
	Audience  pollen.Audience
	Schema    schema.Schema
	// Await lets references lead to collections that are still to be founded.
	Await bool
}

var slugShape = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// MaxSlug bounds an address, in bytes.
const MaxSlug = 80

// ValidSlug reports whether s can stand in an address: lower-case letters,
// digits and single hyphens.
func ValidSlug(s string) bool { return len(s) <= MaxSlug && slugShape.MatchString(s) }

// Slug makes an address of a title, or "" when nothing in it can stand in one.
func Slug(title string) string {
	var b strings.Builder
	for _, c := range schema.Fold(title) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && b.String()[b.Len()-1] != '-':
			b.WriteByte('-')
		}
		if b.Len() >= 60 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// validate checks a collection to be, and cleans its texts.
func (n *NewCollection) validate() error {
	switch {
	case !ValidSlug(n.Slug):
		return pollen.Errorf(pollen.Invalid, "registry.slug", "“{slug}” cannot be an address: use lower-case letters, digits and hyphens, for instance power-sites.", "slug", n.Slug).On("slug")
	case len(n.Name) == 0:
		return pollen.Errorf(pollen.Invalid, "registry.name", "Give it a name.").On("name")
	case n.Audience == "":
		n.Audience = pollen.AudienceMembers
	}
	known := false
	for _, a := range pollen.Audiences {
		known = known || a == n.Audience
	}
	if !known {
		return pollen.Errorf(pollen.Invalid, "schema.audience", "“{audience}” is not an audience: public, members, community or persona.", "audience", string(n.Audience)).On("audience")
	}
	var err error
	if n.Licence, err = schema.Line("licence", n.Licence, maxSource); err != nil {
		return err
	}
	if n.Source, err = schema.Line("source", n.Source, maxSource); err != nil {
		return err
	}
	for _, texts := range []map[string]string{n.Name, n.Purpose} {
		for tag, text := range texts {
			if _, err := schema.Lines("name", text, maxText); err != nil {
				return err
			}
			if _, err := language.Parse(tag); err != nil || strings.TrimSpace(text) == "" {
				return pollen.Errorf(pollen.Invalid, "registry.text", "The text for “{tag}” is empty, or its language tag is unknown.", "tag", tag).On("name")
			}
		}
	}
	return n.Schema.Validate()
}

// foundable reports whether a collection could be founded like this: it fails
// with Invalid as validate does, and when nobody could read it.
func (n *NewCollection) foundable() error {
	if err := n.validate(); err != nil {
		return err
	}
	if n.Audience == pollen.AudiencePersona {
		return pollen.Errorf(pollen.Invalid, "registry.for-nobody", "Nobody could read a whole collection that is for the person concerned alone: that is for single fields. Choose members, or community.").On("audience")
	}
	return nil
}

// object is what access decides about the collection.
func (c *Collection) object() access.Object {
	return access.Object{Community: c.Community, Audience: c.Audience}
}

// Readable decides whether an actor may read the collection.
func (c *Collection) Readable(by pollen.Actor) access.Decision { return access.Read(by, c.object()) }

// Writable says why an actor may not write the collection's entries, if so.
func (c *Collection) Writable(by pollen.Actor) error {
	return access.Write(by, c.object()).Err(by, c.Readable(by))
}

// FieldReadable decides whether an actor may read a field of one entry.
func (c *Collection) FieldReadable(by pollen.Actor, f *schema.Field, entry pollen.EntryID) bool {
	if f.Audience == "" {
		return true
	}
	return access.Read(by, access.Object{
		Community: c.Community, Audience: c.audienceOf(f), Subject: entry,
	}).OK
}

// Narrower reports whether a field is for fewer people than the collection. Search
// asks for the collection alone, and finds nothing by such a field.
func (c *Collection) Narrower(f *schema.Field) bool { return c.audienceOf(f) != c.Audience }

// TitleOf makes the title of an entry of its values; "" when they give none.
func (c *Collection) TitleOf(v schema.Values) string { return c.Schema.TitleOf(v, c.Language) }

// LabelIn is the name of the collection for readers of lang.
func (c *Collection) LabelIn(lang string) string { return schema.Pick(c.Name, lang, c.Slug) }
