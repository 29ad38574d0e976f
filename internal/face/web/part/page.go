package part

import (
	"time"

	"pollen"
	"pollen/internal/pure/i18n"
)

// Theme is how light the pages are.
type Theme string

// The themes. Auto follows the reader's system.
const (
	Auto  Theme = ""
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Section is a part of the navigation.
type Section string

// The sections of the navigation.
const (
	NoSection   Section = ""
	Collections Section = "collections"
	Changes     Section = "changes"
	Communities Section = "communities"
)

// Instance is the Pollen one is on.
type Instance struct {
	Name string         // of the organisation; "" shows the product's alone
	Logo string         // address of its logo; "" shows the product's mark
	Zone *time.Location // of the moments on pages; nil is UTC
}

// Flags are small differences between pages.
type Flags struct {
	NoSearch bool // the page has a search field of its own
	NoIndex  bool // search engines shall leave it out
	Bare     bool // signing in: without navigation
}

// Page is what the frame of every page shows.
type Page struct {
	Locale      *i18n.Locale
	Title       string
	Description string // for search engines; "" for none
	Theme       Theme
	KeysOff     bool // the reader does without keys of one letter
	Actor       pollen.Actor
	Instance    Instance
	Path        string // of this page, to come back to
	Crumbs      []Link
	Section     Section
	Notice      *Notice
	Unread      int // notices not yet read
	SearchQuery string
	FeedURL     string // Atom feed of the page; "" for none
	Flags       Flags
	// Refresh has a browser without script look again every few seconds; with
	// script what is marked data-live does so by itself.
	Refresh bool
}

// Tone is what a notice is about.
type Tone string

// The tones.
const (
	Plain   Tone = ""
	Done    Tone = "done" // it happened as wished
	Attend  Tone = "due"  // a gift or a decision is asked for
	Problem Tone = "late" // it did not happen
)

// Notice tells what happened, once, at the top of the page that follows; with
// script it comes as a toast beside what one was doing.
type Notice struct {
	Tone Tone
	Bold string // one sentence or none
	Text string
	Icon string // "" is the tone's own
	Undo *Undo
}

// Undo takes back what a notice tells of, by a form that posts Hidden.
type Undo struct {
	Action string
	Hidden []Hidden
	Label  string // "" is "Undo"
	Swap   string // id of the row that changes; "" reloads the page
}

func (n *Notice) icon() string {
	if n.Icon != "" {
		return n.Icon
	}
	switch n.Tone {
	case Done:
		return "check"
	case Problem:
		return "close"
	}
	return "ask"
}

// role is alert where screen readers shall interrupt for the notice.
func (n *Notice) role() string {
	if n.Tone == Problem {
		return "alert"
	}
	return "status"
}
