package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/domain/search"
	"pollen/internal/pure/filter"
)

// perKind is how many searches of each kind are timed, after as many that warm
// the pages of the file.
const perKind = 100

// kind is one way of searching, with what is searched for.
type kind struct {
	name    string
	queries []search.Query
}

// searching measures what somebody who types waits for, and somebody who
// searches. Names are as frequent as they are; job, town and given name are
// common words: each stands in up to a third of all entries.
func (b *bench) searching(a *app.App) error {
	typed, asked, err := b.searches()
	if err != nil {
		return err
	}
	for _, x := range []struct {
		name  string
		aim   time.Duration
		kinds []kind
		ask   func(q search.Query) error
	}{
		{"type-ahead", 20 * time.Millisecond, typed, func(q search.Query) error {
			_, err := a.Search.Complete(b.ctx, pollen.Actor{}, q)
			return err
		}},
		{"full search, with counts and facets", 50 * time.Millisecond, asked, func(q search.Query) error {
			_, err := a.Search.Find(b.ctx, pollen.Actor{}, q)
			return err
		}},
	} {
		b.tell("searching: %s", x.name)
		settle()
		var all, work []time.Duration
		var notes []figure
		for _, k := range x.kinds {
			took, worked, slowest, err := timed(k.queries, x.ask)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", x.name, k.name, err)
			}
			all, work = append(all, took...), append(work, worked...)
			notes = append(notes, figure{name: fmt.Sprintf("    %s; the slowest %q", k.name, slowest), value: ms(median(took)) + ", " + ms(quantile(took, 0.99)) + "; " + ms(quantile(worked, 0.99))})
		}
		p99 := quantile(all, 0.99)
		b.add(fmt.Sprintf("%s at %d entries, p50 and p99", x.name, b.rows), ms(median(all))+", "+ms(p99), fmt.Sprintf("p99 ≤ %v", x.aim), p99 <= x.aim)
		b.note("    processor time p50 and p99, which a busy machine changes less", ms(median(work))+", "+ms(quantile(work, 0.99)))
		b.note("    p50 and p99 by kind; processor time p99", "")
		for _, n := range notes {
			b.note(n.name, n.value)
		}
	}
	return nil
}

// timed asks everything twice and measures the second round.
func timed(queries []search.Query, ask func(search.Query) error) (took, worked []time.Duration, slowest string, err error) {
	worst := time.Duration(0)
	for round := range 2 {
		for _, q := range queries {
			start, before := time.Now(), cpu()
			if err := ask(q); err != nil {
				return nil, nil, "", fmt.Errorf("%q: %w", q.Text, err)
			}
			d := time.Since(start)
			if round == 0 {
				continue
			}
			took, worked = append(took, d), append(worked, cpu()-before)
			if d > worst {
				worst, slowest = d, q.Text
			}
		}
	}
	return took, worked, slowest, nil
}

// searches are those that are measured: of people from the whole file, the same
// every time.
func (b *bench) searches() (typed, asked []kind, err error) {
	rng := rand.New(rand.NewPCG(3, 4))
	begun := func(word string, least int) string {
		letters := []rune(word)
		return string(letters[:min(len(letters), least+rng.IntN(len(letters)))])
	}
	add := func(to *[]kind, name, text string, limit int) {
		i := slices.IndexFunc(*to, func(k kind) bool { return k.name == name })
		if i < 0 {
			i, *to = len(*to), append(*to, kind{name: name})
		}
		(*to)[i].queries = append((*to)[i].queries, search.Query{Text: text, Limit: limit})
	}
	type1 := func(name, text string) { add(&typed, name, text, 8) }
	ask := func(name, text string) { add(&asked, name, text, 20) }
	i, every := 0, max(1, b.rows/perKind)
	err = people(b.rows, func(p person) error {
		if i++; i%every != 0 {
			return nil
		}
		type1("a letter or two", string([]rune(p.given)[:1+i/every%2]))
		type1("a name", begun(p.family, 3))
		type1("two names", begun(p.given, 2)+" "+begun(p.family, 1))
		type1("an initial and a name", string([]rune(p.given)[:1])+" "+begun(p.family, 3))
		type1("a common word", begun([]string{p.job, p.town, p.given}[i/every%3], 3))
		type1("a code", begun(p.code, 2))
		type1("a telephone", begun("0"+p.phone[3:], 3))
		ask("a family name", p.family)
		ask("a common word", []string{p.job, p.town, p.given}[i/every%3])
		ask("given and family name", p.given+" "+p.family)
		ask("two common words", []string{p.given + " " + p.town, p.job + " " + p.town}[i/every%2])
		ask("two common words that never meet", p.town+" "+towns[(slices.Index(towns, p.town)+1)%len(towns)])
		ask("a word of every entry", []string{"annuaire", "annuaire.example", "example " + p.given}[i/every%3])
		ask("a common word begun", begun(p.given+" "+p.town, len(p.given)+3))
		ask("a code", p.code)
		ask("a telephone", p.phone)
		ask("an address", p.email)
		ask("nothing", "nobody "+p.family)
		add(&asked, "a common word and a filter", p.given, 20)
		last := &asked[len(asked)-1].queries
		q := &(*last)[len(*last)-1]
		q.Collection, q.Filter = slug, &filter.Cmp{Field: "town", Op: filter.Equal, Values: []string{p.town}}
		return nil
	})
	return typed, asked, err
}
