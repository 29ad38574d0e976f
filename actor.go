package pollen

import "slices"

// Actor is the face on whose behalf an operation is called: a persona with the
// communities it belongs to, or a reader who is not signed in. It never names
// an account. The zero Actor is an anonymous reader.
type Actor struct {
	Persona     PersonaID
	Handle      string
	Name        string
	Kind        PersonaKind
	Entry       EntryID // the entry in people that describes a named persona
	Communities []CommunityID
	// Silenced says that its community took its voice: it reads, and writes nothing.
	Silenced bool
	// Outsider says that a reader who is not signed in is on an instance that
	// its members alone read.
	Outsider bool
}

// PersonaKind says what a persona is.
type PersonaKind string

// The kinds of persona.
const (
	PersonaNamed     PersonaKind = "named"     // linked to its person's directory entry
	PersonaPseudonym PersonaKind = "pseudonym" // made with a blind token; linked to nobody
	PersonaImported  PersonaKind = "imported"  // the author of imported history, until claimed
	PersonaSystem    PersonaKind = "system"    // the operator's command line, imports, followers
)

// SignedIn reports whether the actor has a persona.
func (a Actor) SignedIn() bool { return a.Persona != 0 }

// System reports whether the actor is the operator at the command line, who
// already holds the data itself.
func (a Actor) System() bool { return a.Kind == PersonaSystem }

// Member reports whether the actor belongs to a community.
func (a Actor) Member(c CommunityID) bool { return slices.Contains(a.Communities, c) }
