package web_test

import (
	"regexp"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Where nothing of what was looked at is for the reader, the page leads on.
func TestChangesLeadOnToWhatTheReaderMaySee(t *testing.T) {
	s := open(t)
	inner := s.Collection("inner", pollen.AudienceMembers, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	if err := s.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		for range 6000 {
			err := s.Journal.Append(tx, &journal.Act{Persona: s.System.Persona, Kind: pollen.ActVerify, Object: pollen.Ref(pollen.ObjectCollection, inner.ID),
				Community: inner.Community, Detail: journal.Detail{Collection: inner.ID}})
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	r := s.reader(t, "")
	_, page := r.get("/changes")
	r.sees(page, "Rien pour l’instant que vous puissiez voir")
	next := regexp.MustCompile(`href="(/changes\?cursor=[^"]+)"`).FindStringSubmatch(page)
	if next == nil {
		t.Fatal("the page does not lead on")
	}
	_, page = r.get(next[1])
	r.sees(page, `class="list told"`)
}
