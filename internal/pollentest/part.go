package pollentest

import (
	"pollen"
	"pollen/internal/domain/registry"
)

// Row is one entry to create, where Entry is 0, or to change in a batch.
type Row struct {
	Entry pollen.EntryID
	registry.Change
}

// Outcome is what became of a row.
type Outcome struct {
	Entry pollen.EntryID
	Err   error // it was refused; the others of the part went on
}

// Part writes rows as one part of a batch in progress.
func (w *World) Part(by pollen.Actor, batch pollen.BatchID, rows ...Row) (out []Outcome, err error) {
	err = w.Registry.Work(w.t.Context(), by, batch, func(p *registry.Work) error {
		out = out[:0]
		for i := range rows {
			var o Outcome
			var err error
			o.Err, err = p.Row(func() error {
				e, err := p.Put(rows[i].Entry, &rows[i].Change)
				if err == nil {
					o.Entry = e.ID
				}
				return err
			})
			if err != nil {
				return err
			}
			out = append(out, o)
		}
		return nil
	})
	return out, err
}
