package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Entry is one record of a collection.
type Entry struct {
	ID         string                     `json:"id"`
	Collection string                     `json:"collection"`
	Slug       string                     `json:"slug"`
	Title      string                     `json:"title"`
	Revision   int                        `json:"revision"`
	Retired    bool                       `json:"retired,omitempty"`
	Values     map[string]json.RawMessage `json:"values"`
	Life       map[string]json.RawMessage `json:"life"` // in the shape of values: see [Entry.LifeOf]
	Body       string                     `json:"body,omitempty"`
}

// Life is the life of one single value.
type Life struct {
	Changed struct {
		Revision int       `json:"revision"`
		At       time.Time `json:"at"`
		By       string    `json:"by"`
	} `json:"changed"`
	Verified  time.Time `json:"verified"` // zero: nobody confirmed it
	Verifiers int       `json:"verifiers"`
	Sources   []string  `json:"sources"`
	State     string    `json:"state"` // fresh, due or overdue
}

// LifeOf gives the life of a field that holds one value; false for a list, a
// text in several languages, and no value.
func (e *Entry) LifeOf(field string) (l Life, ok bool) {
	ok = json.Unmarshal(e.Life[field], &l) == nil && l.State != ""
	return l, ok
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

// FieldDiff is what became of one value between two revisions.
type FieldDiff struct {
	Field string          `json:"field"` // body for the body
	Old   json.RawMessage `json:"old"`
	New   json.RawMessage `json:"new"`
	Words json.RawMessage `json:"words"` // word by word, for values that read as text
}

// Confirm names a value that is confirmed.
type Confirm struct {
	Field string `json:"field"`
	Lang  string `json:"lang,omitempty"`  // only the text in this language
	Index *int   `json:"index,omitempty"` // only this one of a list, from 0
}

func entryPath(id, below string) string { return "/api/v1/entries/" + url.PathEscape(id) + below }

// Create makes an entry. Values are whatever encodes to the JSON of the field.
func (c *Client) Create(ctx context.Context, collection string, values map[string]any) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodPost, collectionPath(collection, "/entries"), map[string]any{"values": values}, e)
	return e, err
}

// Get reads an entry; a merged one gives the entry it was merged into.
func (c *Client) Get(ctx context.Context, id string) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodGet, entryPath(id, ""), nil, e)
	return e, err
}

// Revise changes the values that are given; nil removes. base is the revision
// you read: what changed since is merged, and a true conflict alone fails, as a
// [Problem] with its Conflicts. 0 means the current revision.
func (c *Client) Revise(ctx context.Context, id string, base int, values map[string]any) (e *Entry, err error) {
	path := entryPath(id, "")
	if base > 0 {
		path += "?base=" + strconv.Itoa(base)
	}
	e = new(Entry)
	err = c.Do(ctx, http.MethodPatch, path, values, e)
	return e, err
}

// Retire takes an entry out of lists and search.
func (c *Client) Retire(ctx context.Context, id string) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodDelete, entryPath(id, ""), nil, e)
	return e, err
}

// Restore brings a retired entry back.
func (c *Client) Restore(ctx context.Context, id string) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodPost, entryPath(id, "/restore"), nil, e)
	return e, err
}

// Revert returns an entry to an earlier revision, as a new one. base is the
// revision that was read: it fails with a [Problem] (409) when a value changed
// since. 0 does not ask.
func (c *Client) Revert(ctx context.Context, id string, to, base int) (e *Entry, err error) {
	e = new(Entry)
	ask := map[string]any{"to": to}
	if base > 0 {
		ask["base"] = base
	}
	err = c.Do(ctx, http.MethodPost, entryPath(id, "/revert"), ask, e)
	return e, err
}

// Merge merges an entry into another of its collection.
func (c *Client) Merge(ctx context.Context, from, into string) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodPost, entryPath(from, "/merge"), map[string]any{"into": into}, e)
	return e, err
}

// List lists the entries of a collection. Parameters are those of the API: q,
// filter, sort, limit, cursor.
func (c *Client) List(ctx context.Context, collection string, parameters url.Values) (p Page[Entry], err error) {
	err = c.Do(ctx, http.MethodGet, collectionPath(collection, "/entries?"+parameters.Encode()), nil, &p)
	return p, err
}

// At reads an entry by its address in a collection; a former one leads on.
func (c *Client) At(ctx context.Context, collection, slug string) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodGet, collectionPath(collection, "/entries/"+url.PathEscape(slug)), nil, e)
	return e, err
}

// Replace changes values only when the entry is still of the revision you read:
// otherwise it fails (412) with both values.
func (c *Client) Replace(ctx context.Context, id string, revision int, values map[string]any) (e *Entry, err error) {
	e = new(Entry)
	err = c.do(ctx, http.MethodPatch, entryPath(id, ""), values, e, ifMatch(revision))
	return e, err
}

// Rename gives an entry another address; the former one leads to it.
func (c *Client) Rename(ctx context.Context, id, slug string) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodPost, entryPath(id, "/rename"), map[string]string{"slug": slug}, e)
	return e, err
}

// Verify confirms that values are right as they are.
func (c *Client) Verify(ctx context.Context, id string, what ...Confirm) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodPost, entryPath(id, "/verify"), map[string]any{"fields": what}, e)
	return e, err
}

// Revisions lists the history of an entry, newest first. Parameters are those
// of the API: limit, cursor.
func (c *Client) Revisions(ctx context.Context, id string, parameters ...url.Values) (p Page[Revision], err error) {
	q := url.Values{}
	for _, some := range parameters {
		for k, v := range some {
			q[k] = v
		}
	}
	err = c.Do(ctx, http.MethodGet, entryPath(id, "/revisions?"+q.Encode()), nil, &p)
	return p, err
}

// Diff tells two revisions of an entry apart, value by value.
func (c *Client) Diff(ctx context.Context, id string, from, to int) (p Page[FieldDiff], err error) {
	err = c.Do(ctx, http.MethodGet, entryPath(id, "/diff?from="+strconv.Itoa(from)+"&to="+strconv.Itoa(to)), nil, &p)
	return p, err
}
