package search

import (
	"hash/fnv"
	"strconv"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// keyed is what of a filter the index answers, by the terms of values.
type keyed struct {
	with    alternative // clauses that a document holds a term of each
	without clause      // terms that it holds none of
	rest    filter.Expr // what is still to be asked of the entries; nil nothing
}

// isKeyed reports whether the index has terms for the values of a field: few
// values, which many entries have, and all readers of the collection may see.
func isKeyed(c *registry.Collection, f *schema.Field) bool {
	switch f.Type {
	case schema.Choice, schema.Boolean, schema.Reference:
		return f.Searchable() && !c.Narrower(f)
	}
	return false
}

// keyTerm is the term of what has a value in a field. It is a digest: a key may
// hold anything, and the index knows neither spaces nor capitals.
func keyTerm(f pollen.FieldID, key string) string {
	h := fnv.New64a()
	h.Write([]byte(strconv.FormatInt(int64(f), 10) + "=" + key)) // never fails
	return keyMark + pollen.AnyID(h.Sum64()>>1).String()
}

// keyed tells what of a filter the index answers in a collection. It fails with
// Invalid as the registry does.
func (f *finder) keyed(c *registry.Collection, e filter.Expr) (k keyed, err error) {
	k.rest = e
	switch e := e.(type) {
	case *filter.Cmp:
		terms, err := f.terms(c, e)
		switch {
		case err != nil || terms == nil:
			return k, err
		case e.Op == filter.NotEqual:
			return keyed{without: terms}, nil
		}
		return keyed{with: alternative{terms}}, nil
	case *filter.Not:
		of, err := f.keyed(c, e.Expr)
		if err == nil && len(of.with) == 1 && of.without == nil && of.rest == nil {
			return keyed{without: of.with[0]}, nil
		}
		return k, err
	case *filter.Or:
		var any clause
		for _, part := range e.Any {
			of, err := f.keyed(c, part)
			if err != nil || len(of.with) != 1 || of.without != nil || of.rest != nil {
				return k, err
			}
			any = append(any, of.with[0]...)
		}
		return keyed{with: alternative{any}}, nil
	case *filter.And:
		return f.keyedAll(c, e)
	}
	return k, nil
}

func (f *finder) keyedAll(c *registry.Collection, e *filter.And) (k keyed, err error) {
	var rest []filter.Expr
	for _, part := range e.All {
		of, err := f.keyed(c, part)
		if err != nil {
			return k, err
		}
		k.with, k.without = append(k.with, of.with...), append(k.without, of.without...)
		if of.rest != nil {
			rest = append(rest, of.rest)
		}
	}
	switch len(rest) {
	case 0:
	case 1:
		k.rest = rest[0]
	default:
		k.rest = &filter.And{All: rest}
	}
	return k, nil
}

// terms are those that a comparison is about; nil when the index has none.
func (f *finder) terms(c *registry.Collection, e *filter.Cmp) (terms clause, err error) {
	field := c.Schema.Field(e.Field)
	if field == nil || !isKeyed(c, field) || e.Op != filter.Equal && e.Op != filter.In && e.Op != filter.NotEqual {
		return nil, nil
	}
	keys, err := f.search.registry.Keys(f.tx, f.by, c, e)
	for _, key := range keys {
		terms = append(terms, leaf{term: keyTerm(field.ID, key)})
	}
	return terms, err
}

// maxImplied is up to how many bytes of a text are compared for certain: of a
// longer one a filter compares the beginning.
const maxImplied = 100

// implied are the words that every entry holds that a filter finds: those of a
// text, or all of a code, that a field is to be equal to. A word costs little,
// while a filter looks at every hit.
func implied(c *registry.Collection, e filter.Expr) (all alternative) {
	switch e := e.(type) {
	case *filter.And:
		for _, part := range e.All {
			all = append(all, implied(c, part)...)
		}
	case *filter.Cmp:
		f := c.Schema.Field(e.Field)
		if e.Op != filter.Equal || f == nil || c.Narrower(f) || len(schema.Fold(e.Values[0])) > maxImplied {
			return nil
		}
		switch w := whole(e.Values[0]); {
		case f.Type == schema.Code && w != "":
			all = append(all, clause{{term: w}})
		case f.Type == schema.Text:
			for _, word := range Cut(e.Values[0]) {
				all = append(all, clause{{term: word}})
			}
		}
	}
	return all
}
