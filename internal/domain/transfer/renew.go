package transfer

import (
	"context"
	"slices"

	"pollen"
	"pollen/internal/domain/registry"
)

// Renew reads again who asked, while what they asked for takes its time. It
// fails when they may not go on, as when their token was revoked.
type Renew func(context.Context) (pollen.Actor, error)

// still is who asked, read again between two parts. It fails as renew does, and
// when they have lost a community since.
func (renew Renew) still(ctx context.Context, by pollen.Actor) (pollen.Actor, error) {
	if renew == nil {
		return by, nil
	}
	now, err := renew(ctx)
	switch {
	case err != nil && pollen.Is(err, pollen.Internal):
		return by, err
	case err != nil:
		return by, lost(pollen.KindOf(err)).Because(err)
	case now.Silenced || now.Persona != by.Persona || slices.ContainsFunc(by.Communities, func(c pollen.CommunityID) bool { return !now.Member(c) }):
		return by, lost(pollen.Forbidden)
	}
	return now, nil
}

// heard refuses the parts of a persona that was silenced or erased.
func (t *Transfer) heard(p *registry.Work, by pollen.Actor) error {
	silenced, err := t.personas.Silenced(p.Tx, by.Persona)
	if err == nil && silenced {
		err = lost(pollen.Forbidden)
	}
	return err
}

func lost(k pollen.Kind) *pollen.Error {
	return pollen.Errorf(k, "transfer.lost", "Your access ended while this was under way, and so did this. Nothing that was done is lost: whoever may goes on with the same file, or undoes it.")
}
