package registry

import (
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// BatchKind says what a batch is.
type BatchKind string

// The kinds of batch.
const (
	BatchImport BatchKind = "import"
	BatchEdit   BatchKind = "edit"
	BatchRevert BatchKind = "revert"
	BatchSchema BatchKind = "schema"
)

// BatchState says where a batch stands.
type BatchState string

// The states of a batch.
const (
	BatchInProgress BatchState = "in-progress" // a killed one stays so until it is resumed or aborted
	BatchDone       BatchState = "done"
	BatchAborted    BatchState = "aborted"
	BatchReverted   BatchState = "reverted"
)

// Batch is a set of revisions made together, and undone together.
type Batch struct {
	ID         pollen.BatchID
	Kind       BatchKind
	State      BatchState
	Collection pollen.CollectionID
	By         pollen.PersonaID
	Source     string // of an import: where the rows come from
	Digest     string // of an import: SHA-256 of its options and file, by which it is resumed
	Position   int64  // rows done
	Note       string
	Plan       string // JSON: of an import, how it was asked for
	Report     string // JSON: counts, kept as the batch goes on
	At         time.Time
	Ended      time.Time
}

// Undoable reports whether there is anything to undo in a batch, as it stands.
func (b *Batch) Undoable() bool {
	return b.Kind != BatchSchema && (b.State == BatchDone || b.State == BatchInProgress)
}

// part collects what one transaction of a batch wrote, for its one act.
type part struct {
	id     pollen.BatchID
	act    pollen.ActID
	proven []proven // its revisions
	detail journal.Detail
	wrote  bool           // the row under way has written something
	fresh  *fresh         // nil when every entry is written at once
	known  *known         // nil when nothing is remembered
	before pollen.EntryID // what the part before ended with, where its revisions go on in this one
	links  []func() bool  // of its first revisions: whether they bring in a link
}

// lookedAt is how many revisions of a part can be looked through for links: a
// larger one is held for its size, if at all.
const lookedAt = 100

// put writes one entry of the part, or holds it until others are written.
func (p *part) put(tx *sqldb.Tx, d *writeSet) error {
	p.wrote = true
	if p.fresh != nil && d.steps[0].into == &entryRows {
		p.fresh.add(d)
		if len(p.fresh.entries) >= freshMost {
			if err := p.flush(tx); err != nil {
				return err
			}
		}
	} else {
		if err := p.flush(tx); err != nil {
			return err
		}
		if err := d.write(tx, nil); err != nil {
			return err
		}
	}
	if p.known != nil {
		p.known.learn(d)
	}
	if len(p.links) < lookedAt {
		p.links = append(p.links, d.links)
	}
	p.proven = append(p.proven, d.proven)
	p.detail.Created += d.detail.Created
	p.detail.Removed += d.detail.Removed
	p.detail.Taken += d.detail.Taken
	return nil
}

// again is how many of its revisions are further ones of an entry.
func (p *part) again() (n int) {
	seen := map[pollen.EntryID]bool{p.before: true}
	for i := range p.proven {
		if seen[p.proven[i].entry] {
			n++
		}
		seen[p.proven[i].entry] = true
	}
	return n
}

// holds reports whether a new entry is not written yet.
func (p *part) holds(id pollen.EntryID) bool { return p.fresh != nil && p.fresh.entries[id] }

// brings reports whether a revision of the part brings in a link.
func (p *part) brings() bool {
	return slices.ContainsFunc(p.links, func(links func() bool) bool { return links() })
}
