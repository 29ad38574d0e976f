package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// writers is how many edit at the same time.
const writers = 128

// edited is an entry that is edited, as the bare writer has to know it.
type edited struct {
	id       pollen.EntryID
	revision int64
	key      string // of the value that is changed, in the index
	content  []byte
}

// editing compares durable edits by many writers with bare transactions that
// write the same rows into a copy of the same database, and share commits in
// the same way.
func (b *bench) editing(a *app.App) error {
	b.tell("editing")
	span := 4 * time.Second
	if b.quick {
		span = 200 * time.Millisecond
	}
	w, err := b.bareEdits(a)
	if err != nil {
		return err
	}
	defer w.close()
	// Each writer has entries of its own: two people at the same one is another
	// subject.
	pick := func(rng *rand.Rand, k int) *edited {
		return &w.entries[(rng.IntN(len(w.entries)/writers)*writers+k)%len(w.entries)]
	}
	var rates, times [2]float64
	for _, pollens := range []bool{false, true, false} {
		which := 0
		if pollens {
			which = 1
		}
		before := cpu()
		rate, err := crowded(span, func(k int) func() error {
			rng := rand.New(rand.NewPCG(uint64(k), 5))
			return func() error {
				e, job := pick(rng, k), fmt.Sprintf("Fonction %d", rng.Uint32())
				if !pollens {
					return w.edit(e, job)
				}
				value, err := json.Marshal(job)
				if err != nil {
					return err
				}
				_, err = a.Registry.Revise(b.ctx, a.System, e.id, registry.Change{Values: map[string]json.RawMessage{"job_title": value}})
				return err
			}
		})
		if err != nil {
			return err
		}
		took := float64((cpu() - before).Microseconds()) / (rate * span.Seconds())
		if rates[which] > 0 {
			rate, took = (rate+rates[which])/2, (took+times[which])/2
		}
		rates[which], times[which] = rate, took
	}
	ratio := rates[1] / rates[0]
	b.add(fmt.Sprintf("durable edits by %d writers, share of bare transactions", writers), fmt.Sprintf("%.2f", ratio), "≥ 0.70", ratio >= 0.7)
	b.note("    a second: Pollen, bare", fmt.Sprintf("%.0f, %.0f", rates[1], rates[0]))
	b.note("    processor time of the whole process for one: Pollen, bare", fmt.Sprintf("%.0f µs, %.0f µs", times[1], times[0]))
	return a.Settle(b.ctx)
}

// crowded runs what every writer does until the time is over, and returns how
// often a second.
func crowded(span time.Duration, writer func(k int) func() error) (rate float64, err error) {
	settle()
	var wg sync.WaitGroup
	counts, errs := make([]int, writers), make([]error, writers)
	start := time.Now()
	for k := range writers {
		one := writer(k)
		wg.Go(func() {
			for time.Since(start) < span && errs[k] == nil {
				errs[k] = one()
				counts[k]++
			}
		})
	}
	wg.Wait()
	n := 0
	for _, c := range counts {
		n += c
	}
	return float64(n) / time.Since(start).Seconds(), errors.Join(errs...)
}

// bareEdit is what an edit writes, bare: the revision, the entry, the index of
// the old and the new value, and the act.
var bareEdit = []string{
	`INSERT INTO revisions (entry_id, n, act_id, kind, persona_id, at, note, content, salt) VALUES (?1, ?2, ?3, 'revise', 1, ?3, '', ?4, ?5)`,
	`UPDATE entries SET revision = ?2 WHERE id = ?1`,
	`DELETE FROM entry_keys WHERE field_id = ?1 AND key = ?2 AND entry_id = ?3`,
	`INSERT INTO entry_keys (field_id, key, entry_id) VALUES (?1, ?2, ?3)`,
	`INSERT INTO acts (id, number, at, persona_id, kind, object_kind, object_id, community_id, collection_id, detail, content, salt, hash)
		VALUES (?1, ?2, ?1, 1, 'revise', 'entry', ?3, ?4, ?5, '{"collection":"0000000000000","fields":[6],"revision":2}', ?6, ?7, ?6)`,
}

// bareWriter lets one connection write for everybody, as many as wait in one
// transaction, with prepared statements alone.
type bareWriter struct {
	b          *bench
	entries    []edited
	field      int64
	collection *registry.Collection

	db         *sqldb.DB
	conn       *sql.Conn
	statements []*sql.Stmt
	jobs       chan *bareJob
	stopped    chan struct{}
	act, last  int64 // the act written last: its identifier, its number
}

type bareJob struct {
	entry *edited
	key   string
	done  chan error
}

