package instance

import (
	_ "embed"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on every machine
)

// tick remembers the zone that is set.
func (s *Instance) tick(zone string) error {
	z, err := time.LoadLocation(zone) // "" is UTC
	if err == nil {
		s.zone.Store(z)
	}
	return err
}

// Clock is the zone of the moments that people read and type, as [Instance.About]
// last knew it.
func (s *Instance) Clock() *time.Location {
	if z := s.zone.Load(); z != nil {
		return z
	}
	return time.UTC
}

// regionZones is the zone of each region (ISO 3166) in which all clocks have gone
// alike since 2020, by zone.tab of the IANA database, 2025b.
//
//go:embed zones.txt
var regionZones string

// ZoneOf is the zone of a region; "" where there are several, and for no region.
func ZoneOf(region string) string {
	for line := range strings.Lines(regionZones) {
		if at, zone, _ := strings.Cut(strings.TrimSpace(line), " "); at == region {
			return zone
		}
	}
	return ""
}
