package search

import (
	"runtime"
	"slices"
	"strings"
	"sync"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// maxDocs bounds how many entries are indexed in one transaction, so that
// nobody's edit waits for long.
const maxDocs = 2000

// Index follows the journal to keep the index.
func (s *Search) Index() *journal.Follower {
	return &journal.Follower{
		Name: "search",
		Follow: func(tx *sqldb.Tx, acts []journal.Act) (done int, err error) {
			load, docs := s.registry.Loader(tx), 0
			for i := range acts {
				ids, err := registry.Reread(tx, &acts[i])
				if err != nil {
					return 0, err
				}
				if docs += len(ids); docs > maxDocs && i > 0 {
					return i, nil
				}
				for part := range slices.Chunk(ids, atOnce) {
					if err := index(tx, load, part, &acts[i]); err != nil {
						return 0, err
					}
				}
			}
			return len(acts), nil
		},
		Reset: func(tx *sqldb.Tx) error {
			query := `DELETE FROM search_docs`
			if tx.DB.Dialect == sqldb.SQLite {
				query = `INSERT INTO search_docs (search_docs) VALUES ('delete-all')`
			}
			_, err := tx.Exec(query)
			return err
		},
	}
}

// atOnce is how many entries are held in memory while they are indexed.
const atOnce = 256

// doc is what the index holds of an entry.
type doc struct {
	e     *registry.Entry
	terms []string
	known bool // it may be in the index, though nobody revised it
}

// index makes the index say of entries what they are since an act. Their terms
// are made on every processor; the transaction is used by one at a time.
func index(tx *sqldb.Tx, load func(pollen.EntryID) (*registry.Entry, error), ids []pollen.EntryID, a *journal.Act) error {
	docs := make([]doc, len(ids))
	for i, id := range ids {
		e, err := load(id)
		if err != nil {
			return err
		}
		docs[i].e, docs[i].known = e, a.Kind == pollen.ActSchema
	}
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), (len(docs)+31)/32)
	for k := range workers {
		wg.Go(func() {
			for i := k; i < len(docs); i += workers {
				if d := &docs[i]; d.e.Live() {
					d.terms = Terms(d.e)
				}
			}
		})
	}
	wg.Wait()
	for i := range docs {
		if err := put(tx, &docs[i]); err != nil {
			return err
		}
	}
	return nil
}

// put writes what the index holds of one entry.
func put(tx *sqldb.Tx, d *doc) error {
	e := d.e
	key := map[sqldb.Dialect]string{sqldb.SQLite: "rowid", sqldb.Postgres: "entry_id"}[tx.DB.Dialect]
	if d.known || e.Revision > 1 || !e.Live() {
		if _, err := tx.Exec(`DELETE FROM search_docs WHERE `+key+` = $1`, e.ID); err != nil {
			return err
		}
	}
	if !e.Live() {
		return nil
	}
	if tx.DB.Dialect == sqldb.SQLite {
		_, err := tx.Exec(`INSERT INTO search_docs (rowid, terms) VALUES ($1, $2)`, e.ID, Document(e.Collection.ID, d.terms))
		return err
	}
	_, err := tx.Exec(`
		INSERT INTO search_docs (entry_id, scope, terms) VALUES ($1, $2, array_to_tsvector($3))
		ON CONFLICT (entry_id) DO UPDATE SET scope = excluded.scope, terms = excluded.terms`,
		e.ID, e.Collection.ID, d.terms)
	return err
}

// Document is what the index of SQLite is given of an entry: its terms, and
// its collection as one of them.
func Document(c pollen.CollectionID, terms []string) string {
	return strings.Join(append(terms, scope(c)), " ")
}

// scope is the term of what stands in a collection.
func scope(c pollen.CollectionID) string { return "@" + c.String() }
