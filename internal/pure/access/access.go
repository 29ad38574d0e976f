// Package access decides who may read and change what: one pure function for
// each question, whose answer carries its reason in words. Every door asks
// here.
package access

import "pollen"

// Decision is an answer with its reason.
type Decision struct {
	OK     bool
	Reason pollen.Message
}

func yes() Decision { return Decision{OK: true} }

func no(key, text string) Decision {
	return Decision{Reason: pollen.Message{Key: key, Text: text}}
}

// Object is what the decision is about.
type Object struct {
	Community pollen.CommunityID
	Audience  pollen.Audience // of the collection, field or value
	Subject   pollen.EntryID  // the entry concerned, for what its persona alone may read
}

// Enter decides whether the actor may read anything at all here. Every door
// asks it first, for what belongs to no collection: people, communities, the
// journal.
func Enter(by pollen.Actor) Decision {
	if by.Outsider {
		return no("access.members", "This is for members. Sign in to read it.")
	}
	return yes()
}

// Read decides whether the actor may read the object.
func Read(by pollen.Actor, o Object) Decision {
	switch {
	case by.System():
		return yes()
	case by.Outsider:
		return Enter(by)
	case o.Audience == pollen.AudiencePublic:
		return yes()
	case !by.SignedIn():
		return no("access.members", "This is for members. Sign in to read it.")
	case o.Audience == pollen.AudienceMembers:
		return yes()
	case o.Audience == pollen.AudienceCommunity && by.Member(o.Community):
		return yes()
	case o.Audience == pollen.AudienceCommunity:
		return no("access.community", "This is for the members of its community. Join it to read.")
	case o.Audience == pollen.AudiencePersona && o.Subject != 0 && by.Entry == o.Subject:
		return yes()
	}
	return no("access.persona", "Only the person concerned may read this.")
}

// Act decides whether the actor may change anything at all: whoever is signed in,
// with a persona that is theirs and was not silenced.
func Act(by pollen.Actor) Decision {
	switch {
	case by.System():
		return yes()
	case !by.SignedIn():
		return Decision{Reason: SignIn().Message}
	case by.Kind == pollen.PersonaImported:
		return no("access.imported", "This persona comes from an import. Claim it before writing under its name.")
	case by.Silenced:
		return no("access.silenced", "Your community silenced this persona: it cannot write here for now.")
	}
	return yes()
}

// SignIn is the refusal of whoever is not signed in.
func SignIn() *pollen.Error {
	return pollen.Errorf(pollen.Unauthenticated, "access.sign-in", "Sign in to change this. Anyone who is signed in can.")
}

// MayAct refuses as [Act] does, as an error.
func MayAct(by pollen.Actor) error { return Act(by).Err(by, yes()) }

// Write decides whether the actor may improve the object: whoever may act and
// can read it.
func Write(by pollen.Actor, o Object) Decision {
	if d := Act(by); !d.OK {
		return d
	}
	return Read(by, o)
}

// Protected decides whether the actor may change a protected field: the
// operator, or a batch that the operator runs.
func Protected(by pollen.Actor) Decision {
	if by.System() {
		return yes()
	}
	return no("access.protected", "This value is protected: it comes from another system, or its community decided so.")
}

// Amend decides whether the actor may say what a collection is and holds: a
// member of the community that holds it.
func Amend(by pollen.Actor, o Object) Decision {
	d := Write(by, o)
	if d.OK && !by.System() && !by.Member(o.Community) {
		return no("access.amend", "The members of its community decide what this collection holds. Join it to change that.")
	}
	return d
}

// Wider decides whether the actor may show values to more people than those
// who gave them were told: nobody may for others, but the operator.
func Wider(by pollen.Actor) Decision {
	if by.System() {
		return yes()
	}
	return no("access.wider", "This would show values to more people than ever before, or than its operator decided. Only the operator can do that.")
}

// Err turns a refusal into an error: NotFound for what the actor may not even
// read, so that nothing tells it exists; Unauthenticated when signing in would
// help; Forbidden otherwise.
func (d Decision) Err(by pollen.Actor, readable Decision) error {
	kind := pollen.Forbidden
	switch {
	case d.OK:
		return nil
	case !readable.OK:
		return pollen.Absent()
	case !by.SignedIn():
		kind = pollen.Unauthenticated
	}
	return &pollen.Error{Kind: kind, Message: d.Reason}
}
