package registry

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// proven is what the journal proves of a revision: whose it is, who wrote it
// and when, and the salted digest of its content. All of it stands in the row of
// the revision, also once the content is erased.
type proven struct {
	entry   pollen.EntryID
	n       int
	persona pollen.PersonaID
	at      time.Time
	kind    pollen.ActKind
	digest  []byte
}

// leaf is a revision in the tree of its part of a batch: four integers of eight
// bytes, the digest, and the kind.
func (p *proven) leaf() []byte {
	b := make([]byte, 0, 80)
	for _, v := range []int64{int64(p.entry), int64(p.n), int64(p.persona), sqldb.Millis(p.at)} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	return append(append(b, p.digest...), p.kind...)
}

// rootOf is what the act of a part says of its revisions: the root of the tree
// over them, by entry and number, so that it can be computed again from what is
// stored. It puts them in that order.
func rootOf(revisions []proven) []byte {
	slices.SortFunc(revisions, func(a, b proven) int { return cmp.Or(cmp.Compare(a.entry, b.entry), cmp.Compare(a.n, b.n)) })
	var tree journal.Tree
	for i := range revisions {
		tree.Add(revisions[i].leaf())
	}
	return tree.Root()
}
