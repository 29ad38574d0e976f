package instance_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/instance"
	"pollen/internal/pollentest"
)

func TestSet(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := instance.New(w.DB, w.Journal)
	other := instance.New(w.DB, w.Journal) // another node
	ctx := t.Context()
	about, err := other.About(ctx)
	if err != nil || about.Readers != instance.Members || about.Name != "" || about.Logo != nil {
		t.Fatalf("a new instance says %+v, %v", about, err)
	}
	set := func(name, value string) error { return s.Set(ctx, w.System, w.Commons.ID, name, value) }
	for name, value := range map[string]string{"name": " Les  Abeilles ", "readers": "everyone", "logo": `<svg xmlns="http://www.w3.org/2000/svg"/>`} {
		if err := set(name, value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if about, err = s.About(ctx); err != nil || about.Name != "Les Abeilles" || about.Readers != instance.Everyone || about.Logo == nil || about.Logo.Type != "image/svg+xml" {
		t.Errorf("says %+v, %v", about, err)
	}
	if err := set("zone", "Asia/Kolkata"); err != nil || s.Clock().String() != "Asia/Kolkata" || other.Clock() != time.UTC {
		t.Errorf("set: %v, %v; the other node: %v", s.Clock(), err, other.Clock())
	}
	w.Clock.Advance(3e9)
	if about, err = other.About(ctx); err != nil || about.Readers != instance.Everyone {
		t.Errorf("the other node says %+v, %v", about, err)
	}
	if got := other.Clock().String(); got != "Asia/Kolkata" {
		t.Errorf("the other node is in %s", got)
	}
	if acts := w.Acts(journal.Query{}); len(acts) < 3 || acts[len(acts)-1].Kind != pollen.ActSchema {
		t.Errorf("the journal tells %+v", acts)
	}
	if err := set("readers", ""); err != nil {
		t.Fatal(err)
	}
	if about, err = s.About(ctx); err != nil || about.Readers != instance.Members {
		t.Errorf("says %+v, %v", about, err)
	}
	for name, value := range map[string]string{"colour": "x", "readers": "all", "logo": "GIF89a", "name": strings.Repeat("é", 60), "region": "Germany", "language": "!", "zone": "Europe/Nowhere"} {
		if err := set(name, value); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for region, want := range map[string]string{"DE": "de", "AT": "de", "FR": "fr", "BR": "pt", "": ""} {
		if got := instance.LanguageOf(region); got != want {
			t.Errorf("in %q most read %q, want %q", region, got, want)
		}
	}
	for region, want := range map[string]string{"DE": "Europe/Berlin", "FR": "Europe/Paris", "US": "", "": ""} {
		if got := instance.ZoneOf(region); got != want {
			t.Errorf("the clocks of %q are those of %q, want %q", region, got, want)
		}
	}
	if err := s.Set(ctx, w.Actor("Ana"), w.Commons.ID, "readers", "everyone"); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("somebody sets: %v", err)
	}
}

// One who is given no reading connection waits alone: a request that has one,
// and asks what the instance says of itself, is answered.
func TestAboutHoldsNobodyUp(t *testing.T) {
	asked := make(chan struct{}, 8)
	clock := func() time.Time {
		asked <- struct{}{}
		return pollentest.Start
	}
	db, err := sqldb.Open(t.Context(), sqldb.Options{URL: pollentest.URL(t), Clock: clock, Readers: 1, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	s := instance.New(db, journal.New(db))
	ctx, end := db.Snapshot(t.Context())
	defer end()
	if err := db.Read(ctx, func(*sqldb.Tx) error { return nil }); err != nil { // takes the one connection
		t.Fatal(err)
	}
	for len(asked) > 0 {
		<-asked
	}
	var other sync.WaitGroup
	other.Go(func() {
		if _, err := s.About(t.Context()); err != nil {
			t.Error(err)
		}
	})
	<-asked // the other is about to read
	if about, err := s.About(ctx); err != nil || about.Readers != instance.Members {
		t.Errorf("says %+v, %v", about, err)
	}
	end()
	other.Wait()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
