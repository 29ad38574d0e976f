package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/pure/filter"
)

func filtered(t *testing.T, text string) filter.Expr {
	t.Helper()
	e, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSampleLives(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	a, err := app.Open(ctx, app.Options{Data: t.TempDir() + "/data", Create: true, Sample: true, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	var told []string
	welcome, err := a.Seed(ctx, func(line string) { told = append(told, line) })
	if err != nil {
		t.Fatal(err)
	}
	if len(welcome) == 0 || len(told) < 8 || !strings.Contains(strings.Join(told, " "), "communes: 34969") {
		t.Errorf("%d personas to try, told %q", len(welcome), told)
	}
	if in, err := a.Identity.Redeem(ctx, welcome[0].Link, ""); err != nil || in.Session == "" {
		t.Errorf("a printed link signs nobody in: %v", err)
	}

	anybody := pollen.Actor{}
	if b, err := a.Registry.Batches(ctx, anybody, "communes", 1, ""); err != nil || len(b.Items) != 1 || b.Items[0].Report != `{"created":34969}` || b.Items[0].Note != "" {
		t.Errorf("the batch of the communes: %+v, %v", b.Items, err)
	}
	l, err := a.Registry.List(ctx, anybody, "sites", registry.Listing{Filter: filtered(t, `code = "PS-0043"`)})
	if err != nil || len(l.Items) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	site := l.Items[0]
	p, err := a.Talk.List(ctx, anybody, site.ID, talk.Query{Field: "access"})
	if err != nil || len(p.Items) != 2 || p.Items[1].Kind != pollen.ActAnswer || p.Items[1].Helped.IsZero() || p.Items[1].Thread != p.Items[0].Act {
		t.Fatalf("the talk of the Val-Clair: %+v, %v", p.Items, err)
	}
	if at := now.Add(-671 * time.Hour); !p.Items[0].At.Equal(at) {
		t.Errorf("asked at %v, want %v", p.Items[0].At, at)
	}
	given, err := a.Thanks.Of(ctx, anybody, []pollen.ActID{p.Items[1].Act})
	if err != nil || len(given[p.Items[1].Act]) != 1 || given[p.Items[1].Act][0].Note == "" {
		t.Errorf("thanks for the answer %+v, %v", given, err)
	}
	last := time.Time{}
	for after := int64(0); ; {
		acts, err := a.Journal.Acts(ctx, journal.Query{After: after, Limit: pollen.MaxLimit})
		if err != nil {
			t.Fatal(err)
		}
		for _, act := range acts {
			if act.At.Before(last) {
				t.Fatalf("act %d (%s) happened before the one before it", act.Number, act.Kind)
			}
			last = act.At
			after = act.Number
		}
		if len(acts) == 0 {
			break
		}
	}
	if last.After(now) || now.Sub(last) > 24*time.Hour {
		t.Errorf("the last act was at %v", last)
	}
	if p, err := a.Check(ctx, nil); err != nil || len(p.Faults) > 0 {
		t.Errorf("check: %v, %v", p.Faults, err)
	}
	before := a.DB.Now()
	again, err := a.Seed(ctx, func(line string) { t.Errorf("seeded again: %s", line) })
	if err != nil || len(again) != len(welcome) {
		t.Fatalf("coming back: %d links, %v", len(again), err)
	}
	if in, err := a.Identity.Redeem(ctx, again[0].Link, ""); err != nil || in.Session == "" || !a.DB.Now().Equal(before) {
		t.Errorf("a link for who comes back signs nobody in: %v", err)
	}
}

// Half a sample passes neither for a whole one nor for somebody's directory.
func TestASampleThatWasCutOffIsToldAsSuch(t *testing.T) {
	a, err := app.Open(t.Context(), app.Options{Data: t.TempDir() + "/data", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cut := context.WithCancel(t.Context())
	if _, err := a.Seed(ctx, func(string) { cut() }); !errors.Is(err, context.Canceled) {
		t.Fatalf("seeding that was cut off: %v", err)
	}
	if _, err := a.Seed(t.Context(), func(string) {}); !pollen.Is(err, pollen.Conflict) || !strings.Contains(err.Error(), "not whole") {
		t.Errorf("seeding again: %v, want conflict", err)
	}
}

func TestTheSampleLeavesAnInstanceInUseAlone(t *testing.T) {
	ctx := t.Context()
	a, err := app.Open(ctx, app.Options{Data: t.TempDir() + "/data", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := a.Registry.Create(ctx, a.System, pollen.People, registry.Change{Texts: map[string][]string{"given_name": {"Ana"}}}); err != nil {
		t.Fatal(err)
	}
	before, err := a.Settings(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Seed(ctx, func(string) {}); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("seeding an instance in use: %v, want conflict", err)
	}
	if after, err := a.Settings(ctx, ""); err != nil || !slices.Equal(before, after) {
		t.Errorf("settings %v, before %v; %v", after, before, err)
	}
}
