package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/domain/search"
)

// searching measures what somebody who types waits for, and somebody who
// searches, over names as frequent as they are, words that stand in a tenth of
// all entries, codes, telephone numbers and what is not there.
func (b *bench) searching(a *app.App) error {
	b.tell("searching")
	every := max(1, b.rows/400)
	var typed, asked []string
	rng := rand.New(rand.NewPCG(3, 4))
	i := 0
	if err := people(b.rows, func(p person) error {
		if i++; i%every != 0 {
			return nil
		}
		for _, word := range []string{p.family, p.given, p.given + " " + p.family, p.code} {
			letters := []rune(word)
			typed = append(typed, string(letters[:min(len(letters), 2+rng.IntN(len(letters)))]))
		}
		asked = append(asked, p.family, p.given, p.given+" "+p.family, p.job, p.town, p.given+" "+p.town, p.code, p.phone)
		return nil
	}); err != nil {
		return err
	}
	asked = append(asked, "nobody", "Marie Paris Technicien", "annuaire.example")
	for _, x := range []struct {
		name    string
		aim     time.Duration
		queries []string
		ask     func(q string) error
	}{
		{"type-ahead", 20 * time.Millisecond, typed, func(q string) error {
			_, err := a.Search.Complete(b.ctx, pollen.Actor{}, search.Query{Text: q, Limit: 8})
			return err
		}},
		{"full search, with counts and facets", 50 * time.Millisecond, asked, func(q string) error {
			_, err := a.Search.Find(b.ctx, pollen.Actor{}, search.Query{Text: q, Limit: 20})
			return err
		}},
	} {
		settle()
		var took []time.Duration
		slowest, worst := "", time.Duration(0)
		for round := range 2 { // the first one warms the pages of the file
			for _, q := range x.queries {
				start := time.Now()
				if err := x.ask(q); err != nil {
					return fmt.Errorf("%s %q: %w", x.name, q, err)
				}
				d := time.Since(start)
				if round == 1 {
					took = append(took, d)
					if d > worst {
						slowest, worst = q, d
					}
				}
			}
		}
		p99 := quantile(took, 0.99)
		b.add(fmt.Sprintf("%s at %d entries, p50 and p99", x.name, b.rows), ms(median(took))+", "+ms(p99), fmt.Sprintf("p99 ≤ %v", x.aim), p99 <= x.aim)
		b.note("    the slowest", fmt.Sprintf("%s (%q)", ms(worst), slowest))
	}
	return nil
}
