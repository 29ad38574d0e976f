package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/i18n"
)

// Importing is an import as the command line asks for it.
type Importing struct {
	Collection string
	Create     bool     // the collection, from what the file holds
	Name       string   // of a new collection; "" is made of the file's name
	Several    bool     // other files come with it: "" is made of the address instead
	Audience   string   // of a new collection
	Community  string   // that holds a new collection; "" is commons
	Persona    string   // handle of who imports; "" is the operator
	Text       []string // columns of a new collection that become text
	Schema     string   // path of what a new collection is, as an export wrote it
	Key        string
	Source     string
	Map        string // path of a file of “column = field”
	Note       string
	DryRun     bool
	Overwrite  bool
	Leave      bool
	Await      bool // references wait for entries that are imported later
	Abort      bool
	AsOf       time.Time
	Format     string
	Delimiter  string
	Encoding   string
	Header     string
	Sheet      string
	Lang       string
	Files      string // path of the images and attachments that cells name: a folder or a ZIP file
	Tell       func(transfer.Progress)
}

// Progress is how far an import has come.
type Progress = transfer.Progress

// Imported is what became of one file.
type Imported struct {
	*transfer.Report
	File    string
	Aborted *registry.Undone
	format  tabular.Format
}

// Dangling reports whether rows were refused that refer to entries which are not
// here.
func (i *Imported) Dangling() bool {
	return slices.ContainsFunc(i.Bad, func(x transfer.Refusal) bool {
		return x.Reason.Key == "schema.value.reference" || x.Reason.Key == "schema.value.elsewhere"
	})
}

// maxSpool bounds what is read from standard input, in bytes.
const maxSpool = 64 << 30

// Files lists the tables that a path means: itself, or those of a folder by
// name.
func Files(path string) (out []string, err error) {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err != nil {
		return nil, pollen.Errorf(pollen.NotFound, "app.no-file", "{path} cannot be read: {reason}.", "path", path, "reason", Why(err))
	}
	names, err := os.ReadDir(path)
	if err != nil {
		return nil, pollen.Errorf(pollen.NotFound, "app.no-file", "{path} cannot be read: {reason}.", "path", path, "reason", Why(err))
	}
	for _, n := range names {
		if n.Type().IsRegular() && slices.Contains(tables, strings.ToLower(filepath.Ext(strings.TrimSuffix(n.Name(), ".gz")))) {
			out = append(out, filepath.Join(path, n.Name()))
		}
	}
	if len(out) == 0 {
		return nil, pollen.Errorf(pollen.NotFound, "app.no-tables", "There is no table in {path}: no csv, tsv, txt, xlsx, jsonl or json file.", "path", path)
	}
	return out, nil
}

var tables = []string{".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson", ".json"}

// Import brings one file into a collection; “-” is in. Beside a running server
// its transactions are short; alone, what follows the journal catches up before
// it returns.
func (a *App) Import(ctx context.Context, path string, in io.Reader, o Importing) (out *Imported, err error) {
	defer pollen.Wrap(&err, "app.Import", path)
	by, err := a.named(ctx, o.Persona)
	if err != nil {
		return nil, err
	}
	f, done, err := a.file(path, in)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	to, err := o.options()
	if err != nil {
		return nil, err
	}
	if o.Files != "" {
		var closed func() error
		if to.Files, closed, err = a.besideTable(o.Files); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, closed()) }()
	}
	alone := !a.Served()
	to.Gentle = !alone
	out = &Imported{File: f.Name}
	if o.Abort {
		undone, err := a.Transfer.Abort(ctx, by, o.Collection, f, to)
		out.Aborted = &undone
		return out, errors.Join(err, a.settleAlone(ctx, alone))
	}
	var outline *transfer.Outline
	if o.Schema != "" {
		if outline, err = readOutline(o.Schema); err != nil {
			return nil, err
		}
	}
	if o.Name == "" && !o.Several && path != "-" && outline == nil {
		o.Name = transfer.TitleOf(transfer.FileName(f.Name))
	}
	n, err := a.foundingOf(ctx, by, o, outline)
	if err != nil {
		return nil, err
	}
	if n == nil && o.Create && outline != nil && o.DryRun {
		out.Report, err = a.Transfer.PreviewReshaped(ctx, by, o.Collection, outline, f, to)
	} else {
		out.Report, err = a.Transfer.Import(ctx, by, o.Collection, n, f, to)
	}
	if o.DryRun {
		out.types()
		return out, err
	}
	if out.Report != nil && out.Detected != nil {
		out.format = out.Detected.Format
	}
	return out, errors.Join(err, a.settleAlone(context.WithoutCancel(ctx), alone && err == nil))
}

