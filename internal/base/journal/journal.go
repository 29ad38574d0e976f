package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Journal is the log of one database. Its methods are safe for concurrent use.
type Journal struct {
	db *sqldb.DB

	// brake may refuse an act before it is written; nil refuses none.
	brake func(*sqldb.Tx, *Act) error

	mu   sync.Mutex
	wake chan struct{} // closed and replaced whenever acts may have been numbered
}

// New returns the journal of a database whose schema is up to date.
func New(db *sqldb.DB) *Journal {
	return &Journal{db: db, wake: make(chan struct{})}
}

// Brake makes every act pass a check before it is written, whatever door it
// came by: its error refuses the act, and with it the change it belongs to. It
// is set once, before the journal is used. The check may also say that the act
// is held.
func (j *Journal) Brake(check func(tx *sqldb.Tx, a *Act) error) { j.brake = check }

// Seal fills in the identifier of an act, unless one is set already, its time,
// salt and hash; the caller sets the rest, and changes nothing of it any more. A
// change that is worked out before its turn seals its act there.
func (j *Journal) Seal(tx *sqldb.Tx, a *Act) (err error) {
	if a.ID == 0 {
		a.ID = pollen.ActID(tx.DB.Mint.Ordered())
	}
	a.At = tx.Now
	a.Salt = make([]byte, SaltSize)
	if _, err := io.ReadFull(tx.DB.Rand, a.Salt); err != nil {
		return fmt.Errorf("reading randomness: %w", err)
	}
	if a.causes, a.detail, err = a.encode(); err != nil {
		return err
	}
	a.Hash = Seal(a.Salt, a.canonical(a.causes, a.detail))
	return nil
}

// insertAct is the statement that writes an act; on SQLite it numbers it.
var insertAct = map[sqldb.Dialect]string{
	sqldb.SQLite:   strings.Replace(insertActs, "NULL", "(SELECT coalesce(max(number), 0) + 1 FROM acts)", 1),
	sqldb.Postgres: insertActs,
}

