package registry

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// Listing says which live entries of a collection to list, and how.
type Listing struct {
	Filter filter.Expr // nil lists all
	// Sort is "title" (the default), or the name of an indexed, single-valued
	// field; entries without such a value come last.
	Sort       string
	Descending bool
	Limit      int
	Cursor     string
}

// listCursor is a place in a list: that of an entry which stands just before or,
// read backwards, just after a page.
type listCursor struct {
	Back  bool   `json:"r,omitempty"` // the page ends here
	Blank bool   `json:"b,omitempty"` // among the entries without the value sorted by
	Key   string `json:"k"`
	ID    int64  `json:"i"`
}

// List lists entries with the values that the actor may read. It fails with
// Invalid when the filter or the order uses a field that is not indexed.
func (r *Registry) List(ctx context.Context, by pollen.Actor, collection string, l Listing) (p pollen.Page[*Entry], err error) {
	defer pollen.Wrap(&err, "registry.List", collection)
	at := listCursor{}
	if err := pollen.ReadCursor(l.Cursor, &at); err != nil {
		return p, err
	}
	limit := pollen.Limit(l.Limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		q := &listQuery{c: c, by: by, env: r.env(tx, by)}
		refs, err := q.page(tx, l, at, limit+1)
		if err != nil {
			return err
		}
		refs, p.Next, p.Previous = around(refs, at, limit)
		ids := make([]pollen.EntryID, len(refs))
		for i, ref := range refs {
			ids[i] = pollen.EntryID(ref.ID)
		}
		all, err := r.Some(tx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if e := all[id]; e != nil {
				p.Items = append(p.Items, e.visible(by))
			}
		}
		return nil
	})
	return p, err
}

// around cuts a page of what was read beyond its limit, brings it into the order
// of the list, and gives the cursors of the pages around it.
func around(refs []listCursor, at listCursor, limit int) (page []listCursor, next, previous string) {
	more := len(refs) > limit
	page = refs[:min(len(refs), limit)]
	if at.Back {
		slices.Reverse(page)
	}
	if len(page) == 0 {
		return page, "", ""
	}
	first, last := page[0], page[len(page)-1]
	first.Back = true
	if more || at.Back {
		next = pollen.Cursor(last)
	}
	if at.Back && more || !at.Back && at.ID != 0 {
		previous = pollen.Cursor(first)
	}
	return page, next, previous
}

// Count counts the live entries that a filter finds, up to a limit.
func (r *Registry) Count(ctx context.Context, by pollen.Actor, collection string, e filter.Expr, limit int) (n int, err error) {
	defer pollen.Wrap(&err, "registry.Count", collection)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		q := &listQuery{c: c, by: by, env: r.env(tx, by), anyOrder: tx.DB.Dialect == sqldb.SQLite}
		where, err := q.where(e)
		if err != nil {
			return err
		}
		query := `SELECT count(*) FROM (SELECT 1 FROM entries e WHERE ` + where + ` LIMIT ` + q.arg(limit) + `) x`
		_, err = tx.Get(query, q.args, &n)
		return err
	})
	return n, err
}

// listQuery builds one query; every text of the caller's goes in as argument.
type listQuery struct {
	c    *Collection
	by   pollen.Actor
	env  *schema.Env
	args []any
	// anyOrder tells that the entries are wanted in no order: without statistics
	// SQLite would go through the collection in the order of an index.
	anyOrder bool
	// within is where the entries come from, if not from the collection.
	within *Within
}

func (q *listQuery) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

