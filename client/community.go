package client

import (
	"context"
	"net/http"
	"net/url"
)

// Community is people with a shared purpose.
type Community struct {
	Slug    string            `json:"slug"`
	Name    map[string]string `json:"name"` // by language
	Purpose string            `json:"purpose,omitempty"`
	Join    string            `json:"join"` // open, request or invitation
	Members int               `json:"members,omitempty"`
}

func communityPath(slug, below string) string {
	return "/api/v1/communities/" + url.PathEscape(slug) + below
}

// Communities lists the communities.
func (c *Client) Communities(ctx context.Context) (p Page[Community], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/communities", nil, &p)
	return p, err
}

// Community reads one community.
func (c *Client) Community(ctx context.Context, slug string) (out *Community, err error) {
	out = new(Community)
	err = c.Do(ctx, http.MethodGet, communityPath(slug, ""), nil, out)
	return out, err
}

// FoundCommunity makes a community, whose first member you are.
func (c *Client) FoundCommunity(ctx context.Context, n Community) (out *Community, err error) {
	n.Members, out = 0, new(Community)
	err = c.Do(ctx, http.MethodPost, "/api/v1/communities", n, out)
	return out, err
}

// JoinCommunity joins, or asks to: joined is then false.
func (c *Client) JoinCommunity(ctx context.Context, slug string) (joined bool, err error) {
	var out struct {
		Joined bool `json:"joined"`
	}
	err = c.Do(ctx, http.MethodPost, communityPath(slug, "/join"), nil, &out)
	return out.Joined, err
}

// LeaveCommunity ends your membership.
func (c *Client) LeaveCommunity(ctx context.Context, slug string) error {
	return c.Do(ctx, http.MethodPost, communityPath(slug, "/leave"), nil, nil)
}

// InviteIntoCommunity invites a persona by its handle, or grants its request.
func (c *Client) InviteIntoCommunity(ctx context.Context, slug, handle string) error {
	return c.Do(ctx, http.MethodPost, communityPath(slug, "/invite"), map[string]string{"handle": handle}, nil)
}
