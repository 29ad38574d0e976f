package search

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// in are collections by identifier.
type in map[pollen.CollectionID]*registry.Collection

// finder answers one query.
type finder struct {
	search *Search
	tx     *sqldb.Tx
	by     pollen.Actor
	asked  Query
	words  query

	everywhere  in  // the collections that the actor may read
	chosen      in  // those that are searched
	collections int // how many there are, for all readers
	room        int
	hits        map[pollen.EntryID]*Hit
	all         bool // hits are all that there are
	certain     bool // the filter is asked of the entries, too: the index may be late
	cut         bool // words of the query for it go on in more ways than were looked for
	spellings   map[string][]string
}

// finder prepares a search that ranks at most room hits. It is nil when there
// is nothing to look for, or nowhere.
func (s *Search) finder(ctx context.Context, by pollen.Actor, q Query, room int) (*finder, error) {
	f := &finder{search: s, by: by, asked: q, words: parse(q.Text), everywhere: in{}, chosen: in{}, room: room, hits: map[pollen.EntryID]*Hit{}, spellings: map[string][]string{}}
	if q.Filter != nil && q.Collection == "" {
		return nil, pollen.Errorf(pollen.Invalid, "search.filter", "A filter goes with one collection: say which one.").On("filter")
	}
	if len(f.words.terms) == 0 {
		return nil, nil
	}
	all, err := s.registry.Collections(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		f.everywhere[c.ID] = c
		if q.Collection == "" || q.Collection == c.Slug {
			f.chosen[c.ID] = c
		}
	}
	if len(f.chosen) == 0 {
		return nil, nil
	}
	return f, nil
}

// place is where an entry holds what was typed.
type place int

const (
	foundBody  place = iota
	foundOther       // by a name that may be in any language
	foundTitle       // by its title, or its name in a language of the pages
	foundWhole       // by all of its title or code
)

// gather collects candidates by short queries, the most telling first: each
// brings at most as many as there is room for, in no order of its own, so that
// no query reads more of a common word than it needs. Where words and what they
// begin are more than there is room for, the words as they were typed have
// their own turn.
func (f *finder) gather() error {
	if _, err := f.find(foundWhole, f.words.exact()); err != nil {
		return err
	}
	if f.translated() {
		if _, err := f.find(foundOther, f.words.exactName()); err != nil {
			return err
		}
	}
	if f.asked.Filter != nil { // what it leaves is often little: all of it, then, in one go
		var err error
		if f.all, err = f.find(foundBody, f.words.anywhere()); err != nil || f.all {
			return err
		}
	} else if err := f.begins(); err != nil {
		return err
	}
	for _, by := range []struct {
		place
		mark string
	}{{foundTitle, titleMark}, {foundOther, otherMark}} {
		if by.place == foundOther && !f.translated() {
			break
		}
		all, err := f.find(by.place, f.words.begun(by.mark))
		if err == nil && !all {
			_, err = f.find(by.place, f.words.words(by.mark))
		}
		if err != nil || len(f.hits) >= f.room {
			return err
		}
	}
	if f.asked.Filter != nil {
		return nil
	}
	f.cut = false
	var err error
	if f.all, err = f.find(foundBody, f.words.anywhere()); err == nil && !f.all {
		_, err = f.find(foundBody, f.words.words(""))
	}
	return err
}

// translated reports whether titles that are searched are in several languages.
func (f *finder) translated() bool {
	for _, c := range f.chosen {
		if c.Schema.Translates() {
			return true
		}
	}
	return false
}

// find collects what an expression means, and says whether that was all of it.
func (f *finder) find(how place, e expr) (all bool, err error) {
	if e == nil {
		return true, nil
	}
	found, err := f.match(e, f.chosen, f.room)
	if err != nil {
		return false, err
	}
	n, err := f.take(how, `SELECT e.id, e.collection_id, e.slug, e.title
		FROM (`+found.Query+`) m CROSS JOIN entries e WHERE e.id = m.id AND e.retired_at IS NULL`, found.Args)
	return n < f.room, err
}

// begins collects titles that begin as the query does, in their order.
func (f *finder) begins() error {
	end := ""
	if !f.words.terms[len(f.words.terms)-1].last {
		end = " "
	}
	for _, from := range f.words.beginnings() {
		query, args := placeholders(f.chosen, from+end, from+end+"\U0010ffff", f.room/3)
		if _, err := f.take(foundTitle, `SELECT id, collection_id, slug, title FROM entries
			WHERE collection_id IN (`+query+`) AND sort >= $1 AND sort < $2 AND retired_at IS NULL LIMIT $3`, args); err != nil {
			return err
		}
	}
	return nil
}

