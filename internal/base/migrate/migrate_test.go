package migrate_test

import (
	"database/sql"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/migrate"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

var update = flag.Bool("update", false, "write the golden schemas")

// The schema that all migrations make, as the database itself tells it. After a
// change: go test ./internal/base/migrate -update, on both databases.
func TestTheSchemaIsTheGoldenOne(t *testing.T) {
	db, _ := pollentest.Database(t)
	got := describe(t, db)
	golden := filepath.Join("testdata", string(db.Dialect)+".txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema is not what %s says; when that is meant: go test ./internal/base/migrate -update", golden)
		for _, line := range strings.Split(got, "\n") {
			if !strings.Contains(string(want), line) {
				t.Log("+", line)
			}
		}
		for _, line := range strings.Split(string(want), "\n") {
			if !strings.Contains(got, line) {
				t.Log("-", line)
			}
		}
	}
}

// describe lists tables with their columns and indexes.
func describe(t *testing.T, db *sqldb.DB) string {
	t.Helper()
	query := `
		SELECT m.type || ' ' || m.name || ' ' || coalesce(m.sql, '') FROM sqlite_master m
		WHERE m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%' AND m.name NOT LIKE 'search_%\_%' ESCAPE '\' ORDER BY 1`
	if db.Dialect == sqldb.Postgres {
		query = `
			SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || coalesce(' ' || collation_name, '') ||
			  CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || coalesce(' default ' || column_default, '')
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose_%'
			UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'goose_%'
			UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
			WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'goose_%' AND contype IN ('c', 'f')
			ORDER BY 1`
	}
	var lines []string
	err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(query, nil, func(rows *sql.Rows) error {
			var s string
			err := rows.Scan(&s)
			lines = append(lines, strings.Join(strings.Fields(s), " "))
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	db, _ := pollentest.Database(t)
	before := describe(t, db)
	if _, err := migrate.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if after := describe(t, db); after != before {
		t.Error("the second time changed the schema")
	}
}

func TestADatabaseOfANewerReleaseIsLeftAlone(t *testing.T) {
	db, _ := pollentest.Database(t)
	before := describe(t, db)
	if _, err := db.Pool().ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, `+map[sqldb.Dialect]string{sqldb.SQLite: "1", sqldb.Postgres: "true"}[db.Dialect]+`)`); err != nil {
		t.Fatal(err)
	}
	_, err := migrate.Up(t.Context(), db)
	if !pollen.Is(err, pollen.Invalid) || pollen.MessageOf(err).Key != "migrate.newer" {
		t.Errorf("%v", err)
	}
	if after := describe(t, db); after != before {
		t.Error("it was changed")
	}
}

// Every query that stands in the code as one text is prepared on this database:
// a wrong column, or words that one of the dialects does not take, show here.
func TestEveryQueryCanBePrepared(t *testing.T) {
	db, _ := pollentest.Database(t)
	seen := 0
	for _, folder := range []string{"../../base", "../../domain", "../../app"} {
		for where, query := range queries(t, folder) {
			if other := map[sqldb.Dialect]string{sqldb.SQLite: "postgres", sqldb.Postgres: "sqlite"}[db.Dialect]; strings.Contains(where, other) {
				continue // a file of the other dialect's
			}
			if strings.Contains(query, "search_docs") {
				continue // full text is where the dialects truly part; search tests both
			}
			seen++
			if db.Dialect == sqldb.SQLite {
				query = strings.ReplaceAll(query, "$", "?")
			}
			st, err := db.Pool().PrepareContext(t.Context(), query)
			if err != nil {
				t.Errorf("%s: %v", where, err)
				continue
			}
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d queries found: has their calling changed?", seen)
	}
}

// queries finds the texts given to Exec, Each and Get that are constant, by
// where they stand. Those that are put together while running are left to the
// tests of their package.
func queries(t *testing.T, folder string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		set := token.NewFileSet()
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
		if err != nil {
			return err
		}
		var parsed []*ast.File
		constants := map[string]string{}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			parsed = append(parsed, f)
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
					for _, s := range g.Specs {
						if v := s.(*ast.ValueSpec); len(v.Values) == len(v.Names) {
							for i := range v.Names {
								if text, ok := constant(v.Values[i], constants); ok {
									constants[v.Names[i].Name] = text
								}
							}
						}
					}
				}
			}
		}
		for _, f := range parsed {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Exec", "Each", "Get"}, sel.Sel.Name) {
					if text, ok := constant(call.Args[0], constants); ok && statement(text) {
						out[fmt.Sprint(set.Position(call.Pos()))] = text
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func statement(text string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, first)
}

// constant works a string expression out.
func constant(e ast.Expr, known map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		text, ok := known[e.Name]
		return text, ok
	case *ast.BinaryExpr:
		a, okA := constant(e.X, known)
		b, okB := constant(e.Y, known)
		return a + b, okA && okB
	}
	return "", false
}
