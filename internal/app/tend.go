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

// Check verifies the journal: how many acts it has, and what is wrong.
func (a *App) Check(ctx context.Context) (n int64, faults []journal.Fault, err error) {
	defer pollen.Wrap(&err, "app.Check")
	if _, err := a.Journal.Sequence(ctx); err != nil {
		return 0, nil, err
	}
	for {
		var last int64
		err := a.DB.Read(ctx, func(tx *sqldb.Tx) error {
			var found []journal.Fault
			last, found, err = journal.Verify(tx, n, checked)
			faults = append(faults, found...)
			return err
		})
		if err != nil || last == n {
			return n, faults, err
		}
		n = last
	}
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
