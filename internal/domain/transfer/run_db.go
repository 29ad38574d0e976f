package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// The sizes of one part. Beside a server a part is to take a twentieth of a
// second at most, so that nobody's edit waits.
const (
	aloneRows  = 5000
	firstRows  = 100
	fewestRows = 10
	partBytes  = 8 << 20
	gentlePart = 30 * time.Millisecond
)

// Preview shows what an import would do, over the whole file, and writes nothing
// that is there when it returns. It fails as [Transfer.Run] does.
func (t *Transfer) Preview(ctx context.Context, by pollen.Actor, collection string, f File, o Options) (_ *Report, err error) {
	defer pollen.Wrap(&err, "transfer.Preview", collection)
	j, rd, err := t.begin(ctx, by, collection, f, o)
	if err != nil {
		return nil, err
	}
	return j.preview(ctx, rd, f, func(fn func(*registry.Work) error) error { return t.registry.Peek(ctx, by, collection, fn) })
}

// preview looks at every row through peek, and closes rd.
func (j *job) preview(ctx context.Context, rd tabular.Reader, f File, peek func(func(*registry.Work) error) error) (_ *Report, err error) {
	defer func() { err = errors.Join(err, rd.Close()) }()
	j.run = j.db.Mint.Ordered()
	if j.self {
		defer func() { err = errors.Join(err, j.forget(context.WithoutCancel(ctx), j.run)) }()
		if err := j.stage(ctx, f); err != nil {
			return nil, err
		}
	}
	err = j.each(ctx, rd, f, 0, func(rows []*row) error {
		return peek(func(p *registry.Work) error {
			s, err := j.rows(p, rows)
			if err == nil {
				j.commit(s)
			}
			return err
		})
	})
	return j.report, err
}

// Run imports a file as one batch. An import of the same file with the same
// options that was stopped goes on where it stood. It fails with Invalid when
// the file or the options make no sense, with NotFound and Forbidden as writing
// does, also when whoever asked may not go on between two parts, and with
// Conflict when somebody else runs the same import.
func (t *Transfer) Run(ctx context.Context, by pollen.Actor, collection string, f File, o Options) (_ *Report, err error) {
	defer pollen.Wrap(&err, "transfer.Run", collection)
	j, rd, err := t.begin(ctx, by, collection, f, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	b, err := j.batch(ctx, f)
	if err != nil || j.report.Again {
		return j.report, err
	}
	j.run, j.report.Batch = int64(b.ID), b.ID
	if j.self {
		if err := j.stage(ctx, f); err != nil {
			return nil, err
		}
	}
	position := b.Position
	err = j.each(ctx, rd, f, position, func(rows []*row) error {
		var s *step
		now, err := o.Renew.still(ctx, by)
		if err != nil {
			return err
		}
		err = t.registry.Work(ctx, now, b.ID, func(p *registry.Work) (err error) {
			if err := t.heard(p, now); err != nil {
				return err
			}
			if s, err = j.rows(p, rows); err != nil {
				return err
			}
			report, err := s.kept()
			if err != nil {
				return err
			}
			return p.Advance(position, position+int64(len(rows)), report)
		})
		if err != nil {
			return err
		}
		position += int64(len(rows))
		j.commit(s)
		return nil
	})
	if err != nil {
		return j.report, err
	}
	if j.self {
		if err := j.settle(ctx, b.ID); err != nil {
			return j.report, err
		}
	}
	counts, err := json.Marshal(j.counts)
	if err != nil {
		return j.report, err
	}
	return j.report, t.registry.End(ctx, by, b.ID, string(counts))
}

// Abort undoes the import of a file that was stopped. It fails with NotFound
// when there is none.
func (t *Transfer) Abort(ctx context.Context, by pollen.Actor, collection string, f File, o Options) (u registry.Undone, err error) {
	defer pollen.Wrap(&err, "transfer.Abort", collection)
	j, rd, err := t.begin(ctx, by, collection, f, o)
	if err != nil {
		return u, err
	}
	if err := rd.Close(); err != nil {
		return u, err
	}
	digest, err := j.digest(f)
	if err != nil {
		return u, err
	}
	b, err := t.registry.LastOf(ctx, by, collection, digest)
	if err != nil && !pollen.Is(err, pollen.NotFound) {
		return u, err
	}
	if b.State != registry.BatchInProgress && b.State != registry.BatchAborted {
		return u, noneStopped()
	}
	u, err = t.registry.Undo(ctx, by, b.ID, "")
	if b.State == registry.BatchAborted && pollen.Is(err, pollen.Conflict) {
		err = noneStopped() // that came to its end
	}
	if err != nil {
		return u, err
	}
	return u, t.forget(ctx, int64(b.ID))
}

func noneStopped() error {
	return pollen.Errorf(pollen.NotFound, "transfer.none-stopped", "No import of this file with these options was stopped on its way.")
}

// begin opens a file and plans its import.
func (t *Transfer) begin(ctx context.Context, by pollen.Actor, collection string, f File, o Options) (*job, tabular.Reader, error) {
	c, err := t.registry.Collection(ctx, by, collection)
	if err != nil {
		return nil, nil, err
	}
	rd, detected, err := headed(c, f, &o)
	if err != nil {
		return nil, nil, err
	}
	before, err := t.before(ctx, by, c, sourceOf(f, o))
	if err != nil {
		return nil, nil, errors.Join(err, rd.Close())
	}
	j, err := t.job(by, c, f, o, rd, detected, before)
	if err == nil {
		j.awaited, err = t.awaitedBy(ctx, c.Slug)
	}
	if err != nil {
		return nil, nil, errors.Join(err, rd.Close())
	}
	return j, rd, nil
}

// sourceOf is where the rows of a file come from.
func sourceOf(f File, o Options) string {
	if o.Source != "" {
		return o.Source
	}
	return FileName(f.Name)
}

// FileName is the name of a file as it can be kept: systems give names that are
// no text.
func FileName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
}

