package app

import (
	"context"
	"fmt"
	"time"

	"pollen"
	"pollen/internal/app/sample"
	"pollen/internal/domain/community"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
)

// back sets the clock of the instance back, for a story that is told later than
// it happened.
func (a *App) back(d time.Duration) { a.ago.Store(int64(d)) }

// storyStart is how long ago the story of the sample begins: a day before its
// first step.
func storyStart() (time.Duration, error) {
	steps, err := sample.Life()
	if err != nil {
		return 0, err
	}
	return steps[0].Ago + 24*time.Hour, nil
}

// stage is what replaying the sample's life needs to know.
type stage struct {
	collections map[string]sample.Collection
	ids         map[string]map[string]pollen.EntryID // by collection and key
	acts        map[string]pollen.ActID              // by the name of the step
}

// live replays what the sample personas do, each step when it happened.
func (a *App) live(ctx context.Context, ids map[string]map[string]pollen.EntryID) error {
	steps, err := sample.Life()
	if err != nil {
		return err
	}
	g := &stage{map[string]sample.Collection{}, ids, map[string]pollen.ActID{}}
	for _, c := range sample.Collections() {
		g.collections[c.Slug] = c
	}
	for _, s := range steps {
		a.back(s.Ago)
		who, err := a.Personas.ByHandle(ctx, s.As)
		if err != nil {
			return err
		}
		by, err := a.Actor(ctx, who.ID)
		if err != nil {
			return err
		}
		act, err := a.step(ctx, by, s, g)
		if err != nil {
			return fmt.Errorf("step %s of the sample's life, %s by %s: %w", s.ID, s.Do, s.As, err)
		}
		if s.ID != "" {
			g.acts[s.ID] = act
		}
	}
	return nil
}

// step does one thing, and returns its contribution where a later step may
// speak of it.
func (a *App) step(ctx context.Context, by pollen.Actor, s sample.Step, g *stage) (act pollen.ActID, err error) {
	id := g.ids[s.Collection][s.Entry]
	switch s.Do {
	case sample.Found:
		_, err = a.Communities.Found(ctx, by, community.Community{Slug: s.Community, Name: s.Name, Purpose: s.Body, Join: community.Open})
	case sample.Join:
		_, err = a.Communities.Join(ctx, by, s.Community)
	case sample.Create, sample.Revise:
		return a.write(ctx, by, s, g)
	case sample.Revert:
		var e *registry.Entry
		if e, err = a.Registry.Get(ctx, by, id); err == nil {
			_, err = a.Registry.Revert(ctx, by, id, registry.Reversal{To: e.Revision - 1, Note: s.Note})
		}
	case sample.Retire:
		_, err = a.Registry.Retire(ctx, by, id, s.Note)
	case sample.Ask, sample.Answer, sample.Comment:
		var p talk.Post
		p, err = a.Talk.Say(ctx, by, id, talk.Words{Kind: pollen.ActKind(s.Do), Body: s.Body, To: g.acts[s.Re], Field: s.Field})
		act = p.Act
	case sample.Help:
		_, err = a.Talk.Mark(ctx, by, g.acts[s.Re], talk.DidHelp)
	case sample.Thank:
		_, err = a.Thanks.Thank(ctx, by, g.acts[s.Re], s.Note)
	default:
		err = fmt.Errorf("nobody knows how to do that")
	}
	return act, err
}

// write makes or revises an entry.
func (a *App) write(ctx context.Context, by pollen.Actor, s sample.Step, g *stage) (pollen.ActID, error) {
	ch, err := change(g.collections[s.Collection], s.Values, g.ids, func(string) bool { return true })
	if err != nil {
		return 0, err
	}
	ch.Note = s.Note
	if s.Body != "" {
		ch.Body = &s.Body
	}
	var e *registry.Entry
	if s.Do == sample.Revise {
		e, err = a.Registry.Revise(ctx, by, g.ids[s.Collection][s.Entry], ch)
	} else {
		e, err = a.Registry.Create(ctx, by, s.Collection, ch)
	}
	if err != nil {
		return 0, err
	}
	g.ids[s.Collection][s.Entry] = e.ID
	p, err := a.Registry.Revisions(ctx, by, e.ID, 1, "")
	if err != nil {
		return 0, err
	}
	return p.Items[0].Act, nil
}
