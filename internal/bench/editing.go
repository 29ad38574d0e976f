package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/migrate"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// writers is how many edit at the same time.
const writers = 128

// editing compares durable edits by many writers with bare transactions that
// write as many rows and share commits in the same way.
func (b *bench) editing(a *app.App) error {
	b.tell("editing")
	span := 4 * time.Second
	if b.quick {
		span = 200 * time.Millisecond
	}
	var ids []pollen.EntryID
	if err := a.DB.Read(b.ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT id FROM entries ORDER BY id LIMIT 50000`, nil, func(r *sql.Rows) error {
			var id pollen.EntryID
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}); err != nil {
		return err
	}
	bare, err := b.bareEdits(span)
	if err != nil {
		return err
	}
	edits, err := crowded(span, func(k int) func() error {
		rng := rand.New(rand.NewPCG(uint64(k), 5))
		return func() error {
			job, err := json.Marshal(fmt.Sprintf("Fonction %d", rng.Uint32()))
			if err != nil {
				return err
			}
			// Each writer has entries of its own: two people at the same one is
			// another subject.
			id := ids[(rng.IntN(len(ids)/writers)*writers+k)%len(ids)]
			_, err = a.Registry.Revise(b.ctx, a.System, id, registry.Change{Values: map[string]json.RawMessage{"job_title": job}})
			return err
		}
	})
	if err != nil {
		return err
	}
	again, err := b.bareEdits(span)
	if err != nil {
		return err
	}
	bare = (bare + again) / 2
	ratio := edits / bare
	b.add(fmt.Sprintf("durable edits by %d writers, share of bare transactions", writers), fmt.Sprintf("%.2f", ratio), "≥ 0.70", ratio >= 0.7)
	b.note("    a second: Pollen, bare", fmt.Sprintf("%.0f, %.0f", edits, bare))
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

// What an edit writes, bare: the revision, the entry, the index of the old and
// the new value, and the act.
var bareEdit = []string{
	`INSERT INTO revisions (entry_id, n, act_id, kind, persona_id, at, note, content, salt) VALUES (?1, ?2, ?3, 'revise', 1, ?2, '', ?4, ?5)`,
	`UPDATE entries SET revision = ?2 WHERE id = ?1`,
	`DELETE FROM entry_keys WHERE field_id = 6 AND key = ?2 AND entry_id = ?1`,
	`INSERT INTO entry_keys (field_id, key, entry_id) VALUES (6, ?2, ?1)`,
	`INSERT INTO acts (id, number, at, persona_id, kind, object_kind, object_id, community_id, collection_id, detail, content, salt, hash)
		VALUES (?1, ?1, ?1, 1, 'revise', 'entry', ?2, 1, 1, '{"collection":"0000000000000","fields":[6],"revision":2}', ?3, ?4, ?3)`,
}

// bareEdits lets one connection write for everybody, as many as wait in one
// transaction, and returns how many a second.
func (b *bench) bareEdits(span time.Duration) (rate float64, err error) {
	name := filepath.Join(b.dir, fmt.Sprintf("edits-%d.db", time.Now().UnixNano()))
	db, err := sqldb.Open(b.ctx, sqldb.Options{URL: name})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := migrate.Up(b.ctx, db); err != nil {
		return 0, err
	}
	conn, err := bareConn(b, db)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	const entries = 50000
	if _, err := conn.ExecContext(b.ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO entries (id, collection_id, slug, title, sort, revision) SELECT i, 1, 'someone-' || i, 'Someone ' || i, 'someone ' || i, 1 FROM n`, entries); err != nil {
		return 0, err
	}
	if _, err := conn.ExecContext(b.ctx, `INSERT INTO entry_keys (field_id, key, entry_id) SELECT 6, 'fonction 1', id FROM entries`); err != nil {
		return 0, err
	}
	w := &bareWriter{jobs: make(chan *bareJob, writers)}
	for _, q := range bareEdit {
		st, err := conn.PrepareContext(b.ctx, q)
		if err != nil {
			return 0, err
		}
		w.statements = append(w.statements, st)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.loop(b, conn)
	}()
	rate, err = crowded(span, func(k int) func() error {
		rng := rand.New(rand.NewPCG(uint64(k), 5))
		return func() error {
			j := &bareJob{entry: 1 + (rng.Int64N(entries/writers)*writers+int64(k))%entries, done: make(chan error, 1)}
			w.jobs <- j
			return <-j.done
		}
	})
	close(w.jobs)
	<-done
	return rate, err
}

type bareJob struct {
	entry int64
	done  chan error
}

type bareWriter struct {
	jobs       chan *bareJob
	statements []*sql.Stmt
	act        int64
}

// bareContent is as long as what a revision of a person holds.
var bareContent, bareSalt = make([]byte, 220), make([]byte, 16)

func (w *bareWriter) loop(b *bench, conn *sql.Conn) {
	for first := range w.jobs {
		group := []*bareJob{first}
		_, err := conn.ExecContext(b.ctx, "BEGIN IMMEDIATE")
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
			_, err = conn.ExecContext(b.ctx, "COMMIT")
		}
		for _, j := range group {
			j.done <- err
		}
	}
}

func (w *bareWriter) one(j *bareJob) error {
	w.act++
	key := fmt.Sprintf("fonction %d", w.act)
	for i, args := range [][]any{{j.entry, w.act + 1, w.act, bareContent, bareSalt}, {j.entry, w.act + 1}, {j.entry, "fonction 1"}, {j.entry, key}, {w.act, j.entry, bareContent[:32], bareSalt}} {
		if _, err := w.statements[i].Exec(args...); err != nil {
			return err
		}
	}
	return nil
}
