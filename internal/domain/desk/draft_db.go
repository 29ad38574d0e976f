package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/access"
)

const draftColumns = `id, persona_id, state, collection, file, size, settings, look, progress, at, beat_at`

func scanDraft(rows *sql.Rows, now time.Time) (d Draft, err error) {
	var settings, look, progress string
	var at, beat int64
	if err := rows.Scan(&d.ID, &d.By, &d.State, &d.Collection, &d.File, &d.Size, &settings, &look, &progress, &at, &beat); err != nil {
		return d, err
	}
	d.At, d.Alive = sqldb.Time(at), beat != 0 && now.Sub(sqldb.Time(beat)) < beatIsStale
	for text, into := range map[*string]any{&settings: &d.Settings, &look: &d.Look, &progress: &d.Progress} {
		if *text != "" {
			err = errors.Join(err, json.Unmarshal([]byte(*text), into))
		}
	}
	d.Settings.Options.Read = d.Settings.Read
	return d, err
}

// Drafts lists what an actor prepares or has under way, newest first.
func (k *Desk) Drafts(ctx context.Context, by pollen.Actor) (all []Draft, err error) {
	defer pollen.Wrap(&err, "desk.Drafts")
	err = k.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT `+draftColumns+` FROM import_drafts WHERE persona_id = $1 AND state <> $2 ORDER BY at DESC, id`,
			[]any{int64(by.Persona), DraftReceiving}, func(rows *sql.Rows) error {
				d, err := scanDraft(rows, k.db.Now())
				all = append(all, d)
				return err
			})
	})
	return all, err
}

// Draft returns a draft of the actor. It fails with NotFound.
func (k *Desk) Draft(ctx context.Context, by pollen.Actor, id DraftID) (d *Draft, err error) {
	defer pollen.Wrap(&err, "desk.Draft", id)
	err = k.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT `+draftColumns+` FROM import_drafts WHERE id = $1 AND persona_id = $2 AND state <> $3`,
			[]any{id, int64(by.Persona), DraftReceiving}, func(rows *sql.Rows) error {
				one, err := scanDraft(rows, k.db.Now())
				d = &one
				return err
			})
	})
	if err == nil && (d == nil || !by.SignedIn()) {
		err = noDraft()
	}
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if t := k.at[id]; t != nil { // here it is known to the row
		d.Alive, d.Progress = true, t.told()
	}
	return d, nil
}

func noDraft() error {
	return pollen.Errorf(pollen.NotFound, "desk.no-draft", "This import is not here any more: its file waited too long, made room for others, or was put away. Choose it again.")
}

// Receive takes a file in. Of files that wait, the oldest make room for it. It
// fails with Invalid when the file is empty or too large, and then reads to its
// end, so that whoever sends it hears of it; and with Limited, before it reads
// anything, while too many files of theirs arrive or are at work.
func (k *Desk) Receive(ctx context.Context, by pollen.Actor, collection, name string, r io.Reader) (_ *Draft, err error) {
	defer pollen.Wrap(&err, "desk.Receive")
	if err := access.MayAct(by); err != nil {
		return nil, err
	}
	random, err := k.db.Mint.Random()
	if err != nil {
		return nil, err
	}
	d := &Draft{ID: DraftID(random), By: by.Persona, State: DraftReceiving, Collection: collection, File: transfer.FileName(name), At: k.db.Now()}
	if err := k.expect(ctx, d); err != nil {
		return nil, err
	}
	d.Size, err = k.store(ctx, d.ID, r)
	switch {
	case err != nil:
	case d.Size > transfer.MaxFile:
		_, _ = io.Copy(io.Discard, r) // whoever sends it may have gone
		err = pollen.Errorf(pollen.Invalid, "tabular.too-large", "The file is larger than {max}. Import it on the server with: pollen import.", "max", pollen.Bytes(transfer.MaxFile))
	case d.Size == 0:
		err = pollen.Errorf(pollen.Invalid, "tabular.empty", "There is nothing to read in this file.")
	default:
		err = k.admit(ctx, d)
	}
	if err != nil {
		return nil, errors.Join(err, k.remove(context.WithoutCancel(ctx), d.ID))
	}
	d.State = DraftReady
	return d, nil
}

