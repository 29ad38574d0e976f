package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"pollen"
	"pollen/internal/app"
)

type importCmd struct {
	place
	Collection string    `required:"" help:"Address of the collection." placeholder:"SLUG"`
	Create     bool      `help:"Found the collection, with fields and types proposed from the file."`
	Name       string    `help:"Name of a new collection; made of the file's name unless told." placeholder:"NAME"`
	Community  string    `default:"commons" help:"Community that holds a new collection." placeholder:"SLUG"`
	Audience   string    `default:"" enum:",public,members,community" help:"Who may read a new collection: public, members or community; members, or as --schema says, unless told."`
	Schema     string    `type:"path" xor:"schema" help:"What a new collection is, as export --schema wrote it, instead of proposing it from the file." placeholder:"FILE"`
	Text       []string  `sep:"none" xor:"schema" help:"Column of a new collection that becomes text, whatever it looks like; may be repeated." placeholder:"COLUMN"`
	Key        string    `help:"Unique field that rows are matched on; also slug or id." placeholder:"FIELD"`
	Map        string    `type:"path" help:"File of lines “column = field”; field@fr is one language, field#lat a part of a place, nothing leaves the column out." placeholder:"FILE"`
	Source     string    `help:"Where the rows come from; the file's name unless told." placeholder:"NAME"`
	Note       string    `help:"Note of the import, in history." placeholder:"TEXT"`
	DryRun     bool      `help:"Show what would be done, and do nothing."`
	Overwrite  bool      `help:"Overwrite also what people changed since."`
	AsOf       time.Time `format:"2006-01-02" help:"Day on which the file was taken, to tell what people changed since." placeholder:"DATE"`
	Abort      bool      `help:"Undo the import of this file that was stopped on its way."`
	Await      bool      `help:"Let references wait for entries that are imported later, as between collections that refer to each other."`
	Leave      bool      `help:"Leave out columns that match no field."`
	Reject     string    `type:"path" help:"Where to write refused rows, with line and reason, to be corrected and imported again." placeholder:"FILE"`
	Persona    string    `help:"Handle of the persona who imports; the operator unless told." placeholder:"HANDLE"`
	Format     string    `enum:",csv,xlsx,jsonl" default:"" help:"csv, xlsx or jsonl; found out unless told."`
	Delimiter  string    `help:"Of CSV; found out unless told." placeholder:"C"`
	Encoding   string    `help:"Such as windows-1252; found out unless told." placeholder:"NAME"`
	Header     string    `enum:"auto,yes,no" default:"auto" help:"Whether the first row names the columns: auto, yes or no."`
	Sheet      string    `help:"Of a workbook; the first unless told." placeholder:"NAME"`
	Beside     string    `name:"files" type:"path" help:"Folder or .zip of the images and attachments that cells name by their paths, as export --files wrote it." placeholder:"DIR"`
	Files      []string  `arg:"" name:"file" help:"Table, folder of tables, or - for standard input."`
}

// Run imports files, each as one batch. One that was stopped goes on where it
// stood when the same command is given again. It fails, once all is done, when rows
// were refused.
func (c *importCmd) Run(ctx context.Context, p *program) error {
	var files []string
	for _, path := range c.Files {
		some, err := app.Files(path)
		if err != nil {
			return err
		}
		files = append(files, some...)
	}
	return c.with(ctx, func(a *app.App) error {
		refused := 0
		for _, path := range files {
			n, err := c.one(ctx, p, a, path, len(files) > 1)
			if err != nil {
				return err
			}
			refused += n
		}
		return c.lacking(refused)
	})
}

// lacking is the error of rows that were refused: a script is to see that not all
// is in.
func (c *importCmd) lacking(rows int) error {
	switch {
	case rows == 0:
		return nil
	case c.DryRun:
		return pollen.ErrorN(pollen.Invalid, "import.would-refuse", rows, "{n} row would be refused.", "{n} rows would be refused.")
	case c.Reject != "":
		return pollen.ErrorN(pollen.Invalid, "import.refused", rows, "{n} row was refused and is not in.", "{n} rows were refused and are not in.")
	}
	return pollen.ErrorN(pollen.Invalid, "import.refused-unwritten", rows, "{n} row was refused and is not in. With --reject FILE it is written there, to be corrected and imported again.",
		"{n} rows were refused and are not in. With --reject FILE they are written there, to be corrected and imported again.")
}

