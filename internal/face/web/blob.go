package web

import (
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) blobRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /blobs/{hash}/{name}", s.page(s.blob))
}

// blob answers with an image or an attachment, to who may read an entry that
// refers to it. The name is what the browser saves it under: it opens nothing.
func (s *server) blob(w http.ResponseWriter, r *http.Request, v *view) error {
	ref, err := s.Registry.Refers(r.Context(), v.By, r.PathValue("hash"))
	if err != nil {
		return err
	}
	width := 0
	if ref.Type == schema.Image {
		width = max(0, number(r, "w", 0))
	}
	c, err := s.Blobs.Open(r.Context(), r.PathValue("hash"), width)
	if err != nil {
		return err
	}
	show := blob.Download
	if ref.Type == schema.Image && slices.Contains(schema.ImageTypes, c.Type) {
		show = blob.Show
	}
	c.Serve(w, r, schema.BaseName(r.PathValue("name")), show)
	return nil
}

// blobHref is the address of a content.
func blobHref(b schema.Blob) string { return "/blobs/" + b.Hash + "/" + url.PathEscape(b.Name) }

// file shows an attachment by its name, an image by a small picture that leads
// to the whole one.
func (v *view) file(f *schema.Field, b schema.Blob, small bool) part.Shown {
	out := part.Shown{Text: b.Name, Href: blobHref(b), Note: v.Bytes(b.Size)}
	if f.Type == schema.Image && !small {
		alt := b.Alt
		if alt == "" {
			alt = b.Name
		}
		out.Markup, out.Note = part.Picture(out.Href, alt), ""
	}
	return out
}

func isFile(f *schema.Field) bool { return f.Type == schema.Image || f.Type == schema.Attachment }

// keepFiles keeps the files that came under the name of an input, and says in the
// form what they became: a form that is refused is shown with them.
func (s *server) keepFiles(r *http.Request, v *view, name string, f *schema.Field) error {
	if !v.By.SignedIn() {
		return signInFirst()
	}
	if r.MultipartForm == nil {
		return nil
	}
	for _, h := range r.MultipartForm.File[name] {
		if h.Size == 0 && h.Filename == "" {
			continue // nothing was chosen
		}
		b, err := s.keepFile(r, v, f, h)
		if err != nil {
			return err
		}
		part.Send(r.PostForm, name, b)
	}
	return nil
}

// withFiles is the value that a form makes of one that a field held: one file
// takes the place of the other, many stand beside each other, and those ticked
// are left out. Changed is false when nothing came or was ticked.
func withFiles(files part.Files, f *schema.Field, held json.RawMessage) (value json.RawMessage, changed bool, err error) {
	var all []schema.Blob
	for _, b := range f.Blobs(held) {
		if slices.Contains(files.Drop, b.Hash) {
			changed = true
			continue
		}
		all = append(all, b)
	}
	for _, b := range files.Sent {
		b.Alt, b.Consent = files.Alt, files.Consent
		if !f.Many {
			all = nil
		}
		all, changed = append(all, b), true
	}
	switch {
	case !changed:
		return held, false, nil
	case len(all) == 0:
		return json.RawMessage("null"), true, nil
	case f.Many:
		value, err = json.Marshal(all)
	default:
		value, err = json.Marshal(all[0])
	}
	return value, true, err
}

// upload adds to a change what came into an input of files.
func (s *server) upload(r *http.Request, v *view, ch *registry.Change, name string, f *schema.Field, held json.RawMessage) error {
	if err := s.keepFiles(r, v, name, f); err != nil {
		return err
	}
	value, changed, err := withFiles(part.ReadFiles(r.PostForm, name), f, held)
	if err != nil || !changed {
		return err
	}
	if ch.Values == nil {
		ch.Values = map[string]json.RawMessage{}
	}
	ch.Values[f.Name] = value
	return nil
}

// keepFile keeps one file that was sent.
func (s *server) keepFile(r *http.Request, v *view, f *schema.Field, h *multipart.FileHeader) (b schema.Blob, err error) {
	file, err := h.Open()
	if err != nil {
		return b, pollen.Errorf(pollen.Invalid, "web.form", "The form arrived damaged. Send it again.").Because(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	keep := s.Blobs.Put
	if f.Type == schema.Image {
		keep = s.Blobs.PutImage
	}
	_, limit := f.BlobLimits()
	info, err := keep(r.Context(), v.By, file, limit)
	if e, ok := errors.AsType[*pollen.Error](err); ok {
		return b, e.On(f.Name)
	}
	return schema.Blob{Hash: info.Hash, Name: schema.FileName(h.Filename), Type: info.Type, Size: info.Size}, err
}
