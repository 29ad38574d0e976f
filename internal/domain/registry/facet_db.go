package registry

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// Exact is up to where entries are counted; beyond, a count says *about*.
const Exact = 10_000

// facetValues bounds how many different values of one field are counted where
// every entry of the collection is.
const facetValues = 200

// Count is how many entries there are: N, or more when About is set.
type Count struct {
	N     int
	About bool
}

func countOf(n int) Count { return Count{min(n, Exact), n > Exact} }

// Facet counts entries by the values of one field.
type Facet struct {
	Field *schema.Field
	Terms []FacetTerm // the most frequent first
	More  bool        // there are other values
}

// FacetTerm is one value of a facet.
type FacetTerm struct {
	Key   string         // as a filter takes it
	Entry pollen.EntryID // of a reference: what it refers to
	Count
}

// FacetQuery says what to count.
type FacetQuery struct {
	Filter filter.Expr
	// Fields names what to count by; nil takes every field that has few values:
	// choices, yes/no, and references.
	Fields []string
	Terms  int // at most so many of each field; 0 is 8
}

// Within is a query, in a transaction, for the column id of the live entries of
// one collection that something else than the registry found, such as words.
type Within struct {
	Query string
	Args  []any
	// Dense tells that a filter is known to keep many of them, so that looking at
	// the first ones is cheaper than listing all that have a value.
	Dense bool
}

// Facetable reports whether entries are counted by a field unless told: it is
// indexed and its values repeat.
func Facetable(f *schema.Field) bool {
	return f.Searchable() && !f.Unique && (f.Type == schema.Choice || f.Type == schema.Boolean || f.Type == schema.Reference)
}

// Facets counts the live entries that a filter finds: all of them, and by the
// values of fields that the actor may read. What a filter asks of a field on
// its own is left out where entries are counted by that field, so that the
// reader sees what else there is. A field that the actor may not read, or that
// is not indexed, is Invalid.
func (r *Registry) Facets(ctx context.Context, by pollen.Actor, collection string, q FacetQuery) (total Count, out []Facet, err error) {
	defer pollen.Wrap(&err, "registry.Facets", collection)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		total, out, err = r.FacetsIn(tx, by, c, nil, q)
		return err
	})
	return total, out, err
}

// FacetsIn does as [Registry.Facets], in a transaction under way and a
// collection that the actor may read, among the entries that within gives for a
// filter, together with what of the filter is still to be asked of them.
func (r *Registry) FacetsIn(tx *sqldb.Tx, by pollen.Actor, c *Collection, within func(filter.Expr) (Within, filter.Expr, error), q FacetQuery) (total Count, out []Facet, err error) {
	fields, err := facetFields(c, by, q.Fields)
	if err != nil {
		return total, nil, err
	}
	if q.Terms <= 0 {
		q.Terms = 8
	}
	env := r.env(tx, by)
	set := func(e filter.Expr) (*listQuery, string, error) {
		l := &listQuery{c: c, by: by, env: env, anyOrder: within == nil && tx.DB.Dialect == sqldb.SQLite}
		query, err := l.found(e, within)
		return l, query, err
	}
	l, query, err := set(q.Filter)
	if err != nil {
		return total, nil, err
	}
	n := 0
	if _, err := tx.Get(`SELECT count(*) FROM (`+query+`) x`, l.args, &n); err != nil {
		return total, nil, err
	}
	total = countOf(n)
	byField := map[pollen.FieldID]*Facet{}
	var together []*schema.Field // counted in one query: the filter asks nothing of them alone
	for _, f := range fields {
		facet := &Facet{Field: f}
		byField[f.ID] = facet
		rest, own := apart(q.Filter, f.Name)
		switch {
		case rest == nil && within == nil:
			if err := everywhere(tx, facet); err != nil {
				return total, nil, err
			}
		case !own:
			together = append(together, f)
		default:
			l, query, err := set(rest)
			if err != nil {
				return total, nil, err
			}
			if err := among(tx, l, query, byField, f); err != nil {
				return total, nil, err
			}
		}
	}
	if len(together) > 0 {
		if err := among(tx, l, query, byField, together...); err != nil {
			return total, nil, err
		}
	}
	for _, f := range fields {
		facet := byField[f.ID]
		if err := r.finish(tx, by, facet, q.Terms); err != nil {
			return total, nil, err
		}
		if len(facet.Terms) > 0 {
			out = append(out, *facet)
		}
	}
	return total, out, nil
}

