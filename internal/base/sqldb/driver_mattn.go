//go:build cgo && sqlite_fts5

package sqldb

import (
	"errors"

	"github.com/mattn/go-sqlite3"
)

// sqliteDriver is the fast driver, in C; without a C compiler or the tag
// sqlite_fts5 modernc serves.
const sqliteDriver = "mattn"

// SQLiteModule is the module that the driver for SQLite comes from.
const SQLiteModule = "github.com/mattn/go-sqlite3"

const sqliteName = "sqlite3"

func sqliteCode(err error) int {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return int(e.ExtendedCode)
	}
	return 0
}
