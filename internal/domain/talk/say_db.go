package talk

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/access"
	"pollen/internal/pure/markup"
)

// twice is within what time the same words in the same place are one post: a
// form sent twice.
const twice = 10 * time.Second

// Say puts words on an entry. It fails with NotFound when the actor may not
// read the entry, the value or the contribution that the words answer, with
// Forbidden when the persona is silenced, with Conflict when the entry was
// merged into another, and with Invalid when the text is empty or too long, or
// an answer answers no question.
func (t *Talk) Say(ctx context.Context, by pollen.Actor, entry pollen.EntryID, w Words) (p Post, err error) {
	defer pollen.Wrap(&err, "talk.Say", entry)
	body, err := text(w.Body)
	if err != nil {
		return p, err
	}
	err = t.db.Write(ctx, func(tx *sqldb.Tx) error {
		e, err := t.writable(tx, by, entry)
		if err != nil {
			return err
		}
		if e.Into != 0 {
			return pollen.Errorf(pollen.Conflict, "talk.merged", "This entry was merged into another. Talk about it there.")
		}
		id := pollen.PostID(tx.DB.Mint.Ordered())
		p = Post{ID: id, Root: id, Entry: entry, Kind: w.Kind, By: by.Persona, At: tx.Now, Body: body, To: w.To}
		if err := t.place(tx, by, e, &p, w.Field); err != nil {
			return err
		}
		if same, found, err := said(tx, &p); err != nil || found {
			p = same
			return err
		}
		return t.put(tx, by, e, &p)
	})
	return p, err
}

// writable reads an entry that the actor may talk about.
func (t *Talk) writable(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID) (*registry.Entry, error) {
	e, err := t.registry.In(tx, by, id)
	if err != nil {
		return nil, err
	}
	return e, t.mayWrite(tx, by, e)
}

func (t *Talk) mayWrite(tx *sqldb.Tx, by pollen.Actor, e *registry.Entry) error {
	o := access.Object{Community: e.Collection.Community, Audience: e.Collection.Audience}
	if err := access.Write(by, o).Err(by, e.Collection.Readable(by)); err != nil {
		return err
	}
	var err error
	if by.Silenced, err = t.personas.Silenced(tx, by.Persona); err != nil { // by now: words stay for ever
		return err
	}
	return access.MayAct(by)
}

// place finds out which value a post is about, and which thread it belongs to.
func (t *Talk) place(tx *sqldb.Tx, by pollen.Actor, e *registry.Entry, p *Post, field string) error {
	if field != "" {
		f := e.Collection.Schema.Field(field)
		if f == nil || !e.Collection.FieldReadable(by, f, e.ID) {
			return pollen.Errorf(pollen.Invalid, "talk.field", "There is no field “{name}” in this collection.", "name", field).On("field")
		}
		p.Field = f.ID
	}
	switch p.Kind {
	case "":
		p.Kind = pollen.ActComment
	case pollen.ActComment, pollen.ActAsk, pollen.ActAnswer:
	default:
		return pollen.Errorf(pollen.Invalid, "talk.kind", "Words are a comment, a question (ask) or an answer (answer).").On("kind")
	}
	if p.To == 0 {
		if p.Kind == pollen.ActAnswer {
			return noQuestion()
		}
		return nil
	}
	parent, found, err := one(tx, `act_id = $1`, p.To)
	if err != nil {
		return err
	}
	if !found {
		return t.about(tx, by, e, p)
	}
	if parent.Entry != e.ID || !fieldReadable(by, e, parent.Field) {
		return absent()
	}
	if p.Kind == pollen.ActAsk {
		return pollen.Errorf(pollen.Invalid, "talk.ask-apart", "A question opens a thread of its own: it answers nothing.").On("to")
	}
	if p.Field != 0 && p.Field != parent.Field {
		return pollen.Errorf(pollen.Invalid, "talk.other-field", "This thread is about another value.").On("field")
	}
	p.Root, p.Thread, p.Parent, p.Field = parent.Root, parent.Thread, parent.ID, parent.Field
	if p.Kind != pollen.ActAnswer {
		return nil
	}
	if root, found, err := one(tx, `id = $1`, parent.Root); err != nil || !found || root.Kind != pollen.ActAsk {
		if err != nil {
			return err
		}
		return noQuestion()
	}
	return nil
}

// about lets words answer a contribution to the entry that is no post: an edit.
func (t *Talk) about(tx *sqldb.Tx, by pollen.Actor, e *registry.Entry, p *Post) error {
	a, err := t.registry.Act(tx, by, p.To)
	switch {
	case err != nil:
		return err
	case a.Object != pollen.Ref(pollen.ObjectEntry, e.ID):
		return absent()
	case p.Kind == pollen.ActAnswer:
		return noQuestion()
	}
	return nil
}

