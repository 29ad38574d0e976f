package notify

import (
	"context"
	"database/sql"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// Query says which notices [Notices.List] returns.
type Query struct {
	Unread bool // those alone that were not read
	Limit  int
	Cursor string
}

// row is a notice as stored.
type row struct {
	act   pollen.ActID
	kind  Kind
	entry pollen.EntryID
	read  int64
}

// List returns one's own notices, newest first, without those of what one may
// not read any more. It fails with Unauthenticated.
func (n *Notices) List(ctx context.Context, by pollen.Actor, q Query) (p pollen.Page[Notice], err error) {
	defer pollen.Wrap(&err, "notify.List")
	if err := signedIn(by); err != nil {
		return p, err
	}
	before := int64(1)<<62 + (1<<62 - 1)
	if err := pollen.ReadCursor(q.Cursor, &before); err != nil {
		return p, err
	}
	limit := pollen.Limit(q.Limit)
	err = n.db.Read(ctx, func(tx *sqldb.Tx) error {
		for {
			rows, err := rowsOf(tx, by, q.Unread, before, limit+1)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if len(p.Items) == limit {
					p.Next = pollen.Cursor(before)
					return nil
				}
				before = int64(r.act)
				notice, ok, err := n.notice(tx, by, r)
				if err != nil {
					return err
				}
				if ok {
					p.Items = append(p.Items, notice)
				}
			}
			if len(rows) <= limit {
				return nil
			}
		}
	})
	return p, err
}

func rowsOf(tx *sqldb.Tx, by pollen.Actor, unread bool, before int64, limit int) (out []row, err error) {
	query := `SELECT act_id, kind, entry_id, coalesce(read_at, 0) FROM notices WHERE persona_id = $1 AND told = 1 AND act_id < $2`
	if unread {
		query += ` AND read_at IS NULL`
	}
	err = tx.Each(query+` ORDER BY act_id DESC LIMIT $3`, []any{int64(by.Persona), before, limit}, func(rows *sql.Rows) error {
		var r row
		err := rows.Scan(&r.act, &r.kind, &r.entry, &r.read)
		out = append(out, r)
		return err
	})
	return out, err
}

// notice fills a stored notice in. It is false when the reader may not know of
// what it tells any more, or when the words or the thanks were taken back.
func (n *Notices) notice(tx *sqldb.Tx, by pollen.Actor, r row) (out Notice, ok bool, err error) {
	if ok, err := n.shown(tx, by, r.act, r.entry); err != nil || !ok {
		return out, false, err
	}
	a, err := n.Registry.Act(tx, by, r.act)
	if err != nil || a.Held.Hidden() && !r.kind.atOnce() {
		return out, false, err
	}
	out = Notice{Act: a, Kind: r.kind, Entry: r.entry, Read: sqldb.Time(r.read)}
	switch r.kind {
	case Answered, Helped, Mention, Talk:
		t, ok, err := n.Talk.Told(tx, &a)
		out.Post = &t.Post
		return out, ok, err
	case Thanked:
		t, _, ok, err := n.Thanks.Told(tx, &a)
		out.Note = t.Note
		return out, ok, err
	case Self:
		c, _, err := n.Personas.ContestBy(tx, a.ID)
		out.Note = c.Note
		return out, true, err
	case Mine:
		out.Undo = a.Kind != pollen.ActRename
	}
	return out, true, nil
}

// unreadShown bounds how many unread notices are counted.
const unreadShown = 100

// Unread counts one's unread notices, to 100 at most; 0 for who is not signed
// in.
func (n *Notices) Unread(ctx context.Context, by pollen.Actor) (count int, err error) {
	defer pollen.Wrap(&err, "notify.Unread")
	if !by.SignedIn() {
		return 0, nil
	}
	err = n.db.Read(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Get(`SELECT count(*) FROM (SELECT 1 FROM notices WHERE persona_id = $1 AND read_at IS NULL AND told = 1 LIMIT $2) AS unread`,
			[]any{int64(by.Persona), unreadShown}, &count)
		return err
	})
	return count, err
}

