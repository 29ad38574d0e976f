package transfer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/base/scratch"
	"pollen/internal/pure/schema"
)

// SumsFile is the list of the files beside a table with the SHA-256 of each, as
// sha256sum writes it: one in the folder of each collection, so that several can
// be exported beside one another, and perhaps one above them.
const SumsFile = "SHA256SUMS"

// maxSums bounds that list, in bytes.
const maxSums = 256 << 20

// Files are the images and attachments that lie beside a table to import. They
// are not safe for concurrent use.
type Files struct {
	store *blob.Store
	fsys  fs.FS
	sums  map[string]string // SHA-256 by path, where the files came with them
	known map[fileUse]schema.Blob
}

// fileUse is one file as a type of field keeps it, or would.
type fileUse struct {
	path string
	as   schema.Type
	kept bool
}

// maxFilesKnown bounds the files that are remembered, so that one which many rows
// name is read once.
const maxFilesKnown = 100_000

// OpenFiles opens the files beside a table: fsys is to open nothing outside. It
// fails with Invalid on a list of sums that is none.
func OpenFiles(store *blob.Store, fsys fs.FS) (_ *Files, err error) {
	defer pollen.Wrap(&err, "transfer.OpenFiles")
	f := &Files{store: store, fsys: fsys, sums: map[string]string{}, known: map[fileUse]schema.Blob{}}
	below, err := fs.Glob(fsys, "*/"+SumsFile)
	if err != nil {
		return nil, err
	}
	for _, name := range append(below, SumsFile) {
		list, err := fsys.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = errors.Join(f.readSums(path.Dir(name), list), list.Close())
		}
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// readSums reads the list of a folder to its end: without its rest, altered files
// would pass for those that were exported.
func (s *Files) readSums(folder string, r io.Reader) error {
	limited := &io.LimitedReader{R: r, N: maxSums}
	lines := bufio.NewScanner(limited)
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || len(sum) != hex.EncodedLen(sha256.Size) {
			return noSums()
		}
		s.sums[path.Join(folder, name)] = sum
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return noSums()
	case err != nil:
		return fmt.Errorf("reading %s: %w", SumsFile, err)
	case limited.N == 0:
		return pollen.Errorf(pollen.Invalid, "transfer.sums-long", "{file} is longer than {max}. Import the table in parts, each with its files.", "file", SumsFile, "max", pollen.Bytes(maxSums))
	}
	return nil
}

func noSums() error {
	return pollen.Errorf(pollen.Invalid, "transfer.sums", "{file} is no list of files as sha256sum writes it.", "file", SumsFile)
}

// of is the value of a file for a field. Where keep is set its content is kept,
// given by an actor; else it is only looked at. It fails with Invalid on a path
// that leads to no file among them, a content that was altered, or one that the
// field does not take.
func (s *Files) of(ctx context.Context, by pollen.Actor, f *schema.Field, name string, keep bool) (b schema.Blob, err error) {
	use := fileUse{name, f.Type, keep}
	_, most := f.BlobLimits()
	if b, ok := s.known[use]; ok && b.Size <= most {
		return b, nil
	}
	content, err := s.open(f, name)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	h := sha256.New()
	read := io.TeeReader(content, h)
	var info blob.Info
	switch {
	case f.Type == schema.Image && keep:
		info, err = s.store.PutImage(ctx, by, read, most)
	case f.Type == schema.Image:
		info, err = s.store.LookAtImage(ctx, read, most)
	case keep:
		info, err = s.store.Put(ctx, by, read, most)
	default:
		info, err = s.store.LookAt(read, most)
	}
	if err != nil {
		return b, on(f, err)
	}
	if sum := s.sums[name]; sum != "" && sum != hex.EncodeToString(h.Sum(nil)) {
		return b, pollen.Errorf(pollen.Invalid, "transfer.file-altered", "The file “{path}” is not the one that was exported: its content is another than {file} says.", "path", short(name), "file", SumsFile).On(f.Name)
	}
	b = schema.Blob{Hash: info.Hash, Name: schema.FileName(name), Type: info.Type, Size: info.Size}
	if len(s.known) >= maxFilesKnown {
		clear(s.known)
	}
	s.known[use] = b
	return b, nil
}

// on tells of which field an error is.
func on(f *schema.Field, err error) error {
	if e, ok := errors.AsType[*pollen.Error](err); ok && e.Field == "" {
		return e.On(f.Name)
	}
	return err
}

