package journal

import (
	"database/sql"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Held says where an act stands that was kept out of the lists of others when
// it happened. It is kept beside the journal, for an act or for a whole batch.
type Held string

// Where an act stands.
const (
	Listed    Held = ""           // as any other, from the start
	Waiting   Held = "waiting"    // for a second pair of eyes
	LetBy     Held = "seen"       // a second pair of eyes let it through
	TakenBack Held = "taken-back" // it was undone before anybody let it through
)

// Hidden reports whether the act is in no list but its author's own.
func (h Held) Hidden() bool { return h == Waiting || h == TakenBack }

// mark is the identifier under which an act is held: that of its batch, if it
// is a part of one.
func (a *Act) mark() int64 {
	if a.Batch != 0 {
		return int64(a.Batch)
	}
	return int64(a.ID)
}

// hold keeps how an act is held; what is known of its batch already stays.
func hold(tx *sqldb.Tx, a *Act) error {
	_, err := tx.Exec(`
		INSERT INTO held_acts (id, act_id, object_id, revision, post_id, state) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO NOTHING`,
		a.mark(), a.ID, int64(a.Object.ID), a.Detail.Revision, a.Detail.Post, a.Held)
	return err
}

// WaitingActs lists the acts that await a second pair of eyes, newest first,
// those included that have no number yet; of a batch, one of its parts, which
// counts for all of them. before is the mark of the last act of the page before;
// 0 begins. next is 0 at the end.
func WaitingActs(tx *sqldb.Tx, before int64, limit int) (acts []Act, next int64, err error) {
	var ids []pollen.ActID
	query, args := `SELECT id, act_id FROM held_acts WHERE state = 'waiting'`, []any{limit}
	if before != 0 {
		query, args = query+` AND id < $2`, append(args, before)
	}
	err = tx.Each(query+` ORDER BY id DESC LIMIT $1`, args, func(r *sql.Rows) error {
		var id pollen.ActID
		err := r.Scan(&next, &id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	for _, id := range ids {
		a, err := Get(tx, id)
		if err != nil {
			return nil, 0, err
		}
		if a.Batch != 0 {
			all, err := Parts(tx, a.Batch, 0)
			if err != nil {
				return nil, 0, err
			}
			a.Detail.Count, a.Detail.Again = all.Revisions, all.Again
		}
		acts = append(acts, a)
	}
	if len(ids) < limit {
		next = 0
	}
	return acts, next, nil
}

// HeldOn lists the acts on an object that await a second pair of eyes; batches
// are objects of their own.
func HeldOn(tx *sqldb.Tx, object pollen.AnyID) (acts []Act, err error) {
	var ids []pollen.ActID
	err = tx.Each(`SELECT act_id FROM held_acts WHERE state = 'waiting' AND object_id = $1`, []any{int64(object)}, func(r *sql.Rows) error {
		var id pollen.ActID
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		a, err := Get(tx, id)
		if err != nil {
			return nil, err
		}
		acts = append(acts, a)
	}
	return acts, err
}

// Move says where an act stands that was waiting, with the other parts of its
// batch. It is false when the act was not waiting.
func Move(tx *sqldb.Tx, a *Act, to Held) (bool, error) {
	n, err := tx.Exec(`UPDATE held_acts SET state = $2 WHERE id = $1 AND state = 'waiting'`, a.mark(), to)
	a.Held = to
	return n > 0, err
}
