package schema

import (
	"bytes"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"pollen"
)

// Blob is an image or an attachment: what the store knows it by, and what
// people know it by. It is never executed: images are bitmaps alone, and
// attachments are always offered for download.
type Blob struct {
	Hash    string `json:"blob"` // SHA-256 of the content, in hexadecimal
	Name    string `json:"name"` // a bare file name
	Type    string `json:"type"` // media type
	Size    int64  `json:"size"` // bytes
	Alt     string `json:"alt,omitempty"`
	Consent bool   `json:"consent,omitempty"` // the person shown agrees
}

var hash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ImageTypes are the media types of images; SVG is not among them, for it can
// carry script.
var ImageTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// AttachmentTypes are the media types of attachments unless a field says
// otherwise.
var AttachmentTypes = []string{"application/pdf", "text/plain", "text/csv", "application/zip",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
	"image/png", "image/jpeg", "image/gif", "image/webp"}

// Largest sizes unless a field says otherwise, in bytes.
const (
	MaxImage      = 5 << 20
	MaxAttachment = 25 << 20
)

// BlobLimits gives the media types and the size that a field takes.
func (f *Field) BlobLimits() (types []string, size int64) {
	types, size = AttachmentTypes, MaxAttachment
	if f.Type == Image {
		types, size = ImageTypes, MaxImage
	}
	if len(f.Accept) > 0 && f.Type == Attachment {
		types = f.Accept
	}
	if f.MaxSize > 0 {
		size = f.MaxSize
	}
	return types, size
}

// BaseName keeps the last element of a path, whichever system wrote it.
func BaseName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == ".." || name == "/" {
		return ""
	}
	return clip(name, 120)
}

// FileName makes a harmless name of what a browser or a client calls a file:
// the last element of the path, without what cannot be seen.
func FileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if name = BaseName(strings.TrimSpace(name)); name == "" {
		return "file"
	}
	return name
}

// imageKind is a bitmap.
type imageKind struct{ blobKind }

// attachmentKind is any file of the media types its field accepts.
type attachmentKind struct{ blobKind }

type blobKind struct{}

func (k blobKind) read(f *Field, s string, env *Env) (json.RawMessage, error) {
	if strings.HasPrefix(s, "{") {
		return k.readJSON(f, json.RawMessage(s), env)
	}
	if env == nil || env.File == nil {
		return nil, fileless(f, s)
	}
	b, err := env.File(f, s)
	if err != nil {
		return nil, err
	}
	return checked(f, b)
}

// fileless is the error of a path where there are no files.
func fileless(f *Field, path string) error {
	return pollen.Errorf(pollen.Invalid, "schema.no-files", "“{value}” names a file, and no files came with it.", "value", clip(path, 60)).On(f.Name)
}

// Beside is a value whose content is a file beside the table.
type Beside struct {
	File string `json:"file"` // its path among the files
	Blob        // as far as it is said; the content is that of the file
}

func (blobKind) readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error) {
	var b Beside
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return nil, wrong(f, err)
	}
	if b.File == "" {
		return checked(f, b.Blob)
	}
	if env == nil || env.File == nil {
		return nil, fileless(f, b.File)
	}
	found, err := env.File(f, b.File)
	if err != nil {
		return nil, err
	}
	if b.Name != "" {
		found.Name = b.Name
	}
	found.Alt, found.Consent = b.Alt, b.Consent
	return checked(f, found)
}

// checked is a value as it is kept.
func checked(f *Field, b Blob) (json.RawMessage, error) {
	types, size := f.BlobLimits()
	switch {
	case !hash.MatchString(b.Hash):
		return nil, wrong(f, nil)
	case b.Name == "" || BaseName(b.Name) != b.Name:
		return nil, pollen.Errorf(pollen.Invalid, "schema.file-name", "“{name}” is not a plain file name.", "name", clip(b.Name, 60)).On(f.Name)
	case !slices.Contains(types, b.Type):
		return nil, pollen.Errorf(pollen.Invalid, "schema.file-type", "Files of type {type} are not accepted here. Accepted are {types}.", "type", clip(b.Type, 60), "types", strings.Join(types, ", ")).On(f.Name)
	case b.Size < 0 || b.Size > size:
		return nil, pollen.Errorf(pollen.Invalid, "schema.file-size", "The file is too large: at most {max}.", "max", pollen.Bytes(size)).On(f.Name)
	}
	for _, s := range []*string{&b.Name, &b.Alt} {
		t, err := clean(&Field{Name: f.Name, Type: Text}, *s)
		if err != nil {
			return nil, err
		}
		*s = strings.ReplaceAll(t, "\n", " ")
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(b); err != nil {
		return nil, wrong(f, err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func (blobKind) text(_ *Field, v json.RawMessage) string { return string(v) }

func (blobKind) display(_ *Field, v json.RawMessage, _ string) string { return readBlob(v).Name }
func (blobKind) key(*Field, json.RawMessage) string                   { return "" }

func (blobKind) words(_ *Field, v json.RawMessage) []Word {
	b := readBlob(v)
	return []Word{{Text: b.Alt}, {Text: b.Name}}
}

func readBlob(v json.RawMessage) (b Blob) {
	if json.Unmarshal(v, &b) != nil {
		return Blob{}
	}
	return b
}

// Blobs gives the images or attachments of a value.
func (f *Field) Blobs(v json.RawMessage) (out []Blob) {
	if f.Type != Image && f.Type != Attachment {
		return nil
	}
	f.Each(v, func(one json.RawMessage, _ string) { out = append(out, readBlob(one)) })
	return out
}
