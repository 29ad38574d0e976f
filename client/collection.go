package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Collection is a set of entries of one schema.
type Collection struct {
	Slug      string            `json:"slug"`
	Version   int               `json:"version,omitempty"` // goes up with each amendment
	Community string            `json:"community,omitempty"`
	Name      map[string]string `json:"name"` // by language
	Purpose   map[string]string `json:"purpose,omitempty"`
	Licence   string            `json:"licence,omitempty"`
	Source    string            `json:"source,omitempty"`
	Audience  string            `json:"audience,omitempty"` // public, members or community
	Entries   int64             `json:"entries,omitempty"`
	Schema    Schema            `json:"schema"`
}

// Schema is what the entries of a collection hold.
type Schema struct {
	Fields  []Field  `json:"fields"`
	Title   []string `json:"title,omitempty"`   // fields whose text makes the title of an entry
	Key     string   `json:"key,omitempty"`     // field that imports match on
	Retired []Field  `json:"retired,omitempty"` // fields that it had: given back by their ID
}

// Field is one field of a schema.
type Field struct {
	ID       int64             `json:"id,omitempty"` // 0 for a new one
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Label    map[string]string `json:"label,omitempty"` // by language
	Help     map[string]string `json:"help,omitempty"`
	Group    string            `json:"group,omitempty"`
	Required bool              `json:"required,omitempty"`
	Many     bool              `json:"many,omitempty"`
	Unique   bool              `json:"unique,omitempty"`
	Indexed  bool              `json:"indexed,omitempty"` // can be filtered and counted
	Column   bool              `json:"column,omitempty"`  // shown in the table
	Audience string            `json:"audience,omitempty"`
	HalfLife int               `json:"half_life,omitempty"` // in days
	Unit     string            `json:"unit,omitempty"`
	Terms    []Term            `json:"terms,omitempty"`
	Target   string            `json:"target,omitempty"` // of a reference: the collection
	Pattern  string            `json:"pattern,omitempty"`
	Check    string            `json:"check,omitempty"`
	Region   string            `json:"region,omitempty"`
	MaxSize  int64             `json:"max_size,omitempty"`
	Accept   []string          `json:"accept,omitempty"`
	Protect  bool              `json:"protected,omitempty"`
	Aliases  []string          `json:"aliases,omitempty"` // headings that imports match
	Was      json.RawMessage   `json:"was,omitempty"`     // its former types
}

// Term is one choice of a vocabulary.
type Term struct {
	Code    string            `json:"code"`
	Label   map[string]string `json:"label,omitempty"`
	Retired bool              `json:"retired,omitempty"`
}

// Effects are what an amendment does to a collection, or would do.
type Effects struct {
	Fields []struct {
		Kind     string `json:"kind"` // add, rename, retype, alter, retire or restore
		Field    string `json:"field"`
		Was      string `json:"was"`   // of a renamed one: its name before
		From     string `json:"from"`  // of a retyped one: its type before
		Held     int64  `json:"held"`  // live entries with a value
		Unfit    int64  `json:"unfit"` // those whose value stands in the way
		Examples []struct {
			Entry  string `json:"entry"`
			Title  string `json:"title"`
			Reason string `json:"reason"`
		} `json:"examples"`
	} `json:"fields"`
	Settings []string `json:"settings"` // what else changes
	Titles   int64    `json:"titles"`   // live entries whose title changes
	Possible bool     `json:"possible"` // no value stands in the way
}

// Amending says how to amend a collection.
type Amending struct {
	DryRun  bool // tell the effects, and do nothing
	Version int  // refuse (412) unless it is of this version; 0 does not ask
}

func collectionPath(slug, below string) string {
	return "/api/v1/collections/" + url.PathEscape(slug) + below
}

// Collections lists the collections that you may read.
func (c *Client) Collections(ctx context.Context) (p Page[Collection], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/collections", nil, &p)
	return p, err
}

// Collection reads a collection with its schema.
func (c *Client) Collection(ctx context.Context, slug string) (out *Collection, err error) {
	out = new(Collection)
	err = c.Do(ctx, http.MethodGet, collectionPath(slug, ""), nil, out)
	return out, err
}

// FoundCollection makes a collection in a community of yours.
func (c *Client) FoundCollection(ctx context.Context, n Collection) (out *Collection, err error) {
	n.Version, n.Entries, out = 0, 0, new(Collection)
	err = c.Do(ctx, http.MethodPost, "/api/v1/collections", n, out)
	return out, err
}

// AmendCollection changes a collection by a JSON merge patch of its name,
// purpose, licence, source, audience and schema. A field that schema.fields
// leaves out is retired.
func (c *Client) AmendCollection(ctx context.Context, slug string, patch map[string]any, a Amending) (out *Collection, e *Effects, err error) {
	return c.amend(ctx, http.MethodPatch, collectionPath(slug, "?dry_run="+strconv.FormatBool(a.DryRun)), patch, a)
}

// Version is one state of a collection, with what it changed.
type Version struct {
	N      int       `json:"n"`
	By     string    `json:"by"` // handle
	At     time.Time `json:"at"`
	Fields []struct {
		Kind  string `json:"kind"` // as in [Effects]
		Field string `json:"field"`
		Was   string `json:"was"`
		From  string `json:"from"`
	} `json:"fields"`
	Settings []struct {
		Name string          `json:"name"` // name, purpose, licence, source, audience, title or key
		Was  json.RawMessage `json:"was"`
		Now  json.RawMessage `json:"now"`
	} `json:"settings"`
}

// Versions lists the versions of a collection, newest first.
func (c *Client) Versions(ctx context.Context, slug, cursor string) (p Page[Version], err error) {
	err = c.Do(ctx, http.MethodGet, collectionPath(slug, "/versions?cursor="+url.QueryEscape(cursor)), nil, &p)
	return p, err
}

// RevertCollection returns a collection to an earlier version, as a new one:
// fields come back with their values.
func (c *Client) RevertCollection(ctx context.Context, slug string, to int, a Amending) (out *Collection, e *Effects, err error) {
	return c.amend(ctx, http.MethodPost, collectionPath(slug, "/revert?dry_run="+strconv.FormatBool(a.DryRun)), map[string]any{"to": to}, a)
}

func (c *Client) amend(ctx context.Context, method, path string, body map[string]any, a Amending) (*Collection, *Effects, error) {
	var got struct {
		Collection
		Effects Effects `json:"effects"`
	}
	err := c.do(ctx, method, path, body, &got, ifMatch(a.Version))
	return &got.Collection, &got.Effects, err
}
