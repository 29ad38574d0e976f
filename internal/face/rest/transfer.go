package rest

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

type importIn struct {
	Caller
	Slug      string    `path:"slug"`
	DryRun    bool      `query:"dry_run" doc:"Show what would be done, and do nothing"`
	Name      string    `query:"name" doc:"Name of the file, which tells its source unless source does"`
	Source    string    `query:"source" doc:"Where the rows come from: what it said before is the base that people's edits are told apart by"`
	Key       string    `query:"key" doc:"Unique field that rows are matched on; also slug or id"`
	Overwrite bool      `query:"overwrite" doc:"Overwrite also what people changed since"`
	Leave     bool      `query:"leave" doc:"Leave out columns that match no field"`
	AsOf      time.Time `query:"as_of" doc:"When the file was taken"`
	Note      string    `query:"note"`
	Map       []string  `query:"map,explode" doc:"What a column fills, as column=field, once for each: field@fr is one language, field#lat a part of a place, nothing leaves the column out"`
	Format    string    `query:"format" enum:"csv,xlsx,jsonl" doc:"Found out unless told"`
	Delimiter string    `query:"delimiter" doc:"Of CSV; found out unless told"`
	Encoding  string    `query:"encoding" doc:"Such as windows-1252; found out unless told"`
	Header    string    `query:"header" enum:"auto,yes,no" doc:"Whether the first row names the columns"`
	Sheet     string    `query:"sheet" doc:"Of a workbook; the first unless told"`
	Founding

	body io.Reader
}

// Founding says what collection to found where there is none.
type Founding struct {
	Create    bool            `query:"create" doc:"Found the collection where there is none, with fields and types proposed from the file"`
	Community string          `query:"community" doc:"Of a new collection: the community that holds it; commons unless told"`
	Title     string          `query:"title" doc:"Of a new collection: its name; made of its address unless told"`
	Purpose   string          `query:"purpose" doc:"Of a new collection"`
	Licence   string          `query:"licence" doc:"Of a new collection"`
	Audience  pollen.Audience `query:"audience" enum:"public,members,community" doc:"Of a new collection: who may read it; members unless told"`
	Lang      string          `query:"lang" default:"en" doc:"Of a new collection: the language of its name and of the labels of its fields"`
	Text      []string        `query:"text,explode" doc:"Of a new collection: a column that becomes text, whatever it looks like, once for each"`
}

// Resolve hands the body on as it comes: it may be large, and of any format.
func (in *importIn) Resolve(ctx huma.Context) []error {
	in.body = ctx.BodyReader()
	return nil
}

// ImportReport says what an import did, or would do.
type ImportReport struct {
	transfer.Counts
	Batch    pollen.BatchID     `json:"batch,omitzero" doc:"Absent when it was only shown"`
	Source   string             `json:"source"`
	Key      string             `json:"key,omitempty" doc:"What rows were matched on"`
	Resumed  bool               `json:"resumed,omitempty" doc:"It went on with an import that had been stopped"`
	Again    bool               `json:"again,omitempty" doc:"The same file was imported before: nothing was done"`
	Columns  []transfer.Target  `json:"columns" doc:"What each column fills"`
	Examples []transfer.Example `json:"examples" doc:"The first rows that change or are created"`
	Decide   []transfer.Example `json:"decide" doc:"The first rows with values to decide"`
	Bad      []transfer.Refusal `json:"bad" doc:"The first rows that are refused"`
	Unfit    []transfer.Unfit   `json:"unfit,omitempty" doc:"Of a new collection: columns with values that the proposed type does not read, whose rows are refused"`
}

type importOut struct{ Body ImportReport }

type exportIn struct {
	Caller
	Slug    string `path:"slug"`
	Format  string `query:"format" enum:"csv,xlsx,jsonl" default:"csv"`
	History bool   `query:"history" doc:"One row for each revision, with its author, time and note"`
	Filter  string `query:"filter"`
}