// page lists the places of the next entries, or of those before, the nearest
// first. Sorted by a field, those that have it come first, by its keys, then
// those that do not, by title.
func (q *listQuery) page(tx *sqldb.Tx, l Listing, at listCursor, limit int) (out []listCursor, err error) {
	if l.Sort == "" || l.Sort == "title" {
		return q.titles(tx, l, at, limit, nil)
	}
	f, err := q.field(l.Sort)
	if err != nil {
		return nil, err
	}
	if f.Many {
		return nil, pollen.Errorf(pollen.Invalid, "registry.sort", "Entries cannot be sorted by “{field}”.", "field", l.Sort).On("sort")
	}
	sections := []bool{false, true} // with the value, without it
	if at.Back {
		sections = []bool{true, false}
	}
	started := at.ID == 0
	for _, blank := range sections {
		if !started && blank != at.Blank {
			continue // passed already
		}
		from := at
		if started {
			from = listCursor{Back: at.Back}
		}
		started = true
		var part []listCursor
		if q.args = nil; blank {
			up := l
			up.Descending = false
			part, err = q.titles(tx, up, from, limit-len(out), f)
		} else {
			part, err = q.keys(tx, l, f, from, limit-len(out))
		}
		if out = append(out, part...); err != nil || len(out) == limit {
			return out, err
		}
	}
	return out, nil
}

func (q *listQuery) keys(tx *sqldb.Tx, l Listing, f *schema.Field, at listCursor, limit int) ([]listCursor, error) {
	query := `SELECT k.key, e.id FROM entry_keys k JOIN entries e ON e.id = k.entry_id WHERE k.field_id = ` + q.arg(int64(f.ID))
	where, err := q.where(l.Filter)
	if err != nil {
		return nil, err
	}
	return q.run(tx, query+` AND `+where, `k.key`, l, at, limit, false)
}

// titles lists by title; without names a field that the entries shall not have.
func (q *listQuery) titles(tx *sqldb.Tx, l Listing, at listCursor, limit int, without *schema.Field) ([]listCursor, error) {
	where, err := q.where(l.Filter)
	if err != nil {
		return nil, err
	}
	if without != nil {
		where += ` AND NOT EXISTS (SELECT 1 FROM entry_keys k WHERE k.entry_id = e.id AND k.field_id = ` + q.arg(int64(without.ID)) + `)`
	}
	return q.run(tx, `SELECT e.sort, e.id FROM entries e WHERE `+where, `e.sort`, l, at, limit, without != nil)
}

func (q *listQuery) run(tx *sqldb.Tx, query, key string, l Listing, at listCursor, limit int, blank bool) (out []listCursor, err error) {
	op, order := ">", ""
	if l.Descending != at.Back {
		op, order = "<", " DESC"
	}
	if at.ID != 0 {
		query += fmt.Sprintf(` AND (%s, e.id) %s (%s, %s)`, key, op, q.arg(at.Key), q.arg(at.ID))
	}
	query += fmt.Sprintf(` ORDER BY %s%s, e.id%s LIMIT %s`, key, order, order, q.arg(limit))
	err = tx.Each(query, q.args, func(rows *sql.Rows) error {
		c := listCursor{Blank: blank}
		err := rows.Scan(&c.Key, &c.ID)
		out = append(out, c)
		return err
	})
	return out, err
}

// field returns a field that the actor may read and that can be searched by.
func (q *listQuery) field(name string) (*schema.Field, error) {
	f := q.c.Schema.Field(name)
	// Per entry nobody could tell whose value it is: fields for the persona
	// alone are no filter.
	if f == nil || !q.c.FieldReadable(q.by, f, 0) {
		return nil, unknownField(name)
	}
	if !f.Searchable() {
		return nil, pollen.Errorf(pollen.Invalid, "registry.not-indexed", "Entries cannot be filtered or sorted by “{field}”: it is not indexed.", "field", name).On(name)
	}
	return f, nil
}

// where writes the condition for the live entries that a filter finds.
func (q *listQuery) where(e filter.Expr) (string, error) {
	live := `e.collection_id = ` + q.arg(q.c.ID) + ` AND e.retired_at IS NULL`
	if e == nil {
		return live, nil
	}
	if q.anyOrder {
		live = "+" + live // walks through what the filter finds, not through the collection
	}
	cond, err := q.expr(e)
	return live + ` AND ` + cond, err
}

