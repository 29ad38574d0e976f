// Package migrate brings a database to the schema of this release: numbered
// migrations, forwards only, from the first on both dialects.
//
// A migration is one SQL text for both dialects, with six words that differ
// between them ({id}, {int}, {bytes}, {text}: ordered by bytes, {clustered},
// {tx}); where the dialects
// truly part there are two texts of the same number, .sqlite.sql and
// .postgres.sql. The schema that results is kept beside them as golden files
// for each dialect, so that a reviewer sees the effect of a change.
package migrate

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"pollen"
	"pollen/internal/base/sqldb"
)

//go:embed sql/*.sql
var files embed.FS

// words are what differs between the dialects in an otherwise common text.
var words = map[sqldb.Dialect]*strings.Replacer{
	sqldb.SQLite: strings.NewReplacer(
		"{id}", "INTEGER PRIMARY KEY", "{int}", "INTEGER", "{bytes}", "BLOB",
		"{text}", "TEXT", "{clustered}", " WITHOUT ROWID", "{tx}", "0"),
	sqldb.Postgres: strings.NewReplacer(
		"{id}", "BIGINT PRIMARY KEY", "{int}", "BIGINT", "{bytes}", "BYTEA",
		"{text}", `TEXT COLLATE "C"`, "{clustered}", "", "{tx}", "(pg_current_xact_id()::text::bigint)"),
}

// texts renders the migrations for one dialect.
func texts(d sqldb.Dialect) (fs.FS, error) {
	out := fstest.MapFS{}
	names, err := fs.Glob(files, "sql/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		base, only := strings.CutSuffix(strings.TrimPrefix(name, "sql/"), "."+string(d)+".sql")
		if !only && strings.Count(base, ".") > 1 {
			continue // the other dialect's
		}
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if only {
			base += ".sql"
		}
		out[base] = &fstest.MapFile{Data: []byte(words[d].Replace(string(b)))}
	}
	return out, nil
}

// Up brings the database to the newest schema and returns the number of its
// last migration. Several nodes may call it at once. A database that a newer
// release made is refused with Invalid, and is left as it was.
func Up(ctx context.Context, db *sqldb.DB) (version int64, err error) {
	defer pollen.Wrap(&err, "migrate.Up")
	return to(ctx, db, 0)
}

// To brings a new database to an earlier schema, for a backup that was made
// then. It fails with Invalid when this release does not know that schema.
func To(ctx context.Context, db *sqldb.DB, version int64) (err error) {
	defer pollen.Wrap(&err, "migrate.To", version)
	_, err = to(ctx, db, version)
	return err
}

// Behind reports whether [Up] would change the schema.
func Behind(ctx context.Context, db *sqldb.DB) (behind bool, err error) {
	defer pollen.Wrap(&err, "migrate.Behind")
	_, current, newest, err := state(ctx, db)
	return current < newest, err
}

// Current is the number of the last migration that a database has seen, by this
// release or by a newer one.
func Current(tx *sqldb.Tx) (version int64, err error) {
	_, err = tx.Get(`SELECT coalesce(max(version_id), 0) FROM goose_db_version`, nil, &version)
	return version, err
}

// state is where a database stands, and what brings it further.
func state(ctx context.Context, db *sqldb.DB) (p *goose.Provider, current, newest int64, err error) {
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.Dialect == sqldb.Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, 0, 0, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	fsys, err := texts(db.Dialect)
	if err != nil {
		return nil, 0, 0, err
	}
	if p, err = goose.NewProvider(dialect, db.Pool(), fsys, opts...); err != nil {
		return nil, 0, 0, err
	}
	current, err = p.GetDBVersion(ctx)
	sources := p.ListSources()
	return p, current, sources[len(sources)-1].Version, err
}

func to(ctx context.Context, db *sqldb.DB, version int64) (int64, error) {
	p, current, newest, err := state(ctx, db)
	if err != nil {
		return 0, err
	}
	if version == 0 {
		version = newest
	}
	if found := max(current, version); found > newest {
		return current, pollen.Errorf(pollen.Invalid, "migrate.newer",
			"This database was made by a newer Pollen (schema {found}, this one knows {known}). Install the newer release.",
			"found", found, "known", newest)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		if partial, ok := errors.AsType[*goose.PartialError](err); ok {
			return 0, fmt.Errorf("migration %d: %w", partial.Failed.Source.Version, partial.Err)
		}
		return 0, err
	}
	return version, nil
}
