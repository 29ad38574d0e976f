package search

import (
	"context"
	"database/sql"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// Search keeps the index of one instance and answers from it.
type Search struct {
	db       *sqldb.DB
	registry *registry.Registry
}

// New returns the search of a database whose schema is up to date.
func New(db *sqldb.DB, r *registry.Registry) *Search { return &Search{db: db, registry: r} }

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
	e           *registry.Entry
	title, body []string
	known       bool // it may be in the index, though nobody revised it
}

// index makes the index say of entries what they are since an act. Their terms are made
// on every processor; the transaction is used by one at a time.
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
					d.title, d.body = Terms(d.e)
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
	e, title, body := d.e, d.title, d.body
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
		_, err := tx.Exec(`INSERT INTO search_docs (rowid, title, body, scope) VALUES ($1, $2, $3, $4)`,
			e.ID, strings.Join(title, " "), strings.Join(body, " "), scope(e.Collection.ID))
		return err
	}
	_, err := tx.Exec(`
		INSERT INTO search_docs (entry_id, title, body, scope) VALUES ($1, array_to_tsvector($2), array_to_tsvector($3), $4)
		ON CONFLICT (entry_id) DO UPDATE SET title = excluded.title, body = excluded.body, scope = excluded.scope`,
		e.ID, title, body, e.Collection.ID)
	return err
}

func scope(c pollen.CollectionID) string { return "c" + c.String() }

// Terms gives what the index holds of an entry: the terms of its title, and all
// of them, each once.
func Terms(e *registry.Entry) (title, body []string) {
	var t, b tokens
	t.text(e.Title)
	b.text(e.Title)
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if e.Values[f.ID] == nil || f.Audience != "" && f.Audience.Width() > e.Collection.Audience.Width() {
			continue
		}
		inTitle := slices.Contains(e.Collection.Schema.Title, f.Name)
		for _, w := range f.Words(e.Values[f.ID]) {
			switch {
			case w.Exact:
				b.exact(w.Text)
			default:
				b.text(w.Text)
				if inTitle { // every language of a name is a title
					t.text(w.Text)
				}
			}
		}
	}
	b.text(e.Body)
	return nonNil(t.list), nonNil(b.list)
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Query is what to search for.
type Query struct {
	Text       string
	Collection string // address of the one collection to search; "" all
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
	rank       int
}

// Facet counts hits in one collection.
type Facet struct {
	Collection *registry.Collection
	Count      int
	About      bool // there may be more
}

// Result is what was found.
type Result struct {
	Hits   []Hit
	Total  int
	About  bool // there are more than Total: counting stopped at [Exact]
	Facets []Facet
	Values []registry.Facet // when asked for
	Next   int              // the offset that follows; 0 when there is none
}

// Exact is up to where hits are counted.
const Exact = registry.Exact

// candidates bounds how many hits are ranked.
const candidates = 400

// Find searches what the actor may read. A query without a word finds nothing.
func (s *Search) Find(ctx context.Context, by pollen.Actor, q Query) (res Result, err error) {
	defer pollen.Wrap(&err, "search.Find")
	found, err := s.hits(ctx, by, q, true)
	if err != nil {
		return res, err
	}
	res.Total, res.About, res.Facets, res.Values = found.Total, found.About, found.Facets, found.Values
	limit := pollen.Limit(q.Limit)
	from := min(max(q.Offset, 0), len(found.Hits))
	to := min(from+limit, len(found.Hits))
	res.Hits = found.Hits[from:to]
	if to < len(found.Hits) {
		res.Next = to
	}
	return res, nil
}

// Complete gives what somebody who is typing may mean: titles first. Its first
// hits are all there are: an offset means nothing here.
func (s *Search) Complete(ctx context.Context, by pollen.Actor, q Query) (hits []Hit, err error) {
	defer pollen.Wrap(&err, "search.Complete")
	found, err := s.hits(ctx, by, q, false)
	return found.Hits[:min(len(found.Hits), pollen.Limit(q.Limit))], err
}

