package access_test

import (
	"testing"

	"pollen"
	"pollen/internal/pure/access"
)

const (
	garden  = pollen.CommunityID(7)
	kitchen = pollen.CommunityID(8)
	entry   = pollen.EntryID(42)
)

var (
	anybody  = pollen.Actor{}
	outsider = pollen.Actor{Outsider: true}
	member   = pollen.Actor{Persona: 1, Kind: pollen.PersonaNamed}
	gardener = pollen.Actor{Persona: 2, Kind: pollen.PersonaNamed, Communities: []pollen.CommunityID{garden}}
	subject  = pollen.Actor{Persona: 3, Kind: pollen.PersonaNamed, Entry: entry}
	veiled   = pollen.Actor{Persona: 4, Kind: pollen.PersonaPseudonym, Communities: []pollen.CommunityID{garden}}
	imported = pollen.Actor{Persona: 5, Kind: pollen.PersonaImported, Communities: []pollen.CommunityID{garden}}
	silenced = pollen.Actor{Persona: 7, Kind: pollen.PersonaNamed, Communities: []pollen.CommunityID{garden}, Silenced: true}
	operator = pollen.Actor{Persona: 6, Kind: pollen.PersonaSystem}
)

func TestWhoReadsAndWritesWhat(t *testing.T) {
	type can struct{ read, write bool }
	both, reads, none := can{true, true}, can{true, false}, can{}
	for _, c := range []struct {
		audience pollen.Audience
		who      string
		by       pollen.Actor
		want     can
	}{
		{pollen.AudiencePublic, "anybody", anybody, reads},
		{pollen.AudiencePublic, "anybody where members alone read", outsider, none},
		{pollen.AudiencePublic, "a member", member, both},
		{pollen.AudiencePublic, "an imported author", imported, reads},
		{pollen.AudiencePublic, "a silenced persona", silenced, reads},
		{pollen.AudienceCommunity, "a silenced persona of the community", silenced, reads},
		{pollen.AudienceMembers, "anybody", anybody, none},
		{pollen.AudienceMembers, "a member", member, both},
		{pollen.AudienceMembers, "a pseudonym", veiled, both},
		{pollen.AudienceCommunity, "anybody", anybody, none},
		{pollen.AudienceCommunity, "a member of another community", member, none},
		{pollen.AudienceCommunity, "one of the community", gardener, both},
		{pollen.AudienceCommunity, "a pseudonym of the community", veiled, both},
		{pollen.AudiencePersona, "one of the community", gardener, none},
		{pollen.AudiencePersona, "the person concerned", subject, both},
		{pollen.AudiencePersona, "the operator's command line", operator, both},
		{"", "a member, where no audience is told", member, none},
	} {
		o := access.Object{Community: garden, Audience: c.audience, Subject: entry}
		read, write := access.Read(c.by, o), access.Write(c.by, o)
		if (can{read.OK, write.OK}) != c.want {
			t.Errorf("%s, %q: read %v, write %v; want %+v", c.who, c.audience, read.OK, write.OK, c.want)
		}
		for _, d := range []access.Decision{read, write} {
			if d.OK == (d.Reason.Key != "") {
				t.Errorf("%s, %q: %v with the reason %q", c.who, c.audience, d.OK, d.Reason)
			}
		}
	}
	if access.Read(gardener, access.Object{Community: kitchen, Audience: pollen.AudienceCommunity}).OK {
		t.Error("one community reads another's")
	}
	if access.Read(subject, access.Object{Audience: pollen.AudiencePersona}).OK {
		t.Error("what concerns nobody was shown")
	}
}

func TestProtectedIsForTheOperatorAlone(t *testing.T) {
	if access.Protected(gardener).OK || !access.Protected(operator).OK {
		t.Error("protected fields are open")
	}
}

// What one may not read does not exist; what one may read and not change is
// forbidden, or asks one to sign in.
func TestARefusalTellsNothingOfWhatIsHidden(t *testing.T) {
	hidden := access.Object{Community: garden, Audience: pollen.AudienceCommunity}
	open := access.Object{Audience: pollen.AudiencePublic}
	for _, c := range []struct {
		by   pollen.Actor
		o    access.Object
		want pollen.Kind
	}{
		{member, hidden, pollen.NotFound},
		{anybody, hidden, pollen.NotFound},
		{anybody, open, pollen.Unauthenticated},
		{imported, open, pollen.Forbidden},
	} {
		if err := access.Write(c.by, c.o).Err(c.by, access.Read(c.by, c.o)); !pollen.Is(err, c.want) {
			t.Errorf("%+v: %v, want %s", c.by, err, c.want)
		}
	}
	if err := access.Write(member, open).Err(member, access.Read(member, open)); err != nil {
		t.Error(err)
	}
}
