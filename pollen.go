// Package pollen is the vocabulary of Pollen: an enterprise directory and
// reference-data repository that its own users keep alive.
//
// A [CollectionID] names a collection: a set of entries of one schema, held by
// one community under one licence. An entry holds values; each state of an
// entry is an immutable revision, and revisions made together form a batch.
// People act through a persona, never through their account, so every
// operation takes an [Actor]. Whatever happens is an [ActKind] on the journal:
// a contribution (a gift: create, revise, answer, thank) or another act
// (retire, restore, merge, join).
//
// This package imports the standard library alone and every other package may
// import it. The rest of the house, from the ground up:
//
//	internal/pure    computation: no input or output, no clock, no database
//	internal/base    machinery that knows no capability: SQL, journal, mail
//	internal/domain  one folder per capability: types, rules, SQL, tests
//	internal/wire    protocols, as libraries that have never heard of Pollen
//	internal/face    ways in and out: they translate and never decide
//	internal/app     builds every value once; starts and stops them
//
// Who may import whom is a table in internal/repotest that a test checks.
package pollen

// Version is the release this source builds, set by the linker for releases.
var Version = "0.1.0-dev"

// Commons is the slug of the root community, which holds every member.
const Commons = "commons"

// People and Units are the slugs of the two collections that exist from the
// start: the directory of persons and that of organisational units.
const (
	People = "people"
	Units  = "units"
)

// Audience says who may read a value, a field, a collection or a talk.
type Audience string

// The audiences, from the widest to the narrowest.
const (
	AudiencePublic    Audience = "public"    // everyone, signed in or not
	AudienceMembers   Audience = "members"   // whoever is signed in
	AudienceCommunity Audience = "community" // members of the collection's community
	AudiencePersona   Audience = "persona"   // the persona whom the entry describes, alone
)

// Audiences lists every audience from the widest to the narrowest.
var Audiences = []Audience{AudiencePublic, AudienceMembers, AudienceCommunity, AudiencePersona}

// Width is the rank of an audience: 0 for the widest. Unknown audiences rank
// with the narrowest, so that a misspelt one hides rather than shows.
func (a Audience) Width() int {
	for i, b := range Audiences {
		if a == b {
			return i
		}
	}
	return len(Audiences) - 1
}

// Narrowest returns the narrower of two audiences.
func Narrowest(a, b Audience) Audience {
	if a.Width() >= b.Width() {
		return a
	}
	return b
}
