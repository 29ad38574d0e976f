package registry

import (
	"context"
	"database/sql"
	"errors"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Begin opens a batch on a collection that the actor may write.
func (r *Registry) Begin(ctx context.Context, by pollen.Actor, collection string, b Batch) (_ *Batch, err error) {
	defer pollen.Wrap(&err, "registry.Begin", collection)
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if err := c.Writable(by); err != nil {
			return err
		}
		b.Collection = c.ID
		return begin(tx, by, &b)
	})
	return &b, err
}

func begin(tx *sqldb.Tx, by pollen.Actor, b *Batch) (err error) {
	if b.Note, err = cleanNote(b.Note); err != nil {
		return err
	}
	if _, err = schema.Line("source", b.Source, maxSource); err != nil {
		return err
	}
	b.ID, b.State, b.By, b.At = pollen.BatchID(tx.DB.Mint.Ordered()), BatchInProgress, by.Persona, tx.Now
	_, err = tx.Exec(`
		INSERT INTO batches (id, kind, state, collection_id, persona_id, source, digest, note, plan, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		b.ID, b.Kind, b.State, b.Collection, int64(by.Persona), b.Source, b.Digest, b.Note, b.Plan, sqldb.Millis(b.At))
	return err
}

const batchColumns = `id, kind, state, collection_id, persona_id, source, digest, position, note, plan, report, at, ended_at`

func scanBatch(rows *sql.Rows) (b Batch, err error) {
	var at int64
	var ended sql.NullInt64
	err = rows.Scan(&b.ID, &b.Kind, &b.State, &b.Collection, &b.By, &b.Source, &b.Digest, &b.Position, &b.Note, &b.Plan, &b.Report, &at, &ended)
	b.At, b.Ended = sqldb.Time(at), sqldb.Time(ended.Int64)
	return b, err
}

// batches reads those of a condition.
func batches(tx *sqldb.Tx, where string, args ...any) (all []Batch, err error) {
	err = tx.Each(`SELECT `+batchColumns+` FROM batches WHERE `+where, args, func(rows *sql.Rows) error {
		b, err := scanBatch(rows)
		all = append(all, b)
		return err
	})
	return all, err
}

func batch(tx *sqldb.Tx, id pollen.BatchID) (b Batch, err error) {
	all, err := batches(tx, `id = $1`, id)
	if err == nil && len(all) == 0 {
		err = absent()
	}
	if err != nil {
		return b, err
	}
	return all[0], nil
}

// Batch returns a batch of a collection that the actor may read.
func (r *Registry) Batch(ctx context.Context, by pollen.Actor, id pollen.BatchID) (b Batch, err error) {
	defer pollen.Wrap(&err, "registry.Batch", id)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		if b, err = batch(tx, id); err != nil {
			return err
		}
		_, err = r.collectionFor(tx, by, `c.id = $1`, b.Collection)
		return err
	})
	return b, err
}

// errRefused tells that a part written without savepoints has a refused row.
var errRefused = errors.New("a row is refused")

// newPart begins a part of a batch. One that is not guarded holds its new
// entries and remembers what it looked up, which a row that is undone would belie.
func newPart(tx *sqldb.Tx, id pollen.BatchID, guarded bool) *part {
	p := &part{id: id, act: pollen.ActID(tx.DB.Mint.Ordered())}
	if !guarded {
		p.fresh, p.known = newFresh(), newKnown()
	}
	return p
}

// partEnv is the surroundings of the values of a part, whose new entries can be
// referred to.
func (r *Registry) partEnv(tx *sqldb.Tx, by pollen.Actor, c *Collection, p *part) *schema.Env {
	env := r.env(tx, by)
	find := env.Resolve
	env.Resolve = func(target, text string) (pollen.EntryID, error) {
		if target == "" || target == c.Slug {
			if err := p.flush(tx); err != nil {
				return 0, err
			}
		}
		return find(target, text)
	}
	return env
}

func batchAct(k BatchKind) pollen.ActKind {
	switch k {
	case BatchImport:
		return pollen.ActImport
	case BatchRevert:
		return pollen.ActRevert
	}
	return pollen.ActRevise
}

// seal ends a part and appends its act, unless it wrote nothing.
func (r *Registry) seal(tx *sqldb.Tx, by pollen.Actor, c *Collection, p *part, kind pollen.ActKind) error {
	if err := p.flush(tx); err != nil {
		return err
	}
	if len(p.proven) == 0 {
		return nil
	}
	p.detail.Collection, p.detail.Count = c.ID, len(p.proven)
	p.detail.Again = p.again()
	return r.journal.Append(tx, &journal.Act{ID: p.act, Persona: by.Persona, Kind: kind, Object: pollen.Ref(pollen.ObjectBatch, p.id),
		Community: c.Community, Batch: p.id, Detail: p.detail, Content: rootOf(p.proven), Links: p.brings})
}

// End closes a batch in progress.
func (r *Registry) End(ctx context.Context, by pollen.Actor, id pollen.BatchID, report string) (err error) {
	defer pollen.Wrap(&err, "registry.End", id)
	return r.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE batches SET state = $2, ended_at = $3, report = $4 WHERE id = $1 AND persona_id = $5 AND state = $6`,
			id, BatchDone, sqldb.Millis(tx.Now), report, int64(by.Persona), BatchInProgress)
		if err == nil && n == 0 {
			err = pollen.Errorf(pollen.Conflict, "registry.batch-ended", "This batch has ended. Start a new one.")
		}
		return err
	})
}