// open opens a file by the path that a cell holds.
func (s *Files) open(f *schema.Field, name string) (fs.File, error) {
	missing := pollen.Errorf(pollen.Invalid, "transfer.no-file", "There is no file “{path}” among those that came with the table.", "path", short(name)).On(f.Name)
	if !fs.ValidPath(name) {
		return nil, missing
	}
	if info, err := fs.Stat(s.fsys, name); err != nil || !info.Mode().IsRegular() { // opening a pipe would wait for who writes to it
		return nil, missing.Because(err)
	}
	content, err := s.fsys.Open(name)
	if err != nil {
		return nil, missing.Because(err)
	}
	return content, nil
}

// FileSink is where an export writes the images and attachments that its values
// name. One file is written at a time.
type FileSink interface {
	// Create begins a file at a path of slashes, which is written until the next
	// begins or the sink ends.
	Create(path string) (io.Writer, error)
}

// filing writes the files of an export, each content of an entry once.
type filing struct {
	store  *blob.Store
	sink   FileSink
	folder string
	sums   *scratch.File

	entry pollen.EntryID
	paths map[string]string // by hash, of the entry
	taken map[string]bool   // paths of the entry, folded
}

// fileAway begins to write files below a folder.
func fileAway(store *blob.Store, sink FileSink, folder string) (*filing, error) {
	sums, err := scratch.New("")
	if err != nil {
		return nil, err
	}
	return &filing{store: store, sink: sink, folder: folder, sums: sums}, nil
}

// end writes the list of the files into their folder.
func (x *filing) end() error {
	out, err := x.sink.Create(path.Join(x.folder, SumsFile))
	if err == nil {
		if _, err = x.sums.Seek(0, io.SeekStart); err == nil {
			_, err = io.Copy(out, x.sums)
		}
	}
	return err
}

func (x *filing) discard() error { return x.sums.Close() }

// value writes the files that a value names, and gives the value as it names them:
// by their paths alone where that says all. A content that is not here leaves its
// value as it is.
func (x *filing) value(ctx context.Context, id pollen.EntryID, slug string, f *schema.Field, v json.RawMessage) ([]json.RawMessage, error) {
	if x.entry != id {
		x.entry, x.paths, x.taken = id, map[string]string{}, map[string]bool{}
	}
	var out []json.RawMessage
	for _, b := range f.Blobs(v) {
		name, err := x.file(ctx, slug, b)
		if err != nil {
			return nil, err
		}
		var as any = schema.Beside{File: name, Blob: schema.Blob{Name: b.Name, Alt: b.Alt, Consent: b.Consent}}
		switch {
		case name == "":
			as = b
		case b.Alt == "" && !b.Consent && schema.FileName(name) == b.Name:
			as = name
		}
		raw, err := json.Marshal(as)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// file writes one content, and gives its path; "" where it is not here.
func (x *filing) file(ctx context.Context, slug string, b schema.Blob) (string, error) {
	if name, ok := x.paths[b.Hash]; ok {
		return name, nil
	}
	c, err := x.store.Open(ctx, b.Hash, 0)
	if pollen.Is(err, pollen.NotFound) {
		x.paths[b.Hash] = ""
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name := path.Join(x.folder, slug, x.free(b.Name))
	out, err := x.sink.Create(name)
	if err == nil {
		_, err = io.Copy(out, c)
	}
	if err == nil {
		_, err = fmt.Fprintf(x.sums, "%s  %s\n", b.Hash, strings.TrimPrefix(name, x.folder+"/"))
	}
	x.paths[b.Hash] = name
	return name, err
}

// free is a name that no other file of the entry has, on any system.
func (x *filing) free(name string) string {
	name = schema.FileName(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name))
	base, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	for n := 2; x.taken[schema.Fold(name)]; n++ {
		name = fmt.Sprintf("%s-%d%s", base, n, ext)
	}
	x.taken[schema.Fold(name)] = true
	return name
}

// filed is the cell of a value whose files lie beside the table.
func filed(f *schema.Field, items []json.RawMessage, jsonl bool) (text string, raw json.RawMessage, err error) {
	if jsonl {
		if !f.Many {
			return "", items[0], nil
		}
		raw, err = json.Marshal(items)
		return "", raw, err
	}
	var texts []string
	for _, item := range items {
		s := string(item)
		if item[0] == '"' {
			if err := json.Unmarshal(item, &s); err != nil {
				return "", nil, err
			}
		}
		if f.Many {
			s = bars.Replace(s)
		}
		texts = append(texts, s)
	}
	return strings.Join(texts, "|"), nil, nil
}

// bars writes a text among others that bars part.
var bars = strings.NewReplacer(`\`, `\\`, `|`, `\|`)
