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
// nobody's edit waits for long, unless one act touched more; maxAhead how many
// are worked out before their turn.
const (
	maxDocs  = 1000
	maxAhead = 8000
)

// Index follows the journal to keep the index.
func (s *Search) Index() *journal.Follower {
	return &journal.Follower{
		Name: "search",
		Ahead: func(tx *sqldb.Tx, acts []journal.Act) (done int, write func(*sqldb.Tx) error, err error) {
			var docs []doc
			load := s.registry.Loader(tx)
			for ; done < len(acts); done++ {
				a := &acts[done]
				ids, err := registry.Reread(tx, a)
				if err != nil {
					return 0, nil, err
				}
				if done > 0 && len(docs)+len(ids) > maxDocs {
					break
				}
				if len(ids) > maxAhead { // a schema of a large collection: part by part
					return 1, func(tx *sqldb.Tx) error { return s.index(tx, ids, a) }, nil
				}
				if docs, err = read(docs, load, ids, a); err != nil {
					return 0, nil, err
				}
			}
			think(docs)
			return done, func(tx *sqldb.Tx) error { return put(tx, docs) }, nil
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

// index makes the index say of the entries of an act what they are now.
func (s *Search) index(tx *sqldb.Tx, ids []pollen.EntryID, a *journal.Act) error {
	load := s.registry.Loader(tx)
	for part := range slices.Chunk(ids, atOnce) {
		docs, err := read(nil, load, part, a)
		if err != nil {
			return err
		}
		think(docs)
		if err := put(tx, docs); err != nil {
			return err
		}
	}
	return nil
}

// read adds the entries of an act to docs.
func read(docs []doc, load func(pollen.EntryID) (*registry.Entry, error), ids []pollen.EntryID, a *journal.Act) ([]doc, error) {
	for _, id := range ids {
		e, err := load(id)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc{e: e, known: a.Kind == pollen.ActSchema})
	}
	return docs, nil
}

// think makes the terms of entries, on every processor.
func think(docs []doc) {
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
}

// put writes what the index holds of entries.
func put(tx *sqldb.Tx, docs []doc) error {
	for i := range docs {
		if err := docs[i].put(tx); err != nil {
			return err
		}
	}
	return nil
}

func (d *doc) put(tx *sqldb.Tx) error {
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
