package client

import (
	"context"
	"net/http"
	"net/url"
)

// Facet counts entries by the values of one field.
type Facet struct {
	Field string `json:"field"`
	Terms []struct {
		Value string `json:"value"` // as a filter takes it
		Count int    `json:"count"`
		About bool   `json:"about"` // there are more: counting stopped
	} `json:"terms"`
	More bool `json:"more"` // there are other values
}

// Faceted is one part of a list with its counts.
type Faceted struct {
	Page[Entry]
	Total  int     `json:"total"`
	About  bool    `json:"about"` // there are more than Total: counting stopped
	Facets []Facet `json:"facets"`
}

// Facets lists as [Client.List] does, and counts what it finds by the values of
// fields.
func (c *Client) Facets(ctx context.Context, collection string, parameters url.Values) (f Faceted, err error) {
	q := url.Values{"facets": {"true"}}
	for k, v := range parameters {
		q[k] = v
	}
	err = c.Do(ctx, http.MethodGet, "/api/v1/collections/"+url.PathEscape(collection)+"/entries?"+q.Encode(), nil, &f)
	return f, err
}
