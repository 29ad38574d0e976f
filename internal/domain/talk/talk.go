package talk

import (
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Talk is the talk of one instance. Its methods are safe for concurrent use.
type Talk struct {
	db       *sqldb.DB
	journal  *journal.Journal
	registry *registry.Registry
	personas *persona.Personas
}

// New returns the talk of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal, r *registry.Registry, p *persona.Personas) *Talk {
	return &Talk{db: db, journal: j, registry: r, personas: p}
}

// Post is what one persona said once.
type Post struct {
	ID    pollen.PostID
	Act   pollen.ActID // the contribution, by which the API and the pages name it
	Entry pollen.EntryID
	Field pollen.FieldID // of the value it is about; 0: the entry as a whole
	Kind  pollen.ActKind // comment, ask or answer
	By    pollen.PersonaID
	At    time.Time
	Body  string // Markdown; "" once withdrawn

	Root   pollen.PostID // the first post of its thread; its own for that one
	Thread pollen.ActID  // the contribution of the first post
	Parent pollen.PostID // the post it answers; 0 for none
	To     pollen.ActID  // the contribution it answers; 0 for none

	Edited    time.Time // zero while as first written
	Withdrawn time.Time // zero while it is shown
	Helped    time.Time // of an answer: when the asker said that it helped
	Folded    time.Time // zero unless a community folded it
}

// Opens reports whether the post is the first of its thread.
func (p *Post) Opens() bool { return p.Root == p.ID }

// Version is one wording of a post.
type Version struct {
	N    int
	At   time.Time
	Body string // Markdown
}

// Words is what somebody wants to say.
type Words struct {
	Kind  pollen.ActKind // comment, ask or answer; "" is comment
	Body  string         // Markdown
	To    pollen.ActID   // the contribution that it answers; an answer needs a question
	Field string         // name of the field it is about; "" for the entry, or that of the thread
}

// MaxBody bounds what one post says, in bytes.
const MaxBody = 20_000

// text checks and cleans a body.
func text(body string) (string, error) {
	f := schema.Field{Name: "body", Type: schema.LongText, MaxSize: MaxBody}
	v, err := f.FromText(body, nil)
	if err != nil {
		return "", err
	}
	if body = f.Text(v); strings.TrimSpace(body) == "" {
		return "", pollen.Errorf(pollen.Invalid, "talk.empty", "Say something: the text is empty.").On("body")
	}
	return body, nil
}

func absent() error {
	return pollen.Absent()
}
