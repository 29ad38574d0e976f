// Package client is the Go client of Pollen's REST API. It is what Pollen's
// own tests use, and what a script or a service of yours may use.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client calls one instance. Its methods are safe for concurrent use.
type Client struct {
	// Base is the address of the instance, without a slash at the end.
	Base string
	// Token is an API token; "" reads as an anonymous reader.
	Token string
	// HTTP defaults to [http.DefaultClient].
	HTTP *http.Client
}

// Problem is an error that the API answered, by RFC 9457.
type Problem struct {
	Status    int        `json:"status"`
	Title     string     `json:"title"`
	Detail    string     `json:"detail"`
	Kind      string     `json:"kind"`
	Field     string     `json:"field,omitempty"`
	Revision  int        `json:"revision,omitempty"` // in a conflict: the current one
	Conflicts []Conflict `json:"conflicts,omitempty"`
}

// Error gives what a person may read.
func (p *Problem) Error() string {
	if p.Field != "" {
		return p.Field + ": " + p.Detail
	}
	return p.Detail
}

// Conflict is a value that two people changed in different ways.
type Conflict struct {
	Field  string          `json:"field"`
	Base   json.RawMessage `json:"base"`
	Mine   json.RawMessage `json:"mine"`
	Theirs json.RawMessage `json:"theirs"`
}

// Page is one part of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"` // the cursor of the part that follows; "" at the end
	// Previous is the cursor of the part before; "" at the start, and in lists that lead forward alone.
	Previous string `json:"previous"`
}

// Entry is one record of a collection.
type Entry struct {
	ID         string                     `json:"id"`
	Collection string                     `json:"collection"`
	Slug       string                     `json:"slug"`
	Title      string                     `json:"title"`
	Revision   int                        `json:"revision"`
	Retired    bool                       `json:"retired,omitempty"`
	Values     map[string]json.RawMessage `json:"values"`
	Body       string                     `json:"body,omitempty"`
}

// Text gives a value that is a JSON string; "" when it is absent or none.
func (e *Entry) Text(field string) string {
	var s string
	if json.Unmarshal(e.Values[field], &s) != nil {
		return ""
	}
	return s
}

// Revision is one state of an entry.
type Revision struct {
	N     int       `json:"n"`
	Kind  string    `json:"kind"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Note  string    `json:"note"`
	Batch string    `json:"batch"`
}

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
}

// Create makes an entry. Values are whatever encodes to the JSON of the field.
func (c *Client) Create(ctx context.Context, collection string, values map[string]any) (e *Entry, err error) {
	e = new(Entry)
	return e, c.Do(ctx, http.MethodPost, "/api/v1/collections/"+url.PathEscape(collection)+"/entries", map[string]any{"values": values}, e)
}

// Get reads an entry; a merged one gives the entry it was merged into.
func (c *Client) Get(ctx context.Context, id string) (e *Entry, err error) {
	e = new(Entry)
	return e, c.Do(ctx, http.MethodGet, "/api/v1/entries/"+url.PathEscape(id), nil, e)
}

// Revise changes the values that are given; nil removes. base is the revision
// you read: what changed since is merged, and a true conflict alone fails, as a
// [Problem] with its Conflicts. 0 means the current revision.
func (c *Client) Revise(ctx context.Context, id string, base int, values map[string]any) (e *Entry, err error) {
	path := "/api/v1/entries/" + url.PathEscape(id)
	if base > 0 {
		path += "?base=" + strconv.Itoa(base)
	}
	e = new(Entry)
	return e, c.Do(ctx, http.MethodPatch, path, values, e)
}

// Retire takes an entry out of lists and search.
func (c *Client) Retire(ctx context.Context, id string) (e *Entry, err error) {
	e = new(Entry)
	return e, c.Do(ctx, http.MethodDelete, "/api/v1/entries/"+url.PathEscape(id), nil, e)
}

// Restore brings a retired entry back.
func (c *Client) Restore(ctx context.Context, id string) (e *Entry, err error) {
	e = new(Entry)
	return e, c.Do(ctx, http.MethodPost, "/api/v1/entries/"+url.PathEscape(id)+"/restore", nil, e)
}

// Revert returns an entry to an earlier revision, as a new one.
func (c *Client) Revert(ctx context.Context, id string, to int) (e *Entry, err error) {
	e = new(Entry)
	return e, c.Do(ctx, http.MethodPost, "/api/v1/entries/"+url.PathEscape(id)+"/revert", map[string]any{"to": to}, e)
}

// Merge merges an entry into another of its collection.
func (c *Client) Merge(ctx context.Context, from, into string) (e *Entry, err error) {
	e = new(Entry)
	return e, c.Do(ctx, http.MethodPost, "/api/v1/entries/"+url.PathEscape(from)+"/merge", map[string]any{"into": into}, e)
}

// List lists the entries of a collection. Parameters are those of the API: q,
// filter, sort, limit, cursor.
func (c *Client) List(ctx context.Context, collection string, parameters url.Values) (p Page[Entry], err error) {
	return p, c.Do(ctx, http.MethodGet, "/api/v1/collections/"+url.PathEscape(collection)+"/entries?"+parameters.Encode(), nil, &p)
}

// Revisions lists the history of an entry, newest first.
func (c *Client) Revisions(ctx context.Context, id string) (p Page[Revision], err error) {
	return p, c.Do(ctx, http.MethodGet, "/api/v1/entries/"+url.PathEscape(id)+"/revisions", nil, &p)
}

// Search searches all that the token's persona may read.
func (c *Client) Search(ctx context.Context, q string) (p Page[Hit], err error) {
	return p, c.Do(ctx, http.MethodGet, "/api/v1/search?q="+url.QueryEscape(q), nil, &p)
}

// Journal lists what happened, newest first.
func (c *Client) Journal(ctx context.Context, cursor string) (p Page[Act], err error) {
	return p, c.Do(ctx, http.MethodGet, "/api/v1/journal?cursor="+url.QueryEscape(cursor), nil, &p)
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 64 << 20

// Do calls any operation of the API: in is sent as JSON unless nil, the answer
// is read into out unless nil. It fails with a [*Problem] when the API refuses.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	return c.do(ctx, method, path, in, out, nil)
}

// ifMatch asks that what is changed is still of a revision; none does not ask.
func ifMatch(revision int) http.Header {
	if revision == 0 {
		return nil
	}
	return http.Header{"If-Match": {`"` + strconv.Itoa(revision) + `"`}}
}

func (c *Client) do(ctx context.Context, method, path string, in, out any, h http.Header) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding the request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	contentType := "application/json"
	if method == http.MethodPatch {
		contentType = "application/merge-patch+json" // RFC 7396
	}
	return c.send(ctx, request{method, path, contentType, body, h}, out)
}

// request is one call of the API.
type request struct {
	method, path, contentType string
	body                      io.Reader
	header                    http.Header
}

// send makes a call and reads its JSON answer into out, unless nil.
func (c *Client) send(ctx context.Context, r request, out any) error {
	body, err := c.open(ctx, r)
	if err != nil {
		return err
	}
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if out == nil || len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, out)
}

// open makes a call and gives its answer to be read and closed. It fails with a
// [*Problem] when the API refuses.
func (c *Client) open(ctx context.Context, r request) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, strings.TrimSuffix(c.Base, "/")+r.path, r.body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.body != nil {
		req.Header.Set("Content-Type", r.contentType)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	resp, err := h.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	p := &Problem{Status: resp.StatusCode, Title: resp.Status}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if json.Unmarshal(b, p) != nil || p.Detail == "" {
		p.Detail = resp.Status
	}
	return nil, p
}