func (q *listQuery) expr(e filter.Expr) (string, error) {
	switch e := e.(type) {
	case *filter.And:
		return q.all(e.All, " AND ")
	case *filter.Or:
		return q.all(e.Any, " OR ")
	case *filter.Not:
		s, err := q.expr(e.Expr)
		return "NOT " + s, err
	case *filter.Cmp:
		return q.cmp(e)
	}
	return "", fmt.Errorf("unknown node %T in a filter", e)
}

func (q *listQuery) all(parts []filter.Expr, word string) (string, error) {
	out := make([]string, len(parts))
	for i, p := range parts {
		s, err := q.expr(p)
		if err != nil {
			return "", err
		}
		out[i] = s
	}
	return "(" + strings.Join(out, word) + ")", nil
}

// codes are those terms of a choice that start with a folded text, or contain it.
func codes(f *schema.Field, op filter.Op, text string) (keys []string) {
	fits := strings.Contains
	if op == filter.Starts {
		fits = strings.HasPrefix
	}
	for i := range f.Terms {
		if code := f.Terms[i].Code; fits(schema.Fold(code), text) {
			keys = append(keys, code)
		}
	}
	return keys
}

// oneOf is the condition that a value has one of some keys, however many.
func (q *listQuery) oneOf(keys []string, having func(string) string) string {
	if len(keys) == 0 {
		return `1 = 0`
	}
	var any []string
	for part := range slices.Chunk(keys, sqldb.Chunk) {
		in, args := sqldb.In(part, len(q.args)+1)
		q.args = append(q.args, args...)
		any = append(any, `key IN (`+in+`)`)
	}
	return having(` AND (` + strings.Join(any, ` OR `) + `)`)
}

// keysOf are the keys of the values that a field is compared with.
func (q *listQuery) keysOf(f *schema.Field, c *filter.Cmp) (keys []string, err error) {
	keys = make([]string, len(c.Values))
	for i, v := range c.Values {
		if keys[i], err = f.KeyOf(v, q.env); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// likeText writes a text so that LIKE takes every character for itself.
var likeText = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (q *listQuery) cmp(c *filter.Cmp) (string, error) {
	f, err := q.field(c.Field)
	if err != nil {
		return "", err
	}
	having := func(cond string) string {
		id := `e.id`
		switch {
		case q.within != nil && q.within.Dense:
			return `EXISTS (SELECT 1 FROM entry_keys WHERE entry_id = e.id AND field_id = ` + q.arg(int64(f.ID)) + cond + `)`
		case q.within != nil:
			id = `+e.id` // looked up in the list of the value, never the other way round
		}
		return id + ` IN (SELECT entry_id FROM entry_keys WHERE field_id = ` + q.arg(int64(f.ID)) + cond + `)`
	}
	if c.Op == filter.IsPresent {
		return having(""), nil
	}
	if c.Op == filter.Starts || c.Op == filter.Contains {
		if !f.Textual() {
			return "", pollen.Errorf(pollen.Invalid, "registry.not-text", "“{field}” does not hold text: compare it with =, <, > or in.", "field", c.Field).On(c.Field)
		}
		text := schema.Fold(c.Values[0])
		if f.Type == schema.Choice { // its keys are its codes, which are not folded
			return q.oneOf(codes(f, c.Op, text), having), nil
		}
		if c.Op == filter.Contains {
			return having(` AND key LIKE ` + q.arg("%"+likeText.Replace(text)+"%") + ` ESCAPE '\'`), nil
		}
		return having(` AND key >= ` + q.arg(text) + ` AND key < ` + q.arg(text+"\U0010ffff")), nil
	}
	keys, err := q.keysOf(f, c)
	if err != nil {
		return "", err
	}
	switch c.Op {
	case filter.In, filter.Equal:
		return q.oneOf(keys, having), nil
	case filter.NotEqual:
		return "NOT " + having(` AND key = `+q.arg(keys[0])), nil
	}
	return having(` AND key ` + string(c.Op) + ` ` + q.arg(keys[0])), nil // one of < <= > >=
}