// job plans the import of a file that is open.
func (t *Transfer) job(by pollen.Actor, c *registry.Collection, f File, o Options, rd tabular.Reader, detected *tabular.Detected, before map[string]Target) (*job, error) {
	p, err := newPlan(by, c, rd.Columns(), detected.Format, o, before)
	if err != nil {
		return nil, err
	}
	j := &job{Transfer: t, plan: p, by: by, source: sourceOf(f, o), seed: maphash.MakeSeed(), seen: map[uint64]int64{}, authors: map[string]pollen.PersonaID{}}
	j.report = &Report{Source: j.source, Key: p.keyName(), Columns: p.targets, Detected: detected,
		Examples: []Example{}, Decide: []Example{}, Bad: []Refusal{}}
	return j, nil
}

// before is what the columns of a source filled the last time, so that nobody
// says it twice.
func (t *Transfer) before(ctx context.Context, by pollen.Actor, c *registry.Collection, source string) (map[string]Target, error) {
	plan, err := t.registry.PlanOf(ctx, by, c.Slug, source)
	if err != nil || plan == "" {
		return nil, err
	}
	var o Options
	if err := json.Unmarshal([]byte(plan), &o); err != nil {
		return nil, err
	}
	out := map[string]Target{}
	for _, x := range o.Targets {
		if x.Field != "" && (slices.Contains(others, x.Field) || c.Schema.Field(x.Field) != nil) {
			out[x.Column] = x
		}
	}
	return out, nil
}

// headed opens a file whose first row may be its header: where the row alone does
// not tell, the fields of the collection do.
func headed(c *registry.Collection, f File, o *Options) (tabular.Reader, *tabular.Detected, error) {
	rd, detected, err := reopen(f, *o)
	if err != nil || detected.Header || detected.Format == tabular.JSONL || o.Read.Header != "" && o.Read.Header != tabular.HeaderAuto {
		return rd, detected, err
	}
	named := *o
	named.Read.Header = tabular.HeaderYes
	again, other, err := reopen(f, named)
	if err != nil {
		return nil, nil, errors.Join(err, rd.Close())
	}
	own := exported(again.Columns())
	for _, column := range again.Columns() {
		if _, ok := match(&c.Schema, column, own); ok {
			continue
		}
		return rd, detected, again.Close()
	}
	o.Read.Header = tabular.HeaderYes
	return again, other, rd.Close()
}

// reopen reads a file from its beginning.
func reopen(f File, o Options) (tabular.Reader, *tabular.Detected, error) {
	o.Read.Name, o.Read.Size = f.Name, f.Size
	return tabular.Open(io.NewSectionReader(f.Content, 0, f.Size), o.Read)
}