const insertActs = `
	INSERT INTO acts (id, number, at, persona_id, kind, object_kind, object_id, community_id, collection_id, batch_id, causes, detail, content, salt, hash)
	VALUES ($1, NULL, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

// Append seals an act and writes it in the transaction of its change, which on
// SQLite numbers it.
func (j *Journal) Append(tx *sqldb.Tx, a *Act) error {
	if err := j.Seal(tx, a); err != nil {
		return err
	}
	return j.Enter(tx, a)
}

// Enter writes an act that is sealed, as [Journal.Append] does.
func (j *Journal) Enter(tx *sqldb.Tx, a *Act) error {
	a.Held = Listed
	if j.brake != nil {
		if err := j.brake(tx, a); err != nil {
			return err
		}
	}
	_, err := tx.Exec(insertAct[tx.DB.Dialect],
		a.ID, sqldb.Millis(a.At), int64(a.Persona), a.Kind, a.Object.Kind, int64(a.Object.ID), a.Community, a.Detail.Collection, a.Batch,
		a.causes, a.detail, a.Content, a.Salt, a.Hash)
	if err != nil {
		return err
	}
	if a.Held != Listed {
		if err := hold(tx, a); err != nil {
			return err
		}
	}
	tx.OnCommit(j.Nudge)
	return nil
}

// Nudge wakes whoever waits for new acts.
func (j *Journal) Nudge() {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.wake)
	j.wake = make(chan struct{})
}

// Changed returns a channel that is closed at the next nudge.
func (j *Journal) Changed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.wake
}

// Head is the number of the last act that readers can see; 0 on an empty
// journal.
func Head(tx *sqldb.Tx) (n int64, err error) {
	_, err = tx.Get(`SELECT coalesce(max(number), 0) FROM acts`, nil, &n)
	return n, err
}

// sequencerLock is the key of the advisory lock that makes the sequencer one,
// among all nodes: "Poln" and 1.
const sequencerLock = int64(0x506f6c6e)<<32 | 1

// Sequence numbers the acts that are committed and have no number yet, in the
// order of their transactions, and returns how many. On SQLite there are none.
//
// The order respects causality: a transaction that saw another's act began
// after that one was committed, so its own identifier is larger. Several nodes
// may call it; one at a time does the work.
func (j *Journal) Sequence(ctx context.Context) (n int64, err error) {
	defer pollen.Wrap(&err, "journal.Sequence")
	if j.db.Dialect == sqldb.SQLite {
		return 0, nil
	}
	waiting := false
	err = j.db.Read(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Get(`SELECT EXISTS (SELECT 1 FROM acts WHERE number IS NULL)`, nil, &waiting)
		return err
	})
	if err != nil || !waiting {
		return 0, err
	}
	err = j.db.Exclusive(ctx, sequencerLock, func(tx *sqldb.Tx) error {
		n, err = tx.Exec(`
			WITH head AS (SELECT coalesce(max(number), 0) AS n FROM acts),
			next AS (SELECT id, row_number() OVER (ORDER BY tx, id) AS k FROM acts WHERE number IS NULL ORDER BY tx, id LIMIT 10000)
			UPDATE acts SET number = head.n + next.k FROM head, next WHERE acts.id = next.id`)
		return err
	})
	if err == nil && n > 0 {
		j.Nudge()
	}
	return n, err
}

// Query says which acts [List] returns. Zero fields do not filter.
type Query struct {
	After, Before int64 // exclusive bounds of the number
	Object        pollen.Object
	Persona       pollen.PersonaID
	Batch         pollen.BatchID
	Collection    pollen.CollectionID
	Community     pollen.CommunityID
	Kinds         []pollen.ActKind
	Descending    bool
	Limit         int
}

// columns are what [scan] reads.
const columns = `id, number, at, persona_id, kind, object_kind, object_id, community_id, batch_id, causes, detail, content, salt, hash,
	coalesce((SELECT state FROM held_acts WHERE held_acts.id = coalesce(acts.batch_id, acts.id)), '')`

// List returns numbered acts in the order of their numbers.
func List(tx *sqldb.Tx, q Query) (acts []Act, err error) {
	where := []string{"number IS NOT NULL"}
	var args []any
	add := func(clause string, arg any) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(clause, "?", fmt.Sprintf("$%d", len(args))))
	}
	if q.After > 0 {
		add("number > ?", q.After)
	}
	if q.Before > 0 {
		add("number < ?", q.Before)
	}
	if q.Object.ID != 0 {
		add("object_kind = ?", q.Object.Kind)
		add("object_id = ?", int64(q.Object.ID))
	}
	if q.Persona != 0 {
		add("persona_id = ?", int64(q.Persona))
	}
	if q.Batch != 0 {
		add("batch_id = ?", int64(q.Batch))
	}
	if q.Collection != 0 {
		add("collection_id = ?", q.Collection)
	}
	if q.Community != 0 {
		add("community_id = ?", q.Community)
	}
	order := "number"
	if q.Descending {
		order = "number DESC"
	}
	args = append(args, pollen.Limit(q.Limit))
	limit := fmt.Sprintf(" ORDER BY %s LIMIT $%d", order, len(args))
	if len(q.Kinds) > 0 { // as many of each, by its own place in the index: of one there may be few in a long journal
		each := make([]string, len(q.Kinds))
		for i, k := range q.Kinds {
			args = append(args, k)
			each[i] = fmt.Sprintf("SELECT number FROM (SELECT number FROM acts WHERE %s AND kind = $%d%s) k%d", strings.Join(where, " AND "), len(args), limit, i)
		}
		where = []string{"number IN (" + strings.Join(each, " UNION ALL ") + ")"}
	}
	query := `SELECT ` + columns + ` FROM acts WHERE ` + strings.Join(where, " AND ") + limit
	err = tx.Each(query, args, func(r *sql.Rows) error {
		a, _, _, err := scan(r)
		acts = append(acts, a)
		return err
	})
	return acts, err
}

// Get returns one act, for those who were handed its identifier: also one that
// is committed and has no number yet (its Number is 0). It fails with NotFound.
func Get(tx *sqldb.Tx, id pollen.ActID) (a Act, err error) {
	found := false
	query := `SELECT ` + strings.Replace(columns, "number", "coalesce(number, 0)", 1) + ` FROM acts WHERE id = $1`
	err = tx.Each(query, []any{id}, func(r *sql.Rows) error {
		found = true
		a, _, _, err = scan(r)
		return err
	})
	if err == nil && !found {
		err = pollen.Errorf(pollen.NotFound, "journal.absent", "There is no such contribution.")
	}
	return a, err
}

func scan(r *sql.Rows) (a Act, causes, detail string, err error) {
	var at int64
	err = r.Scan(&a.ID, &a.Number, &at, &a.Persona, &a.Kind, &a.Object.Kind, &a.Object.ID, &a.Community, &a.Batch,
		&causes, &detail, &a.Content, &a.Salt, &a.Hash, &a.Held)
	if err != nil {
		return a, "", "", err
	}
	a.At = sqldb.Time(at)
	if causes != "" {
		if err := json.Unmarshal([]byte(causes), &a.Causes); err != nil {
			return a, "", "", fmt.Errorf("causes of act %d: %w", a.Number, err)
		}
	}
	if detail != "" {
		if err := json.Unmarshal([]byte(detail), &a.Detail); err != nil {
			return a, "", "", fmt.Errorf("detail of act %d: %w", a.Number, err)
		}
	}
	return a, causes, detail, nil
}

// poll is how often a node looks for acts of other processes.
const poll = 250 * time.Millisecond

// Acts returns numbered acts in the order of their numbers, in a transaction
// of its own.
func (j *Journal) Acts(ctx context.Context, q Query) (acts []Act, err error) {
	defer pollen.Wrap(&err, "journal.Acts")
	err = j.db.Read(ctx, func(tx *sqldb.Tx) error {
		acts, err = List(tx, q)
		return err
	})
	return acts, err
}

// TakenSince lists when a persona took something away from others after a time
// ([Detail.Taken]), newest first and once for each entry, by acts of some kinds,
// those included that have no number yet.
func TakenSince(tx *sqldb.Tx, by pollen.PersonaID, after time.Time, kinds []pollen.ActKind) (out []time.Time, err error) {
	args := []any{int64(by), sqldb.Millis(after)}
	err = tx.Each(`SELECT at, detail FROM acts WHERE persona_id = $1 AND at > $2 AND detail <> '' AND kind IN (`+among(&args, kinds)+`) ORDER BY at DESC`,
		args, func(r *sql.Rows) error {
			var at int64
			var detail string
			if err := r.Scan(&at, &detail); err != nil {
				return err
			}
			var d Detail
			err := json.Unmarshal([]byte(detail), &d)
			out = append(out, slices.Repeat([]time.Time{sqldb.Time(at)}, d.Taken)...)
			return err
		})
	return out, err
}

// among lists kinds as parameters of a query, after those it has.
func among(args *[]any, kinds []pollen.ActKind) string {
	in := make([]string, len(kinds))
	for i, k := range kinds {
		*args = append(*args, k)
		in[i] = fmt.Sprintf("$%d", len(*args))
	}
	return strings.Join(in, ", ")
}

// Since lists when a persona did things of some kinds after a time, newest
// first and at most limit of them, those included that have no number yet. A
// batch counts once, at its first part.
func Since(tx *sqldb.Tx, by pollen.PersonaID, after time.Time, kinds []pollen.ActKind, limit int) (out []time.Time, err error) {
	args := []any{int64(by), sqldb.Millis(after), limit}
	err = tx.Each(`SELECT min(at) AS at FROM acts WHERE persona_id = $1 AND at > $2 AND kind IN (`+among(&args, kinds)+`)
		GROUP BY coalesce(batch_id, id) ORDER BY 1 DESC LIMIT $3`, args, func(r *sql.Rows) error {
		var at int64
		err := r.Scan(&at)
		out = append(out, sqldb.Time(at))
		return err
	})
	return out, err
}

// Progress is what the parts of a batch on the journal come to.
type Progress struct {
	Persona   pollen.PersonaID // whose batch it is; 0 while it has no part
	Revisions int              // that its parts made
	Again     int              // of these, further ones of the same entry
	Taken     int              // entries of which they took away what others gave
}

// Parts adds the parts of a batch up, those included that have no number yet:
// the first ones, or all of them when most is 0.
func Parts(tx *sqldb.Tx, batch pollen.BatchID, most int) (p Progress, err error) {
	if most == 0 {
		most = math.MaxInt32
	}
	err = tx.Each(`SELECT persona_id, detail FROM acts WHERE batch_id = $1 ORDER BY id LIMIT $2`, []any{batch, most}, func(r *sql.Rows) error {
		var detail string
		if err := r.Scan(&p.Persona, &detail); err != nil {
			return err
		}
		var d Detail
		err := json.Unmarshal([]byte(detail), &d)
		p.Revisions, p.Again, p.Taken = p.Revisions+d.Count, p.Again+d.Again, p.Taken+d.Taken
		return err
	})
	return p, err
}