// hits gathers candidates and ranks them.
func (s *Search) hits(ctx context.Context, by pollen.Actor, q Query, count bool) (res Result, err error) {
	terms := parse(q.Text)
	if len(terms) == 0 {
		return res, nil
	}
	all, err := s.registry.Collections(ctx, by)
	if err != nil {
		return res, err
	}
	everywhere, readable := map[pollen.CollectionID]*registry.Collection{}, map[pollen.CollectionID]*registry.Collection{}
	for _, c := range all {
		everywhere[c.ID] = c
		if q.Collection == "" || q.Collection == c.Slug {
			readable[c.ID] = c
		}
	}
	if q.Filter != nil && q.Collection == "" {
		return res, pollen.Errorf(pollen.Invalid, "search.filter", "A filter goes with one collection: say which one.").On("filter")
	}
	if len(readable) == 0 {
		return res, nil
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		want := candidates
		if !count {
			want = 60
		}
		for _, column := range []string{"title", "body"} {
			found, err := s.match(tx, by, q, column, terms, readable, want)
			if err != nil {
				return err
			}
			err = tx.Each(`SELECT e.id, e.collection_id, e.slug, e.title FROM (`+found.Query+`) m JOIN entries e ON e.id = m.id`, found.Args, func(rows *sql.Rows) error {
				var h Hit
				var c pollen.CollectionID
				if err := rows.Scan(&h.Entry, &c, &h.Slug, &h.Title); err != nil {
					return err
				}
				if h.Collection = readable[c]; h.Collection == nil || slices.ContainsFunc(res.Hits, func(x Hit) bool { return x.Entry == h.Entry }) {
					return nil
				}
				h.rank = rank(h.Title, q.Text, terms, column)
				res.Hits = append(res.Hits, h)
				return nil
			})
			if err != nil {
				return err
			}
			if want -= len(res.Hits); want <= 0 {
				break
			}
		}
		if !count {
			return nil
		}
		return s.count(tx, by, q, terms, everywhere, readable, &res)
	})
	if err != nil {
		return res, err
	}
	slices.SortFunc(res.Facets, func(a, b Facet) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Collection.Slug, b.Collection.Slug)
	})
	slices.SortFunc(res.Hits, func(a, b Hit) int {
		if a.rank != b.rank {
			return b.rank - a.rank
		}
		if c := strings.Compare(schema.Fold(a.Title), schema.Fold(b.Title)); c != 0 {
			return c
		}
		return int(a.Entry>>32) - int(b.Entry>>32)
	})
	return res, nil
}

// rank orders candidates: the title itself, its beginning, every word as
// typed, a word form; short titles before long ones.
func rank(title, text string, terms []term, column string) int {
	t, q := schema.Fold(title), schema.Fold(text)
	score := 0
	switch {
	case t == q:
		score = 1000
	case strings.HasPrefix(t, q):
		score = 600
	case column == "title":
		score = 300
	}
	words := Cut(title)
	for _, term := range terms {
		switch {
		case slices.Contains(words, term.word):
			score += 60
		case slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, term.word) }):
			score += 30
		}
	}
	return score - min(len(t), 100)/4
}

// Piece is a run of text, marked when it is what was searched for.
type Piece struct {
	Text   string
	Marked bool
}

// Mark tells which words of a text a query found.
func Mark(text, query string) (out []Piece) {
	terms := parse(query)
	start, marked := 0, false
	cut := func(end int, next bool) {
		if end > start && next != marked {
			out = append(out, Piece{text[start:end], marked})
			start = end
		}
		marked = next
	}
	for i := 0; i < len(text); {
		n := strings.IndexFunc(text[i:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) })
		if n < 0 {
			n = len(text) - i
		}
		if n == 0 {
			_, size := firstRune(text[i:])
			cut(i, false)
			i += size
			continue
		}
		cut(i, found(text[i:i+n], terms))
		i += n
	}
	if start < len(text) {
		out = append(out, Piece{text[start:], marked})
	}
	return out
}

func firstRune(s string) (rune, int) {
	for i, r := range s {
		if i > 0 {
			return r, i
		}
	}
	return 0, len(s)
}

// found reports whether a word is one that the terms find.
func found(word string, terms []term) bool {
	w := schema.Fold(word)
	forms := stems(w)
	for _, t := range terms {
		if strings.HasPrefix(w, t.word) && (t.prefix || len(t.word) >= 3 || w == t.word) {
			return true
		}
		for _, s := range t.stems {
			if slices.Contains(forms, s) {
				return true
			}
		}
	}
	return false
}
