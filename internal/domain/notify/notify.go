package notify

import (
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/community"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
)

// Kind is why somebody is told.
type Kind string

// The kinds of notice, the nearest first.
const (
	Mine     Kind = "mine"     // somebody else changed the entry that describes one
	Self     Kind = "self"     // the operator made a token that acts under one's name, or somebody else said who one was, or which entry describes one
	Undone   Kind = "undone"   // a batch of one's own was undone
	Reverted Kind = "reverted" // a value that one gave was taken back
	Thanked  Kind = "thanked"
	Seen     Kind = "seen"     // what one gave as a newcomer is listed now
	Answered Kind = "answered" // one's question, or one's words
	Helped   Kind = "helped"   // whoever asked says that one's answer helped
	Mention  Kind = "mention"
	Looked   Kind = "looked"  // a report that one made, or of one's words, was answered
	Talk     Kind = "talk"    // words on what one follows
	Holding  Kind = "holding" // the collection that holds one's own entry is another
	Change   Kind = "change"  // of what one follows
)

// nearness ranks the kinds: when an act concerns somebody twice, the nearest
// reason is told.
var nearness = map[Kind]int{Mine: 0, Self: 1, Undone: 2, Reverted: 3, Thanked: 4, Seen: 5, Answered: 6, Helped: 7, Mention: 8, Looked: 9, Talk: 10, Holding: 11, Change: 12}

// atOnce reports whether one is told of an act that is held all the same: it
// changes one's own entry or takes one's work back, which one may undo.
func (k Kind) atOnce() bool { return k == Mine || k == Undone || k == Reverted || k == Holding }

// Kept is how many notices a persona has at most; Fresh is how old an act may
// be and still make one.
const (
	Kept  = 500
	Fresh = 90 * 24 * time.Hour
)

// Notice tells one persona of one act.
type Notice struct {
	Act   journal.Act // without the fields that the persona may not read
	Kind  Kind
	Entry pollen.EntryID // that it is about; 0 when it is about a batch, a collection or a community
	Read  time.Time      // zero while it is unread
	Post  *talk.Post     // the words, where it is about words
	Note  string         // the sentence that came with thanks, or why a claim was contested
	// Undo says that [Notices.Undo] may take the change back: it is one of
	// one's own entry.
	Undo bool
}

// Notices keeps the notices and follows of one instance. Its methods are safe
// for concurrent use.
type Notices struct {
	db *sqldb.DB
	Sources
}

// Sources are the capabilities that notices tell of.
type Sources struct {
	Journal     *journal.Journal
	Personas    *persona.Personas
	Communities *community.Communities
	Registry    *registry.Registry
	Talk        *talk.Talk
	Thanks      *thanks.Box
}

// New returns the notices of a database whose schema is up to date.
func New(db *sqldb.DB, s Sources) *Notices { return &Notices{db, s} }

// actor is a persona as one who reads. It is false for those who read no
// notices: the operator's command line, and authors of imports.
func (n *Notices) actor(tx *sqldb.Tx, id pollen.PersonaID) (a pollen.Actor, ok bool, err error) {
	p, err := n.Personas.In(tx, id)
	if pollen.Is(err, pollen.NotFound) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	a = p.Actor()
	if a.System() || a.Kind == pollen.PersonaImported {
		return a, false, nil
	}
	a.Communities, err = n.Communities.Of(tx, id)
	return a, true, err
}

func absent() error {
	return pollen.Absent()
}

func signedIn(by pollen.Actor) error {
	if by.SignedIn() {
		return nil
	}
	return pollen.Errorf(pollen.Unauthenticated, "notify.sign-in", "Sign in to follow what matters to you and to read your notices.")
}

// Erase forgets what a persona was told, and what it followed.
func Erase(tx *sqldb.Tx, who pollen.PersonaID) error {
	for _, query := range []string{`DELETE FROM notices WHERE persona_id = $1`, `DELETE FROM follows WHERE persona_id = $1`} {
		if _, err := tx.Exec(query, int64(who)); err != nil {
			return err
		}
	}
	return nil
}