// bareEdits opens a copy of a database that nobody writes meanwhile.
func (b *bench) bareEdits(a *app.App) (_ *bareWriter, err error) {
	w := &bareWriter{b: b, jobs: make(chan *bareJob, writers), stopped: make(chan struct{})}
	defer func() {
		if err != nil && w.db != nil {
			err = errors.Join(err, w.db.Close())
		}
	}()
	if w.collection, err = a.Registry.Collection(b.ctx, a.System, slug); err != nil {
		return nil, err
	}
	w.field = int64(w.collection.Schema.Field("job_title").ID)
	if err := a.DB.Read(b.ctx, w.read); err != nil {
		return nil, err
	}
	if _, err := a.DB.Pool().ExecContext(b.ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return nil, err
	}
	name := filepath.Join(b.copied(), "pollen.db")
	if err := duplicate(filepath.Join(b.dir, "crowd", "pollen.db"), b.copied(), name); err != nil {
		return nil, err
	}
	if w.db, err = sqldb.Open(b.ctx, sqldb.Options{URL: name}); err != nil {
		return nil, err
	}
	if w.conn, err = bareConn(b, w.db); err != nil {
		return nil, err
	}
	for _, q := range bareEdit {
		st, err := w.conn.PrepareContext(b.ctx, q)
		if err != nil {
			return nil, err
		}
		w.statements = append(w.statements, st)
	}
	go w.loop()
	return w, nil
}

// copied is the folder of the database of the bare writer.
func (b *bench) copied() string { return filepath.Join(b.dir, "bare-edits") }

// duplicate copies a file, page by page as it is, into a folder that is made
// anew: a log that an earlier copy left beside it would be taken for its own.
func duplicate(from, dir, to string) (err error) {
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// read reads what the bare writer has to know.
func (w *bareWriter) read(tx *sqldb.Tx) error {
	if _, err := tx.Get(`SELECT max(id), max(number) FROM acts`, nil, &w.act, &w.last); err != nil {
		return err
	}
	return tx.Each(`SELECT e.id, e.revision, k.key, r.content FROM entries e
		CROSS JOIN entry_keys k ON k.entry_id = e.id AND k.field_id = $1 CROSS JOIN revisions r ON r.entry_id = e.id AND r.n = e.revision
		WHERE e.collection_id = $2 ORDER BY e.id LIMIT 50000`, []any{w.field, w.collection.ID}, func(r *sql.Rows) error {
		var e edited
		err := r.Scan(&e.id, &e.revision, &e.key, &e.content)
		w.entries = append(w.entries, e)
		return err
	})
}

// edit writes one edit and waits for its commit.
func (w *bareWriter) edit(e *edited, job string) error {
	j := &bareJob{entry: e, key: schema.Fold(job), done: make(chan error, 1)}
	w.jobs <- j
	return <-j.done
}

func (w *bareWriter) loop() {
	defer close(w.stopped)
	for first := range w.jobs {
		group := []*bareJob{first}
		_, err := w.conn.ExecContext(w.b.ctx, "BEGIN IMMEDIATE")
		for i := 0; i < len(group); i++ {
			if err == nil {
				err = w.one(group[i])
			}
			select {
			case j, ok := <-w.jobs:
				if ok {
					group = append(group, j)
				}
			default:
			}
		}
		if err == nil {
			_, err = w.conn.ExecContext(w.b.ctx, "COMMIT")
		}
		for _, j := range group {
			j.done <- err
		}
	}
}

// bareSalt and bareHash are as long as those of an edit.
var bareSalt, bareHash = make([]byte, 16), make([]byte, 32)

func (w *bareWriter) one(j *bareJob) error {
	e := j.entry
	w.act, w.last, e.revision = w.act+1, w.last+1, e.revision+1
	for i, args := range [][]any{
		{int64(e.id), e.revision, w.act, e.content, bareSalt},
		{int64(e.id), e.revision},
		{w.field, e.key, int64(e.id)},
		{w.field, j.key, int64(e.id)},
		{w.act, w.last, int64(e.id), int64(w.collection.Community), int64(w.collection.ID), bareHash, bareSalt},
	} {
		if _, err := w.statements[i].Exec(args...); err != nil {
			return err
		}
	}
	e.key = j.key
	return nil
}

// close ends the writer; the copy is of no more use.
func (w *bareWriter) close() {
	close(w.jobs)
	<-w.stopped
	if err := errors.Join(w.conn.Close(), w.db.Close(), os.RemoveAll(w.b.copied())); err != nil {
		w.b.tell("the copy: %v", err)
	}
}
