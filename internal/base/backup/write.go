package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Form is the number of the form that this release writes and reads.
const Form = 1

// head is the first line.
type head struct {
	Form    int       `json:"pollen-backup"`
	Version string    `json:"version"` // of the release that wrote it
	Schema  int64     `json:"schema"`  // number of the last migration
	At      time.Time `json:"at"`
}

// table begins the rows of a table.
type table struct {
	Name    string   `json:"table"`
	Columns []string `json:"columns"`
}

// end is the last line.
type end struct {
	Rows int64  `json:"rows"`
	Sum  string `json:"sha256"`
}

// Options say what to write.
type Options struct {
	Schema int64 // number of the database's last migration
	// LeaveOut names tables to leave out, each with those whose names go on after
	// it. None that stays may refer to them.
	LeaveOut []string
	// Progress is told the rows written so far, now and then; nil for nobody.
	Progress func(rows int64)
}

// tick is after how many rows progress is told.
const tick = 100_000

// Write writes the database to w as it is at one moment, and returns how many
// rows it has.
func Write(ctx context.Context, db *sqldb.DB, w io.Writer, o Options) (rows int64, err error) {
	defer pollen.Wrap(&err, "backup.Write")
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	out := &writer{b: bufio.NewWriterSize(z, 1<<16), sum: sha256.New(), progress: o.Progress}
	err = db.Read(ctx, func(tx *sqldb.Tx) error {
		if err := out.line(head{Form, pollen.Version, o.Schema, tx.Now}); err != nil {
			return err
		}
		names, err := tables(tx)
		if err != nil {
			return err
		}
		for _, name := range names {
			if slices.ContainsFunc(o.LeaveOut, func(x string) bool { return name == x || strings.HasPrefix(name, x+"_") }) {
				continue
			}
			if err := out.table(tx, name); err != nil {
				return err
			}
		}
		return out.line(end{out.rows, hex.EncodeToString(out.sum.Sum(nil))})
	})
	return out.rows, errors.Join(err, out.b.Flush(), z.Close())
}

// tables lists the tables of the database in the order of their making, so that
// a row comes after those it refers to.
func tables(tx *sqldb.Tx) (names []string, err error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%' ORDER BY rowid`
	if tx.DB.Dialect == sqldb.Postgres {
		query = `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind = 'r' AND n.nspname = current_schema() AND c.relname NOT LIKE 'goose%' ORDER BY c.oid`
	}
	err = tx.Each(query, nil, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

type writer struct {
	b        *bufio.Writer
	sum      hash.Hash
	rows     int64
	progress func(int64)
	buf      []byte
}

func (w *writer) line(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.raw(append(b, '\n'))
}

func (w *writer) raw(b []byte) error {
	w.sum.Write(b)
	_, err := w.b.Write(b)
	return err
}

// local are columns that mean something in one database alone.
var local = map[string][]string{"acts": {"tx"}}

// order brings acts that have no number yet last, in the order in which they
// are numbered: a backup holds numbered acts alone.
var order = map[string]string{"acts": " ORDER BY CASE WHEN number IS NULL THEN 1 ELSE 0 END, number, tx, id"}

func (w *writer) table(tx *sqldb.Tx, name string) error {
	columns, err := columnsOf(tx, name)
	if err != nil {
		return err
	}
	columns = slices.DeleteFunc(columns, func(c string) bool { return slices.Contains(local[name], c) })
	if err := w.line(table{name, columns}); err != nil {
		return err
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	numbers, last := -1, int64(0)
	if name == "acts" {
		numbers = slices.Index(columns, "number")
	}
	return tx.Each(`SELECT `+strings.Join(columns, ", ")+` FROM `+name+order[name], nil, func(r *sql.Rows) error {
		if err := r.Scan(dest...); err != nil {
			return err
		}
		if err := tx.Context().Err(); err != nil {
			return err
		}
		if numbers >= 0 {
			if n, ok := values[numbers].(int64); ok {
				last = n
			} else {
				last++
				values[numbers] = last
			}
		}
		if w.buf, err = row(w.buf[:0], values); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
		if len(w.buf) >= maxLine {
			return pollen.Errorf(pollen.Conflict, "backup.long", "A row of the table {table} is too large to be restored: {size}. This backup is of no use.", "table", name, "size", pollen.Bytes(int64(len(w.buf))))
		}
		if w.rows++; w.rows%tick == 0 && w.progress != nil {
			w.progress(w.rows)
		}
		return w.raw(w.buf)
	})
}

// columnsOf lists the columns of a table.
func columnsOf(tx *sqldb.Tx, name string) (columns []string, err error) {
	query := `SELECT name FROM pragma_table_info($1) ORDER BY cid`
	if tx.DB.Dialect == sqldb.Postgres {
		query = `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`
	}
	err = tx.Each(query, []any{name}, func(r *sql.Rows) error {
		var c string
		err := r.Scan(&c)
		columns = append(columns, c)
		return err
	})
	return columns, err
}

// row writes a row as a JSON list: numbers and texts as they are, bytes as
// {"b": base64}. A text that is not UTF-8 has no place in a database, and ends no
// backup: it is written as its bytes, {"t": base64}.
func row(b []byte, values []any) ([]byte, error) {
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := v.(type) {
		case nil:
			b = append(b, "null"...)
		case int64:
			b = fmt.Appendf(b, "%d", v)
		case string:
			if !utf8.ValidString(v) {
				b = append(b, `{"t":"`...)
				b = append(base64.StdEncoding.AppendEncode(b, []byte(v)), `"}`...)
				continue
			}
			text, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			b = append(b, text...)
		case []byte:
			b = append(b, `{"b":"`...)
			b = base64.StdEncoding.AppendEncode(b, v)
			b = append(b, `"}`...)
		default:
			return nil, fmt.Errorf("a value of type %T", v)
		}
	}
	return append(b, "]\n"...), nil
}