func noQuestion() error {
	return pollen.Errorf(pollen.Invalid, "talk.no-question", "An answer answers a question: say which contribution (to).").On("to")
}

// said finds the same words, said in the same place a moment ago.
func said(tx *sqldb.Tx, p *Post) (Post, bool, error) {
	since := sqldb.Millis(p.At.Add(-twice))
	return one(tx, `object_kind = 'entry' AND object_id = $1 AND persona_id = $2 AND kind = $3 AND body = $4 AND at >= $5
		AND coalesce(field_id, 0) = $6 AND coalesce(parent_id, 0) = $7 AND coalesce(to_act, 0) = $8 AND withdrawn_at IS NULL`,
		p.Entry, int64(p.By), p.Kind, p.Body, since, int64(p.Field), int64(p.Parent), int64(p.To))
}

// put writes a new post with its first version, its mentions and its act.
func (t *Talk) put(tx *sqldb.Tx, by pollen.Actor, e *registry.Entry, p *Post) error {
	p.Act = pollen.ActID(tx.DB.Mint.Ordered())
	if p.Opens() {
		p.Thread = p.Act
	}
	var field any
	if p.Field != 0 {
		field = int64(p.Field)
	}
	_, err := tx.Exec(`
		INSERT INTO posts (id, act_id, object_kind, object_id, field_id, root_id, parent_id, to_act, kind, persona_id, at, body)
		VALUES ($1, $2, 'entry', $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Act, p.Entry, field, p.Root, p.Parent, p.To, p.Kind, int64(p.By), sqldb.Millis(p.At), p.Body)
	if err != nil {
		return err
	}
	a := t.act(by, e, p, p.Kind)
	a.ID = p.Act
	if p.To != 0 {
		a.Causes = []pollen.Cause{{Kind: pollen.CauseAnswers, Act: p.To}}
	}
	return t.version(tx, p, "", 1, a)
}

// act is an act on the words of p. Its object is the entry, so that it stands
// in the entry's life and is shown to whoever may read what it is about.
func (t *Talk) act(by pollen.Actor, e *registry.Entry, p *Post, kind pollen.ActKind) *journal.Act {
	a := &journal.Act{Persona: by.Persona, Kind: kind, Object: pollen.Ref(pollen.ObjectEntry, e.ID), Community: e.Collection.Community,
		Detail: journal.Detail{Collection: e.Collection.ID, Post: p.ID}}
	if p.Field != 0 {
		a.Detail.Fields = []pollen.FieldID{p.Field}
	}
	return a
}

// version writes one wording of a post that said something else before, whom it
// newly mentions, and the act, which commits to the salted text.
func (t *Talk) version(tx *sqldb.Tx, p *Post, before string, n int, a *journal.Act) error {
	salt := make([]byte, journal.SaltSize)
	if _, err := io.ReadFull(tx.DB.Rand, salt); err != nil {
		return fmt.Errorf("reading randomness: %w", err)
	}
	_, err := tx.Exec(`INSERT INTO post_versions (post_id, n, act_id, at, body, salt) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, n, a.ID, sqldb.Millis(tx.Now), p.Body, salt)
	if err != nil {
		return err
	}
	mentioned, err := t.personas.WithHandles(tx, markup.Mentions(p.Body))
	if err != nil {
		return err
	}
	for _, who := range mentioned {
		_, err := tx.Exec(`INSERT INTO post_mentions (post_id, persona_id, act_id) VALUES ($1, $2, $3) ON CONFLICT (post_id, persona_id) DO NOTHING`,
			p.ID, int64(who), a.ID)
		if err != nil {
			return err
		}
	}
	a.Content = journal.Seal(salt, []byte(p.Body))
	a.Links = func() bool {
		known := markup.Outside(before)
		return slices.ContainsFunc(markup.Outside(p.Body), func(address string) bool { return !slices.Contains(known, address) })
	}
	return t.journal.Append(tx, a)
}

// fieldReadable decides whether the actor may read words about a value; those
// about a field that is gone are for nobody, since nothing says who might.
func fieldReadable(by pollen.Actor, e *registry.Entry, id pollen.FieldID) bool {
	if id == 0 {
		return true
	}
	f := e.Collection.Schema.ByID(id)
	return f != nil && e.Collection.FieldReadable(by, f, e.ID)
}

// readableFields lists the fields of an entry that the actor may read.
func readableFields(by pollen.Actor, e *registry.Entry) (ids []pollen.FieldID) {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if e.Collection.FieldReadable(by, f, e.ID) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}
