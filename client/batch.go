package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Batch is a set of revisions made together, and undone together.
type Batch struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`
	State      string          `json:"state"`
	Collection string          `json:"collection"`
	By         string          `json:"by"`
	Source     string          `json:"source"`
	Note       string          `json:"note"`
	At         time.Time       `json:"at"`
	Ended      *time.Time      `json:"ended"`
	Report     json.RawMessage `json:"report"` // counts; their names go with the kind
}

// Undone is what undoing a batch did.
type Undone struct {
	Batch    string `json:"batch"`    // the one that undid it
	Returned int    `json:"returned"` // entries whose values returned
	Retired  int    `json:"retired"`  // entries that it had made or brought back
	Restored int    `json:"restored"` // entries that it had retired
	Kept     int    `json:"kept"`     // values that stayed: people changed them later, or another entry has them by now
}

// Batch reads a batch.
func (c *Client) Batch(ctx context.Context, id string) (b Batch, err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/batches/"+url.PathEscape(id), nil, &b)
	return b, err
}

// BatchEntry is what a batch did to one entry.
type BatchEntry struct {
	Entry    string      `json:"entry"`
	Title    string      `json:"title"`
	Revision int         `json:"revision"`
	Kind     string      `json:"kind"`
	Diff     []FieldDiff `json:"diff"`
}

// BatchEntries lists the entries of a batch, with what it changed in each.
func (c *Client) BatchEntries(ctx context.Context, id, cursor string) (p Page[BatchEntry], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/batches/"+url.PathEscape(id)+"/entries?cursor="+url.QueryEscape(cursor), nil, &p)
	return p, err
}

// Batches lists the batches of a collection, newest first.
func (c *Client) Batches(ctx context.Context, collection, cursor string) (p Page[Batch], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/collections/"+url.PathEscape(collection)+"/batches?cursor="+url.QueryEscape(cursor), nil, &p)
	return p, err
}

// UndoBatch undoes a batch, value by value; a note says why, and may be empty.
func (c *Client) UndoBatch(ctx context.Context, id, note string) (u Undone, err error) {
	err = c.Do(ctx, http.MethodPost, "/api/v1/batches/"+url.PathEscape(id)+"/revert?note="+url.QueryEscape(note), nil, &u)
	return u, err
}
