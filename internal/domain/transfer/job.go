package transfer

import (
	"encoding/json"
	"hash/maphash"
	"maps"
	"strconv"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// job is one import under way, run or only shown.
type job struct {
	*Transfer
	*plan
	by      pollen.Actor
	run     int64 // the batch, or what stands for one while it is only shown
	source  string
	seed    maphash.Seed
	seen    map[uint64]int64 // line by key, as far as told apart
	authors map[string]pollen.PersonaID
	awaited bool   // rows imported earlier refer to entries that may be in the file
	last    member // of a file of history
	counts  Counts
	report  *Report
}

// maxSeen bounds the keys that are told apart within one file, and so the
// memory of an import; beyond, a repeated key is one more row of its entry.
const maxSeen = 4 << 20

// maxAuthors bounds the authors that are remembered between two rows.
const maxAuthors = 10_000

// maxRefused bounds the refused rows that are kept with their reason.
const maxRefused = 100_000

// step is what one transaction did, to be taken over once it is committed.
type step struct {
	counts  Counts
	seen    map[uint64]int64
	authors map[string]pollen.PersonaID
	last    member
	report  Report
}

// rows writes, or only looks at, the rows of one part. It may be run again.
func (j *job) rows(p *registry.Work, rows []*row) (*step, error) {
	s := &step{counts: j.counts, seen: map[uint64]int64{}, authors: map[string]pollen.PersonaID{}, last: j.last}
	env := *p.Env
	env.Resolve = j.resolver(p, s)
	p.After(j.last.Entry)
	if err := j.foresee(p, rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		last, awaited := s.last, s.counts.Awaited
		var o outcome
		refused, err := p.Row(func() (err error) {
			o, err = j.row(p, &env, s, r)
			return err
		})
		if err != nil {
			return nil, err
		}
		s.counts.Rows++
		if refused != nil {
			s.last, s.counts.Awaited = last, awaited
			delete(s.authors, r.author) // made for this row, it went with it
			s.counts.Refused++
			if err := j.refuse(p, s, r, refused); err != nil {
				return nil, err
			}
			continue
		}
		s.take(j, r, &o)
	}
	return s, nil
}

// foresee looks up for all rows of a part what each will ask for.
func (j *job) foresee(p *registry.Work, rows []*row) error {
	keys, slugs := map[pollen.FieldID][]string{}, []string{}
	for _, r := range rows {
		for id, k := range r.keys {
			keys[id] = append(keys[id], k...)
		}
		if slug := r.address(); slug != "" {
			slugs = append(slugs, slug)
		}
	}
	return p.Foresee(keys, slugs)
}

// commit takes over what a step did.
func (j *job) commit(s *step) {
	j.counts, j.last = s.counts, s.last
	if len(j.seen) < maxSeen {
		maps.Copy(j.seen, s.seen)
	}
	if len(j.authors) > maxAuthors {
		clear(j.authors)
	}
	maps.Copy(j.authors, s.authors)
	j.report.Counts = s.counts
	j.report.Examples = upTo(append(j.report.Examples, s.report.Examples...))
	j.report.Decide = upTo(append(j.report.Decide, s.report.Decide...))
	j.report.Bad = upTo(append(j.report.Bad, s.report.Bad...))
}

// kept is what is kept with the batch once the step is committed.
func (s *step) kept() (string, error) {
	k := kept{Counts: s.counts}
	if s.last.Entry != 0 {
		k.Last = &s.last
	}
	b, err := json.Marshal(k)
	return string(b), err
}

func upTo[T any](list []T) []T { return list[:min(len(list), maxExamples)] }

// outcome is what became of one row.
type outcome struct {
	entry   *registry.Entry // nil: created while it is only shown
	id      pollen.EntryID
	title   string
	slug    string
	created bool
	old     registry.Content
	verdict verdict
	before  *member // of history: the row before was about the same entry
}

// take counts an outcome and keeps it as an example while there is room.
func (s *step) take(j *job, r *row, o *outcome) {
	differs := o.created || !o.old.Equal(&o.verdict.next)
	f := unchanged
	switch {
	case o.created:
		f = created
	case differs || r.standing():
		f = changed
	}
	s.count(j, o, f)
	s.counts.Kept += int64(o.verdict.kept)
	s.counts.Conflicts += int64(len(o.verdict.conflicts))
	x := Example{Line: r.line, Entry: o.id, Slug: o.slug, Title: o.title, Created: o.created}
	if differs && len(j.report.Examples)+len(s.report.Examples) < maxExamples {
		for _, d := range registry.Compare(&j.c.Schema, &o.old, &o.verdict.next) {
			x.Values = append(x.Values, difference(d.Field, d.Old, d.New))
		}
		s.report.Examples = append(s.report.Examples, x)
	}
	if len(o.verdict.conflicts) > 0 && len(j.report.Decide)+len(s.report.Decide) < maxExamples {
		x.Values = nil
		for _, c := range o.verdict.conflicts {
			x.Values = append(x.Values, difference(j.c.Schema.ByID(c.field), o.old.Value(c.field), c.incoming))
		}
		s.report.Decide = append(s.report.Decide, x)
	}
}

// count counts the entry of a row, once for all its revisions.
func (s *step) count(j *job, o *outcome, f fate) {
	if j.history && f != unchanged {
		s.counts.Revisions++
	}
	if o.before != nil {
		*s.counts.of(o.before.Fate)--
		f = max(f, o.before.Fate)
	}
	*s.counts.of(f)++
	s.last.Fate = f
}

func difference(f *schema.Field, old, next json.RawMessage) Difference {
	if f == nil {
		f := schema.Field{Name: BodyColumn, Type: schema.LongText}
		return Difference{Name: BodyColumn, Old: f.Text(old), New: f.Text(next)}
	}
	return Difference{Field: f, Name: f.Name, Old: f.Text(old), New: f.Text(next)}
}

// refuse keeps a refused row with its reason.
func (j *job) refuse(p *registry.Work, s *step, r *row, err error) error {
	m := pollen.MessageOf(err)
	f := Refusal{Line: r.line, Row: r.show(), Reason: m, Text: m.String()}
	if e, ok := err.(*pollen.Error); ok {
		f.Field = e.Field
	}
	if len(j.report.Bad)+len(s.report.Bad) < maxExamples {
		s.report.Bad = append(s.report.Bad, f)
	}
	if p.Batch.ID == 0 || s.counts.Refused > maxRefused {
		return nil
	}
	kept := refusedRow{Raw: r.raw, Field: f.Field}
	for _, c := range r.cells {
		if len(c.JSON) > 0 && c.JSON[0] != '"' {
			kept.JSON = true
		}
		kept.Cells = append(kept.Cells, c.Text)
	}
	cells, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	reason, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = p.Tx.Exec(`INSERT INTO import_refused (batch_id, line, cells, reason) VALUES ($1, $2, $3, $4) ON CONFLICT (batch_id, line) DO NOTHING`,
		p.Batch.ID, r.line, string(cells), string(reason))
	return err
}

// row decides on one row and writes what becomes of it.
func (j *job) row(p *registry.Work, env *schema.Env, s *step, r *row) (o outcome, err error) {
	if r.fault != nil {
		return o, r.fault
	}
	for _, ref := range r.later {
		v, err := readCell(ref.f, ref.cell, ref.sep, env)
		if err != nil {
			return o, err
		}
		r.said[ref.f.ID] = v
	}
	if len(r.later) > 0 {
		r.index(j.c)
	}
	if !r.at.IsZero() && r.at.After(p.Tx.Now) {
		return o, pollen.Errorf(pollen.Invalid, "transfer.future", "This row was written in the future, by its own word.").On(AtColumn)
	}
	name, id, err := j.match(p, s, r)
	if err != nil {
		return o, err
	}
	hand := registry.Hand{At: r.at, Note: r.note, Kind: r.kind}
	if hand.By, err = j.author(p, s, r.author); err != nil {
		return o, err
	}
	if id == 0 && r.n > 1 && p.Batch.ID == 0 && s.last.name == j.memberName(r) {
		o.title, o.verdict.next = j.c.TitleOf(r.said), registry.Content{Values: r.said} // it would have been made by the row before
	} else if id == 0 {
		o, err = j.create(p, r, name, hand)
	} else {
		o, err = j.revise(p, r, id, hand)
	}
	if err == nil && j.history {
		name := j.memberName(r)
		if s.last.name == name {
			before := s.last
			o.before = &before
		}
		s.last = member{name: name, Entry: o.id, Line: r.line}
	}
	return o, err
}

// match finds the entry that a row is about, 0 for a new one. name is the key
// of the row.
func (j *job) match(p *registry.Work, s *step, r *row) (name string, id pollen.EntryID, err error) {
	if j.history && s.last.Entry != 0 && s.last.name == j.memberName(r) {
		return "", s.last.Entry, nil
	}
	switch {
	case j.key != nil:
		keys := r.keys[j.key.ID]
		if len(keys) == 0 {
			return "", 0, pollen.Errorf(pollen.Invalid, "transfer.keyless", "This row has no “{key}”, on which rows are matched.", "key", j.key.Name).On(j.key.Name)
		}
		name = keys[0]
		id, err = p.ByKey(j.key, name)
	case j.plan.by == SlugColumn:
		if name = r.slug; name == "" {
			return "", 0, pollen.Errorf(pollen.Invalid, "transfer.keyless", "This row has no “{key}”, on which rows are matched.", "key", SlugColumn).On(SlugColumn)
		}
		id, _, err = p.BySlug(name)
	case j.plan.by == IDColumn:
		if name = r.id; name != "" {
			parsed, err := pollen.ParseID[struct{}](name)
			if err != nil {
				return "", 0, err
			}
			id = pollen.EntryID(parsed)
			if _, err := p.Any(id); err != nil {
				return "", 0, err
			}
		}
	default:
		return "", 0, nil
	}
	if err != nil || j.history || name == "" {
		return name, id, err
	}
	h := maphash.String(j.seed, name)
	for _, seen := range []map[uint64]int64{j.seen, s.seen} {
		if line := seen[h]; line != 0 && line != r.line {
			return "", 0, pollen.Errorf(pollen.Invalid, "transfer.repeated", "“{key}” stands on line {line} already.", "key", short(j.said(r, name)), "line", strconv.FormatInt(line, 10)).On(j.keyName())
		}
	}
	s.seen[h] = r.line
	return name, id, nil
}

// said is the key of a row as the row writes it.
func (j *job) said(r *row, key string) string {
	if j.key != nil {
		return j.key.Text(r.said[j.key.ID])
	}
	return key
}

// author is the imported persona of an author, made when first met.
func (j *job) author(p *registry.Work, s *step, name string) (pollen.PersonaID, error) {
	if name == "" || p.Batch.ID == 0 {
		return 0, nil
	}
	for _, known := range []map[string]pollen.PersonaID{j.authors, s.authors} {
		if id := known[name]; id != 0 {
			return id, nil
		}
	}
	p.Touched()
	who, err := j.personas.Imported(p.Tx, j.source, name, p.Collection.ID)
	if err == nil {
		s.authors[name] = who.ID
	}
	return who.ID, err
}

// create makes the entry of a row that matches none.
func (j *job) create(p *registry.Work, r *row, name string, hand registry.Hand) (o outcome, err error) {
	if r.n > 1 {
		return o, pollen.Errorf(pollen.Invalid, "transfer.first-missing", "Revision {n} comes before the entry was made.", "n", strconv.Itoa(r.n)).On(RevisionColumn)
	}
	next := registry.Content{Values: schema.Values{}}
	for id, v := range r.said {
		if err := next.SetValue(id, v); err != nil {
			return o, err
		}
	}
	o.created, o.title = true, r.title
	o.verdict = verdict{next: next, said: r.said}
	hand.Slug = r.slug
	if slug := r.address(); slug != "" {
		holder, live, err := p.BySlug(slug)
		if err == nil && holder != 0 && !live {
			err = j.gone(p, r, holder)
		}
		if err != nil {
			return o, err
		}
	}
	if p.Batch.ID == 0 {
		return o, j.available(p, nil, next)
	}
	if hand.ID, err = j.identifier(p, r, name); err != nil {
		return o, err
	}
	if hand.Kind != "" {
		hand.Kind = pollen.ActCreate
	}
	e, err := p.Save(nil, next, hand)
	if err != nil {
		return o, err
	}
	o.entry, o.id, o.slug = e, e.ID, e.Slug
	return o, j.arrived(p.Tx, j.calls(r))
}

// identifier is the one by which others refer to a new entry already: rows of the
// same file, or of one imported earlier. 0 is none.
func (j *job) identifier(p *registry.Work, r *row, name string) (id pollen.EntryID, err error) {
	if j.self {
		return j.kept(p, r, name)
	}
	if id, err = j.expected(p.Tx, j.calls(r)); err != nil || id == 0 {
		return 0, err
	}
	if _, err := p.Any(id); !pollen.Is(err, pollen.NotFound) {
		return 0, err
	}
	return id, nil
}

// gone looks at the entry out of sight whose address a new entry would have: one
// of the same key that people retired or merged stays so.
func (j *job) gone(p *registry.Work, r *row, holder pollen.EntryID) error {
	e, err := p.Any(holder)
	if err != nil {
		return err
	}
	if j.key != nil && string(e.Values[j.key.ID]) != string(r.said[j.key.ID]) {
		return nil
	}
	n, err := p.Wrote(e, j.source)
	switch {
	case err != nil || n == 0 && j.keyName() == "":
		return err
	case e.Into != 0:
		return pollen.Errorf(pollen.Conflict, "transfer.merged", "“{title}” was merged into another entry here. Leave it out.", "title", e.Title)
	}
	return pollen.Errorf(pollen.Conflict, "transfer.retired", "“{title}” was retired here. Restore it first, or leave it out.", "title", e.Title)
}

// available tells while an import is only shown whether unique values are free.
func (j *job) available(p *registry.Work, e *registry.Entry, next registry.Content) error {
	for i := range j.c.Schema.Fields {
		f := &j.c.Schema.Fields[i]
		if !f.Unique || j.key != nil && f.ID == j.key.ID {
			continue
		}
		for _, k := range f.Keys(next.Values[f.ID]) {
			id, err := p.ByKey(f, k)
			if err != nil {
				return err
			}
			if id != 0 && (e == nil || id != e.ID) {
				return pollen.Errorf(pollen.Conflict, "registry.unique", "Another entry already has {value} as “{field}”.", "value", f.Text(next.Values[f.ID]), "field", f.Name).On(f.Name)
			}
		}
	}
	return nil
}

// revise brings the entry that a row is about to what the row says, as far as
// people let it.
func (j *job) revise(p *registry.Work, r *row, id pollen.EntryID, hand registry.Hand) (o outcome, err error) {
	if j.history {
		return j.retell(p, r, id, hand)
	}
	e, err := p.Entry(id)
	if err != nil {
		return o, err
	}
	o = outcome{entry: e, id: e.ID, title: e.Title, slug: e.Slug, old: e.Content.Clone()}
	st := &standing{now: o.old, mine: func(f pollen.FieldID) (bool, error) { return p.Imported(e.ID, e.SinceOf(f)) }}
	written, seen, err := j.base(p, e, st)
	if err != nil {
		return o, err
	}
	if o.verdict, err = decide(&j.c.Schema, st, r, j.o.Overwrite); err != nil {
		return o, err
	}
	if p.Batch.ID == 0 {
		return o, j.available(p, e, o.verdict.next)
	}
	was := e.Revision
	if hand.Kind != "" {
		hand.Kind = pollen.ActRevise
	}
	if e, err = p.Save(e, o.verdict.next, hand); err != nil {
		return o, err
	}
	if e.Revision > was {
		written = &e.Content
	}
	if err := j.say(p, e, written, seen, o.verdict.said); err != nil {
		return o, err
	}
	return o, j.clash(p, e, o.verdict.conflicts)
}
