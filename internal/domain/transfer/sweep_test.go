package transfer_test

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
)

// count counts rows of a table.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	err := w.DB.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Get(query, args, &n)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// What showing a file writes is gone when it was shown, however it ended.
func TestNamesOfAFileThatIsOnlyShownAreForgotten(t *testing.T) {
	w := newWorld(t)
	var text strings.Builder
	text.WriteString("code,name,parent\n")
	const rows = 6000 // their names take more than one part to remove
	for i := range rows {
		fmt.Fprintf(&text, "S%d,Site %d,S%d\n", i, i, rows-i)
	}
	must(w.x.Preview(t.Context(), w.ana, "sites", file("sites.csv", text.String()), transfer.Options{}))(t)
	if n := w.count(`SELECT COUNT(*) FROM import_targets`); n != 0 {
		t.Errorf("%d names are left", n)
	}
}

// The names of runs that were killed or undone are swept; those of one that goes
// on stay, and so does what is waited for.
func TestNamesInVainAreSwept(t *testing.T) {
	w := newWorld(t)
	w.run("code,name,parent\nA1,One,B9\n", transfer.Options{Await: true, Source: "first"})
	at := map[string]int64{}
	begin := func(name string, undo bool) {
		b := must(w.Registry.Begin(t.Context(), w.ana, "sites", registry.Batch{Kind: registry.BatchImport, Source: name}))(t)
		at[name] = int64(b.ID)
		if undo {
			must(w.Registry.Undo(t.Context(), w.ana, b.ID, ""))(t)
		}
	}
	begin("in progress", false)
	begin("undone", true)
	at["killed while shown"] = w.DB.Mint.Ordered()
	w.Clock.Advance(25 * time.Hour)
	at["shown now"] = w.DB.Mint.Ordered()
	err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		for _, run := range at {
			for i := range 3 {
				if _, err := tx.Exec(`INSERT INTO import_targets (run_id, name, entry_id, line) VALUES ($1, $2, $3, $4)`, run, fmt.Sprint("k", i), int64(1), int64(i)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.x.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := map[int64]int{}
	err = w.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT run_id FROM import_targets`, nil, func(rows *sql.Rows) error {
			var run int64
			err := rows.Scan(&run)
			left[run]++
			return err
		})
	})
	if want := map[int64]int{at["in progress"]: 3, at["shown now"]: 3}; err != nil || !reflect.DeepEqual(left, want) {
		t.Errorf("%v, want %v; %v", left, want, err)
	}
	if n := w.count(`SELECT COUNT(*) FROM import_awaited`); n != 1 {
		t.Errorf("%d names are waited for, want 1", n)
	}
}
