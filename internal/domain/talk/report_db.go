package talk

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/access"
)

// Reason is why words are reported.
type Reason string

// The reasons.
const (
	Hurtful  Reason = "hurtful"  // it hurts or threatens somebody
	Personal Reason = "personal" // it tells what is nobody's business
	Spam     Reason = "spam"     // it advertises, or repeats itself
	OffTopic Reason = "off-topic"
	Other    Reason = "other" // the note says
)

// Reasons lists the reasons in the order in which one chooses.
var Reasons = []Reason{Hurtful, Personal, Spam, OffTopic, Other}

// Outcome is what a community makes of a report.
type Outcome string

// The outcomes.
const (
	Kept   Outcome = "kept"   // the words stay as they are
	Folded Outcome = "folded" // the words stand behind one more click
)

// Report asks the members of a community to look at words. It does not say who
// asked.
type Report struct {
	ID        pollen.ActID
	Community pollen.CommunityID
	Reason    Reason
	Note      string
	At        time.Time
	Post      Post

	Outcome  Outcome // "" while nobody answered
	Answer   string  // in words
	By       pollen.PersonaID
	Answered time.Time

	// Concerns says that the reader wrote the words, or reported them, now or
	// before: somebody else answers.
	Concerns bool
}

// maxNote bounds the note of a report and the words of its answer, in bytes.
const maxNote = 1000

