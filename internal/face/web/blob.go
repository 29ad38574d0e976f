package web

import (
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

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

// readUpload keeps the files that came under the name of an input and gives
// the value that they make with what the field held: one takes the place of the
// other, many stand beside each other, and those ticked are left out. Changed
// is false when nothing was sent or ticked.
func (s *server) readUpload(r *http.Request, v *view, name string, f *schema.Field, held json.RawMessage) (value json.RawMessage, changed bool, err error) {
	if !v.By.SignedIn() {
		return nil, false, signInFirst()
	}
	drop := r.PostForm[name+part.DropFile]
	var all []schema.Blob
	for _, b := range f.Blobs(held) {
		if slices.Contains(drop, b.Hash) {
			changed = true
			continue
		}
		all = append(all, b)
	}
	if r.MultipartForm != nil {
		for _, h := range r.MultipartForm.File[name] {
			if h.Size == 0 && h.Filename == "" {
				continue // nothing was chosen
			}
			b, err := s.keepFile(r, v, f, h)
			if err != nil {
				return nil, false, err
			}
			b.Alt, b.Consent = strings.TrimSpace(r.PostFormValue(name+part.AltText)), r.PostFormValue(name+part.Consent) != ""
			if !f.Many {
				all = nil
			}
			all, changed = append(all, b), true
		}
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

// upload adds to a change what was sent into an input of files.
func (s *server) upload(r *http.Request, v *view, ch *registry.Change, name string, f *schema.Field, held json.RawMessage) error {
	value, changed, err := s.readUpload(r, v, name, f, held)
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
	info, err := keep(r.Context(), v.By.Persona, file, limit)
	if e, ok := errors.AsType[*pollen.Error](err); ok {
		return b, e.On(f.Name)
	}
	return schema.Blob{Hash: info.Hash, Name: schema.FileName(h.Filename), Type: info.Type, Size: info.Size}, err
}
