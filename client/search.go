package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Hit is an entry found by a search.
type Hit struct {
	ID         string `json:"id"`
	Collection string `json:"collection"`
	Slug       string `json:"slug"`
	Title      string `json:"title"`
}

// Act is what happened, on the journal.
type Act struct {
	ID     string    `json:"id"`
	Number int64     `json:"number"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Kind   string    `json:"kind"`
	Object struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
	} `json:"object"`
	Detail struct {
		Fields []string `json:"fields"` // names of what it changed
	} `json:"detail"`
	Batch string `json:"batch"` // the batch that it is a part of
	Held  string `json:"held"`  // of one's own as a newcomer: waiting, seen, taken-back; "" where nothing was held
}

// Search searches all that the token's persona may read.
func (c *Client) Search(ctx context.Context, q string) (p Page[Hit], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/search?q="+url.QueryEscape(q), nil, &p)
	return p, err
}

// Complete tells what somebody who is typing may mean.
func (c *Client) Complete(ctx context.Context, q string) (p Page[Hit], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/complete?q="+url.QueryEscape(q), nil, &p)
	return p, err
}

// Journal lists what happened, newest first.
func (c *Client) Journal(ctx context.Context, cursor string) (p Page[Act], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/journal?cursor="+url.QueryEscape(cursor), nil, &p)
	return p, err
}