// digest is the fingerprint of a file with the options that matter: the columns
// by what they fill, and how the file is read, however that was found.
func (j *job) digest(f File) (string, error) {
	h := sha256.New()
	o := j.o
	o.Targets = nil
	err := json.NewEncoder(h).Encode(struct {
		Collection pollen.CollectionID
		Source     string
		Options    Options
		Targets    []Target
		Sheet      string
		Read       tabular.Detected
	}{j.c.ID, j.source, o, j.targets, j.o.Read.Sheet, *j.report.Detected})
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(h, io.NewSectionReader(f.Content, 0, f.Size)); err != nil {
		return "", fmt.Errorf("reading the file: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// batch opens the batch of an import, or finds the one to go on with.
func (j *job) batch(ctx context.Context, f File) (*registry.Batch, error) {
	digest, err := j.digest(f)
	if err != nil {
		return nil, err
	}
	b, err := j.registry.LastOf(ctx, j.by, j.c.Slug, digest)
	switch {
	case err != nil && !pollen.Is(err, pollen.NotFound):
		return nil, err
	case b.State == registry.BatchInProgress && b.By == j.by.Persona:
		j.report.Resumed = true
		k := kept{Last: &j.last}
		err := counted(&b, &k)
		j.counts = k.Counts
		return &b, err
	case b.State == registry.BatchDone && j.keyName() == "":
		// Without a key nothing tells its rows from those it made.
		j.report.Again, j.report.Batch = true, b.ID
		return &b, counted(&b, &j.report.Counts)
	}
	o := j.o
	o.Targets = j.targets
	plan, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	return j.registry.Begin(ctx, j.by, j.c.Slug, registry.Batch{Kind: registry.BatchImport, Source: j.source, Digest: digest, Note: j.o.Note, Plan: string(plan)})
}

// counted reads what was kept with a batch into its counts, or those with more.
func counted(b *registry.Batch, into any) error {
	if b.Report == "" {
		return nil
	}
	return json.Unmarshal([]byte(b.Report), into)
}

// portion is rows that are read, and the error that ended reading.
type portion struct {
	rows []*row
	read int64
	err  error
}

// each reads the rows after the first skip ones and hands them on in portions.
// The next portion is read while one is written.
func (j *job) each(ctx context.Context, rd tabular.Reader, f File, skip int64, do func([]*row) error) error {
	start := j.db.Now()
	want := make(chan int, 1)
	got := make(chan portion)
	stop := make(chan struct{})
	go j.produce(ctx, rd, skip, want, got, stop)
	defer func() {
		close(stop)
		for range got { // the reader is let go of before it is closed
		}
	}()
	size := aloneRows
	if j.o.Gentle {
		size = firstRows
	}
	want <- size
	for p := range got {
		if p.err != nil {
			return p.err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		want <- size
		began := j.db.Now()
		if err := do(p.rows); err != nil {
			return err
		}
		now := j.db.Now()
		if j.o.Tell != nil {
			j.o.Tell(Progress{Rows: j.counts.Rows, Read: p.read, Size: f.Size, Since: now.Sub(start), Skipped: skip})
		}
		if j.o.Gentle {
			size = gentler(len(p.rows), now.Sub(began))
			if err := j.db.Yield(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// gentler chooses how many rows the next part has by how long the last took.
func gentler(rows int, took time.Duration) int {
	if took <= 0 {
		return min(2*rows+fewestRows, aloneRows)
	}
	return max(fewestRows, min(int(float64(rows)*float64(gentlePart)/float64(took)), 2*rows+fewestRows, aloneRows))
}

// produce reads portions as long as they are wanted.
func (j *job) produce(ctx context.Context, rd tabular.Reader, skip int64, want <-chan int, got chan<- portion, stop <-chan struct{}) {
	defer close(got)
	var rec tabular.Record
	line := int64(0)
	for {
		var n int
		select {
		case n = <-want:
		case <-stop:
			return
		}
		var p portion
		bytes := 0
		for len(p.rows) < n && bytes < partBytes && p.err == nil {
			r, err := j.next(ctx, rd, &rec)
			if err != nil {
				p.err = err
				break
			}
			if line++; line <= skip {
				j.known(r)
				continue
			}
			bytes += r.size + 200
			p.rows = append(p.rows, r)
		}
		p.read = rd.Offset()
		end := p.err == io.EOF
		if end {
			p.err = nil
		}
		if len(p.rows) > 0 || p.err != nil {
			select {
			case got <- p:
			case <-stop:
				return
			}
		}
		if end || p.err != nil {
			return
		}
	}
}

// known remembers of a row that an earlier run did what the rows after it need.
func (j *job) known(r *row) {
	if r.fault != nil {
		return
	}
	if j.history {
		if r.line == j.last.Line {
			j.last.name = j.memberName(r)
		}
		return
	}
	name := r.slug
	if j.key != nil {
		name = ""
		for _, k := range j.key.Keys(r.said[j.key.ID]) {
			name = k
		}
	} else if j.plan.by == IDColumn {
		name = r.id
	}
	if name != "" && len(j.seen) < maxSeen {
		j.seen[maphash.String(j.seed, name)] = r.line
	}
}

// next reads one row; a record that cannot be read is a row with a fault.
func (j *job) next(ctx context.Context, rd tabular.Reader, rec *tabular.Record) (*row, error) {
	err := rd.Next(rec)
	if bad, ok := errors.AsType[*tabular.Problem](err); ok {
		return &row{line: bad.Line, raw: bad.Raw, fault: bad.Err, size: len(bad.Raw)}, nil
	}
	if err != nil {
		return nil, err
	}
	return j.read(rec, j.env(ctx)), nil
}

// env reads cells, and the files that they name. An import that is only shown
// keeps none.
func (j *job) env(ctx context.Context) *schema.Env {
	env := j.registry.Env()
	if files := j.o.Files; files != nil {
		env.File = func(f *schema.Field, path string) (schema.Blob, error) {
			return files.of(ctx, j.by, f, path, j.report.Batch != 0)
		}
	}
	return env
}