// one imports one file, and gives how many of its rows were refused.
func (c *importCmd) one(ctx context.Context, p *program, a *app.App, path string, several bool) (refused int, err error) {
	line := newProgress(p.out)
	done, err := a.Import(ctx, path, os.Stdin, app.Importing{
		Collection: c.Collection, Create: c.Create, Name: c.Name, Several: several, Community: c.Community, Audience: c.Audience, Text: c.Text, Schema: c.Schema, Persona: c.Persona, Key: c.Key, Source: c.Source, Map: c.Map,
		Note: c.Note, DryRun: c.DryRun, Overwrite: c.Overwrite, Leave: c.Leave, Await: c.Await, Abort: c.Abort, AsOf: c.AsOf, Format: c.Format,
		Delimiter: c.Delimiter, Encoding: c.Encoding, Header: c.Header, Sheet: c.Sheet, Lang: language(), Files: c.Beside, Tell: line.tell})
	line.end()
	if err != nil {
		if errors.Is(err, context.Canceled) {
			err = pollen.Errorf(pollen.Unavailable, "import.stopped", "Stopped. What is in stays in progress: the same command goes on, and with --abort undoes it.")
		}
		return 0, err
	}
	if done.Aborted != nil {
		_, err := fmt.Fprintf(p.out, "%s: undone, %s retired, %d returned, %s\n", done.File, count(done.Aborted.Retired, "entry", "entries"), done.Aborted.Returned,
			count(done.Aborted.Kept, "value that people changed stays", "values that people changed stay"))
		return 0, err
	}
	if err := c.report(p.out, done); err != nil || done.Refused == 0 || done.Again {
		return 0, err
	}
	if c.Reject != "" && done.Batch != 0 {
		err = c.reject(ctx, p, a, done)
	}
	return int(done.Refused), err
}

