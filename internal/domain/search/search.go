package search

import (
	"context"
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
)

// Search keeps the index of one instance and answers from it.
type Search struct {
	db       *sqldb.DB
	registry *registry.Registry

	// Passed is told of the entries that the index goes on without, because what
	// is stored of them cannot be read; nil tells nobody. It is set before use.
	Passed func(error)
}

// New returns the search of a database whose schema is up to date.
func New(db *sqldb.DB, r *registry.Registry) *Search { return &Search{db: db, registry: r} }

// Query is what to search for.
type Query struct {
	Text       string
	Collection string // address of the one collection to search; "" all
	Language   string // of the reader: "en" or "fr"; names in it are ranked as titles
	// Filter narrows what words find by values, in the one collection named.
	Filter filter.Expr
	// Values asks for counts by the values of fields of the one collection.
	Values bool
	Limit  int
	Offset int
}

// Hit is an entry found.
type Hit struct {
	Entry      pollen.EntryID
	Collection *registry.Collection
	Slug       string
	Title      string
	found      place
	rank       int
}

// Facet counts hits in one collection.
type Facet struct {
	Collection *registry.Collection
	Count      int
	About      bool // there are more than Count
}

// Result is what was found.
type Result struct {
	Hits   []Hit
	Total  int
	About  bool // there are more than Total: counting stopped at [Exact]
	Facets []Facet
	Values []registry.Facet // when asked for
	Next   int              // the offset that follows; 0 when there is none
	// Ranked is how many hits there are to page through, the best ones, where more
	// are found; 0 where these are all.
	Ranked int
}

// Exact is up to where hits are counted.
const Exact = registry.Exact

// candidates bound how many hits are ranked of those a search finds, and of
// those somebody may mean who is typing.
const (
	candidates = 400
	proposals  = 60
)

// Find searches what the actor may read. A query without a word finds nothing.
func (s *Search) Find(ctx context.Context, by pollen.Actor, q Query) (res Result, err error) {
	defer pollen.Wrap(&err, "search.Find")
	f, err := s.finder(ctx, by, q, candidates)
	if err != nil || f == nil {
		return res, err
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		f.tx = tx
		if err := f.gather(); err != nil {
			return err
		}
		if err := f.judge(); err != nil {
			return err
		}
		return f.count(&res)
	})
	hits := f.ranked()
	from := min(max(q.Offset, 0), len(hits))
	to := min(from+pollen.Limit(q.Limit), len(hits))
	res.Hits = hits[from:to]
	if !f.all && res.Total > len(hits) {
		res.Ranked = len(hits)
	}
	if to < len(hits) {
		res.Next = to
	}
	return res, err
}

// Complete gives what somebody who is typing may mean: titles first. Its first
// hits are all there are: an offset means nothing here.
func (s *Search) Complete(ctx context.Context, by pollen.Actor, q Query) (hits []Hit, err error) {
	defer pollen.Wrap(&err, "search.Complete")
	f, err := s.finder(ctx, by, q, proposals)
	if err != nil || f == nil {
		return nil, err
	}
	f.words.typed = true
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		f.tx = tx
		if err := f.gather(); err != nil {
			return err
		}
		return f.judge()
	})
	hits = f.ranked()
	return hits[:min(len(hits), pollen.Limit(q.Limit))], err
}

// Entries lists what words find in one collection, unranked and at most limit:
// for those who act on all of it. It is NotFound where the actor may not read.
func (s *Search) Entries(ctx context.Context, by pollen.Actor, q Query, limit int) (ids []pollen.EntryID, err error) {
	defer pollen.Wrap(&err, "search.Entries", q.Collection)
	if _, err := s.registry.Collection(ctx, by, q.Collection); err != nil {
		return nil, err
	}
	f, err := s.finder(ctx, by, q, limit)
	if err != nil || f == nil {
		return nil, err
	}
	f.certain = true
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		f.tx = tx
		found, err := f.match(f.words.anywhere(), f.chosen, limit)
		if err != nil {
			return err
		}
		return tx.Each(found.Query, found.Args, func(rows *sql.Rows) error {
			var id pollen.EntryID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	})
	slices.Sort(ids)
	return ids, err
}
