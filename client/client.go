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
	"strconv"
	"strings"
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
	Type      string     `json:"type"` // one for each kind; it never changes
	Status    int        `json:"status"`
	Title     string     `json:"title"`
	Detail    string     `json:"detail"`
	Kind      string     `json:"kind"` // invalid, unauthenticated, forbidden, not-found, conflict, stale, limited, unavailable or internal
	Field     string     `json:"field,omitempty"`
	Errors    []Fault    `json:"errors,omitempty"`   // all of them, where several things are wrong
	Revision  int        `json:"revision,omitempty"` // in a conflict: the current one
	Conflicts []Conflict `json:"conflicts,omitempty"`
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Location string `json:"location"` // such as body.values.phone
	Message  string `json:"message"`  // for people
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