// ImportConflict is a value that people changed, and that a source says
// otherwise.
type ImportConflict struct {
	Batch    pollen.BatchID `json:"batch"`
	Source   string         `json:"source"`
	Entry    pollen.EntryID `json:"entry"`
	Title    string         `json:"title"`
	Field    string         `json:"field"`
	Here     string         `json:"here"`
	Incoming string         `json:"incoming"`
	Revision int            `json:"revision,omitempty" doc:"That said what stands here"`
	By       string         `json:"by,omitempty" doc:"Handle of the persona who said it"`
	At       time.Time      `json:"at,omitzero" doc:"When"`
	Imported time.Time      `json:"imported" doc:"When the import began that says otherwise"`
}

type conflictsIn struct {
	Caller
	Slug   string `path:"slug"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type conflictsOut struct{ Body pollen.Page[ImportConflict] }

type decideIn struct {
	Caller
	Slug string `path:"slug"`
	Body struct {
		Batch  pollen.BatchID `json:"batch"`
		Entry  pollen.EntryID `json:"entry"`
		Field  string         `json:"field"`
		Choice string         `json:"choice" enum:"keep,take"`
	}
}

const importPath = "/api/v1/collections/{slug}/import"

// TakesTables are the patterns of the requests that bring a table to import, whose
// bodies may be large.
var TakesTables = []string{http.MethodPost + " " + importPath}

func (s *server) transfers(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "import-entries", Method: http.MethodPost, Path: importPath,
		Summary:     "Import a table as one batch: the body is a CSV, XLSX or JSONL file",
		RequestBody: &huma.RequestBody{Required: true, Content: fileContent("application/octet-stream", "text/csv", tabular.JSONL.MediaType(), tabular.XLSX.MediaType())}},
		on(s, func(in *importIn) Caller { return in.Caller }, s.importTable))
	huma.Register(api, huma.Operation{OperationID: "export-entries", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/export",
		Summary:   "The entries that you may read, as a table",
		Responses: map[string]*huma.Response{"200": {Description: "The table", Content: fileContent(tabular.CSV.MediaType(), tabular.JSONL.MediaType(), tabular.XLSX.MediaType())}}},
		on(s, func(in *exportIn) Caller { return in.Caller }, s.exportTable))
	huma.Register(api, huma.Operation{OperationID: "list-import-conflicts", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/conflicts",
		Summary: "Values that people and a source both changed, and that wait to be decided"},
		on(s, func(in *conflictsIn) Caller { return in.Caller }, s.conflicts))
	huma.Register(api, huma.Operation{OperationID: "decide-import-conflict", Method: http.MethodPost, Path: "/api/v1/collections/{slug}/conflicts",
		Summary: "Keep what people made of a value, or take what the source says", DefaultStatus: http.StatusNoContent},
		on(s, func(in *decideIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *decideIn) (*struct{}, error) {
			return nil, s.Transfer.Decide(ctx, by, in.Slug, transfer.Choice{Batch: in.Body.Batch, Entry: in.Body.Entry, Field: in.Body.Field, Take: in.Body.Choice == "take"})
		}))
}

func (s *server) conflicts(ctx context.Context, by pollen.Actor, in *conflictsIn) (*conflictsOut, error) {
	p, err := s.Transfer.Conflicts(ctx, by, in.Slug, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	var who []pollen.PersonaID
	for i := range p.Items {
		who = append(who, p.Items[i].Said.By)
	}
	names, err := s.Personas.Names(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &conflictsOut{pollen.Page[ImportConflict]{Items: []ImportConflict{}, Next: p.Next}}
	for i := range p.Items {
		c := &p.Items[i]
		here, incoming := c.Texts()
		out.Body.Items = append(out.Body.Items, ImportConflict{Batch: c.Batch, Source: c.Source, Entry: c.Entry.ID, Title: c.Entry.Title, Field: c.Name(),
			Here: here, Incoming: incoming, Revision: c.Said.Revision, By: names[c.Said.By].Handle, At: c.Said.At, Imported: c.At})
	}
	return out, nil
}

func (s *server) importTable(ctx context.Context, by pollen.Actor, in *importIn) (out *importOut, err error) {
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	n, err := s.foundingOf(ctx, by, in) // before a large body is taken in
	if err != nil {
		return nil, err
	}
	spooled, err := tabular.Spool(in.body, "", transfer.MaxFile)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := spooled.Close(); err == nil {
			err = e
		}
	}()
	o.Renew = s.renew(in.Caller)
	f := transfer.File{Name: "api", Content: spooled, Size: spooled.Size}
	if in.Name != "" {
		f.Name = schema.FileName(in.Name)
	}
	r, err := s.Transfer.Import(ctx, by, in.Slug, n, f, o)
	if err != nil {
		return nil, err
	}
	return &importOut{ImportReport{r.Counts, r.Batch, r.Source, r.Key, r.Resumed, r.Again, r.Columns, r.Examples, r.Decide, r.Bad, r.Unfit}}, nil
}

// options are what the caller says of the file.
func (in *importIn) options() (o transfer.Options, err error) {
	o = transfer.Options{Source: in.Source, Key: in.Key, Overwrite: in.Overwrite, Leave: in.Leave, AsOf: in.AsOf, Note: in.Note, DryRun: in.DryRun, Gentle: true,
		Read: tabular.Options{Format: tabular.Format(in.Format), Encoding: in.Encoding, Header: tabular.HeaderMode(in.Header), Sheet: in.Sheet}}
	if o.Read.Delimiter, err = tabular.ReadDelimiter(in.Delimiter); err != nil {
		return o, err
	}
	for _, m := range in.Map {
		t, ok := transfer.ReadTarget(m)
		if !ok {
			return o, pollen.Errorf(pollen.Invalid, "rest.map", "“{text}” is not understood. Write column=field.", "text", m).On("map")
		}
		o.Targets = append(o.Targets, t)
	}
	return o, nil
}

// foundingOf is the collection to found first, nil where there is one that the
// caller may write.
func (s *server) foundingOf(ctx context.Context, by pollen.Actor, in *importIn) (*transfer.Founding, error) {
	c, err := s.Registry.Collection(ctx, by, in.Slug)
	switch {
	case err == nil:
		return nil, c.Writable(by)
	case !in.Create || !pollen.Is(err, pollen.NotFound):
		return nil, err
	}
	slug := in.Community
	if slug == "" {
		slug = pollen.Commons
	}
	home, err := s.Communities.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	n := &transfer.Founding{Slug: in.Slug, Community: home.ID, Title: in.Title, Purpose: in.Purpose, Lang: in.Lang, Licence: in.Licence, Source: in.Source, Audience: in.Audience, Text: in.Text}
	return n, registry.MayFound(by, home.ID)
}

// renew asks again whose token it is.
func (s *server) renew(c Caller) transfer.Renew {
	return func(ctx context.Context) (pollen.Actor, error) { return s.actor(ctx, c) }
}

func (s *server) exportTable(ctx context.Context, by pollen.Actor, in *exportIn) (*huma.StreamResponse, error) {
	x := transfer.Exporting{Format: tabular.Format(in.Format), History: in.History, Renew: s.renew(in.Caller)}
	c, err := s.Registry.Collection(ctx, by, in.Slug)
	if err == nil && in.Filter != "" {
		if x.Filter, err = filter.Parse(in.Filter); err == nil {
			_, err = s.Registry.Count(ctx, by, in.Slug, x.Filter, 1)
		}
	}
	if err == nil && x.History && x.Filter != nil {
		err = pollen.Errorf(pollen.Invalid, "transfer.history-filter", "History is exported whole, without a filter.").On("filter")
	}
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		out.SetHeader("Content-Type", x.Format.MediaType())
		out.SetHeader("Content-Disposition", `attachment; filename="`+c.Slug+"."+in.Format+`"`)
		if _, err := s.Transfer.Export(ctx, by, c.Slug, out.BodyWriter(), x); err != nil {
			if pollen.Is(err, pollen.Internal) && ctx.Err() == nil {
				s.Log.Error("export ended early", "collection", c.Slug, "error", err)
			}
			panic(http.ErrAbortHandler) // the reader must not take a part for the whole
		}
	}}, nil
}
