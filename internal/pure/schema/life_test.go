package schema_test

import (
	"testing"
	"time"

	"pollen/internal/pure/schema"
)

func TestLifeOfAValue(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	for _, c := range []struct {
		f    schema.Field
		days int
		want schema.Life
	}{
		{schema.Field{Type: schema.Phone}, 364, schema.Fresh}, {schema.Field{Type: schema.Phone}, 365, schema.Due},
		{schema.Field{Type: schema.Phone}, 729, schema.Due}, {schema.Field{Type: schema.Phone}, 730, schema.Overdue},
		{schema.Field{Type: schema.Text}, 9000, schema.Fresh}, {schema.Field{Type: schema.Text, HalfLife: 10}, 15, schema.Due},
		{schema.Field{Type: schema.Phone, HalfLife: -1}, 9000, schema.Fresh}, {schema.Field{Type: schema.Phone}, -1, schema.Fresh},
	} {
		if got := c.f.LifeOf(ago(c.days), now); got != c.want {
			t.Errorf("%s of half-life %d after %d days is %s, want %s", c.f.Type, c.f.HalfLife, c.days, got, c.want)
		}
	}
}
