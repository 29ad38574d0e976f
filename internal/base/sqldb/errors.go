package sqldb

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"pollen"
)

// Result codes of SQLite, https://www.sqlite.org/rescode.html.
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeIOErr    = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// translate turns what the machine refused into an error that says what to do;
// what a domain function returned passes unchanged.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*pollen.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return pollen.Errorf(pollen.Unavailable, "sqldb.cancelled", "This took too long and was stopped. Nothing was changed.").Because(err)
	}
	switch sqliteCode(err) & 0xff {
	case codeFull:
		return pollen.Errorf(pollen.Unavailable, "sqldb.full", "The disk is full. Nothing already saved is lost; make room and try again.").Because(err)
	case codeIOErr, codeReadOnly:
		return pollen.Errorf(pollen.Unavailable, "sqldb.disk", "The disk refused to write. Nothing already saved is lost; check the data directory and try again.").Because(err)
	case codeBusy:
		return pollen.Errorf(pollen.Unavailable, "sqldb.busy", "Another program is writing to this directory for a long time. Try again in a moment.").Because(err)
	case codeCorrupt:
		return pollen.Errorf(pollen.Unavailable, "sqldb.corrupt", "The database file is damaged. Restore it from a backup.").Because(err)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case again(err): // still, after all its tries
			return pollen.Errorf(pollen.Unavailable, "sqldb.contended", "Many are changing the same thing at once. Nothing was changed; try again in a moment.").Because(err)
		case strings.HasPrefix(pg.Code, "53"): // insufficient resources, disk_full among them
			return pollen.Errorf(pollen.Unavailable, "sqldb.full", "The disk is full. Nothing already saved is lost; make room and try again.").Because(err)
		case strings.HasPrefix(pg.Code, "57"), strings.HasPrefix(pg.Code, "08"):
			return pollen.Errorf(pollen.Unavailable, "sqldb.away", "The database does not answer. Nothing already saved is lost; try again in a moment.").Because(err)
		}
	}
	return err
}
