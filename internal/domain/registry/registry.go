package registry

import (
	"context"
	"sync"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Registry is the registry of one instance. Its methods are safe for
// concurrent use.
type Registry struct {
	db      *sqldb.DB
	journal *journal.Journal
	options Options

	mu        sync.RWMutex
	collected map[int64]decodedCollection // as last decoded, one for each collection
	attended  map[pollen.BatchID]int      // how many here work on a task
}

// Options set a registry up.
type Options struct {
	// Region is given to new fields for telephones that name none: that of
	// numbers written without +. "" means FR.
	Region string
	// Language tells the language of the instance, a BCP 47 tag, in a transaction
	// under way: new collections make titles in it. Nil is English.
	Language func(*sqldb.Tx) (string, error)
	// Zone tells the zone of moments that forms and tables write without one. Nil
	// is UTC.
	Zone func() *time.Location
}

// New returns the registry of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal, o Options) *Registry {
	return &Registry{db: db, journal: j, options: o, collected: map[int64]decodedCollection{}, attended: map[pollen.BatchID]int{}}
}

// Counts follows the journal to keep how many live entries and how many
// revisions each collection has.
func (r *Registry) Counts() *journal.Follower {
	return &journal.Follower{
		Name: "counts",
		Follow: func(tx *sqldb.Tx, acts []journal.Act) (int, error) {
			for i := range acts {
				if err := count(tx, &acts[i]); err != nil {
					return 0, err
				}
			}
			return len(acts), nil
		},
		Reset: func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DELETE FROM collection_counts`)
			return err
		},
	}
}

func count(tx *sqldb.Tx, a *journal.Act) error {
	d := &a.Detail
	revisions := d.Count
	if d.Revision > 0 {
		revisions++
	}
	if d.Collection == 0 || d.Created == 0 && d.Removed == 0 && revisions == 0 {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO collection_counts (collection_id, entries, revisions, changed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (collection_id) DO UPDATE SET
		  entries = collection_counts.entries + excluded.entries,
		  revisions = collection_counts.revisions + excluded.revisions,
		  changed_at = excluded.changed_at`,
		d.Collection, d.Created-d.Removed, revisions, sqldb.Millis(a.At))
	return err
}

// read runs fn on a snapshot.
func (r *Registry) read(ctx context.Context, fn func(tx *sqldb.Tx) error) error {
	return r.db.Read(ctx, fn)
}

func absent() error {
	return pollen.Absent()
}

// Env tells values what they need to know of their surroundings, without the
// entries that references mean.
func (r *Registry) Env() *schema.Env { return &schema.Env{Region: r.options.Region, Zone: r.zone()} }

func (r *Registry) zone() *time.Location {
	if r.options.Zone == nil {
		return time.UTC
	}
	return r.options.Zone()
}

// language is that of the instance.
func (r *Registry) language(tx *sqldb.Tx) (string, error) {
	if r.options.Language == nil {
		return "en", nil
	}
	return r.options.Language(tx)
}