func (a *App) settleAlone(ctx context.Context, alone bool) error {
	if !alone {
		return nil
	}
	return a.Settle(ctx)
}

// Refused writes the rows of an import that were refused, to be corrected and
// imported again; it returns how many.
func (a *App) Refused(ctx context.Context, i *Imported, w io.Writer, lang string) (int, error) {
	return a.Transfer.Refused(ctx, a.System, i.Batch, w, i.format, i18n.Get(lang).Message)
}

// foundingOf is the collection to found first, nil where there is one. One that
// every directory begins with becomes what its outline says, while it is empty.
func (a *App) foundingOf(ctx context.Context, by pollen.Actor, o Importing, outline *transfer.Outline) (*transfer.Founding, error) {
	_, err := a.Registry.Collection(ctx, by, o.Collection)
	switch {
	case err == nil && o.Create && outline != nil && !o.DryRun:
		return nil, a.Transfer.Reshape(ctx, by, o.Collection, outline)
	case !pollen.Is(err, pollen.NotFound):
		return nil, err
	}
	if !o.Create {
		return nil, pollen.Errorf(pollen.NotFound, "app.no-collection", "There is no collection “{slug}”. With --create the file founds it.", "slug", o.Collection)
	}
	home := a.Commons
	if o.Community != "" {
		if home, err = a.Communities.Get(ctx, o.Community); err != nil {
			return nil, err
		}
	}
	return &transfer.Founding{Slug: o.Collection, Community: home.ID, Title: o.Name, Lang: o.Lang, Source: o.Source, Audience: pollen.Audience(o.Audience), Text: o.Text, Outline: outline}, nil
}

func readOutline(path string) (o *transfer.Outline, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, pollen.Errorf(pollen.NotFound, "app.no-file", "{path} cannot be read: {reason}.", "path", path, "reason", Why(err))
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return transfer.ReadOutline(f)
}

// known fails with NotFound where the actor has no collection of an address, and
// tells those there are: whoever types one at a terminal sees no list.
func (a *App) known(ctx context.Context, by pollen.Actor, slug string) error {
	_, err := a.Registry.Collection(ctx, by, slug)
	if !pollen.Is(err, pollen.NotFound) {
		return err
	}
	all, err := a.Registry.Collections(ctx, by)
	if err != nil {
		return err
	}
	slugs := make([]string, len(all))
	for i, c := range all {
		slugs[i] = c.Slug
	}
	return pollen.Errorf(pollen.NotFound, "app.no-export", "There is no collection “{slug}”. There are: {known}.", "slug", slug, "known", strings.Join(slugs, ", "))
}

// types has a dry run that would found a collection tell the types of its fields,
// which say more than its rows.
func (i *Imported) types() {
	if i.Report == nil || i.Founded == nil {
		return
	}
	i.Examples = nil
	for k := range i.Founded.Fields {
		f := &i.Founded.Fields[k]
		i.Examples = append(i.Examples, transfer.Example{Title: f.Name, Created: true, Values: []transfer.Difference{{Name: "type", New: string(f.Type)}}})
	}
}

// file opens what a path means.
func (a *App) file(path string, in io.Reader) (transfer.File, func() error, error) {
	if path == "-" {
		s, err := tabular.Spool(in, a.data, maxSpool)
		if err != nil {
			return transfer.File{}, nil, err
		}
		return transfer.File{Name: "-", Content: s, Size: s.Size}, s.Close, nil
	}
	f, err := os.Open(path)
	if err == nil {
		var info os.FileInfo
		if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
			s, err := tabular.Spool(f, a.data, maxSpool) // a pipe
			if err != nil {
				return transfer.File{}, nil, errors.Join(err, f.Close())
			}
			return transfer.File{Name: filepath.Base(path), Content: s, Size: s.Size}, func() error { return errors.Join(s.Close(), f.Close()) }, nil
		}
		if err == nil {
			return transfer.File{Name: filepath.Base(path), Content: f, Size: info.Size()}, f.Close, nil
		}
		err = errors.Join(err, f.Close())
	}
	return transfer.File{}, nil, pollen.Errorf(pollen.NotFound, "app.no-file", "{path} cannot be read: {reason}.", "path", path, "reason", Why(err))
}

