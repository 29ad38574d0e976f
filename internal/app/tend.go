package app

import (
	"context"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// checked is how many acts are verified in one transaction.
const checked = 10_000

// Proof, Checkpoint and ParseCheckpoint are those of the journal, for the
// command line.
type (
	Proof      = journal.Proof
	Checkpoint = journal.Checkpoint
)

// ParseCheckpoint reads a checkpoint that was kept elsewhere.
func ParseCheckpoint(s string) (Checkpoint, error) { return journal.ParseCheckpoint(s) }

// Check verifies the journal, also against a checkpoint that somebody else
// kept; nil asks for none.
func (a *App) Check(ctx context.Context, against *journal.Checkpoint) (p journal.Proof, err error) {
	defer pollen.Wrap(&err, "app.Check")
	p.Against = against
	if _, err := a.Journal.Sequence(ctx); err != nil {
		return p, err
	}
	for last := int64(-1); last != p.Number; {
		last = p.Number
		if err := a.DB.Read(ctx, func(tx *sqldb.Tx) error { return p.Read(tx, checked) }); err != nil {
			return p, err
		}
	}
	p.End()
	return p, nil
}

// Rebuild makes again what the named followers keep, all when none is named,
// and tells done of each. It fails with Invalid on an unknown name.
func (a *App) Rebuild(ctx context.Context, names []string, done func(name string) error) (err error) {
	defer pollen.Wrap(&err, "app.Rebuild")
	var known []string
	for _, f := range a.Followers() {
		known = append(known, f.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return pollen.Errorf(pollen.Invalid, "app.follower", "Nothing is called “{name}”. Known are {known}.", "name", name, "known", strings.Join(known, ", "))
		}
	}
	for _, f := range a.Followers() {
		if len(names) > 0 && !slices.Contains(names, f.Name) {
			continue
		}
		if err := a.Journal.Rebuild(ctx, f); err != nil {
			return err
		}
		if err := done(f.Name); err != nil {
			return err
		}
	}
	return nil
}
