package desk

import (
	"context"

	"pollen"
	"pollen/internal/domain/transfer"
)

// Held is a draft that a node is at, as others see it, without what the node does
// with it.
type Held struct {
	k *Desk
	d *Draft
}

// Hold begins what a node does with a draft that is ready or was stopped.
func (k *Desk) Hold(ctx context.Context, by pollen.Actor, id DraftID) (*Held, error) {
	d, err := k.Draft(ctx, by, id)
	if err != nil {
		return nil, err
	}
	from := d.State
	d.State = DraftRunning
	if err := k.claim(ctx, d, from); err != nil {
		return nil, err
	}
	return &Held{k, d}, k.keep(ctx, d)
}

// Beat tells that the node is at it, and reports whether it shall go on.
func (h *Held) Beat(ctx context.Context) (bool, error) {
	return h.k.beat(ctx, h.d.ID, h.d.owner, transfer.Progress{})
}

// End ends what the node does.
func (h *Held) End(ctx context.Context, s DraftState) error {
	h.d.State, h.d.Alive = s, false
	return h.k.keep(ctx, h.d)
}

// Old finds what [Desk.Sweep] removes.
func (k *Desk) Old(ctx context.Context) ([]DraftID, error) { return k.old(ctx, k.db.Now()) }

// RemoveOld removes what [Desk.Sweep] found to be old.
func (k *Desk) RemoveOld(ctx context.Context, id DraftID) error {
	return k.removeOld(ctx, id, k.db.Now())
}
