package transfer

import (
	"encoding/json"
	"maps"

	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// base finds what the source last wrote and said of an entry.
func (j *job) base(p *registry.Work, e *registry.Entry, st *standing) (written *registry.Content, seen schema.Values, err error) {
	n, err := p.Wrote(e, j.source)
	if err != nil {
		return nil, nil, err
	}
	if n == e.Revision {
		written = &st.now
	} else if n > 0 {
		c, err := p.Content(e.ID, n)
		if err != nil {
			return nil, nil, err
		}
		written = &c
	}
	var text string
	found, err := p.Tx.Get(`SELECT content FROM import_seen WHERE source = $1 AND entry_id = $2`, []any{j.source, e.ID}, &text)
	if err != nil {
		return nil, nil, err
	}
	if found {
		if err := json.Unmarshal([]byte(text), &seen); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case !j.o.AsOf.IsZero():
		n, err := p.AsOf(e.ID, j.o.AsOf)
		if err != nil {
			return nil, nil, err
		}
		st.base = &registry.Content{}
		if n > 0 {
			c, err := p.Content(e.ID, n)
			if err != nil {
				return nil, nil, err
			}
			st.base = &c
		}
	case written != nil || found:
		base := registry.Content{Values: schema.Values{}}
		if written != nil {
			base = written.Clone()
		}
		for id, v := range seen {
			if string(v) == "null" {
				v = nil
			}
			if err := base.SetValue(id, v); err != nil {
				return nil, nil, err
			}
		}
		st.base = &base
	}
	return written, seen, nil
}

// say keeps what the source says of an entry where it is not what it wrote.
func (j *job) say(p *registry.Work, e *registry.Entry, written *registry.Content, before schema.Values, said schema.Values) error {
	next := schema.Values{}
	maps.Copy(next, before)
	for id, v := range said {
		if written != nil && string(written.Value(id)) == string(v) {
			delete(next, id)
			continue
		}
		if v == nil {
			v = json.RawMessage("null")
		}
		next[id] = v
	}
	if len(next) == 0 {
		if len(before) == 0 {
			return nil
		}
		_, err := p.Tx.Exec(`DELETE FROM import_seen WHERE source = $1 AND entry_id = $2`, j.source, e.ID)
		return err
	}
	if maps.EqualFunc(next, before, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
		return nil
	}
	b, err := json.Marshal(next)
	if err != nil {
		return err
	}
	_, err = p.Tx.Exec(`
		INSERT INTO import_seen (source, entry_id, content) VALUES ($1, $2, $3)
		ON CONFLICT (source, entry_id) DO UPDATE SET content = excluded.content`, j.source, e.ID, string(b))
	return err
}

// clash lists values to decide, instead of those that wait from earlier.
func (j *job) clash(p *registry.Work, e *registry.Entry, all []conflict) error {
	for _, c := range all {
		incoming := string(c.incoming)
		if c.incoming == nil {
			incoming = "null"
		}
		if _, err := p.Tx.Exec(`UPDATE import_conflicts SET decided_at = $3 WHERE entry_id = $1 AND field_id = $2 AND decided_at IS NULL`,
			e.ID, int64(c.field), sqldb.Millis(p.Tx.Now)); err != nil {
			return err
		}
		if _, err := p.Tx.Exec(`INSERT INTO import_conflicts (batch_id, entry_id, field_id, incoming) VALUES ($1, $2, $3, $4)
			ON CONFLICT (batch_id, entry_id, field_id) DO UPDATE SET incoming = excluded.incoming, decided_at = NULL`,
			p.Batch.ID, e.ID, int64(c.field), incoming); err != nil {
			return err
		}
	}
	return nil
}
