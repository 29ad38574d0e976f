package registry

import (
	"database/sql"
	"fmt"
	"io"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// Erase takes everything that an entry ever held out of the database, for good:
// the content of each revision with its salt, notes, former addresses, what it
// was found by. What is left is that there was an entry, who changed it when,
// and digests that nobody can guess the content from: the journal still
// verifies. It returns the contents (hashes) that no entry refers to any more.
func (r *Registry) Erase(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID) (hashes []string, err error) {
	defer pollen.Wrap(&err, "registry.Erase", id)
	e, err := r.entry(tx, id)
	if err != nil {
		return nil, err
	}
	if err := eraseRevisions(tx, id); err != nil {
		return nil, err
	}
	if hashes, err = loseBlobs(tx, id); err != nil {
		return nil, err
	}
	for _, query := range []string{`DELETE FROM entry_keys WHERE entry_id = $1`, `DELETE FROM entry_uniques WHERE entry_id = $1`,
		`DELETE FROM entry_refs WHERE from_id = $1`, `DELETE FROM former_slugs WHERE entry_id = $1`} {
		if _, err := tx.Exec(query, id); err != nil {
			return nil, err
		}
	}
	return hashes, r.leaveEmpty(tx, by, e)
}

// MergedInto lists the entries that were merged into one, however far away.
func (r *Registry) MergedInto(tx *sqldb.Tx, id pollen.EntryID) (ids []pollen.EntryID, err error) {
	err = tx.Each(`
		WITH RECURSIVE merged (id) AS (SELECT id FROM entries WHERE merged_into = $1 UNION SELECT e.id FROM merged m JOIN entries e ON e.merged_into = m.id)
		SELECT id FROM merged WHERE id <> $1 ORDER BY id`, []any{id}, func(rows *sql.Rows) error {
		var one pollen.EntryID
		err := rows.Scan(&one)
		ids = append(ids, one)
		return err
	})
	return ids, err
}

// EraseNotes takes the notes away for good that a persona left on its revisions
// and batches.
func EraseNotes(tx *sqldb.Tx, who pollen.PersonaID) error {
	for _, query := range []string{`UPDATE revisions SET note = '' WHERE persona_id = $1 AND note <> ''`, `UPDATE batches SET note = '' WHERE persona_id = $1 AND note <> ''`} {
		if _, err := tx.Exec(query, int64(who)); err != nil {
			return err
		}
	}
	return nil
}

// eraseRevisions keeps of each revision the digest alone.
func eraseRevisions(tx *sqldb.Tx, id pollen.EntryID) error {
	type sealed struct {
		n      int
		digest []byte
	}
	var all []sealed
	err := tx.Each(`SELECT n, salt, content FROM revisions WHERE entry_id = $1 AND content IS NOT NULL`, []any{id}, func(rows *sql.Rows) error {
		var s sealed
		var salt, content []byte
		err := rows.Scan(&s.n, &salt, &content)
		s.digest = journal.Seal(salt, content)
		all = append(all, s)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range all {
		if _, err := tx.Exec(`UPDATE revisions SET digest = $3, content = NULL, salt = NULL, note = '' WHERE entry_id = $1 AND n = $2`, id, s.n, s.digest); err != nil {
			return err
		}
	}
	return nil
}

// loseBlobs ends the references of an entry to contents, and lists those that
// no other entry refers to.
func loseBlobs(tx *sqldb.Tx, id pollen.EntryID) (hashes []string, err error) {
	err = tx.Each(`SELECT DISTINCT hash FROM entry_blobs WHERE entry_id = $1`, []any{id}, func(rows *sql.Rows) error {
		var h string
		err := rows.Scan(&h)
		hashes = append(hashes, h)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`DELETE FROM entry_blobs WHERE entry_id = $1`, id); err != nil {
		return nil, err
	}
	var alone []string
	for _, h := range hashes {
		kept, err := Keeps(tx, h)
		if err != nil {
			return nil, err
		}
		if !kept {
			alone = append(alone, h)
		}
	}
	return alone, nil
}

// leaveEmpty makes an empty, retired revision the current one of an entry.
func (r *Registry) leaveEmpty(tx *sqldb.Tx, by pollen.Actor, e *Entry) error {
	empty := Content{}
	content, salt, n := empty.encode(), make([]byte, journal.SaltSize), e.Revision+1
	if _, err := io.ReadFull(tx.DB.Rand, salt); err != nil {
		return fmt.Errorf("reading randomness: %w", err)
	}
	act := &journal.Act{ID: pollen.ActID(tx.DB.Mint.Ordered()), Persona: by.Persona, Kind: pollen.ActErase, Object: pollen.Ref(pollen.ObjectEntry, e.ID),
		Community: e.Collection.Community, Detail: journal.Detail{Collection: e.Collection.ID, Revision: n, Removed: truth(e.Live())}, Content: journal.Seal(salt, content)}
	if _, err := tx.Exec(`INSERT INTO revisions (entry_id, n, act_id, kind, persona_id, at, batch_id, note, content, salt) VALUES ($1, $2, $3, $4, $5, $6, NULL, '', $7, $8)`,
		e.ID, n, act.ID, act.Kind, int64(by.Persona), sqldb.Millis(tx.Now), content, salt); err != nil {
		return err
	}
	name := e.ID.String()
	if _, err := tx.Exec(`UPDATE entries SET slug = $2, title = $2, sort = $2, revision = $3, retired_at = $4, merged_into = NULL WHERE id = $1`,
		e.ID, name, n, sqldb.Millis(tx.Now)); err != nil {
		return err
	}
	return r.journal.Append(tx, act)
}
