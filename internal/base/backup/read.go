package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Limits of what is read, in bytes: one line, and the window of the stream.
const (
	maxLine   = 64 << 20
	maxWindow = 32 << 20
)

func damaged(err error) error {
	return pollen.Errorf(pollen.Invalid, "backup.damaged", "This is not a whole backup of Pollen: it is cut short, altered, or something else. Take another file.").Because(err)
}

// Info is what the head of a backup tells.
type Info struct {
	Version string // of the release that wrote it
	Schema  int64
	Rows    int64
}

// Verify reads a backup to its end and tells what it holds. It fails with
// Invalid when it is not whole, was altered, or has a form that this release
// does not know.
func Verify(ctx context.Context, r io.Reader) (info Info, err error) {
	defer pollen.Wrap(&err, "backup.Verify")
	err = scan(ctx, r, func(h head) error {
		info.Version, info.Schema = h.Version, h.Schema
		return nil
	}, func(table) error { return nil }, func([]byte) error { info.Rows++; return nil })
	return info, err
}

// scan reads the lines of a backup and hands each to who takes it.
func scan(ctx context.Context, r io.Reader, onHead func(head) error, onTable func(table) error, onRow func([]byte) error) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return damaged(err)
	}
	defer z.Close()
	lines := bufio.NewScanner(z)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	sum, rows, first := sha256.New(), int64(0), true
	for lines.Scan() {
		b := lines.Bytes()
		switch {
		case first:
			first = false
			var h head
			if json.Unmarshal(b, &h) != nil || h.Form == 0 {
				return damaged(nil)
			}
			if h.Form > Form {
				return newer(h.Version)
			}
			err = onHead(h)
		case bytes.HasPrefix(b, []byte("[")):
			rows++
			err = onRow(b)
		case bytes.HasPrefix(b, []byte(`{"table"`)):
			var t table
			if json.Unmarshal(b, &t) != nil {
				return damaged(nil)
			}
			err = onTable(t)
		default:
			var e end
			if json.Unmarshal(b, &e) != nil || e.Rows != rows || e.Sum != hex.EncodeToString(sum.Sum(nil)) || lines.Scan() || lines.Err() != nil {
				return damaged(lines.Err())
			}
			return nil
		}
		if err != nil {
			return err
		}
		sum.Write(b)
		sum.Write([]byte{'\n'})
		if rows%tick == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return damaged(lines.Err())
}

func newer(version string) error {
	return pollen.Errorf(pollen.Invalid, "backup.newer", "This backup was made by a newer Pollen ({version}). Install that release to restore it.", "version", version)
}

// Read fills an empty database, migrated to the schema of the backup, in one
// transaction: all of it or nothing, with what finish does at its end. Open is
// called again when the transaction has to be run again. It fails with Conflict when a table holds rows already.
func Read(ctx context.Context, db *sqldb.DB, open func() (io.ReadCloser, error), progress func(rows int64), finish func(*sqldb.Tx) error) (err error) {
	defer pollen.Wrap(&err, "backup.Read")
	return db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		r, err := open()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.Close()) }()
		known, err := tables(tx)
		if err != nil {
			return err
		}
		l := &loader{tx: tx, known: known, progress: progress}
		if err := scan(ctx, r, func(head) error { return nil }, l.begin, l.row); err != nil {
			return err
		}
		if err := l.flush(); err != nil {
			return err
		}
		return finish(tx)
	})
}

// parameters bounds those of one statement.
const parameters = 600

// loader inserts rows, several by one statement.
type loader struct {
	tx       *sqldb.Tx
	known    []string
	now      table
	args     []any
	rows     int64
	progress func(int64)
}

func (l *loader) begin(t table) error {
	if err := l.flush(); err != nil {
		return err
	}
	if !slices.Contains(l.known, t.Name) || len(t.Columns) == 0 {
		return damaged(fmt.Errorf("table %q", t.Name))
	}
	columns, err := columnsOf(l.tx, t.Name)
	if err != nil {
		return err
	}
	for _, c := range t.Columns {
		if !slices.Contains(columns, c) {
			return damaged(fmt.Errorf("column %q of table %s", c, t.Name))
		}
	}
	taken, err := l.tx.Get(`SELECT 1 FROM `+t.Name+` LIMIT 1`, nil, new(int))
	if err != nil {
		return err
	}
	if taken {
		return pollen.Errorf(pollen.Conflict, "backup.taken", "There is something here already. Restore into an empty place.")
	}
	l.now = t
	return nil
}

func (l *loader) row(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var values []any
	if err := d.Decode(&values); err != nil || len(values) != len(l.now.Columns) || len(values) == 0 {
		return damaged(err)
	}
	for _, v := range values {
		switch x := v.(type) {
		case json.Number:
			n, err := x.Int64()
			if err != nil {
				return damaged(err)
			}
			v = n
		case map[string]any:
			var err error
			if v, err = decoded(x); err != nil {
				return damaged(err)
			}
		case nil, string:
		default:
			return damaged(fmt.Errorf("a value of type %T", v))
		}
		l.args = append(l.args, v)
	}
	if l.rows++; l.rows%tick == 0 && l.progress != nil {
		l.progress(l.rows)
	}
	if len(l.args)+len(l.now.Columns) > parameters {
		return l.flush()
	}
	return nil
}

// decoded is a value that is written as its bytes. A text becomes UTF-8.
func decoded(x map[string]any) (any, error) {
	if text, ok := x["t"].(string); ok {
		b, err := base64.StdEncoding.DecodeString(text)
		return strings.ToValidUTF8(string(b), "\uFFFD"), err
	}
	text, ok := x["b"].(string)
	b, err := base64.StdEncoding.DecodeString(text)
	if err == nil && !ok {
		err = errors.New("a value of no known form")
	}
	return b, err
}

// flush inserts the rows that wait.
func (l *loader) flush() error {
	if len(l.args) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", l.now.Name, strings.Join(l.now.Columns, ", "))
	for i := range l.args {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%len(l.now.Columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteByte(')')
	_, err := l.tx.Exec(b.String(), l.args...)
	l.args = l.args[:0]
	return err
}
