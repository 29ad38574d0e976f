package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Follow is something that the token's persona follows.
type Follow struct {
	Kind       string            `json:"kind"` // entry, collection or community
	ID         string            `json:"id"`
	Slug       string            `json:"slug"`
	Collection string            `json:"collection"` // of an entry
	Title      string            `json:"title"`      // of an entry
	Name       map[string]string `json:"name"`       // of a collection or a community
}

// Notice tells the token's persona of one contribution.
type Notice struct {
	Kind         string    `json:"kind"` // why: mine, self, undone, reverted, thanked, seen, answered, helped, mention, looked, talk, holding, change
	Contribution Act       `json:"contribution"`
	Entry        string    `json:"entry"`
	Read         time.Time `json:"read"` // zero while it is unread
	Undo         bool      `json:"undo"` // see [Client.UndoNotice]
	Note         string    `json:"note"`
	Words        *Words    `json:"words"`
}

// Me is the persona of the token.
type Me struct {
	Handle      string   `json:"handle"`
	Name        string   `json:"name"`
	Kind        string   `json:"kind"`
	Entry       string   `json:"entry"`
	Communities []string `json:"communities"`
	Unread      int      `json:"unread"`
}

// Me reads who the token's persona is.
func (c *Client) Me(ctx context.Context) (m Me, err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/me", nil, &m)
	return m, err
}

// Follows lists what the token's persona follows.
func (c *Client) Follows(ctx context.Context, cursor string) (p Page[Follow], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/follows?cursor="+url.QueryEscape(cursor), nil, &p)
	return p, err
}

// Follow follows an entry (by its identifier), a collection or a community (by
// identifier or address).
func (c *Client) Follow(ctx context.Context, kind, id string) (f Follow, err error) {
	err = c.Do(ctx, http.MethodPost, "/api/v1/follows", map[string]string{"kind": kind, "id": id}, &f)
	return f, err
}

// Unfollow follows something no more.
func (c *Client) Unfollow(ctx context.Context, kind, id string) error {
	return c.Do(ctx, http.MethodDelete, "/api/v1/follows?"+url.Values{"kind": {kind}, "id": {id}}.Encode(), nil, nil)
}

// Notices lists what concerns the token's persona, newest first. Parameters are
// those of the API: unread, limit, cursor.
func (c *Client) Notices(ctx context.Context, parameters url.Values) (p Page[Notice], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/notices?"+parameters.Encode(), nil, &p)
	return p, err
}

// ReadNotices says that the notices of some contributions were read.
func (c *Client) ReadNotices(ctx context.Context, contributions ...string) error {
	return c.Do(ctx, http.MethodPost, "/api/v1/notices/read", map[string]any{"contributions": contributions}, nil)
}

// UndoNotice takes back what a contribution did to the entry that describes the
// token's persona, and nothing else.
func (c *Client) UndoNotice(ctx context.Context, contribution string) (e *Entry, err error) {
	e = new(Entry)
	err = c.Do(ctx, http.MethodPost, "/api/v1/notices/"+url.PathEscape(contribution)+"/undo", nil, e)
	return e, err
}
