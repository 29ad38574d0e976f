package transfer

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
)

// refusedRow is a refused row as kept.
type refusedRow struct {
	Cells []string `json:"c,omitempty"`
	JSON  bool     `json:"j,omitempty"` // some cells are JSON, no text
	Raw   string   `json:"r,omitempty"` // of a record that could not be read
	Field string   `json:"f,omitempty"`
}

// Refused writes the refused rows of an import as a file of its own: the columns
// of the file, and the line and the reason of each row, which importing the file
// again ignores. say writes a reason in the reader's language. At most a
// hundred thousand rows are kept. It returns how many it wrote.
func (t *Transfer) Refused(ctx context.Context, by pollen.Actor, id pollen.BatchID, w io.Writer, format tabular.Format, say func(pollen.Message) string) (n int, err error) {
	defer pollen.Wrap(&err, "transfer.Refused", id)
	columns, err := t.own(ctx, by, id)
	if err != nil {
		return 0, err
	}
	var all []tabular.Column
	for _, c := range append(slices.Clone(columns), lineColumn, reasonColumn, rowColumn) {
		all = append(all, tabular.Column{Name: c})
	}
	out, err := tabular.Create(w, tabular.WriteOptions{Format: format, Columns: all})
	if err != nil {
		return 0, err
	}
	err = t.eachRefused(ctx, id, func(line int64, r *refusedRow, why pollen.Message) error {
		n++
		cells := make([]tabular.Cell, len(all))
		for i := range columns {
			if i >= len(r.Cells) {
				break
			}
			cells[i].Text = r.Cells[i]
			if b := []byte(r.Cells[i]); r.JSON && format == tabular.JSONL && json.Valid(b) {
				cells[i].JSON = b
			}
		}
		cells[len(columns)] = tabular.Cell{JSON: number(line)}
		cells[len(columns)+1].Text = say(why)
		cells[len(columns)+2].Text = r.Raw
		return out.Write(cells)
	})
	if err != nil {
		return n, err
	}
	return n, out.Close()
}

func number(n int64) json.RawMessage {
	b, err := json.Marshal(n)
	if err != nil {
		panic("transfer: a number that cannot be encoded: " + err.Error())
	}
	return b
}

// own lets those see the rows of a batch who run it: a refused row was never
// published. It returns the columns of the file, as the import was planned.
func (t *Transfer) own(ctx context.Context, by pollen.Actor, id pollen.BatchID) (columns []string, err error) {
	b, err := t.registry.Batch(ctx, by, id)
	if err == nil && (b.Kind != registry.BatchImport || b.By != by.Persona && !by.System()) {
		err = pollen.Errorf(pollen.NotFound, "error.absent", "There is nothing here, or not for you.")
	}
	if err != nil || b.Plan == "" {
		return nil, err
	}
	var o Options
	if err := json.Unmarshal([]byte(b.Plan), &o); err != nil {
		return nil, err
	}
	for _, c := range o.Targets {
		columns = append(columns, c.Column)
	}
	return columns, nil
}

// eachRefused reads the refused rows of a batch by line.
func (t *Transfer) eachRefused(ctx context.Context, id pollen.BatchID, do func(int64, *refusedRow, pollen.Message) error) error {
	for after, more := int64(-1), true; more; {
		more = false
		err := t.db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.Each(`SELECT line, cells, reason FROM import_refused WHERE batch_id = $1 AND line > $2 ORDER BY line LIMIT 500`,
				[]any{id, after}, func(rows *sql.Rows) error {
					more = true
					var cells, reason string
					if err := rows.Scan(&after, &cells, &reason); err != nil {
						return err
					}
					var r refusedRow
					var why pollen.Message
					if err := json.Unmarshal([]byte(cells), &r); err != nil {
						return err
					}
					if err := json.Unmarshal([]byte(reason), &why); err != nil {
						return err
					}
					return do(after, &r, why)
				})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
