package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Words are a post of a talk.
type Words struct {
	Contribution string    `json:"contribution"`
	Entry        string    `json:"entry"`
	Field        string    `json:"field"` // "" is the entry as a whole
	Kind         string    `json:"kind"`  // comment, ask or answer
	By           string    `json:"by"`
	At           time.Time `json:"at"`
	Body         string    `json:"body"`   // Markdown; "" once withdrawn
	Thread       string    `json:"thread"` // the contribution that opened its thread
	To           string    `json:"to"`     // the contribution it answers
	Edited       time.Time `json:"edited"`
	Withdrawn    time.Time `json:"withdrawn"`
	Helped       time.Time `json:"helped"`
	Folded       time.Time `json:"folded"`
}

// Say is what to say.
type Say struct {
	Kind  string `json:"kind,omitempty"` // comment (unless told), ask or answer
	Body  string `json:"body"`           // Markdown
	To    string `json:"to,omitempty"`   // the contribution that it answers
	Field string `json:"field,omitempty"`
}

// Thanks are a gift in return for one contribution.
type Thanks struct {
	By   string    `json:"by"`
	Note string    `json:"note"`
	At   time.Time `json:"at"`
}

// Contribution is an act with what hangs on it.
type Contribution struct {
	Act
	Words  *Words   `json:"words"` // nil where it is no words
	Thanks []Thanks `json:"thanks"`
}

// Talk lists the talk of an entry: thread by thread, the newest first, and in
// each the oldest post first. Parameters are those of the API: field, limit,
// cursor.
func (c *Client) Talk(ctx context.Context, entry string, parameters url.Values) (p Page[Words], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/entries/"+url.PathEscape(entry)+"/talk?"+parameters.Encode(), nil, &p)
	return p, err
}

// Say puts words on an entry or on one of its values.
func (c *Client) Say(ctx context.Context, entry string, s Say) (w *Words, err error) {
	w = new(Words)
	err = c.Do(ctx, http.MethodPost, "/api/v1/entries/"+url.PathEscape(entry)+"/talk", s, w)
	return w, err
}

// EditWords puts other words in the place of your own.
func (c *Client) EditWords(ctx context.Context, contribution, body string) (w *Words, err error) {
	w = new(Words)
	err = c.Do(ctx, http.MethodPatch, contributionPath(contribution), map[string]string{"body": body}, w)
	return w, err
}

// WithdrawWords takes your own words back.
func (c *Client) WithdrawWords(ctx context.Context, contribution string) error {
	return c.Do(ctx, http.MethodDelete, contributionPath(contribution), nil, nil)
}

// Helped says that an answer to your question helped.
func (c *Client) Helped(ctx context.Context, contribution string) error {
	return c.Do(ctx, http.MethodPost, contributionPath(contribution)+"/helped", nil, nil)
}

// HelpedNot takes that back.
func (c *Client) HelpedNot(ctx context.Context, contribution string) error {
	return c.Do(ctx, http.MethodDelete, contributionPath(contribution)+"/helped", nil, nil)
}

// Report is what somebody asked the community to look at. It does not say who.
type Report struct {
	ID       string    `json:"id"`
	Reason   string    `json:"reason"`
	Note     string    `json:"note"`
	At       time.Time `json:"at"`
	Words    Words     `json:"words"`
	Outcome  string    `json:"outcome"` // kept or folded; "" while nobody answered
	Answer   string    `json:"answer"`
	By       string    `json:"answered_by"`
	Answered time.Time `json:"answered"`
}

// Reports lists what was reported in a community of yours, newest first.
func (c *Client) Reports(ctx context.Context, community, cursor string) (p Page[Report], err error) {
	err = c.Do(ctx, http.MethodGet, communityPath(community, "/reports?cursor="+url.QueryEscape(cursor)), nil, &p)
	return p, err
}

// AnswerReport answers a report: the words are kept, or folded.
func (c *Client) AnswerReport(ctx context.Context, id, outcome, answer string) (r Report, err error) {
	err = c.Do(ctx, http.MethodPost, "/api/v1/reports/"+url.PathEscape(id)+"/answer", map[string]string{"outcome": outcome, "answer": answer}, &r)
	return r, err
}

// Report asks the members of the community to look at somebody's words. The
// reason is hurtful, personal, spam, off-topic, or other with a note.
func (c *Client) Report(ctx context.Context, contribution, reason, note string) error {
	return c.Do(ctx, http.MethodPost, contributionPath(contribution)+"/report", map[string]string{"reason": reason, "note": note}, nil)
}

// Contribution reads one act of the journal, its words, and the thanks for it.
func (c *Client) Contribution(ctx context.Context, id string) (out *Contribution, err error) {
	out = new(Contribution)
	err = c.Do(ctx, http.MethodGet, contributionPath(id), nil, out)
	return out, err
}

// Thank thanks for a contribution, with a sentence or without ("").
func (c *Client) Thank(ctx context.Context, contribution, note string) error {
	return c.Do(ctx, http.MethodPost, contributionPath(contribution)+"/thanks", map[string]string{"note": note}, nil)
}

// WithdrawThanks takes your thanks back.
func (c *Client) WithdrawThanks(ctx context.Context, contribution string) error {
	return c.Do(ctx, http.MethodDelete, contributionPath(contribution)+"/thanks", nil, nil)
}

// Waiting lists what newcomers gave that awaits a second pair of eyes. It is for
// those who may be one.
func (c *Client) Waiting(ctx context.Context, cursor string) (p Page[Act], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/waiting?cursor="+url.QueryEscape(cursor), nil, &p)
	return p, err
}

// See lets a contribution through that awaits a second pair of eyes: it is
// listed from then on.
func (c *Client) See(ctx context.Context, contribution string) error {
	return c.Do(ctx, http.MethodPost, contributionPath(contribution)+"/seen", nil, nil)
}

func contributionPath(id string) string { return "/api/v1/contributions/" + url.PathEscape(id) }
