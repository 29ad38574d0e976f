package desk

import (
	"time"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/schema"
)

// DraftID identifies a draft.
type DraftID = pollen.ID[draftKind]

type draftKind struct{}

// DraftState says where a draft stands.
type DraftState string

// The states of a draft.
const (
	DraftReceiving DraftState = "receiving" // its file is on its way
	DraftReady     DraftState = "ready"     // its file is there
	DraftLooking   DraftState = "looking"   // what it would do is being found out
	DraftRunning   DraftState = "running"   // it is being imported, or was stopped on its way
	DraftEnded     DraftState = "ended"     // it was imported or undone: its file is gone
)

// Draft is an import that somebody prepares step by step: a file that they sent,
// what they said of it, and what would become of it. It is theirs alone.
type Draft struct {
	ID         DraftID
	By         pollen.PersonaID
	State      DraftState
	Collection string // its address; "" while it is to be founded
	File       string // its name
	Size       int64  // bytes
	Settings   Settings
	Look       *Look             // nil before the first
	Progress   transfer.Progress // of what is under way
	At         time.Time
	// Alive tells that somebody is at it now. A running draft that is not alive
	// was stopped on its way.
	Alive bool

	owner int64 // what tells whoever is at it apart from others
}

// Busy reports whether something is under way that ends by itself.
func (d *Draft) Busy() bool { return d.Alive && (d.State == DraftLooking || d.State == DraftRunning) }

// Stopped reports whether an import was stopped on its way: it can go on, or be
// undone.
func (d *Draft) Stopped() bool { return d.State == DraftRunning && !d.Alive }

// Settings are what somebody says of an import. The zero value finds everything
// out.
type Settings struct {
	Options transfer.Options        `json:"options"` // Targets nil are proposed
	Read    tabular.Options         `json:"read"`
	Create  *registry.NewCollection `json:"create,omitempty"` // the collection to found; its schema without fields is proposed
	Lang    string                  `json:"lang,omitempty"`   // of labels that are proposed
}

// Look is what is known of a draft since it was last looked at, or of what became
// of it.
type Look struct {
	Columns  []string          `json:"columns"`
	Examples [][]string        `json:"examples"` // the first rows
	Schema   schema.Schema     `json:"schema"`   // that was proposed for a new collection
	Targets  []transfer.Target `json:"targets"`  // that were proposed for the columns
	Guesses  []schema.Guess    `json:"guesses,omitempty"`
	Detected *tabular.Detected `json:"detected,omitempty"`
	Report   *transfer.Report  `json:"report,omitempty"`
	Reasons  []pollen.Message  `json:"reasons,omitempty"` // of Report.Bad, one for each
	// Problem is why the file cannot be read, or not be imported like this.
	Problem *pollen.Message `json:"problem,omitempty"`
	Undone  bool            `json:"undone,omitempty"` // what was in is undone
}

// keep takes a report over.
func (l *Look) keep(r *transfer.Report) {
	l.Report, l.Reasons = r, nil
	if r == nil {
		return
	}
	for _, b := range r.Bad {
		l.Reasons = append(l.Reasons, b.Reason)
	}
	if r.Detected != nil {
		l.Detected = r.Detected
	}
}

// fault keeps why something did not work. What is our own fault is told so.
func (l *Look) fault(err error) {
	m := pollen.MessageOf(err)
	l.Problem = &m
}

// Bounds of drafts: the files of one persona in bytes, in number and
// on their way at once, and how long a file waits to be imported, and an import
// that was stopped or has ended to be looked at.
const (
	maxWaiting     = 2 * transfer.MaxFile
	MaxDrafts      = 5
	maxArriving    = 2
	draftWaits     = 24 * time.Hour
	draftIsKept    = 7 * 24 * time.Hour
	beatEvery      = 2 * time.Second
	beatIsStale    = 15 * time.Second
	arrivalIsStale = 2 * time.Minute // a slow line fills the pieces of one transaction in this time
	pieceSize      = 128 << 10
	piecesAtOnce   = 4
)

// Founding is the collection that a draft founds: as far as n does not say, it is
// called as the file, and stands at the address that its name makes.
func (d *Draft) Founding(n transfer.Founding) registry.NewCollection {
	if n.Title == "" {
		n.Title = transfer.TitleOf(d.File)
	}
	if n.Slug == "" {
		n.Slug = registry.Slug(n.Title)
	}
	if n.Slug == "" { // no letter of it can stand in one
		n.Slug = "collection-" + d.ID.String()
	}
	return n.Collection()
}