// take keeps the entries of a query, and says how many it gave.
func (f *finder) take(how place, query string, args []any) (n int, err error) {
	err = f.tx.Each(query, args, func(rows *sql.Rows) error {
		h := Hit{found: how}
		var c pollen.CollectionID
		if err := rows.Scan(&h.Entry, &c, &h.Slug, &h.Title); err != nil {
			return err
		}
		n++
		if h.Collection = f.chosen[c]; h.Collection != nil && f.hits[h.Entry] == nil {
			f.hits[h.Entry] = &h
		}
		return nil
	})
	return n, err
}

// match is the query for the identifiers of at most limit documents that are
// meant, in some collections, by the filter that was asked for.
func (f *finder) match(e expr, where in, limit int) (registry.Within, error) {
	if f.asked.Filter != nil {
		for _, c := range where {
			return f.narrowed(e, c, limit)
		}
	}
	found, err := f.matching(e, where, nil)
	if err != nil {
		return found, err
	}
	found.Args = append(found.Args, limit)
	found.Query += ` LIMIT ` + placeholder(len(found.Args))
	return found, nil
}

// narrowed is the query for what is meant in the one collection by the filter
// that was asked for.
func (f *finder) narrowed(e expr, c *registry.Collection, limit int) (registry.Within, error) {
	found, rest, err := f.within(e, c, f.asked.Filter)
	if err != nil {
		return found, err
	}
	// As many were found already: the rest keeps many, too.
	found.Dense = found.Dense || limit <= len(f.hits)
	return f.search.registry.Narrow(f.tx, f.by, c, rest, found, limit)
}

// within is the query for what is meant in a collection by what the index
// answers of a filter, with what is still to be asked of the entries.
func (f *finder) within(e expr, c *registry.Collection, asked filter.Expr) (found registry.Within, rest filter.Expr, err error) {
	k, err := f.keyed(c, asked)
	if err != nil {
		return found, nil, err
	}
	words := implied(c, asked)
	found, err = f.matching(e, in{c.ID: c}, k.without, append(words, k.with...)...)
	found.Dense = len(words) > 0 // most of those that hold the words of a value have it, too
	if f.certain {
		found.Dense, k.rest = found.Dense || len(k.with) > 0, asked
	}
	return found, k.rest, err
}

// matching is the query for the identifiers of the documents that are meant, hold
// some terms besides, and others not.
func (f *finder) matching(e expr, where in, without clause, besides ...clause) (registry.Within, error) {
	if f.tx.DB.Dialect == sqldb.Postgres {
		text := e.tsquery()
		if len(besides) > 0 {
			text += " & " + expr{besides}.tsquery()
		}
		if len(without) > 0 {
			text += " & !" + expr{{without}}.tsquery()
		}
		list, args := placeholders(where, text)
		return registry.Within{Query: `SELECT entry_id AS id FROM search_docs WHERE terms @@ CAST($1 AS tsquery) AND scope IN (` + list + `)`, Args: args}, nil
	}
	e, err := f.spelled(e)
	if err != nil {
		return registry.Within{}, err
	}
	text := e.fts()
	if len(besides) > 0 {
		text += " AND " + expr{besides}.fts()
	}
	if f.collections == 0 {
		if _, err := f.tx.Get(`SELECT count(*) FROM collections`, nil, &f.collections); err != nil {
			return registry.Within{}, err
		}
	}
	if len(where) < f.collections { // every hit is looked up in the lists of these: not where they are all
		scopes := clause{}
		for _, id := range sorted(where) {
			scopes = append(scopes, leaf{term: scope(id)})
		}
		text += " AND " + expr{{scopes}}.fts()
	}
	if len(without) > 0 {
		text = "(" + text + ") NOT " + expr{{without}}.fts()
	}
	return registry.Within{Query: `SELECT rowid AS id FROM search_docs WHERE search_docs MATCH $1`, Args: []any{text}}, nil
}

// placeholders are those of collections, after the arguments that come first.
func placeholders(where in, first ...any) (list string, args []any) {
	args = first
	var all []string
	for _, id := range sorted(where) {
		args = append(args, id)
		all = append(all, placeholder(len(args)))
	}
	return strings.Join(all, ", "), args
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }

func sorted(where in) []pollen.CollectionID { return slices.Sorted(maps.Keys(where)) }

// ranked are the hits, the best first; of equal ones short titles.
func (f *finder) ranked() []Hit {
	type keyed struct {
		Hit
		title string
	}
	all := make([]keyed, 0, len(f.hits))
	for _, h := range f.hits {
		all = append(all, keyed{*h, schema.Fold(h.Title)})
	}
	slices.SortFunc(all, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(len(a.title), len(b.title)), strings.Compare(a.title, b.title), cmp.Compare(a.Entry, b.Entry))
	})
	out := make([]Hit, len(all))
	for i, k := range all {
		out[i] = k.Hit
	}
	return out
}