// expect keeps a place for a file that is to arrive.
func (k *Desk) expect(ctx context.Context, d *Draft) error {
	return k.db.Write(ctx, func(tx *sqldb.Tx) error {
		arriving, working := 0, 0
		err := tx.Each(`SELECT state FROM import_drafts WHERE persona_id = $1 AND (state = $2 AND beat_at >= $3 OR state IN ($4, $5))`,
			[]any{int64(d.By), DraftReceiving, sqldb.Millis(tx.Now.Add(-arrivalIsStale)), DraftLooking, DraftRunning}, func(rows *sql.Rows) error {
				var state DraftState
				err := rows.Scan(&state)
				if working++; state == DraftReceiving {
					arriving++
				}
				return err
			})
		if err != nil {
			return err
		}
		if arriving >= maxArriving || working >= MaxDrafts {
			return busy(working)
		}
		_, err = tx.Exec(`INSERT INTO import_drafts (id, persona_id, state, collection, file, at, beat_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			d.ID, int64(d.By), d.State, d.Collection, d.File, sqldb.Millis(d.At), sqldb.Millis(tx.Now))
		return err
	})
}

func busy(n int) error {
	return pollen.ErrorN(pollen.Limited, "desk.busy", n,
		"{n} import of yours is under way. Let it end first.",
		"{n} imports of yours are under way. Let one end first.")
}

// store writes a file in pieces, by small transactions, so that nobody's edit
// waits for it. It stops when the file is too large.
func (k *Desk) store(ctx context.Context, id DraftID, r io.Reader) (size int64, err error) {
	for n := 0; size <= transfer.MaxFile; n += piecesAtOnce {
		b := make([]byte, piecesAtOnce*pieceSize)
		got, err := io.ReadFull(r, b)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return size, pollen.Errorf(pollen.Invalid, "desk.cut-off", "The file did not arrive whole. Send it again.").Because(err)
		}
		size += int64(got)
		if got > 0 {
			if err := k.db.Write(ctx, func(tx *sqldb.Tx) error {
				for i := 0; i*pieceSize < got; i++ {
					if _, err := tx.Exec(`INSERT INTO import_pieces (draft_id, n, data) VALUES ($1, $2, $3)`, id, n+i, b[i*pieceSize:min((i+1)*pieceSize, got)]); err != nil {
						return err
					}
				}
				n, err := tx.Exec(`UPDATE import_drafts SET size = $2, beat_at = $3 WHERE id = $1`, id, size, sqldb.Millis(tx.Now))
				if err == nil && n == 0 { // its persona was erased
					err = noDraft()
				}
				return err
			}); err != nil {
				return size, err
			}
		}
		if err != nil {
			return size, nil
		}
	}
	return size, nil
}

// admit makes a draft that was received one of its persona, and room for it.
func (k *Desk) admit(ctx context.Context, d *Draft) error {
	var gone []DraftID
	err := k.db.Write(ctx, func(tx *sqldb.Tx) error {
		left, room := MaxDrafts-1, int64(maxWaiting)-d.Size
		gone = nil
		err := tx.Each(`SELECT id, size, state FROM import_drafts WHERE persona_id = $1 AND state IN ($2, $3, $4) ORDER BY at DESC, id`,
			[]any{int64(d.By), DraftReady, DraftLooking, DraftRunning}, func(rows *sql.Rows) error {
				var id DraftID
				var size int64
				var state DraftState
				if err := rows.Scan(&id, &size, &state); err != nil {
					return err
				}
				if left, room = left-1, room-size; (left < 0 || room < 0) && state == DraftReady {
					gone = append(gone, id)
				}
				return nil
			})
		if err != nil {
			return err
		}
		if left < 0 && len(gone) == 0 {
			return busy(MaxDrafts)
		}
		for _, id := range gone {
			if err := removeDraft(tx, id); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`UPDATE import_drafts SET state = $2, size = $3, beat_at = 0 WHERE id = $1`, d.ID, DraftReady, d.Size)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range gone { // the draft is in, whatever becomes of these: what is left of them is swept
		if err := k.dropPieces(context.WithoutCancel(ctx), id); err != nil {
			k.log.Error("removing the file of an import", "draft", id, "error", err)
		}
	}
	return nil
}

// claim makes a draft the caller's, before anything is done with it: of several
// who try, on whatever node, one succeeds. A look writes nothing but its draft
// and is taken over; an import is not, while somebody is at it. It fails with
// Conflict.
func (k *Desk) claim(ctx context.Context, d *Draft, from DraftState) (err error) {
	if d.owner, err = k.db.Mint.Random(); err != nil {
		return err
	}
	err = k.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE import_drafts SET owner = $2, stopping = 0, beat_at = $3 WHERE id = $1 AND state = $4 AND (beat_at < $5 OR state = $6)`,
			d.ID, d.owner, sqldb.Millis(tx.Now), from, sqldb.Millis(tx.Now.Add(-beatIsStale)), DraftLooking)
		if err == nil && n == 0 {
			err = underWay()
		}
		return err
	})
	d.Alive = err == nil
	return err
}

