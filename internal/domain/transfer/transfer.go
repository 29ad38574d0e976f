package transfer

import (
	"io"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Transfer imports into and exports from the collections of one instance. Its
// methods are safe for concurrent use.
type Transfer struct {
	db       *sqldb.DB
	registry *registry.Registry
	personas *persona.Personas
}

// New returns the transfer of a database whose schema is up to date.
func New(db *sqldb.DB, r *registry.Registry, p *persona.Personas) *Transfer {
	return &Transfer{db: db, registry: r, personas: p}
}

// File is a table to import. It is read several times from its beginning.
type File struct {
	Name    string // as its owner calls it
	Content io.ReaderAt
	Size    int64 // bytes
}

// MaxFile bounds a file that comes through a page or REST, in bytes.
const MaxFile = 256_000_000

// Options say how to import a file. The zero value finds everything out.
type Options struct {
	// Source is where the rows come from: what the same source said before is
	// the base that people's edits are told apart by. "" is the file's name.
	Source string `json:"source,omitempty"`
	// Key is the unique field that rows are matched on, or slug, or id; ""
	// takes the key of the collection where the file has it, else slug or id.
	Key string `json:"key,omitempty"`
	// Targets say what columns fill. Columns that are not named are matched by
	// their names.
	Targets []Target `json:"targets,omitempty"`
	// Leave leaves out columns that match no field, instead of refusing the
	// file.
	Leave     bool      `json:"leave,omitempty"`
	Overwrite bool      `json:"overwrite,omitempty"` // also what people changed since
	AsOf      time.Time `json:"as_of,omitzero"`      // the day the file was taken, as base
	Note      string    `json:"note,omitempty"`
	// Await lets references wait for entries that are still to be imported, as
	// between collections that refer to each other; without, their rows are refused.
	Await bool `json:"await,omitempty"`
	// Files are the images and attachments that cells name by their paths; nil is
	// none.
	Files *Files `json:"-"`
	// Read says how the file is written, where it should not be found out.
	Read tabular.Options `json:"-"`
	// DryRun only shows, where [Transfer.Import] is asked.
	DryRun bool `json:"-"`
	// Gentle keeps transactions short, beside a running server.
	Gentle bool `json:"-"`
	// Tell is told how far the import has come, after each part.
	Tell func(Progress) `json:"-"`
	// Renew is asked between two parts; nil trusts who asked at first.
	Renew Renew `json:"-"`
}

// Progress is how far an import has come.
type Progress struct {
	Rows  int64 // done
	Read  int64 // bytes of the file
	Size  int64 // bytes of the file altogether, 0 when not known
	Since time.Duration
	// Skipped is how many of the rows were done before, by the run that this
	// one goes on with.
	Skipped int64
}

// Left estimates the time left from the bytes read; 0 when it cannot be told.
func (p Progress) Left() time.Duration {
	if p.Read <= 0 || p.Size <= p.Read {
		return 0
	}
	return time.Duration(float64(p.Since) * float64(p.Size-p.Read) / float64(p.Read))
}

// Counts are what became of the rows: of the entries that they are about, where
// a file of history has several for each.
type Counts struct {
	Rows      int64 `json:"rows"`
	Revisions int64 `json:"revisions,omitempty"` // of a file of history: that were made
	Created   int64 `json:"created"`
	Changed   int64 `json:"changed"`
	Unchanged int64 `json:"unchanged"`
	Refused   int64 `json:"refused"`
	Conflicts int64 `json:"conflicts"`         // values to decide
	Kept      int64 `json:"kept"`              // values that people changed, and the source did not
	Awaited   int64 `json:"awaited,omitempty"` // references to entries that are not here yet
}

// Report says what an import did, or would do.
type Report struct {
	Counts
	Batch    pollen.BatchID `json:"batch,omitzero"` // zero when it was only shown
	Source   string         `json:"source"`
	Key      string         `json:"key,omitempty"`
	Resumed  bool           `json:"resumed,omitempty"` // it went on with an import that had been stopped
	Again    bool           `json:"again,omitempty"`   // the same file was imported before: nothing was done
	Columns  []Target       `json:"columns"`
	Examples []Example      `json:"examples"` // the first that change or are created
	Decide   []Example      `json:"decide"`   // the first with values to decide
	Bad      []Refusal      `json:"bad"`      // the first that are refused
	// Unfit are the columns of a collection that it founds with values that the
	// proposed type refuses.
	Unfit []Unfit `json:"unfit,omitempty"`

	Detected *tabular.Detected `json:"-"`
	Founded  *schema.Schema    `json:"-"` // of the collection that it founds; nil where there was one
}

// Example is one row of a report.
type Example struct {
	Line    int64          `json:"line"`
	Entry   pollen.EntryID `json:"entry,omitzero"`
	Slug    string         `json:"slug,omitempty"`
	Title   string         `json:"title"`
	Created bool           `json:"created,omitempty"`
	Values  []Difference   `json:"values"`
}

// Difference is what becomes of one value, as text that the field reads.
type Difference struct {
	Field *schema.Field `json:"-"` // nil is the body
	Name  string        `json:"field"`
	Old   string        `json:"old,omitempty"`
	New   string        `json:"new,omitempty"`
}

// Refusal is a row that was refused.
type Refusal struct {
	Line   int64          `json:"line"`
	Row    string         `json:"row,omitempty"` // its beginning
	Reason pollen.Message `json:"-"`
	Field  string         `json:"field,omitempty"`
	Text   string         `json:"reason"` // Reason in English
}

// Unfit is a column for which a type is proposed that refuses some of its values:
// their rows are refused. As text it would take them all.
type Unfit struct {
	Column string      `json:"column"`
	Field  string      `json:"field"`
	Type   schema.Type `json:"type"`
	Values int         `json:"values"` // that are refused
}

// maxExamples bounds each list of a report.
const maxExamples = 50