// facetFields are the fields to count by.
func facetFields(c *Collection, by pollen.Actor, names []string) (out []*schema.Field, err error) {
	q := &listQuery{c: c, by: by}
	for _, name := range names {
		f, err := q.field(name)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	for i := range c.Schema.Fields {
		if f := &c.Schema.Fields[i]; names == nil && Facetable(f) && c.FieldReadable(by, f, 0) {
			out = append(out, f)
		}
	}
	return out, nil
}

// apart takes what a filter asks of one field on its own out of it, at its top.
func apart(e filter.Expr, field string) (rest filter.Expr, own bool) {
	only := func(e filter.Expr) bool {
		found, others := false, false
		filter.Walk(e, func(c *filter.Cmp) {
			found, others = found || c.Field == field, others || c.Field != field
		})
		return found && !others
	}
	and, ok := e.(*filter.And)
	switch {
	case e == nil:
		return nil, false
	case !ok && only(e):
		return nil, true
	case !ok:
		return e, false
	}
	kept := &filter.And{}
	for _, part := range and.All {
		if only(part) {
			own = true
			continue
		}
		kept.All = append(kept.All, part)
	}
	switch len(kept.All) {
	case 0:
		return nil, own
	case 1:
		return kept.All[0], own
	}
	return kept, own
}

// found is the query for the identifiers of at most Exact+1 entries that a
// filter finds, among those within.
func (q *listQuery) found(e filter.Expr, within func(filter.Expr) (Within, filter.Expr, error)) (string, error) {
	if within != nil {
		found, rest, err := within(e)
		if err != nil {
			return "", err
		}
		return q.narrow(rest, &found, Exact+1)
	}
	where, err := q.where(e)
	return `SELECT e.id FROM entries e WHERE ` + where + ` LIMIT ` + q.arg(Exact+1), err
}

// narrow is the query for the entries that a filter finds among those within,
// which are live and of the collection. What is within is gone through in its
// own order, as far as needed: nothing is looked for in it.
func (q *listQuery) narrow(e filter.Expr, within *Within, limit int) (string, error) {
	q.args, q.within = append(q.args, within.Args...), within
	query := `SELECT e.id FROM (` + within.Query + `) e`
	if e != nil {
		cond, err := q.expr(e)
		if err != nil {
			return "", err
		}
		query += ` WHERE ` + cond
	}
	return query + ` LIMIT ` + q.arg(limit), nil
}

// Narrow is the query for the entries that a filter finds among those within,
// at most limit; within is of live entries of the collection, which the actor
// may read. It is how search joins words and filter.
func (r *Registry) Narrow(tx *sqldb.Tx, by pollen.Actor, c *Collection, e filter.Expr, within Within, limit int) (Within, error) {
	q := &listQuery{c: c, by: by, env: r.env(tx, by)}
	query, err := q.narrow(e, &within, limit)
	return Within{Query: query, Args: q.args}, err
}

// Keys gives the index keys of the values that a field of a collection is
// compared with, in a transaction under way. It fails with Invalid where the
// actor may not filter so.
func (r *Registry) Keys(tx *sqldb.Tx, by pollen.Actor, c *Collection, e *filter.Cmp) ([]string, error) {
	q := &listQuery{c: c, by: by, env: r.env(tx, by)}
	f, err := q.field(e.Field)
	if err != nil {
		return nil, err
	}
	return q.keysOf(f, e)
}

// among counts what at most Exact+1 entries hold in some fields: when there are
// more, a value is held by as many at least.
func among(tx *sqldb.Tx, l *listQuery, query string, out map[pollen.FieldID]*Facet, fields ...*schema.Field) error {
	q := &listQuery{args: slices.Clone(l.args)}
	ids := make([]string, len(fields))
	for i, f := range fields {
		ids[i] = q.arg(int64(f.ID))
	}
	return tx.Each(`
		WITH x AS (`+query+`)
		SELECT k.field_id, k.key, count(*), (SELECT count(*) FROM x) FROM x JOIN entry_keys k ON k.entry_id = x.id
		WHERE k.field_id IN (`+strings.Join(ids, ", ")+`) GROUP BY k.field_id, k.key`, q.args, func(rows *sql.Rows) error {
		var field pollen.FieldID
		var key string
		var n, all int
		err := rows.Scan(&field, &key, &n, &all)
		if f := out[field]; f != nil {
			f.Terms = append(f.Terms, FacetTerm{Key: key, Count: Count{min(n, Exact), all > Exact}})
		}
		return err
	})
}

// everywhere counts the values of a field over its whole collection: each value
// by itself, by two steps in the index, so that the work is bounded by the
// number of values and not by that of entries.
func everywhere(tx *sqldb.Tx, facet *Facet) error {
	err := tx.Each(`
		WITH RECURSIVE distinct_keys (key, n) AS (
		  SELECT (SELECT min(key) FROM entry_keys WHERE field_id = $1), 1
		  UNION ALL
		  SELECT (SELECT min(k.key) FROM entry_keys k WHERE k.field_id = $1 AND k.key > d.key), d.n + 1
		  FROM distinct_keys d WHERE d.key IS NOT NULL AND d.n <= $2)
		SELECT d.key, CASE WHEN EXISTS (SELECT 1 FROM distinct_keys m WHERE m.key IS NOT NULL AND m.n > $2) THEN 0 ELSE
		  (SELECT count(*) FROM (SELECT 1 FROM entry_keys k WHERE k.field_id = $1 AND k.key = d.key LIMIT $3) x) END
		FROM distinct_keys d WHERE d.key IS NOT NULL`, []any{int64(facet.Field.ID), facetValues, Exact + 1}, func(rows *sql.Rows) error {
		var t FacetTerm
		n := 0
		err := rows.Scan(&t.Key, &n)
		t.Count = countOf(n)
		facet.Terms = append(facet.Terms, t)
		return err
	})
	if len(facet.Terms) > facetValues {
		facet.Terms, facet.More = nil, true // too many to be of use side by side
	}
	return err
}

// finish puts the most frequent values first and keeps those that there is room
// for. An entry that the actor may not read is no value.
func (r *Registry) finish(tx *sqldb.Tx, by pollen.Actor, facet *Facet, room int) error {
	slices.SortFunc(facet.Terms, func(a, b FacetTerm) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Key, b.Key)
	})
	if facet.Field.Type != schema.Reference {
		facet.More = facet.More || len(facet.Terms) > room
		facet.Terms = facet.Terms[:min(room, len(facet.Terms))]
		return nil
	}
	ids := make([]pollen.EntryID, len(facet.Terms))
	for i, t := range facet.Terms {
		id, err := pollen.ParseID[struct{}](t.Key)
		if err != nil {
			return err // keys of references are identifiers always
		}
		ids[i] = pollen.EntryID(id)
	}
	readable, err := r.titles(tx, by, ids)
	if err != nil {
		return err
	}
	var kept []FacetTerm
	for i, t := range facet.Terms {
		if _, ok := readable[ids[i]]; !ok {
			continue
		}
		if len(kept) == room {
			facet.More = true
			break
		}
		t.Entry = ids[i]
		kept = append(kept, t)
	}
	facet.Terms = kept
	return nil
}