func (o *Importing) options() (to transfer.Options, err error) {
	to = transfer.Options{Source: o.Source, Key: o.Key, Leave: o.Leave, Await: o.Await, Overwrite: o.Overwrite, AsOf: o.AsOf, Note: o.Note, DryRun: o.DryRun, Tell: o.Tell,
		Read: tabular.Options{Format: tabular.Format(o.Format), Encoding: o.Encoding, Header: tabular.HeaderMode(o.Header), Sheet: o.Sheet}}
	if to.Read.Delimiter, err = tabular.ReadDelimiter(o.Delimiter); err != nil {
		return to, err
	}
	if o.Map != "" {
		to.Targets, err = readMap(o.Map)
	}
	return to, err
}

// maxMap bounds a file that maps columns, in bytes.
const maxMap = 1 << 20

// readMap reads a file of lines “column = field”, or a JSON object of the same.
// A column without a field is left out.
func readMap(path string) (out []transfer.Target, err error) {
	bad := func(line string) error {
		return pollen.Errorf(pollen.Invalid, "app.map", "In {path}, “{line}” is not understood. Write lines such as: NOM_SITE = name", "path", path, "line", line)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, pollen.Errorf(pollen.NotFound, "app.no-file", "{path} cannot be read: {reason}.", "path", path, "reason", Why(err))
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := io.ReadAll(io.LimitReader(f, maxMap))
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(b), "\uFEFF"))
	if strings.HasPrefix(text, "{") {
		var by map[string]string
		if err := json.Unmarshal([]byte(text), &by); err != nil {
			return nil, bad(err.Error())
		}
		for column, field := range by {
			out = append(out, transfer.ParseTarget(column, field))
		}
		slices.SortFunc(out, func(a, b transfer.Target) int { return strings.Compare(a.Column, b.Column) })
		return out, nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		t, ok := transfer.ReadTarget(line)
		if !ok {
			return nil, bad(line)
		}
		out = append(out, t)
	}
	return out, nil
}

// Exporting is an export as the command line asks for it.
type Exporting struct {
	Collection, Format, Filter, Persona string
	History                             bool
	Files                               string // path for images and attachments: a folder, or a ZIP file
}

// Export writes a collection to w; it returns how many rows it wrote.
func (a *App) Export(ctx context.Context, w io.Writer, o Exporting) (n int64, err error) {
	defer pollen.Wrap(&err, "app.Export", o.Collection)
	by, err := a.exporter(ctx, o)
	if err != nil {
		return 0, err
	}
	x := transfer.Exporting{Format: tabular.Format(o.Format), History: o.History}
	if o.Filter != "" {
		if x.Filter, err = filter.Parse(o.Filter); err != nil {
			return 0, err
		}
	}
	if o.Files != "" {
		to, e := sinkAt(o.Files)
		if e != nil {
			return 0, e
		}
		defer func() { err = errors.Join(err, to.Close()) }()
		x.Files, x.Store = to, a.Blobs
	}
	return a.Transfer.Export(ctx, by, o.Collection, w, x)
}

// Outline writes what a collection is, without its entries: an import elsewhere
// founds it by that.
func (a *App) Outline(ctx context.Context, w io.Writer, o Exporting) (err error) {
	defer pollen.Wrap(&err, "app.Outline", o.Collection)
	by, err := a.exporter(ctx, o)
	if err != nil {
		return err
	}
	out, err := a.Transfer.Outline(ctx, by, o.Collection)
	if err != nil {
		return err
	}
	return out.Write(w)
}

// exporter is who exports a collection that they know.
func (a *App) exporter(ctx context.Context, o Exporting) (pollen.Actor, error) {
	by, err := a.named(ctx, o.Persona)
	if err == nil {
		err = a.known(ctx, by, o.Collection)
	}
	return by, err
}

// named is the actor of a handle; "" is the operator.
func (a *App) named(ctx context.Context, handle string) (pollen.Actor, error) {
	if handle == "" {
		return a.System, nil
	}
	who, err := a.Personas.ByHandle(ctx, handle)
	if err != nil {
		return pollen.Actor{}, err
	}
	return a.Actor(ctx, who.ID)
}

// Words says an error in a language.
func Words(err error, lang string) string { return i18n.Get(lang).Error(err) }

// Say says a message in a language.
func Say(m pollen.Message, lang string) string { return i18n.Get(lang).Message(m) }