// Erase removes the files that a persona sent, and what it said of them. A node
// that is at one of them stops.
func Erase(tx *sqldb.Tx, who pollen.PersonaID) error {
	for _, query := range []string{`DELETE FROM import_pieces WHERE draft_id IN (SELECT id FROM import_drafts WHERE persona_id = $1)`,
		`DELETE FROM import_drafts WHERE persona_id = $1`} {
		if _, err := tx.Exec(query, int64(who)); err != nil {
			return err
		}
	}
	return nil
}

// keep writes what its owner knows of a draft. It fails with Conflict when the
// draft is another's by now, or gone.
func (k *Desk) keep(ctx context.Context, d *Draft) error {
	settings, err := json.Marshal(d.Settings)
	if err != nil {
		return err
	}
	look, err := json.Marshal(d.Look)
	if err != nil {
		return err
	}
	progress, err := json.Marshal(d.Progress)
	if err != nil {
		return err
	}
	beat := int64(0)
	if d.Alive {
		beat = sqldb.Millis(k.db.Now())
	}
	err = k.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE import_drafts SET state = $2, collection = $3, settings = $4, look = $5, progress = $6, at = $7, beat_at = $8 WHERE id = $1 AND owner = $9`,
			d.ID, d.State, d.Collection, string(settings), string(look), string(progress), sqldb.Millis(tx.Now), beat, d.owner)
		if err == nil && n == 0 {
			err = underWay()
		}
		return err
	})
	if err == nil && d.State == DraftEnded {
		err = k.dropPieces(ctx, d.ID)
	}
	return err
}

// beat tells the other nodes that its owner is at a draft, and how far they are.
// It reports whether they shall go on.
func (k *Desk) beat(ctx context.Context, id DraftID, owner int64, p transfer.Progress) (on bool, err error) {
	progress, err := json.Marshal(p)
	if err != nil {
		return false, err
	}
	err = k.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE import_drafts SET progress = $2, beat_at = $3 WHERE id = $1 AND owner = $4 AND stopping = 0`, id, string(progress), sqldb.Millis(tx.Now), owner)
		on = n == 1
		return err
	})
	return on, err
}

// stored is a file that was taken in. It holds a few pieces in memory, and is not
// safe for concurrent use.
type stored struct {
	ctx  context.Context
	db   *sqldb.DB
	id   DraftID
	size int64
	held [4]heldPiece
	next int // of held, to be replaced
}

type heldPiece struct {
	n    int64 // from 1; 0 is none
	data []byte
}

// ReadAt reads what stands in the file from an offset on.
func (s *stored) ReadAt(b []byte, offset int64) (n int, err error) {
	for n < len(b) {
		if offset >= s.size {
			return n, io.EOF
		}
		data, err := s.piece(offset / pieceSize)
		if err != nil {
			return n, err
		}
		c := copy(b[n:], data[min(offset%pieceSize, int64(len(data))):])
		if c == 0 {
			return n, io.ErrUnexpectedEOF
		}
		n, offset = n+c, offset+int64(c)
	}
	return n, nil
}

func (s *stored) piece(n int64) ([]byte, error) {
	for _, h := range s.held {
		if h.n == n+1 {
			return h.data, nil
		}
	}
	var data []byte
	err := s.db.Read(s.ctx, func(tx *sqldb.Tx) error {
		found, err := tx.Get(`SELECT data FROM import_pieces WHERE draft_id = $1 AND n = $2`, []any{s.id, n}, &data)
		if err == nil && !found {
			err = noDraft()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.held[s.next] = heldPiece{n + 1, data}
	s.next = (s.next + 1) % len(s.held)
	return data, nil
}
