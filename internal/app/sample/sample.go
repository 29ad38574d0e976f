package sample

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"pollen"
	"pollen/internal/pure/schema"
)

// files holds one file of JSON lines for each collection, compressed where it
// is large and made by a program, plain where it is written by hand.
//
//go:embed data
var files embed.FS

// Collection is one collection of the sample, as it is to be founded.
type Collection struct {
	Slug      string
	Name      map[string]string // by BCP 47 tag
	Purpose   map[string]string
	Community string // slug
	Licence   string // SPDX identifier
	Source    string // what its licence asks to say
	From      string // the same in a few words: lists of batches name theirs by it
	Audience  pollen.Audience
	Schema    schema.Schema
	Count     int  // rows
	Invented  bool // nobody and nothing in it exists
	// Later names the fields that refer to rows still to come, of this
	// collection or of one after it. All other references find their target
	// among the rows before.
	Later []string
}

// Body is the name under which a row carries the Markdown body of its entry.
// No field can have it.
const Body = "body"

// Collections lists the collections of the sample in an order in which
// references resolve, but for those that [Collection.Later] names. These need
// a second pass, or identifiers given to all rows before the first is written:
// Rows can be read any number of times.
func Collections() []Collection {
	return []Collection{
		regions(), departements(), groupings(), communes(), languages(), countries(),
		units(), sites(), people(), glossary(),
	}
}

// Rows yields each row with its key, the value of the schema's key field.
// Values stand under the names of their fields in the shapes of
// encoding/json, numbers as [json.Number]; a reference is the key of its
// target in the field's target collection. The map belongs to yield. An error
// that yield returns ends the reading and is returned.
func (c Collection) Rows(yield func(key string, values map[string]any) error) error {
	f, err := open(c.Slug)
	if err != nil {
		return fmt.Errorf("sample %s: %w", c.Slug, err)
	}
	rows := json.NewDecoder(f)
	rows.UseNumber()
	for {
		var values map[string]any
		if err := rows.Decode(&values); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("sample %s: %w", c.Slug, err)
		}
		key, ok := values[c.Schema.Key].(string)
		if !ok {
			return fmt.Errorf("sample %s: a row without %s: %v", c.Slug, c.Schema.Key, values)
		}
		if err := yield(key, values); err != nil {
			return err
		}
	}
}

// open opens the rows of a collection.
func open(slug string) (io.Reader, error) {
	b, err := files.ReadFile("data/" + slug + ".jsonl")
	if !errors.Is(err, fs.ErrNotExist) {
		return bytes.NewReader(b), err
	}
	if b, err = files.ReadFile("data/" + slug + ".jsonl.gz"); err != nil {
		return nil, err
	}
	return gzip.NewReader(bytes.NewReader(b))
}

// both is a text in French and in English.
func both(fr, en string) map[string]string { return map[string]string{"fr": fr, "en": en} }

// field makes a field with its labels, refined by more.
func field(name string, t schema.Type, fr, en string, more ...func(*schema.Field)) schema.Field {
	f := schema.Field{Name: name, Type: t, Label: both(fr, en)}
	for _, m := range more {
		m(&f)
	}
	return f
}

func required(f *schema.Field) { f.Required = true }
func unique(f *schema.Field)   { f.Unique = true }
func indexed(f *schema.Field)  { f.Indexed = true }
func column(f *schema.Field)   { f.Column = true }
func many(f *schema.Field)     { f.Many = true }

// timeless says that time alone does not wear the values out.
func timeless(f *schema.Field) { f.HalfLife = -1 }

func to(target string) func(*schema.Field) {
	return func(f *schema.Field) { f.Target, f.Indexed = target, true }
}

func pattern(re string) func(*schema.Field) { return func(f *schema.Field) { f.Pattern = re } }
func check(rule string) func(*schema.Field) { return func(f *schema.Field) { f.Check = rule } }
func group(key string) func(*schema.Field)  { return func(f *schema.Field) { f.Group = key } }
func halfLife(days int) func(*schema.Field) { return func(f *schema.Field) { f.HalfLife = days } }
func help(fr, en string) func(*schema.Field) {
	return func(f *schema.Field) { f.Help = both(fr, en) }
}

func alias(headings ...string) func(*schema.Field) {
	return func(f *schema.Field) { f.Aliases = headings }
}

// terms makes a vocabulary of code, French label and English label.
func terms(rows ...[3]string) func(*schema.Field) {
	return func(f *schema.Field) {
		f.Indexed = true
		for _, r := range rows {
			f.Terms = append(f.Terms, schema.Term{Code: r[0], Label: both(r[1], r[2])})
		}
	}
}
