package main

import (
	"database/sql"
	"path/filepath"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/migrate"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/search"
)

// row is all that an import wrote for one entry.
type row struct {
	entry, revision []any
	keys, uniques   [][]any
	document        string // of the search index
}

// chunk is how many rows one transaction of the bare loop writes.
const chunk = 5000

// The statements of the bare loop: every column that Pollen writes, into the
// same tables with the same indexes.
const (
	entryColumns    = `id, collection_id, slug, title, sort, revision, retired_at, merged_into`
	revisionColumns = `entry_id, n, act_id, kind, persona_id, at, batch_id, note, content, salt`
	insertEntry     = `INSERT INTO entries (` + entryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	insertRevision  = `INSERT INTO revisions (` + revisionColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertKey       = `INSERT INTO entry_keys (field_id, key, entry_id) VALUES (?, ?, ?)`
	insertUnique    = `INSERT INTO entry_uniques (field_id, key, entry_id) VALUES (?, ?, ?)`
	insertDoc       = `INSERT INTO search_docs (rowid, terms) VALUES (?, ?)`
)

// bareImport writes the rows that an import wrote once more, into a new file,
// by nothing but prepared statements. Reading them is not counted.
func (b *bench) bareImport(a *app.App) (took time.Duration, err error) {
	b.tell("the same rows by a bare loop")
	db, err := sqldb.Open(b.ctx, sqldb.Options{URL: filepath.Join(b.dir, "bare.db")})
	if err != nil {
		return 0, err
	}
	defer func() {
		if e := db.Close(); err == nil {
			err = e
		}
	}()
	if _, err := migrate.Up(b.ctx, db); err != nil {
		return 0, err
	}
	conn, err := bareConn(b, db)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	statements := map[string]*sql.Stmt{}
	for _, q := range []string{insertEntry, insertRevision, insertKey, insertUnique, insertDoc} {
		if statements[q], err = conn.PrepareContext(b.ctx, q); err != nil {
			return 0, err
		}
	}
	for after := int64(0); ; {
		rows, last, err := b.read(a, after)
		if err != nil || len(rows) == 0 {
			return took, err
		}
		after = last
		start := time.Now()
		if err := b.writeRows(conn, statements, rows); err != nil {
			return 0, err
		}
		took += time.Since(start)
	}
}

// bareConn is a connection set up as the writing one of Pollen is.
func bareConn(b *bench, db *sqldb.DB) (*sql.Conn, error) {
	conn, err := db.Pool().Conn(b.ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range []string{"PRAGMA synchronous=FULL", "PRAGMA cache_size=-98304", "PRAGMA wal_autocheckpoint=4000", "PRAGMA temp_store=MEMORY", "PRAGMA busy_timeout=30000"} {
		if _, err := conn.ExecContext(b.ctx, p); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

// read reads back what the import wrote for the next entries.
func (b *bench) read(a *app.App, after int64) (rows []row, last int64, err error) {
	last = after
	err = a.DB.Read(b.ctx, func(tx *sqldb.Tx) error {
		byID := map[int64]int{}
		err := tx.Each(`SELECT `+entryColumns+` FROM entries WHERE id > $1 AND collection_id = (SELECT id FROM collections WHERE slug = $2) ORDER BY id LIMIT $3`, []any{after, slug, chunk}, func(r *sql.Rows) error {
			e, err := values(r, 8)
			if err == nil {
				last = e[0].(int64)
				byID[last] = len(rows)
				rows = append(rows, row{entry: e})
			}
			return err
		})
		if err != nil {
			return err
		}
		each := func(query string, n, id int, keep func(*row, []any)) error {
			return tx.Each(query, []any{after, last}, func(r *sql.Rows) error {
				v, err := values(r, n)
				if err != nil {
					return err
				}
				if i, ok := byID[v[id].(int64)]; ok {
					keep(&rows[i], v)
				}
				return nil
			})
		}
		if err := each(`SELECT `+revisionColumns+` FROM revisions WHERE entry_id > $1 AND entry_id <= $2`, 10, 0, func(r *row, v []any) { r.revision = v }); err != nil {
			return err
		}
		if err := each(`SELECT field_id, key, entry_id FROM entry_keys WHERE entry_id > $1 AND entry_id <= $2`, 3, 2, func(r *row, v []any) { r.keys = append(r.keys, v) }); err != nil {
			return err
		}
		if err := each(`SELECT u.field_id, u.key, u.entry_id FROM entries e CROSS JOIN entry_keys k ON k.entry_id = e.id CROSS JOIN entry_uniques u ON u.field_id = k.field_id AND u.key = k.key
			WHERE e.id > $1 AND e.id <= $2`, 3, 2, func(r *row, v []any) { r.uniques = append(r.uniques, v) }); err != nil {
			return err
		}
		load := a.Registry.Loader(tx)
		for id, i := range byID {
			e, err := load(pollen.EntryID(id))
			if err != nil {
				return err
			}
			rows[i].document = search.Document(e.Collection.ID, search.Terms(e))
		}
		return nil
	})
	return rows, last, err
}

// values scans a row as it is stored.
func values(r *sql.Rows, n int) ([]any, error) {
	v, to := make([]any, n), make([]any, n)
	for i := range v {
		to[i] = &v[i]
	}
	err := r.Scan(to...)
	return v, err
}

func (b *bench) writeRows(conn *sql.Conn, st map[string]*sql.Stmt, rows []row) error {
	if _, err := conn.ExecContext(b.ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	exec := func(query string, args []any) error {
		_, err := st[query].ExecContext(b.ctx, args...)
		return err
	}
	for i := range rows {
		r := &rows[i]
		if err := exec(insertEntry, r.entry); err != nil {
			return err
		}
		if err := exec(insertRevision, r.revision); err != nil {
			return err
		}
		for _, k := range r.keys {
			if err := exec(insertKey, k); err != nil {
				return err
			}
		}
		for _, u := range r.uniques {
			if err := exec(insertUnique, u); err != nil {
				return err
			}
		}
		if err := exec(insertDoc, []any{r.entry[0], r.document}); err != nil {
			return err
		}
	}
	_, err := conn.ExecContext(b.ctx, "COMMIT")
	return err
}
