package search

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
)

// apiece is up to how many collections are counted one by one when there are
// more hits than are counted exactly.
const apiece = 24

// count counts what words find: by collection in all that the actor may read,
// so that they see where else there is something, and by value in the one named.
func (f *finder) count(res *Result) error {
	where := f.everywhere
	if f.asked.Filter != nil { // it means nothing elsewhere
		where = f.chosen
	}
	counts, err := f.counts(where)
	if err != nil {
		return err
	}
	for id, n := range counts {
		if n > 0 {
			res.Facets = append(res.Facets, Facet{Collection: where[id], Count: min(n, Exact), About: n > Exact || f.cut})
		}
		if f.chosen[id] != nil {
			res.Total += n
		}
	}
	res.Total, res.About = min(res.Total, Exact), f.cut || res.Total > Exact
	slices.SortFunc(res.Facets, func(a, b Facet) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Collection.Slug, b.Collection.Slug))
	})
	if !f.asked.Values || f.asked.Collection == "" {
		return nil
	}
	for _, c := range f.chosen {
		within := func(e filter.Expr) (registry.Within, filter.Expr, error) { return f.within(f.words.anywhere(), c, e) }
		if _, res.Values, err = f.search.registry.FacetsIn(f.tx, f.by, c, within, registry.FacetQuery{Filter: f.asked.Filter}); err != nil {
			return err
		}
	}
	return nil
}

// counts counts what words find in each of some collections, up to one more
// than [Exact].
func (f *finder) counts(where in) (map[pollen.CollectionID]int, error) {
	counts := map[pollen.CollectionID]int{}
	if f.all && len(where) == len(f.chosen) { // all of it is at hand
		for _, h := range f.hits {
			counts[h.Collection.ID]++
		}
		return counts, nil
	}
	f.cut = false
	one := len(where) == 1
	if !one {
		n, err := f.number(where)
		if err != nil {
			return nil, err
		}
		if n <= Exact || len(where) > apiece {
			return counts, f.together(where, counts)
		}
	}
	for id, c := range where {
		n, err := f.number(in{id: c})
		if err != nil {
			return nil, err
		}
		counts[id] = n
	}
	return counts, nil
}

// number counts the hits in some collections.
func (f *finder) number(where in) (n int, err error) {
	found, err := f.match(f.words.anywhere(), where, Exact+1)
	if err != nil {
		return 0, err
	}
	_, err = f.tx.Get(`SELECT count(*) FROM (`+found.Query+`) m`, found.Args, &n)
	return n, err
}

// together counts the first hits by collection.
func (f *finder) together(where in, counts map[pollen.CollectionID]int) error {
	found, err := f.match(f.words.anywhere(), where, Exact+1)
	if err != nil {
		return err
	}
	return f.tx.Each(`SELECT e.collection_id, count(*) FROM (`+found.Query+`) m CROSS JOIN entries e WHERE e.id = m.id AND e.retired_at IS NULL
		GROUP BY e.collection_id`, found.Args, func(rows *sql.Rows) error {
		var id pollen.CollectionID
		var n int
		err := rows.Scan(&id, &n)
		if where[id] != nil {
			counts[id] = n
		}
		return err
	})
}
