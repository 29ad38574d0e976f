package access

import "pollen"

// Portrait is a change of the photograph of a person.
type Portrait struct {
	Subject pollen.EntryID // the entry of the person
	Added   bool           // a picture comes
	Consent bool           // each that comes is said to have the person's consent
	Removed bool           // a picture that had it goes, and none comes in its place
}

// Photograph decides whether the actor may change the photograph of a person:
// the person always; somebody else when they say that the person agrees, which
// is kept with the picture under their name. A picture to which the person
// agreed is taken away by the person alone, one without their consent by anyone.
func Photograph(by pollen.Actor, p Portrait) Decision {
	switch {
	case by.System(), by.Entry != 0 && by.Entry == p.Subject:
		return yes()
	case p.Added && !p.Consent:
		return no("access.photograph", "A photograph shows somebody: say that they agree to it, or let them set it themself.")
	case p.Removed:
		return no("access.photograph-remove", "They agreed to this photograph: only they can take it away.")
	}
	return yes()
}
