package web_test

import (
	"regexp"
	"strings"
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

// Only of a gift it is said that nobody has thanked for it yet.
func TestOnlyGiftsAskForThanks(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	if _, err := s.Registry.Retire(t.Context(), s.System, e.ID, "closed"); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	acts, err := s.Journal.Acts(t.Context(), journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID), Limit: 10})
	if err != nil || len(acts) != 2 {
		t.Fatalf("%d acts, %v", len(acts), err)
	}
	r := s.reader(t, "")
	for _, a := range acts {
		_, page := r.get("/contributions/" + a.ID.String())
		if asks := strings.Contains(page, `id="thanks"`); asks != (a.Kind == pollen.ActCreate) {
			t.Errorf("the page of a %s speaks of thanks: %v", a.Kind, asks)
		}
	}
}
