package transfer

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
)

// member is the entry that the last row of history was about. It is kept with the
// batch, for the run that goes on, without its name: that may be a value which not
// everybody reads who sees the batch, and stands in the file.
type member struct {
	name  string
	Entry pollen.EntryID `json:"entry"`
	Fate  fate           `json:"fate"`
	Line  int64          `json:"line"`
}

// kept is what is kept with a batch between two parts.
type kept struct {
	Counts
	Last *member `json:"last,omitempty"`
}

// fate is what becomes of an entry, from the least to the most.
type fate int

const (
	unchanged fate = iota
	changed
	created
)

// of is where an entry of a fate is counted.
func (c *Counts) of(f fate) *int64 { return [...]*int64{&c.Unchanged, &c.Changed, &c.Created}[f] }

// memberName is what the rows of one entry have in common in a file of history.
func (j *job) memberName(r *row) string {
	for _, s := range []string{r.id, r.slug} {
		if s != "" {
			return s
		}
	}
	return strings.Join(j.key.Keys(r.said[j.key.ID]), "\x00")
}

// standing reports whether a row of history changes the standing of its entry.
func (r *row) standing() bool {
	return r.kind == pollen.ActRetire || r.kind == pollen.ActRestore || r.kind == pollen.ActMerge
}

// retell adds a revision of a file of history, unless it is there already.
func (j *job) retell(p *registry.Work, r *row, id pollen.EntryID, hand registry.Hand) (o outcome, err error) {
	e, err := p.Any(id)
	if err != nil {
		return o, err
	}
	o = outcome{entry: e, id: e.ID, title: e.Title, slug: e.Slug}
	if r.n <= e.Revision {
		then, err := p.Content(e.ID, r.n)
		if err != nil {
			return o, err
		}
		o.old, o.verdict.next = then, then
		for id, v := range r.said {
			if string(then.Value(id)) != string(v) {
				return o, otherHistory(e, r.n)
			}
		}
		r.kind = ""
		return o, nil
	}
	if r.n > e.Revision+1 {
		return o, otherHistory(e, r.n)
	}
	if n, err := p.Wrote(e, j.source); err != nil || n != e.Revision && p.Batch.ID != 0 {
		if err == nil {
			err = otherHistory(e, r.n)
		}
		return o, err
	}
	if err := j.mayStand(p, r, e); err != nil {
		return o, err
	}
	o.old = e.Content.Clone()
	o.verdict.next = o.old.Clone()
	for _, id := range slices.Sorted(maps.Keys(r.said)) {
		if err := o.verdict.next.SetValue(id, r.said[id]); err != nil {
			return o, err
		}
	}
	if p.Batch.ID == 0 {
		return o, nil
	}
	switch {
	case hand.Kind == pollen.ActMerge:
		hand.Kind = pollen.ActRetire // into which entry is told by nothing in the file
	case hand.Kind == pollen.ActCreate || hand.Kind == "":
		hand.Kind = pollen.ActRevise
	}
	_, err = p.Save(e, o.verdict.next, hand)
	return o, err
}

// mayStand decides whether a row may retire an entry or bring it back. A source is
// a name that anybody can say: a file that goes on with what somebody else imported
// under it may revise that, as anybody may, and takes nothing away by the thousand.
func (j *job) mayStand(p *registry.Work, r *row, e *registry.Entry) error {
	if !r.standing() || j.by.System() {
		return nil
	}
	who, err := p.BroughtBy(e.ID, e.Revision)
	if err == nil && who != j.by.Persona {
		err = pollen.Errorf(pollen.Forbidden, "transfer.others", "“{title}” was imported by somebody else. Whether it stands is decided on its page.", "title", e.Title).On(KindColumn)
	}
	return err
}

func otherHistory(e *registry.Entry, n int) error {
	return pollen.Errorf(pollen.Conflict, "transfer.other-history", "“{title}” has a history of its own here, in which revision {n} has no place.", "title", e.Title, "n", strconv.Itoa(n)).On(RevisionColumn)
}
