//go:build !cgo || !sqlite_fts5

package sqldb

import (
	"errors"

	"modernc.org/sqlite"
)

// sqliteDriver is the driver in pure Go, for plain go run and go install.
const sqliteDriver = "modernc"

// SQLiteModule is the module that the driver for SQLite comes from.
const SQLiteModule = "modernc.org/sqlite"

const sqliteName = "sqlite"

func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}