// report prints what was done, or would be.
func (c *importCmd) report(w io.Writer, r *app.Imported) error {
	var b strings.Builder
	verb := ""
	switch {
	case r.Again:
		verb = "was imported before; nothing done; it had "
	case c.DryRun:
		verb = "would have "
	case r.Resumed:
		verb = "went on; in all "
	}
	fmt.Fprintf(&b, "%s: %s%d created, %d changed, %d unchanged, %d refused", r.File, verb, r.Created, r.Changed, r.Unchanged, r.Refused)
	if r.Revisions > 0 {
		fmt.Fprintf(&b, ", %s in all", count(r.Revisions, "revision", "revisions"))
	}
	if r.Conflicts > 0 {
		fmt.Fprintf(&b, ", %s to decide", count(r.Conflicts, "value", "values"))
	}
	if r.Kept > 0 {
		fmt.Fprintf(&b, ", %s", count(r.Kept, "value kept as people changed it", "values kept as people changed them"))
	}
	if r.Awaited > 0 {
		fmt.Fprintf(&b, ", %s", count(r.Awaited, "reference waits for an entry that is not here yet: import it too", "references wait for entries that are not here yet: import these too"))
	}
	if r.Batch != 0 {
		fmt.Fprintf(&b, " (batch %s)", r.Batch)
	}
	b.WriteByte('\n')
	if c.DryRun {
		for _, x := range r.Examples {
			mark := "~"
			if x.Created {
				mark = "+"
			}
			fmt.Fprintf(&b, "%s %s", mark, x.Title)
			for _, v := range x.Values {
				if v.Old == "" {
					fmt.Fprintf(&b, " | %s: %s", v.Name, oneLine(v.New))
				} else {
					fmt.Fprintf(&b, " | %s: %s -> %s", v.Name, oneLine(v.Old), oneLine(v.New))
				}
			}
			b.WriteByte('\n')
		}
	}
	for _, x := range r.Unfit {
		fmt.Fprintf(&b, "! column %s is taken for %s: %s; --text %q takes it as text\n", x.Column, x.Type,
			count(x.Values, "of its values is not, and its row is refused", "of its values are not, and their rows are refused"), x.Column)
	}
	for _, x := range r.Decide {
		for _, v := range x.Values {
			fmt.Fprintf(&b, "? line %d, %s | %s: here %s, in the file %s\n", x.Line, x.Title, v.Name, oneLine(v.Old), oneLine(v.New))
		}
	}
	for _, x := range r.Bad {
		fmt.Fprintf(&b, "! line %d: %s\n", x.Line, app.Say(x.Reason, language()))
	}
	if more := r.Refused - int64(len(r.Bad)); more > 0 {
		fmt.Fprintf(&b, "! and %d more\n", more)
	}
	if !c.Await && r.Dangling() {
		b.WriteString("! with --await, references to entries that you import later wait for these\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// oneLine shows a value on one line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return s
}

func (c *importCmd) reject(ctx context.Context, p *program, a *app.App, done *app.Imported) (err error) {
	f, err := os.Create(c.Reject)
	if err != nil {
		return pollen.Errorf(pollen.Unavailable, "app.write", "{path} cannot be written: {reason}.", "path", c.Reject, "reason", app.Why(err))
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := a.Refused(ctx, done, f, language())
	if err == nil {
		_, err = fmt.Fprintf(p.out, "%s in %s: correct there what is wrong, and import it with --source %q\n", count(n, "refused row is", "refused rows are"), c.Reject, done.Source)
	}
	return err
}

type exportCmd struct {
	place
	Collection string `required:"" help:"Address of the collection." placeholder:"SLUG"`
	Format     string `default:"csv" enum:"csv,xlsx,jsonl" help:"csv, xlsx or jsonl."`
	History    bool   `help:"One row for each revision, with its author, time and note."`
	Filter     string `help:"Only these entries, such as: region = 53 and population > 1000" placeholder:"FILTER"`
	Persona    string `help:"Export what this persona may read; the operator reads everything." placeholder:"HANDLE"`
	Output     string `short:"o" default:"-" type:"path" help:"Where to write; standard output unless told." placeholder:"FILE"`
	Files      string `type:"path" help:"Folder or .zip into which to write images and attachments; cells hold their paths in it, by which import --files takes them back." placeholder:"DIR"`
	Schema     string `type:"path" help:"Where to write what the collection is, its name, fields and types, by which import --create --schema founds it elsewhere." placeholder:"FILE"`
}

// Run writes a collection as a table, and what it is where that is asked.
func (c *exportCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		x := app.Exporting{Collection: c.Collection, Format: c.Format, History: c.History, Filter: c.Filter, Persona: c.Persona, Files: c.Files}
		if c.Schema != "" {
			if err := replace(c.Schema, func(w io.Writer) error { return a.Outline(ctx, w, x) }); err != nil {
				return err
			}
		}
		if c.Output == "-" {
			_, err := a.Export(ctx, p.out, x)
			return err
		}
		var n int64
		err := replace(c.Output, func(w io.Writer) (err error) {
			n, err = a.Export(ctx, w, x)
			return err
		})
		if err == nil {
			_, err = fmt.Fprintf(p.out, "%s in %s\n", count(n, "row", "rows"), c.Output)
		}
		return err
	})
}

// replace writes a file whole, or leaves what was there.
func replace(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(dirOf(path), ".pollen-export-*")
	if err != nil {
		return pollen.Errorf(pollen.Unavailable, "app.write", "{path} cannot be written: {reason}.", "path", path, "reason", app.Why(err))
	}
	if err = errors.Join(write(f), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func dirOf(path string) string {
	if i := strings.LastIndexByte(path, os.PathSeparator); i >= 0 {
		return path[:i+1]
	}
	return "."
}

// language is that of the operator's terminal: fr or en.
func language() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "fr") {
				return "fr"
			}
			break
		}
	}
	return "en"
}