// Mark says that one read the notices of some acts; those of other personas, or
// of acts that told one nothing, are left alone.
func (n *Notices) Mark(ctx context.Context, by pollen.Actor, acts ...pollen.ActID) (err error) {
	defer pollen.Wrap(&err, "notify.Mark")
	if err := signedIn(by); err != nil {
		return err
	}
	return n.db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, act := range acts {
			if _, err := tx.Exec(`UPDATE notices SET read_at = $3 WHERE persona_id = $1 AND act_id = $2 AND read_at IS NULL`,
				int64(by.Persona), act, sqldb.Millis(tx.Now)); err != nil {
				return err
			}
		}
		return nil
	})
}

// MarkAll says that one read every notice up to that of an act, which one saw;
// what was told later stays unread.
func (n *Notices) MarkAll(ctx context.Context, by pollen.Actor, upTo pollen.ActID) (err error) {
	defer pollen.Wrap(&err, "notify.MarkAll")
	if err := signedIn(by); err != nil {
		return err
	}
	return n.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE notices SET read_at = $3 WHERE persona_id = $1 AND act_id <= $2 AND read_at IS NULL`,
			int64(by.Persona), upTo, sqldb.Millis(tx.Now))
		return err
	})
}

// Undo takes back what a notice tells was done to one's own entry: exactly the
// values of that contribution; what was changed later stays. The notice is read
// by that. It fails with NotFound when one has no such notice, with Invalid when
// it tells of something else, and with Conflict when nothing is left to undo.
func (n *Notices) Undo(ctx context.Context, by pollen.Actor, act pollen.ActID) (e *registry.Entry, err error) {
	defer pollen.Wrap(&err, "notify.Undo", act)
	if err := signedIn(by); err != nil {
		return nil, err
	}
	var notice Notice
	err = n.db.Read(ctx, func(tx *sqldb.Tx) error {
		var r row
		ok, err := tx.Get(`SELECT act_id, kind, entry_id FROM notices WHERE persona_id = $1 AND act_id = $2 AND told = 1`,
			[]any{int64(by.Persona), act}, &r.act, &r.kind, &r.entry)
		if err == nil && ok {
			notice, ok, err = n.notice(tx, by, r)
		}
		if err == nil && !ok {
			err = absent()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !notice.Undo {
		return nil, pollen.Errorf(pollen.Invalid, "notify.no-undo", "A notice can undo a change of values of your own entry. For anything else, see the history.")
	}
	if e, err = n.Registry.TakeBack(ctx, by, act, notice.Entry, ""); err != nil {
		return nil, err
	}
	return e, n.Mark(ctx, by, act)
}

// Group is what notices tell of one object for one reason, to be read together.
type Group struct {
	Kind  Kind
	About pollen.Object
	Items []Notice // newest first
}

// Unread reports whether something in the group is.
func (g *Group) Unread() bool {
	for i := range g.Items {
		if g.Items[i].Read.IsZero() {
			return true
		}
	}
	return false
}

// key is what the notices of a group share.
type key struct {
	kind  Kind
	about pollen.Object
}

// Groups joins notices of the same reason about the same object, in the order
// of the newest of each. What can be undone or answered stands for itself.
func Groups(all []Notice) (out []Group) {
	at := map[key]int{}
	for _, x := range all {
		about := x.Act.Object
		if x.Entry != 0 {
			about = pollen.Ref(pollen.ObjectEntry, x.Entry)
		}
		k := key{x.Kind, about}
		i, ok := at[k]
		if !ok || x.Kind != Change {
			i = len(out)
			at[k] = i
			out = append(out, Group{Kind: x.Kind, About: about})
		}
		out[i].Items = append(out[i].Items, x)
	}
	return out
}
