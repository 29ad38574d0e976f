package talk

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

const columns = `id, act_id, object_id, field_id, root_id, parent_id, to_act, kind, persona_id, at,
	CASE WHEN withdrawn_at IS NULL THEN body ELSE '' END, edited_at, withdrawn_at, helped_at, folded_at,
	(SELECT r.act_id FROM posts r WHERE r.id = posts.root_id)`

func scan(r *sql.Rows) (p Post, err error) {
	var at int64
	var field, edited, withdrawn, helped, folded sql.NullInt64
	err = r.Scan(&p.ID, &p.Act, &p.Entry, &field, &p.Root, &p.Parent, &p.To, &p.Kind, &p.By, &at, &p.Body, &edited, &withdrawn, &helped, &folded, &p.Thread)
	p.Field, p.At, p.Edited = pollen.FieldID(field.Int64), sqldb.Time(at), sqldb.Time(edited.Int64)
	p.Withdrawn, p.Helped, p.Folded = sqldb.Time(withdrawn.Int64), sqldb.Time(helped.Int64), sqldb.Time(folded.Int64)
	return p, err
}

func one(tx *sqldb.Tx, where string, args ...any) (p Post, found bool, err error) {
	err = tx.Each(`SELECT `+columns+` FROM posts WHERE `+where+` ORDER BY id LIMIT 1`, args, func(r *sql.Rows) error {
		found = true
		p, err = scan(r)
		return err
	})
	return p, found, err
}

// Query says which posts [Talk.List] returns.
type Query struct {
	Field  string       // name of a field: only what is about its value; "" for all
	Thread pollen.ActID // only the thread that this post belongs to; 0 for all
	Limit  int
	Cursor string
}

// position is where a page of posts ends.
type position struct {
	Root pollen.PostID `json:"r"`
	Post pollen.PostID `json:"p"`
}

// List returns the talk of an entry thread by thread, the newest thread first,
// and in each the oldest post first, as far as the actor may read it. A long
// thread goes on over pages. It fails with NotFound when the actor may not
// read the entry or the field.
func (t *Talk) List(ctx context.Context, by pollen.Actor, entry pollen.EntryID, q Query) (out pollen.Page[Post], err error) {
	defer pollen.Wrap(&err, "talk.List", entry)
	var after position
	if err := pollen.ReadCursor(q.Cursor, &after); err != nil {
		return out, err
	}
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		e, err := t.registry.In(tx, by, entry)
		if err != nil {
			return err
		}
		where, args := `object_kind = 'entry' AND object_id = $1`, []any{entry}
		and := func(clause string, values ...any) {
			n := make([]any, len(values))
			for i, v := range values {
				args = append(args, v)
				n[i] = len(args)
			}
			where += " AND " + fmt.Sprintf(clause, n...)
		}
		if q.Thread != 0 {
			p, found, err := one(tx, `act_id = $1`, q.Thread)
			if err != nil {
				return err
			}
			if !found || p.Entry != entry {
				return absent()
			}
			and(`root_id = $%d`, p.Root)
		}
		if q.Field != "" {
			f := e.Collection.Schema.Field(q.Field)
			if f == nil || !e.Collection.FieldReadable(by, f, e.ID) {
				return absent()
			}
			and(`field_id = $%d`, int64(f.ID))
		} else {
			in, fields := onReadable(by, e, len(args)+1)
			where, args = where+" AND "+in, append(args, fields...)
		}
		if after.Root != 0 {
			and(`(root_id < $%d OR root_id = $%d AND id > $%d)`, after.Root, after.Root, after.Post)
		}
		limit := pollen.Limit(q.Limit)
		args = append(args, limit+1)
		err = tx.Each(`SELECT `+columns+` FROM posts WHERE `+where+fmt.Sprintf(` ORDER BY root_id DESC, id LIMIT $%d`, len(args)), args, func(r *sql.Rows) error {
			p, err := scan(r)
			out.Items = append(out.Items, p)
			return err
		})
		if err == nil && len(out.Items) > limit {
			out.Items = out.Items[:limit]
			last := out.Items[limit-1]
			out.Next = pollen.Cursor(position{last.Root, last.ID})
		}
		return err
	})
	return out, err
}

// Around is the talk of an entry as its page shows it.
type Around struct {
	Latest   []Post                  // the newest words first; withdrawn and folded ones left out
	Subjects map[pollen.FieldID]bool // the fields that somebody talks about
}

// Around returns the newest words on an entry that the actor has read already,
// and which of its fields somebody talks about.
func (t *Talk) Around(ctx context.Context, by pollen.Actor, e *registry.Entry, limit int) (out Around, err error) {
	defer pollen.Wrap(&err, "talk.Around", e.ID)
	if !e.Collection.Readable(by).OK {
		return out, absent()
	}
	out.Subjects = map[pollen.FieldID]bool{}
	const of = ` FROM posts WHERE object_kind = 'entry' AND object_id = $1 AND withdrawn_at IS NULL`
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		spoken := false
		err := tx.Each(`SELECT DISTINCT coalesce(field_id, 0)`+of, []any{e.ID}, func(r *sql.Rows) error {
			var id pollen.FieldID
			err := r.Scan(&id)
			f := e.Collection.Schema.ByID(id)
			if f != nil && e.Collection.FieldReadable(by, f, e.ID) {
				out.Subjects[id] = true
			}
			spoken = spoken || id == 0 || out.Subjects[id]
			return err
		})
		if err != nil || !spoken { // of most entries nobody has spoken
			return err
		}
		in, fields := onReadable(by, e, 2)
		args := append(append([]any{e.ID}, fields...), limit)
		return tx.Each(`SELECT `+columns+of+` AND `+in+fmt.Sprintf(` AND folded_at IS NULL ORDER BY id DESC LIMIT $%d`, len(args)), args, func(r *sql.Rows) error {
			p, err := scan(r)
			out.Latest = append(out.Latest, p)
			return err
		})
	})
	return out, err
}

