package rest

import (
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/pure/schema"
)

type uploadIn struct {
	Caller
	Name string `query:"name" required:"true" doc:"The file's name, as people see it"`
	As   string `query:"as" enum:"image,attachment" default:"attachment" doc:"An image is drawn anew, without what the camera noted"`
	body io.Reader
}

// Resolve takes the body as a stream: a file is never held whole.
func (in *uploadIn) Resolve(ctx huma.Context) []error {
	in.body = ctx.BodyReader()
	return nil
}

type uploadOut struct {
	Location string `header:"Location"`
	Body     schema.Blob
}

type downloadIn struct {
	Caller
	Hash  string `path:"hash"`
	Name  string `query:"name" doc:"The name to save it under"`
	Width int    `query:"w" minimum:"0" doc:"Of an image: a smaller picture, at least this wide where there is one"`
}

func (s *server) blobs(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "upload", Method: http.MethodPost, Path: "/api/v1/blobs", DefaultStatus: http.StatusCreated,
		Summary:     "Keep a file, and get the value that names it",
		Description: "The body is the file. The answer is the value of an image or an attachment. What no entry has come to name within a day is removed.",
		RequestBody: &huma.RequestBody{Required: true, Content: fileContent("application/octet-stream")}},
		on(s, func(in *uploadIn) Caller { return in.Caller }, s.upload))
	huma.Register(api, huma.Operation{OperationID: "download", Method: http.MethodGet, Path: "/api/v1/blobs/{hash}",
		Summary:   "A file, for those who may read an entry that names it",
		Responses: map[string]*huma.Response{"200": {Description: "The file", Content: fileContent("*/*")}}},
		on(s, func(in *downloadIn) Caller { return in.Caller }, s.download))
}

func (s *server) upload(ctx context.Context, by pollen.Actor, in *uploadIn) (*uploadOut, error) {
	if !by.SignedIn() {
		return nil, pollen.Errorf(pollen.Unauthenticated, "rest.scheme", "Sign in with: Authorization: Bearer and an API token.")
	}
	keep, limit := s.Blobs.Put, int64(schema.MaxAttachment)
	if in.As == string(schema.Image) {
		keep, limit = s.Blobs.PutImage, schema.MaxImage
	}
	info, err := keep(ctx, by, in.body, limit)
	if err != nil {
		return nil, err
	}
	return &uploadOut{"/api/v1/blobs/" + info.Hash, schema.Blob{Hash: info.Hash, Name: schema.FileName(in.Name), Type: info.Type, Size: info.Size}}, nil
}

func (s *server) download(ctx context.Context, by pollen.Actor, in *downloadIn) (*huma.StreamResponse, error) {
	ref, err := s.Registry.Refers(ctx, by, in.Hash)
	if err != nil {
		return nil, err
	}
	c, err := s.Blobs.Open(ctx, in.Hash, in.Width)
	if err != nil {
		return nil, err
	}
	show := blob.Download
	if ref.Type == schema.Image && slices.Contains(schema.ImageTypes, c.Type) {
		show = blob.Show
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		c.Serve(w, r, schema.FileName(in.Name), show)
	}}, nil
}
