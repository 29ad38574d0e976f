package search

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// in are collections by identifier.
type in map[pollen.CollectionID]*registry.Collection

// count counts what words find: by collection in all that the actor may read, so
// that they see where else there is something, and by value in the one named.
func (s *Search) count(tx *sqldb.Tx, by pollen.Actor, q Query, terms []term, everywhere, chosen in, res *Result) error {
	words := Query{Text: q.Text}
	if q.Filter != nil { // it means nothing elsewhere
		words, everywhere = q, chosen
	}
	found, err := s.match(tx, by, words, "body", terms, everywhere, Exact+1)
	if err != nil {
		return err
	}
	sum := 0
	err = tx.Each(`SELECT e.collection_id, count(*) FROM (`+found.Query+`) m JOIN entries e ON e.id = m.id GROUP BY e.collection_id`, found.Args, func(rows *sql.Rows) error {
		var c pollen.CollectionID
		var n int
		err := rows.Scan(&c, &n)
		if everywhere[c] != nil {
			sum += n
			res.Facets = append(res.Facets, Facet{Collection: everywhere[c], Count: min(n, Exact)})
		}
		if chosen[c] != nil {
			res.Total += n
		}
		return err
	})
	if err != nil {
		return err
	}
	if sum > Exact {
		for i := range res.Facets {
			res.Facets[i].About = true
		}
	}
	if sum > Exact && len(chosen) < len(everywhere) { // others took the room
		if found, err = s.match(tx, by, q, "body", terms, chosen, Exact+1); err != nil {
			return err
		}
		if _, err := tx.Get(`SELECT count(*) FROM (`+found.Query+`) m`, found.Args, &res.Total); err != nil {
			return err
		}
	}
	if res.Total > Exact {
		res.Total, res.About = Exact, true
	}
	if !q.Values || q.Collection == "" {
		return nil
	}
	for _, c := range chosen {
		within := matching(tx, "body", terms, chosen)
		if _, res.Values, err = s.registry.FacetsIn(tx, by, c, &within, registry.FacetQuery{Filter: q.Filter}); err != nil {
			return err
		}
	}
	return nil
}

// match is the query for the identifiers of at most limit documents that a
// query finds in some collections.
func (s *Search) match(tx *sqldb.Tx, by pollen.Actor, q Query, column string, terms []term, where in, limit int) (registry.Within, error) {
	found := matching(tx, column, terms, where)
	if q.Filter != nil {
		for _, c := range where {
			return s.registry.Narrow(tx, by, c, q.Filter, found, limit)
		}
	}
	found.Args = append(found.Args, limit)
	found.Query += fmt.Sprintf(` LIMIT $%d`, len(found.Args))
	return found, nil
}

// matching is the query for the identifiers of the documents that hold terms.
func matching(tx *sqldb.Tx, column string, terms []term, where in) registry.Within {
	ids := make([]pollen.CollectionID, 0, len(where))
	for id := range where {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if tx.DB.Dialect == sqldb.SQLite {
		scopes := make([]string, len(ids))
		for i, id := range ids {
			scopes[i] = scope(id)
		}
		expr := "(" + fts(column, terms) + ") AND (scope : (" + strings.Join(scopes, " OR ") + "))"
		return registry.Within{Query: `SELECT rowid AS id FROM search_docs WHERE search_docs MATCH $1`, Args: []any{expr}}
	}
	args := []any{tsquery(terms)}
	list := make([]string, len(ids))
	for i, id := range ids {
		args = append(args, id)
		list[i] = fmt.Sprintf("$%d", len(args))
	}
	return registry.Within{Query: `SELECT entry_id AS id FROM search_docs WHERE ` + column + ` @@ CAST($1 AS tsquery) AND scope IN (` + strings.Join(list, ", ") + `)`, Args: args}
}

// Entries lists what words find in one collection, unranked and at most limit:
// for those who act on all of it. It is NotFound where the actor may not read.
func (s *Search) Entries(ctx context.Context, by pollen.Actor, q Query, limit int) (ids []pollen.EntryID, err error) {
	defer pollen.Wrap(&err, "search.Entries", q.Collection)
	c, err := s.registry.Collection(ctx, by, q.Collection)
	if err != nil {
		return nil, err
	}
	terms := parse(q.Text)
	if len(terms) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		found, err := s.match(tx, by, q, "body", terms, in{c.ID: c}, limit)
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
