package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Moments are shown, typed and narrowed by in the zone of the instance; what is
// kept is of UTC.
func TestMomentsAreInTheZoneOfTheInstance(t *testing.T) {
	s := open(t)
	s.zone = time.FixedZone("CEST", 2*60*60)
	s.Collection("visits", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "at", Type: schema.DateTime, Indexed: true, Column: true}}})
	e, err := s.Registry.Create(t.Context(), s.System, "visits", registry.Change{Texts: map[string][]string{"name": {"Nuit"}, "at": {"2026-11-23T22:30:00Z"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(13*time.Hour + 30*time.Minute) // half past midnight there
	ana := s.reader(t, "Ana")
	_, page := ana.get("/c/visits/nuit/edit")
	ana.sees(page, `value="2026-11-24T00:30"`, "CEST")
	_, page = ana.get("/c/visits/nuit")
	ana.sees(page, "24\u00a0novembre 2026, 00\u00a0h\u00a030 CEST")
	_, page = ana.get("/c/visits/nuit/history")
	ana.sees(page, `datetime="2026-11-24T09:00:00Z"`, "title=\"24\u00a0novembre 2026 à 11\u00a0h\u00a000 CEST\"")
	s.Settle()
	_, page = ana.get("/changes")
	ana.sees(page, "Hier")
	if strings.Contains(page, "Aujourd’hui") {
		t.Error("yesterday is over two hours late")
	}
	for from, found := range map[string]bool{"2026-11-24T00:30": true, "2026-11-24T00:31": false} {
		_, page := ana.get("/c/visits?" + url.Values{"narrow": {"1"}, "from.at": {from}}.Encode())
		if strings.Contains(page, `href="/c/visits/nuit"`) != found || found && !strings.Contains(page, `value="`+from+`"`) {
			t.Errorf("from %s: found is not %v: %s", from, found, page)
		}
	}
	if got := string(e.Values[e.Collection.Schema.Field("at").ID]); got != `"2026-11-23T22:30:00Z"` {
		t.Errorf("kept %s", got)
	}
}
