package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Importing says how to import a table.
type Importing struct {
	DryRun    bool   // show what would be done, and do nothing
	Name      string // of the file
	Source    string // where the rows come from; the name of the file unless told
	Key       string // unique field that rows are matched on; also slug or id
	Overwrite bool   // also what people changed since
	Leave     bool   // leave out columns that match no field
	Note      string // in history
	// Map says what columns fill, by column: a field, field@fr for one language,
	// field#lat for a part of a place, "" to leave the column out.
	Map map[string]string
	// Create founds the collection where there is none, with fields and types
	// proposed from the file.
	Create *Founding
}

// Founding is a collection that an import founds where there is none.
type Founding struct {
	Title     string // its name, in Lang; made of its address unless told
	Lang      string // of its name and of the labels of its fields; en unless told
	Purpose   string
	Licence   string
	Community string   // that holds it; commons unless told
	Audience  string   // who may read it; members unless told
	Text      []string // columns that become text, whatever they look like
}

// ImportReport says what an import did, or would do.
type ImportReport struct {
	Batch     string `json:"batch"`
	Rows      int64  `json:"rows"`
	Created   int64  `json:"created"`
	Changed   int64  `json:"changed"`
	Unchanged int64  `json:"unchanged"`
	Refused   int64  `json:"refused"`
	Conflicts int64  `json:"conflicts"` // values to decide
	Kept      int64  `json:"kept"`      // values that people changed, and the source did not
	Resumed   bool   `json:"resumed"`   // it went on with an import that had been stopped
	Again     bool   `json:"again"`     // the same file was imported before: nothing was done
	Bad       []struct {
		Line   int64  `json:"line"`
		Field  string `json:"field"`
		Reason string `json:"reason"`
	} `json:"bad"` // the first rows that were refused
	Unfit []struct {
		Column string `json:"column"`
		Field  string `json:"field"`
		Type   string `json:"type"`
		Values int    `json:"values"` // that the type does not read: their rows are refused
	} `json:"unfit"` // columns of a collection that it founds
}

// ImportConflict is a value that people and a source both changed.
type ImportConflict struct {
	Batch    string    `json:"batch"`
	Source   string    `json:"source"`
	Entry    string    `json:"entry"`
	Title    string    `json:"title"`
	Field    string    `json:"field"`
	Here     string    `json:"here"`
	Incoming string    `json:"incoming"`
	Revision int       `json:"revision"` // that said what stands here
	By       string    `json:"by"`       // handle of the persona who said it
	At       time.Time `json:"at"`
	Imported time.Time `json:"imported"` // when the import began that says otherwise
}

// Import imports a CSV, XLSX or JSONL file as one batch.
func (c *Client) Import(ctx context.Context, collection string, file io.Reader, o Importing) (r ImportReport, err error) {
	q := url.Values{"name": {o.Name}, "source": {o.Source}, "key": {o.Key}, "dry_run": {strconv.FormatBool(o.DryRun)},
		"overwrite": {strconv.FormatBool(o.Overwrite)}, "leave": {strconv.FormatBool(o.Leave)}, "note": {o.Note}}
	for column, field := range o.Map {
		q.Add("map", column+"="+field)
	}
	if f := o.Create; f != nil {
		q.Set("create", "true")
		q["text"] = f.Text
		for name, value := range map[string]string{"title": f.Title, "lang": f.Lang, "purpose": f.Purpose, "licence": f.Licence, "community": f.Community, "audience": f.Audience} {
			if value != "" {
				q.Set(name, value)
			}
		}
	}
	body, err := c.open(ctx, request{method: http.MethodPost, path: collectionPath(collection, "/import?"+q.Encode()), contentType: "application/octet-stream", body: file})
	if err != nil {
		return r, err
	}
	defer body.Close()
	return r, json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(&r)
}

// Export writes the entries of a collection to w, as csv, xlsx or jsonl.
func (c *Client) Export(ctx context.Context, collection, format string, history bool, w io.Writer) error {
	q := url.Values{"format": {format}, "history": {strconv.FormatBool(history)}}
	body, err := c.open(ctx, request{method: http.MethodGet, path: collectionPath(collection, "/export?"+q.Encode())})
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}

// Conflicts lists the values of a collection that wait to be decided.
func (c *Client) Conflicts(ctx context.Context, collection, cursor string) (p Page[ImportConflict], err error) {
	err = c.Do(ctx, http.MethodGet, "/api/v1/collections/"+url.PathEscape(collection)+"/conflicts?cursor="+url.QueryEscape(cursor), nil, &p)
	return p, err
}

// Decide takes the value of the source, or keeps what people made of it.
func (c *Client) Decide(ctx context.Context, collection string, x ImportConflict, take bool) error {
	choice := "keep"
	if take {
		choice = "take"
	}
	return c.Do(ctx, http.MethodPost, "/api/v1/collections/"+url.PathEscape(collection)+"/conflicts",
		map[string]string{"batch": x.Batch, "entry": x.Entry, "field": x.Field, "choice": choice}, nil)
}
