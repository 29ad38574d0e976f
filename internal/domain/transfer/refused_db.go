package transfer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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

	line int64
	why  pollen.Message
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
	for after := int64(-1); ; {
		part, err := t.refusedAfter(ctx, id, after)
		if err != nil {
			return n, err
		}
		if len(part) == 0 {
			return n, out.Close()
		}
		for _, r := range part {
			n++
			if err := out.Write(r.cells(len(columns), format, say)); err != nil {
				return n, err
			}
		}
		after = part[len(part)-1].line
	}
}

// cells is the row as it is written: those of the file, then the line, the reason
// and the record as it was.
func (r *refusedRow) cells(columns int, format tabular.Format, say func(pollen.Message) string) []tabular.Cell {
	cells := make([]tabular.Cell, columns, columns+3)
	for i, text := range r.Cells[:min(len(r.Cells), columns)] {
		cells[i].Text = text
		if b := []byte(text); r.JSON && format == tabular.JSONL && json.Valid(b) {
			cells[i].JSON = b
		}
	}
	return append(cells, tabular.Cell{JSON: number(r.line)}, tabular.Cell{Text: say(r.why)}, tabular.Cell{Text: r.Raw})
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
		err = pollen.Absent()
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

// refusedPart is how many refused rows are read at once.
const refusedPart = 500

// refusedAfter reads the refused rows of a batch that come next, by line; none
// at the end. They are given out when nothing is held any more: who takes them
// may be slow.
func (t *Transfer) refusedAfter(ctx context.Context, id pollen.BatchID, after int64) (out []refusedRow, err error) {
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT line, cells, reason FROM import_refused WHERE batch_id = $1 AND line > $2 ORDER BY line LIMIT $3`,
			[]any{id, after, refusedPart}, func(rows *sql.Rows) error {
				var r refusedRow
				var cells, reason string
				err := rows.Scan(&r.line, &cells, &reason)
				if err == nil {
					err = errors.Join(json.Unmarshal([]byte(cells), &r), json.Unmarshal([]byte(reason), &r.why))
				}
				out = append(out, r)
				return err
			})
	})
	return out, err
}

// EraseRefused removes the rows that the imports of a persona refused.
func EraseRefused(tx *sqldb.Tx, who pollen.PersonaID) error {
	_, err := tx.Exec(`DELETE FROM import_refused WHERE batch_id IN (SELECT id FROM batches WHERE persona_id = $1)`, int64(who))
	return err
}