// Report asks the members of the entry's community to look at a post. Anyone
// who is signed in and reads it can, once until it is answered. It fails with
// Conflict the second time, and on withdrawn words; with Invalid on an unknown
// reason, and on the reason other without a note.
func (t *Talk) Report(ctx context.Context, by pollen.Actor, act pollen.ActID, r Reason, note string) (id pollen.ActID, err error) {
	defer pollen.Wrap(&err, "talk.Report", act)
	if !slices.Contains(Reasons, r) {
		return 0, pollen.Errorf(pollen.Invalid, "talk.reason", "Choose a reason: hurtful, personal, spam, off-topic, or other with a note.").On("reason")
	}
	if note, err = remark(note); err != nil {
		return 0, err
	}
	if r == Other && note == "" {
		return 0, pollen.Errorf(pollen.Invalid, "talk.other", "Say in a few words what is wrong.").On("note")
	}
	err = t.db.Write(ctx, func(tx *sqldb.Tx) error {
		p, e, err := t.find(tx, by, act)
		if err != nil {
			return err
		}
		if !by.SignedIn() {
			return access.SignIn()
		}
		if !p.Withdrawn.IsZero() {
			return pollen.Errorf(pollen.Conflict, "talk.gone", "These words were withdrawn already.")
		}
		id = pollen.ActID(tx.DB.Mint.Ordered())
		n, err := tx.Exec(`INSERT INTO reports (id, post_id, community_id, persona_id, reason, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			id, p.ID, e.Collection.Community, int64(by.Persona), r, note, sqldb.Millis(tx.Now))
		if err != nil {
			return err
		}
		if n == 0 {
			return pollen.Errorf(pollen.Conflict, "talk.reported", "You reported these words already. The members of the community will look.")
		}
		a := t.act(by, e, &p, pollen.ActReport)
		a.ID = id
		a.Causes = []pollen.Cause{{Kind: pollen.CauseAnswers, Act: act}}
		return t.journal.Append(tx, a)
	})
	return id, err
}

// remark cleans an optional line of words.
func remark(note string) (string, error) {
	if note = strings.TrimSpace(note); note == "" {
		return "", nil
	}
	if len(note) > maxNote {
		return "", pollen.Errorf(pollen.Invalid, "talk.note", "The note is too long: at most {max}.", "max", pollen.Bytes(maxNote)).On("note")
	}
	return text(note)
}

// Reports lists what was reported in a community, the newest first, for its
// members; what they may not read is left out. It fails with Forbidden for
// others.
func (t *Talk) Reports(ctx context.Context, by pollen.Actor, c pollen.CommunityID, limit int, cursor string) (out pollen.Page[Report], err error) {
	defer pollen.Wrap(&err, "talk.Reports", c)
	if err := memberOf(by, c); err != nil {
		return out, err
	}
	var before pollen.ActID
	if err := pollen.ReadCursor(cursor, &before); err != nil {
		return out, err
	}
	if before == 0 {
		before = 1<<63 - 1
	}
	limit = pollen.Limit(limit)
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		var all []Report
		var posts []pollen.PostID
		err := tx.Each(`SELECT `+reportColumns+` FROM reports r WHERE community_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`,
			[]any{int64(by.Persona), c, before, limit}, func(r *sql.Rows) error {
				one, post, err := scanReport(r)
				all, posts = append(all, one), append(posts, post)
				return err
			})
		if err != nil {
			return err
		}
		if len(all) == limit {
			out.Next = pollen.Cursor(all[limit-1].ID)
		}
		for i := range all {
			p, _, err := t.byID(tx, by, posts[i])
			switch {
			case pollen.Is(err, pollen.NotFound):
				continue
			case err != nil:
				return err
			}
			all[i].words(by, p)
			out.Items = append(out.Items, all[i])
		}
		return nil
	})
	return out, err
}

// words are those that a report is about, as its reader stands to them.
func (r *Report) words(by pollen.Actor, p Post) {
	r.Post, r.Concerns = p, r.Concerns || p.By == by.Persona
}

// reportColumns are what [scanReport] reads of reports r, for the persona $1.
const reportColumns = `r.id, r.post_id, r.community_id, r.reason, r.note, r.at, r.outcome, r.answer, r.answered_by, r.answered_at,
	EXISTS (SELECT 1 FROM reports o WHERE o.post_id = r.post_id AND o.persona_id = $1)`

func scanReport(r *sql.Rows) (out Report, post pollen.PostID, err error) {
	var at int64
	var answered sql.NullInt64
	err = r.Scan(&out.ID, &post, &out.Community, &out.Reason, &out.Note, &at, &out.Outcome, &out.Answer, &out.By, &answered, &out.Concerns)
	out.At, out.Answered = sqldb.Time(at), sqldb.Time(answered.Int64)
	return out, post, err
}

func memberOf(by pollen.Actor, c pollen.CommunityID) error {
	switch {
	case by.System() || by.Member(c):
		return nil
	case !by.SignedIn():
		return access.SignIn()
	}
	return pollen.Errorf(pollen.Forbidden, "talk.members", "Reports are for the members of the community. Join it to answer them.")
}

// byID reads a post that the actor may read, with its entry.
func (t *Talk) byID(tx *sqldb.Tx, by pollen.Actor, id pollen.PostID) (Post, *registry.Entry, error) {
	p, found, err := one(tx, `id = $1`, id)
	if err == nil && !found {
		err = absent()
	}
	if err != nil {
		return p, nil, err
	}
	return t.find(tx, by, p.Act)
}

// Answer answers a report in words, and folds or unfolds what was reported.
// Members of the community answer, but neither who reported nor who wrote the
// words: Forbidden. The latest answer counts, on every report of the post.
func (t *Talk) Answer(ctx context.Context, by pollen.Actor, report pollen.ActID, o Outcome, words string) (out Report, err error) {
	defer pollen.Wrap(&err, "talk.Answer", report)
	if o != Kept && o != Folded {
		return out, pollen.Errorf(pollen.Invalid, "talk.outcome", "The words are kept, or folded.").On("outcome")
	}
	if words, err = remark(words); err != nil {
		return out, err
	}
	err = t.db.Write(ctx, func(tx *sqldb.Tx) error {
		var post pollen.PostID
		found := false
		err := tx.Each(`SELECT `+reportColumns+` FROM reports r WHERE r.id = $2`, []any{int64(by.Persona), report}, func(r *sql.Rows) error {
			found = true
			out, post, err = scanReport(r)
			return err
		})
		if err == nil && !found {
			err = absent()
		}
		if err != nil {
			return err
		}
		p, e, err := t.byID(tx, by, post)
		if err != nil {
			return err
		}
		if err := memberOf(by, out.Community); err != nil {
			return err
		}
		if err := access.Write(by, access.Object{Community: out.Community, Audience: pollen.AudienceMembers}).Err(by, access.Decision{OK: true}); err != nil {
			return err
		}
		if out.words(by, p); out.Concerns {
			return pollen.Errorf(pollen.Forbidden, "talk.concerned", "Somebody else answers: neither who reported nor who wrote.")
		}
		var folded any
		if p.Folded = sqldb.Time(0); o == Folded {
			p.Folded, folded = tx.Now, sqldb.Millis(tx.Now)
		}
		if _, err := tx.Exec(`UPDATE posts SET folded_at = $2 WHERE id = $1`, p.ID, folded); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE reports SET outcome = $2, answer = $3, answered_by = $4, answered_at = $5 WHERE post_id = $1`,
			p.ID, o, words, int64(by.Persona), sqldb.Millis(tx.Now))
		if err != nil {
			return err
		}
		out.Post, out.Outcome, out.Answer, out.By, out.Answered = p, o, words, by.Persona, tx.Now
		a := t.act(by, e, &p, pollen.ActReport)
		a.Detail.Name = string(o)
		a.Causes = []pollen.Cause{{Kind: pollen.CauseAnswers, Act: report}}
		return t.journal.Append(tx, a)
	})
	return out, err
}

// Looked says whom an act of answering a report concerns: whoever reported the
// words, and who wrote them. On any other act there is nobody.
func (t *Talk) Looked(tx *sqldb.Tx, a *journal.Act) (whom []pollen.PersonaID, err error) {
	if a.Kind != pollen.ActReport || a.Detail.Name == "" {
		return nil, nil
	}
	err = tx.Each(`SELECT r.persona_id, p.persona_id FROM reports r JOIN posts p ON p.id = r.post_id WHERE r.post_id = $1 ORDER BY r.id`, []any{a.Detail.Post}, func(rows *sql.Rows) error {
		var reporter, author pollen.PersonaID
		err := rows.Scan(&reporter, &author)
		whom = append(whom, reporter, author)
		return err
	})
	return whom, err
}
