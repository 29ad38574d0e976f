package search

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// How many entries are indexed in one transaction at most: an act that touched
// more is indexed in parts. Beside others so few that nobody's edit waits long.
const (
	docsBeside = 200
	docsAlone  = 1000
)

// Follower is what the follower that keeps the index is called.
const Follower = "search"

// Index follows the journal to keep the index, beside others who write.
func (s *Search) Index() *journal.Follower { return s.follower(docsBeside) }

// IndexAlone does as [Search.Index] for one who has the database to itself: in
// larger transactions, and faster.
func (s *Search) IndexAlone() *journal.Follower { return s.follower(docsAlone) }

func (s *Search) follower(most int) *journal.Follower {
	return &journal.Follower{
		Name: Follower,
		Ahead: func(tx *sqldb.Tx, acts []journal.Act, within string) (w journal.Work, err error) {
			after := pollen.EntryID(0)
			if within != "" {
				id, err := pollen.ParseID[struct{}](within)
				if err != nil {
					return w, err
				}
				after = pollen.EntryID(id)
			}
			docs, w, err := s.next(tx, acts, after, most)
			think(docs)
			w.Write = func(tx *sqldb.Tx) error { return put(tx, docs) }
			return w, err
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

// next reads the entries that the next acts concern, as many as are indexed
// together; of the first act those after one.
func (s *Search) next(tx *sqldb.Tx, acts []journal.Act, after pollen.EntryID, most int) (docs []doc, w journal.Work, err error) {
	load := s.registry.Loader(tx)
	for ; w.Acts < len(acts) && len(docs) < most; w.Acts++ {
		a := &acts[w.Acts]
		ids, last, more, err := registry.Reread(tx, a, after, most-len(docs))
		if err != nil {
			return nil, w, err
		}
		if docs, err = s.read(docs, load, ids, a); err != nil {
			return nil, w, err
		}
		if more {
			w.Within = last.String()
			break
		}
		after = 0
	}
	return docs, w, nil
}

// doc is what the index holds of an entry.
type doc struct {
	id    pollen.EntryID
	e     *registry.Entry // nil where it cannot be read
	terms []string
	known bool // it may be in the index, though nobody revised it
}

// stands reports whether the index holds the entry.
func (d *doc) stands() bool { return d.e != nil && d.e.Live() }

// read adds the entries of an act to docs. One that is gone from the database, or
// damaged, goes from the index as well, and keeps nobody else's from it.
func (s *Search) read(docs []doc, load func(pollen.EntryID) (*registry.Entry, error), ids []pollen.EntryID, a *journal.Act) ([]doc, error) {
	for _, id := range ids {
		e, err := load(id)
		switch {
		case err == nil:
			docs = append(docs, doc{id: id, e: e, known: a.Kind == pollen.ActSchema})
		case errors.Is(err, registry.ErrDamaged) || pollen.Is(err, pollen.NotFound):
			docs = append(docs, doc{id: id, known: true})
			if s.Passed != nil {
				s.Passed(fmt.Errorf("entry %s is left out: %w", id, err))
			}
		default:
			return nil, err
		}
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
				if d := &docs[i]; d.stands() {
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
		if _, err := tx.Exec(`DELETE FROM search_docs WHERE `+key+` = $1`, d.id); err != nil {
			return err
		}
	}
	if !d.stands() {
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
