package search

import (
	"database/sql"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// What a filter asks of choices, references and yes/no is in the index: no entry
// is looked at for it, and no list of a value is read. Whether a code is one is
// looked up for the few that hold it.
func TestFiltersInThePlan(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := New(w.DB, w.Registry)
	w.Collection("towns", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	w.Collection("depots", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "size", Type: schema.Integer, Indexed: true}, {Name: "code", Type: schema.Code, Indexed: true},
		{Name: "kind", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "Big One"}, {Code: "small"}}},
		{Name: "town", Type: schema.Reference, Indexed: true, Target: "towns"}, {Name: "open", Type: schema.Boolean, Indexed: true}}})
	town, err := w.Registry.Create(t.Context(), w.System, "towns", registry.Change{Texts: map[string][]string{"name": {"Lyon"}}})
	if err != nil {
		t.Fatal(err)
	}
	w.Settle(s.Index())
	if w.DB.Dialect == sqldb.Postgres {
		// Of so few entries PostgreSQL would rather look at each of a collection.
		if err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DROP INDEX search_docs_scope`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		filter string
		keys   string // how the keys of entries are read; "" not at all
	}{
		{`kind = "Big One"`, ""},
		{`kind in ("Big One", small) and open = yes`, ""},
		{`town = ` + town.ID.String(), ""},
		{`kind != small`, ""},
		{`not open = no and (kind = small or town = lyon)`, ""},
		{`code = A-12`, "EXISTS"},
		{`kind = small and size > 3`, "IN"},
	} {
		e, err := filter.Parse(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.finder(t.Context(), w.System, Query{Text: "depot", Collection: "depots", Filter: e}, candidates)
		if err != nil {
			t.Fatal(err)
		}
		err = w.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
			f.tx = tx
			found, err := f.match(f.words.anywhere(), f.chosen, candidates)
			if err != nil {
				return err
			}
			plan, err := explain(tx, found.Query, found.Args)
			if keys := strings.Contains(plan, "entry_keys"); keys != (c.keys != "") || !strings.Contains(found.Query, c.keys) {
				t.Errorf("%s: %s\n%s", c.filter, found.Query, plan)
			}
			index := map[sqldb.Dialect]string{sqldb.SQLite: "search_docs VIRTUAL TABLE INDEX", sqldb.Postgres: "search_docs_terms"}[tx.DB.Dialect]
			// The few of one key may also be what PostgreSQL begins with.
			if begun := c.keys != "" && strings.Contains(plan, "search_docs_pkey"); !begun && !strings.Contains(plan, index) {
				t.Errorf("%s: not by the index\n%s", c.filter, plan)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// explain tells how a query would be run where tables are large.
func explain(tx *sqldb.Tx, query string, args []any) (plan string, err error) {
	if tx.DB.Dialect == sqldb.Postgres {
		if _, err := tx.Exec(`SET LOCAL enable_seqscan = off`); err != nil {
			return "", err
		}
		err = tx.Each(`EXPLAIN `+query, args, func(rows *sql.Rows) error {
			var line string
			err := rows.Scan(&line)
			plan += line + "\n"
			return err
		})
		return plan, err
	}
	err = tx.Each(`EXPLAIN QUERY PLAN `+query, args, func(rows *sql.Rows) error {
		var id, parent, unused int
		var line string
		err := rows.Scan(&id, &parent, &unused, &line)
		plan += line + "\n"
		return err
	})
	return plan, err
}