// onReadable is the condition that a post is about a value that the actor may
// read, or about the entry as a whole, with its arguments from number first on.
func onReadable(by pollen.Actor, e *registry.Entry, first int) (string, []any) {
	fields := readableFields(by, e)
	if len(fields) == 0 {
		return `field_id IS NULL`, nil
	}
	in, args := sqldb.In(fields, first)
	return `(field_id IS NULL OR field_id IN (` + in + `))`, args
}

// Get returns one post by its contribution. It fails with NotFound.
func (t *Talk) Get(ctx context.Context, by pollen.Actor, act pollen.ActID) (p Post, err error) {
	defer pollen.Wrap(&err, "talk.Get", act)
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		p, _, err = t.find(tx, by, act)
		return err
	})
	return p, err
}

// Versions returns every wording of a post, the first first; none once it is
// withdrawn. It fails with NotFound.
func (t *Talk) Versions(ctx context.Context, by pollen.Actor, act pollen.ActID) (out []Version, err error) {
	defer pollen.Wrap(&err, "talk.Versions", act)
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		p, _, err := t.find(tx, by, act)
		if err != nil || !p.Withdrawn.IsZero() {
			return err
		}
		return tx.Each(`SELECT n, at, body FROM post_versions WHERE post_id = $1 ORDER BY n`, []any{p.ID}, func(r *sql.Rows) error {
			var v Version
			var at int64
			err := r.Scan(&v.N, &at, &v.Body)
			v.At = sqldb.Time(at)
			out = append(out, v)
			return err
		})
	})
	return out, err
}

// Of returns the posts that acts are about, by act, as far as the actor may
// read them: the one that an act wrote, edited, withdrew or marked. Acts that
// are about no post are left out.
func (t *Talk) Of(ctx context.Context, by pollen.Actor, acts []journal.Act) (out map[pollen.ActID]Post, err error) {
	defer pollen.Wrap(&err, "talk.Of")
	out = map[pollen.ActID]Post{}
	var ids []pollen.PostID
	for i := range acts {
		if id := acts[i].Detail.Post; id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		posts := map[pollen.PostID]Post{}
		var on []pollen.EntryID
		for part := range slices.Chunk(ids, sqldb.Chunk) {
			in, args := sqldb.In(part, 1)
			err := tx.Each(`SELECT `+columns+` FROM posts WHERE id IN (`+in+`)`, args, func(r *sql.Rows) error {
				p, err := scan(r)
				posts[p.ID], on = p, append(on, p.Entry)
				return err
			})
			if err != nil {
				return err
			}
		}
		entries, err := t.registry.Some(tx, on)
		for i := range acts {
			p, found := posts[acts[i].Detail.Post]
			if e := entries[p.Entry]; found && e != nil && e.Collection.Readable(by).OK && fieldReadable(by, e, p.Field) {
				out[acts[i].ID] = p
			}
		}
		return err
	})
	return out, err
}

// Told is whom an act of talk concerns, for those who tell them. They answer
// for telling nobody of what that one may not read.
type Told struct {
	Post     Post
	Mentions []pollen.PersonaID // whom this act mentions for the first time in this post
	Answered pollen.PersonaID   // who wrote what the post answers, a post or another contribution
	Asked    pollen.PersonaID   // of an answer: who asked
}

// Told says whom an act concerns: one that says words (comment, ask, answer),
// edits them, or says that they helped. On any other act, and once the words
// are withdrawn, it is false.
func (t *Talk) Told(tx *sqldb.Tx, a *journal.Act) (out Told, ok bool, err error) {
	switch a.Kind {
	case pollen.ActComment, pollen.ActAsk, pollen.ActAnswer, pollen.ActEdit, pollen.ActHelp:
	default:
		return out, false, nil
	}
	if a.Detail.Post == 0 {
		return out, false, nil
	}
	out.Post, ok, err = one(tx, `id = $1`, a.Detail.Post)
	if err != nil || !ok || !out.Post.Withdrawn.IsZero() {
		return out, false, err
	}
	err = tx.Each(`SELECT persona_id FROM post_mentions WHERE act_id = $1 ORDER BY persona_id`, []any{a.ID}, func(r *sql.Rows) error {
		var id pollen.PersonaID
		err := r.Scan(&id)
		out.Mentions = append(out.Mentions, id)
		return err
	})
	if err != nil || a.Kind == pollen.ActEdit || a.Kind == pollen.ActHelp {
		return out, true, err
	}
	if out.Post.To != 0 {
		to, err := journal.Get(tx, out.Post.To)
		if err != nil {
			return out, false, err
		}
		out.Answered = to.Persona
	}
	if out.Post.Kind == pollen.ActAnswer {
		root, _, err := one(tx, `id = $1`, out.Post.Root)
		out.Asked = root.By
		return out, true, err
	}
	return out, true, nil
}
