package schema_test

import (
	"strings"
	"testing"
	"time"

	"pollen/internal/pure/schema"
)

// A moment that is written without its zone is of that of the surroundings, save
// in JSON and in filters; one that names its own keeps it.
func TestMomentsWithoutAZone(t *testing.T) {
	f := &schema.Field{Name: "at", Type: schema.DateTime}
	env := &schema.Env{Zone: time.FixedZone("CEST", 2*60*60)}
	for text, want := range map[string]string{"2026-07-01T09:30": `"2026-07-01T07:30:00Z"`, "1/7/2026 09:30": `"2026-07-01T07:30:00Z"`, "2026-07-01T09:30:00Z": `"2026-07-01T09:30:00Z"`} {
		v, err := f.FromText(text, env)
		if err != nil || string(v) != want {
			t.Errorf("%s is %s, %v, want %s", text, v, err, want)
		}
		if got := strings.Join(f.DisplayIn([]byte(want), "en", env.Zone), ""); !strings.HasSuffix(got, " CEST") {
			t.Errorf("%s is shown as %q", want, got)
		}
	}
	if v, err := f.FromJSON([]byte(`"2026-07-01T09:30"`), env); err != nil || string(v) != `"2026-07-01T09:30:00Z"` {
		t.Errorf("JSON: %s, %v", v, err)
	}
	in, err := f.KeyOf("2026-07-01T09:30", env)
	if utc, e := f.KeyOf("2026-07-01T09:30", nil); err != nil || e != nil || in != utc {
		t.Errorf("a filter: %s and %s, %v, %v", in, utc, err, e)
	}
}
