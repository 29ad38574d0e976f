package registry

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// Fault is an entry, a part of a batch, or a collection that is not what it
// should be.
type Fault struct {
	Entry pollen.EntryID
	N     int // the revision; 0 is the whole entry
	// Collection is the address of one, where it is not one entry.
	Collection string
	// Batch and Act say which part of a batch, where it is not one entry.
	Batch pollen.BatchID
	Act   pollen.ActID
	What  string
}

// String says it in one line.
func (f Fault) String() string {
	if f.Collection != "" {
		return fmt.Sprintf("collection %s: %s", f.Collection, f.What)
	}
	if f.Batch != 0 {
		return fmt.Sprintf("batch %s, act %s: %s", f.Batch, f.Act, f.What)
	}
	if f.N == 0 {
		return fmt.Sprintf("entry %s: %s", f.Entry, f.What)
	}
	return fmt.Sprintf("entry %s, revision %d: %s", f.Entry, f.N, f.What)
}

// verified is how many rows are verified in one transaction, save that a part of
// a batch is verified whole.
const verified = 5_000

// verifying is how far it came.
type verifying struct {
	entries int64
	faults  []Fault
	entry   pollen.EntryID
	n       int
	act     pollen.ActID
}

// Verify looks at every entry and revision against the journal, which is to be
// verified itself: that revisions follow one another up to the current one, that
// what a single act wrote is there and is what it says, and that what a part of a
// batch wrote is, all together, what its act says. Content that an act of erasing
// accounts for is no fault. And it looks whether each field is of one collection
// alone. It returns how many entries there are.
func (r *Registry) Verify(ctx context.Context) (entries int64, faults []Fault, err error) {
	defer pollen.Wrap(&err, "registry.Verify")
	var v verifying
	for _, step := range []func(*sqldb.Tx) (bool, error){v.current, v.revisions, v.written, v.parts} {
		v.entry, v.n, v.act = 0, 0, 0
		for more := true; more; {
			if err := r.read(ctx, func(tx *sqldb.Tx) (err error) {
				more, err = step(tx)
				return err
			}); err != nil {
				return v.entries, v.faults, err
			}
		}
	}
	err = r.read(ctx, func(tx *sqldb.Tx) error { return v.fields(r, tx) })
	return v.entries, v.faults, err
}

// fields verifies that each field of a collection, retired ones too, is one that
// was given to it.
func (v *verifying) fields(r *Registry, tx *sqldb.Tx) error {
	owner := map[pollen.FieldID]pollen.CollectionID{}
	if err := tx.Each(`SELECT id, collection_id FROM fields`, nil, func(rows *sql.Rows) error {
		var f pollen.FieldID
		var c pollen.CollectionID
		err := rows.Scan(&f, &c)
		owner[f] = c
		return err
	}); err != nil {
		return err
	}
	all, err := r.collections(tx, `1 = 1`)
	for _, c := range all {
		for _, f := range slices.Concat(c.Schema.Fields, c.Schema.Retired) {
			if owner[f.ID] != c.ID {
				v.faults = append(v.faults, Fault{Collection: c.Slug, What: fmt.Sprintf("its field %s is not its own", f.Name)})
			}
		}
	}
	return err
}

func (v *verifying) fault(what string) {
	v.faults = append(v.faults, Fault{Entry: v.entry, N: v.n, What: what})
}

// current verifies that the current revision of the next entries is there, and
// the last.
func (v *verifying) current(tx *sqldb.Tx) (more bool, err error) {
	n := 0
	err = tx.Each(`SELECT e.id, e.revision, coalesce((SELECT max(n) FROM revisions r WHERE r.entry_id = e.id), 0) FROM entries e
		WHERE e.id > $1 ORDER BY e.id LIMIT $2`, []any{int64(v.entry), verified}, func(rows *sql.Rows) error {
		var last int
		err := rows.Scan(&v.entry, &v.n, &last)
		if err == nil && last < v.n {
			v.fault("its current revision is missing")
		} else if err == nil && last > v.n {
			v.fault("is not the last")
		}
		n++
		return err
	})
	v.entries += int64(n)
	return n == verified, err
}

