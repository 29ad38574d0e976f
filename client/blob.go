package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// Blob is a file that was kept: the value of an image or an attachment.
type Blob struct {
	Hash string `json:"blob"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
	Alt  string `json:"alt,omitempty"`
}

// Upload keeps a file and returns the value that names it, to be put into a
// field of attachments, or of images where as is "image". What no entry has
// come to name within a day is removed.
func (c *Client) Upload(ctx context.Context, name, as string, content io.Reader) (b *Blob, err error) {
	b = new(Blob)
	err = c.send(ctx, request{method: http.MethodPost, path: "/api/v1/blobs?" + url.Values{"name": {name}, "as": {as}}.Encode(), contentType: "application/octet-stream", body: content}, b)
	return b, err
}

// Download opens a file that an entry names, to be read and closed.
func (c *Client) Download(ctx context.Context, hash string) (io.ReadCloser, error) {
	return c.open(ctx, request{method: http.MethodGet, path: "/api/v1/blobs/" + url.PathEscape(hash)})
}
