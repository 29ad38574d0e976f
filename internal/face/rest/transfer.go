package rest

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/filter"
)

// maxImport bounds a file that is sent to be imported, in bytes; the server may
// bound every request further.
const maxImport = 256 << 20

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

	body io.Reader
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

func (s *server) transfers(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "import-entries", Method: http.MethodPost, Path: "/api/v1/collections/{slug}/import",
		Summary:     "Import a table as one batch: the body is a CSV, XLSX or JSONL file",
		RequestBody: &huma.RequestBody{Required: true, Content: fileContent("application/octet-stream", "text/csv", "application/jsonl", exportTypes["xlsx"])}},
		on(s, func(in *importIn) Caller { return in.Caller }, s.importTable))
	huma.Register(api, huma.Operation{OperationID: "export-entries", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/export",
		Summary:   "The entries that you may read, as a table",
		Responses: map[string]*huma.Response{"200": {Description: "The table", Content: fileContent(exportTypes["csv"], exportTypes["jsonl"], exportTypes["xlsx"])}}},
		on(s, func(in *exportIn) Caller { return in.Caller }, s.exportTable))
	huma.Register(api, huma.Operation{OperationID: "list-import-conflicts", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/conflicts",
		Summary: "Values that people and a source both changed, and that wait to be decided"},
		on(s, func(in *conflictsIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *conflictsIn) (*conflictsOut, error) {
			p, err := s.Transfer.Conflicts(ctx, by, in.Slug, in.Limit, in.Cursor)
			out := &conflictsOut{pollen.Page[ImportConflict]{Items: []ImportConflict{}, Next: p.Next}}
			for i := range p.Items {
				c := &p.Items[i]
				here, incoming := c.Texts()
				out.Body.Items = append(out.Body.Items, ImportConflict{c.Batch, c.Source, c.Entry.ID, c.Entry.Title, c.Name(), here, incoming})
			}
			return out, err
		}))
	huma.Register(api, huma.Operation{OperationID: "decide-import-conflict", Method: http.MethodPost, Path: "/api/v1/collections/{slug}/conflicts",
		Summary: "Keep what people made of a value, or take what the source says", DefaultStatus: http.StatusNoContent},
		on(s, func(in *decideIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *decideIn) (*struct{}, error) {
			return nil, s.Transfer.Decide(ctx, by, transfer.Choice{Batch: in.Body.Batch, Entry: in.Body.Entry, Field: in.Body.Field, Take: in.Body.Choice == "take"})
		}))
}

func (s *server) importTable(ctx context.Context, by pollen.Actor, in *importIn) (out *importOut, err error) {
	c, err := s.Registry.Collection(ctx, by, in.Slug)
	if err == nil {
		err = c.Writable(by) // before a large body is taken in
	}
	if err != nil {
		return nil, err
	}
	f, err := tabular.Spool(in.body, "", maxImport)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	name := in.Name
	if name == "" {
		name = "api"
	}
	do := s.Transfer.Run
	if in.DryRun {
		do = s.Transfer.Preview
	}
	r, err := do(ctx, by, in.Slug, transfer.File{Name: name, Content: f, Size: f.Size}, transfer.Options{
		Source: in.Source, Key: in.Key, Overwrite: in.Overwrite, Leave: in.Leave, AsOf: in.AsOf, Note: in.Note, Gentle: true})
	if err != nil {
		return nil, err
	}
	return &importOut{ImportReport{r.Counts, r.Batch, r.Source, r.Key, r.Resumed, r.Again, r.Columns, r.Examples, r.Decide, r.Bad}}, nil
}

// exportTypes are the media types of tables.
var exportTypes = map[string]string{
	"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (s *server) exportTable(ctx context.Context, by pollen.Actor, in *exportIn) (*huma.StreamResponse, error) {
	x := transfer.Exporting{Format: tabular.Format(in.Format), History: in.History}
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
		out.SetHeader("Content-Type", exportTypes[in.Format])
		out.SetHeader("Content-Disposition", `attachment; filename="`+c.Slug+"."+in.Format+`"`)
		if _, err := s.Transfer.Export(ctx, by, c.Slug, out.BodyWriter(), x); err != nil {
			s.Log.Error("export ended early", "collection", c.Slug, "error", err)
			panic(http.ErrAbortHandler) // the reader must not take a part for the whole
		}
	}}, nil
}
