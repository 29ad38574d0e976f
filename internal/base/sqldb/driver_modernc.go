//go:build !cgo || !sqlite_fts5

package sqldb

import (
	"errors"

	"modernc.org/sqlite"
)

// sqliteDriver is the driver in pure Go, for plain go run and go install.
const sqliteDriver = "modernc"

const sqliteName = "sqlite"

func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}