// revisions verifies the next revisions one by one. Of one that is a batch's it
// verifies here only that the act is a part of it. And it verifies that the entry
// is there.
func (v *verifying) revisions(tx *sqldb.Tx) (more bool, err error) {
	n := 0
	err = tx.Each(`SELECT r.entry_id, r.n, r.persona_id, r.at, r.kind, r.digest, CASE WHEN r.batch_id IS NULL THEN r.salt END, CASE WHEN r.batch_id IS NULL THEN r.content END,
		r.batch_id, r.content IS NULL AND NOT EXISTS (SELECT 1 FROM acts e WHERE e.object_kind = $4 AND e.object_id = r.entry_id AND e.kind = $5),
		coalesce(a.object_kind, ''), coalesce(a.object_id, 0), coalesce(a.persona_id, 0), coalesce(a.at, 0), coalesce(a.kind, ''), a.content, coalesce(a.detail, ''), e.id IS NULL
		FROM revisions r LEFT JOIN acts a ON a.id = r.act_id LEFT JOIN entries e ON e.id = r.entry_id
		WHERE (r.entry_id, r.n) > ($1, $2) ORDER BY r.entry_id, r.n LIMIT $3`,
		[]any{int64(v.entry), v.n, verified, pollen.ObjectEntry, pollen.ActErase}, func(rows *sql.Rows) error {
			var s storedRevision
			var a journal.Act
			var at int64
			var gone, orphan bool
			var detail string
			if err := s.scan(rows, &s.batch, &gone, &a.Object.Kind, &a.Object.ID, &a.Persona, &at, &a.Kind, &a.Content, &detail, &orphan); err != nil {
				return err
			}
			a.At = sqldb.Time(at)
			n++
			if s.entry != v.entry {
				v.entry, v.n = s.entry, 0
				if orphan {
					v.fault("is missing")
				}
			}
			if s.n != v.n+1 {
				v.n++
				v.fault("is missing")
			}
			if v.n = s.n; gone {
				v.fault("is gone, and no act of erasing accounts for it")
			}
			if s.batch != 0 {
				if a.Object != pollen.Ref(pollen.ObjectBatch, s.batch) {
					v.fault("is of no part of its batch")
				}
				return nil
			}
			if detail != "" {
				if err := json.Unmarshal([]byte(detail), &a.Detail); err != nil {
					return err
				}
			}
			if !s.isOf(&a) {
				v.fault("is not what the journal says was written")
			}
			return nil
		})
	return n == verified, err
}

// written verifies, of the next acts on single entries, that the entry is there
// with all revisions up to the one that the act wrote.
func (v *verifying) written(tx *sqldb.Tx) (more bool, err error) {
	n := 0
	err = tx.Each(`SELECT a.object_id, a.id, a.detail, e.id IS NOT NULL, coalesce(e.revision, 0), coalesce((SELECT max(r.n) FROM revisions r WHERE r.entry_id = a.object_id), 0)
		FROM acts a LEFT JOIN entries e ON e.id = a.object_id
		WHERE a.object_kind = $1 AND (a.object_id, a.id) > ($2, $3) ORDER BY a.object_id, a.id LIMIT $4`,
		[]any{pollen.ObjectEntry, int64(v.entry), int64(v.act), verified}, func(rows *sql.Rows) error {
			before := v.entry
			var detail string
			var there bool
			var current, last int
			if err := rows.Scan(&v.entry, &v.act, &detail, &there, &current, &last); err != nil {
				return err
			}
			n++
			var d journal.Detail
			if detail != "" {
				if err := json.Unmarshal([]byte(detail), &d); err != nil {
					return err
				}
			}
			v.n = 0
			switch {
			case !there && last == 0 && v.entry != before: // with any of them left, it was told
				v.fault("is missing")
			case there && d.Revision > max(current, last):
				v.n = d.Revision
				v.fault("is missing")
			}
			return nil
		})
	return n == verified, err
}

// storedRevision is a revision as it is read to be verified.
type storedRevision struct {
	proven
	batch pollen.BatchID
}

// scan reads what is proven of a revision (entry, number, persona, time, kind,
// digest, salt, content), and more.
func (s *storedRevision) scan(rows *sql.Rows, more ...any) error {
	var at int64
	var salt, content []byte
	err := rows.Scan(append([]any{&s.entry, &s.n, &s.persona, &at, &s.kind, &s.digest, &salt, &content}, more...)...)
	if s.at = sqldb.Time(at); content != nil {
		s.digest = journal.Seal(salt, content)
	}
	return err
}

// isOf reports whether a revision is what its own act says.
func (s *storedRevision) isOf(a *journal.Act) bool {
	return a.Object == pollen.Ref(pollen.ObjectEntry, s.entry) && a.Detail.Revision == s.n && a.Persona == s.persona &&
		a.At.Equal(s.at) && a.Kind == s.kind && bytes.Equal(a.Content, s.digest)
}

// parts verifies the next parts of batches.
func (v *verifying) parts(tx *sqldb.Tx) (more bool, err error) {
	for n := 0; n < verified; {
		f := Fault{What: "its revisions are not what the journal says was written"}
		var sealed []byte
		found, err := tx.Get(`SELECT id, batch_id, content FROM acts WHERE id > $1 AND batch_id IS NOT NULL AND content IS NOT NULL ORDER BY id LIMIT 1`,
			[]any{int64(v.act)}, &f.Act, &f.Batch, &sealed)
		if err != nil || !found {
			return false, err
		}
		v.act = f.Act
		var tree journal.Tree
		err = tx.Each(`SELECT entry_id, n, persona_id, at, kind, digest, salt, content FROM revisions
			WHERE act_id = $1 AND batch_id IS NOT NULL ORDER BY entry_id, n`, []any{v.act}, func(rows *sql.Rows) error {
			var s storedRevision
			err := s.scan(rows)
			tree.Add(s.leaf())
			n++
			return err
		})
		if err != nil {
			return false, err
		}
		if !bytes.Equal(tree.Root(), sealed) {
			v.faults = append(v.faults, f)
		}
	}
	return true, nil
}
