package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"pollen/client"
	"pollen/internal/pure/schema"
)

// document is the API as the server describes it.
type document struct {
	paths map[string]map[string]operation
	check validator.Validator
}

type operation struct {
	ID        string                     `json:"operationId"`
	Summary   string                     `json:"summary"`
	Tags      []string                   `json:"tags"`
	Responses map[string]json.RawMessage `json:"responses"`
}

func described(t *testing.T, s *served) *document {
	t.Helper()
	_, body := s.send(t, "GET", "/api/v1/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	parsed, err := libopenapi.NewDocument([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(parsed)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return &document{doc.Paths, v}
}

// witness looks at every call that goes through it: request and answer are what
// the document says, or it tells the test.
type witness struct {
	t    *testing.T
	doc  *document
	mu   sync.Mutex
	seen map[string]bool // operations by identifier
}

// RoundTrip makes the call and looks at it.
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	again := func() {
		if resp.Body = io.NopCloser(bytes.NewReader(got)); r.Body != nil {
			r.Body = io.NopCloser(bytes.NewReader(sent))
		}
	}
	again()
	w.look(r, resp, sent, got, again)
	again()
	return resp, nil
}

func (w *witness) look(r *http.Request, resp *http.Response, sent, got []byte, again func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id, op := w.doc.find(r)
	if id == "" {
		w.t.Errorf("%s %s is not described", r.Method, r.URL.Path)
		return
	}
	w.seen[id] = true
	if resp.StatusCode >= 400 { // what is refused may be refused for its shape
		if op.Responses[strconv.Itoa(resp.StatusCode)] == nil {
			w.t.Errorf("%s answers %d, which is not described", id, resp.StatusCode)
		}
	} else if ok, errs := w.doc.check.ValidateHttpRequest(r); !ok {
		for _, e := range errs {
			w.t.Errorf("%s: request %s: %s %s %v\n%.300s", id, r.URL, e.Message, e.Reason, e.SchemaValidationErrors, sent)
		}
	}
	if resp.StatusCode == http.StatusCreated && resp.Header.Get("Location") == "" && id != "report-words" && id != "follow" { // these have no address
		w.t.Errorf("%s does not say where what it made is", id)
	}
	again()
	if resp.Header.Get("Content-Type") == "application/jsonl" {
		return // the validator takes many JSON values for a fault
	}
	if ok, errs := w.doc.check.ValidateHttpResponse(r, resp); !ok {
		for _, e := range errs {
			w.t.Errorf("%s: answer %d: %s %s %v\n%.600s", id, resp.StatusCode, e.Message, e.Reason, e.SchemaValidationErrors, got)
		}
	}
}

// find tells which operation a request is of.
func (d *document) find(r *http.Request) (id string, op operation) {
	parts := strings.Split(r.URL.Path, "/")
	best := -1
	for path, ops := range d.paths {
		o, ok := ops[strings.ToLower(r.Method)]
		want := strings.Split(path, "/")
		if !ok || len(want) != len(parts) {
			continue
		}
		exact := 0
		for i := range want {
			if want[i] == parts[i] {
				exact++
			} else if !strings.HasPrefix(want[i], "{") {
				exact = -1
				break
			}
		}
		if exact > best {
			best, id, op = exact, o.ID, o
		}
	}
	return id, op
}

// Every operation that the server describes is called by the Go client, and
// both sides keep to the description; none is left without a name, a summary
// and its refusals.
func TestEveryOperationKeepsToItsDescription(t *testing.T) {
	s := serve(t)
	doc := described(t, s)
	if ok, errs := doc.check.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("the document: %s %s %v", e.Message, e.Reason, e.SchemaValidationErrors)
		}
	}
	w := &witness{t: t, doc: doc, seen: map[string]bool{}}
	as := func(name string) *client.Client {
		c := s.as(name)
		c.HTTP = &http.Client{Transport: w}
		return c
	}
	walk(t, s, as)
	for path, ops := range doc.paths {
		for method, op := range ops {
			switch {
			case !w.seen[op.ID]:
				t.Errorf("%s %s (%s) is never called", method, path, op.ID)
			case op.Summary == "" || len(op.Tags) != 1 || op.Responses["404"] == nil || op.Responses["401"] == nil || op.Responses["429"] == nil:
				t.Errorf("%s lacks a summary, a tag or its refusals", op.ID)
			}
		}
	}
}

// Bodies of another type, or too large, are refused as each operation says, and
// by those alone that say so.
func TestRefusedBodiesAreDescribed(t *testing.T) {
	s := serve(t)
	s.as("Ana")
	size := map[string]int{"post": 2 << 20, "patch": 17 << 20, "delete": 1}
	for path, ops := range described(t, s).paths {
		for method, op := range ops {
			if method == "get" {
				continue
			}
			for status, sent := range map[string][2]string{"415": {"text/xml", "<x/>"}, "413": {"application/json", `{"x": "` + strings.Repeat("x", size[method]) + `"}`}} {
				r, body := s.send(t, strings.ToUpper(method), strings.NewReplacer("{slug}", "sites", "{id}", "0000000000001").Replace(path), sent[1], "Content-Type", sent[0], "Authorization", "Bearer Ana")
				if (strconv.Itoa(r.StatusCode) == status) != (op.Responses[status] != nil) {
					t.Errorf("%s answers %s: %d %.200s", op.ID, sent[0], r.StatusCode, body)
				}
			}
		}
	}
}

// Who may not see a list is told so as it is described.
func TestRefusedListsAreDescribed(t *testing.T) {
	s := serve(t)
	doc := described(t, s)
	eve := s.as("Eve")
	eve.HTTP = &http.Client{Transport: &witness{t: t, doc: doc, seen: map[string]bool{}}}
	if _, err := s.as("Ana").FoundCommunity(t.Context(), client.Community{Slug: "night", Name: map[string]string{"en": "Night"}, Join: "invitation"}); err != nil {
		t.Fatal(err)
	}
	_, err := eve.Waiting(t.Context(), "")
	status(t, err, http.StatusForbidden)
	_, err = eve.Reports(t.Context(), "night", "")
	status(t, err, http.StatusForbidden)
	if op := doc.paths["/api/v1/entries/{id}"]["get"]; op.Responses["403"] != nil {
		t.Error("an entry that is not for the caller is absent")
	}
}

// walk calls every method of the client.
func walk(t *testing.T, s *served, as func(string) *client.Client) {
	t.Helper()
	ctx, ana, bob, eve, anybody := t.Context(), as("Ana"), as("Bob"), as("Eve"), as("")
	ok := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	walkCollections(t, ctx, ana, ok)
	e, err := ana.Create(ctx, "sites", map[string]any{"code": "S1", "name": "Dépôt", "phone": "04 65 71 12 77"})
	ok(err)
	other, err := ana.Create(ctx, "sites", map[string]any{"code": "S2", "name": "Agence"})
	ok(err)
	walkEntries(t, ctx, ana, bob, e, other, ok)
	walkWords(t, ctx, ana, bob, eve, e.ID, ok)
	walkTables(t, ctx, ana, ok)

	var drawn bytes.Buffer
	ok(png.Encode(&drawn, image.NewRGBA(image.Rect(0, 0, 4, 4))))
	b, err := ana.Upload(ctx, "plan.png", "image", &drawn)
	ok(err)
	f, err := ana.Create(ctx, "things", map[string]any{"name": map[string]any{"fr": "Clé", "en": "Key"}, "tags": []string{"a", "b"}, "plan": b})
	ok(err)
	file, err := ana.Download(ctx, b.Hash)
	ok(err)
	ok(file.Close())
	if _, err := ana.Verify(ctx, f.ID, client.Confirm{Field: "name", Lang: "en"}, client.Confirm{Field: "tags", Index: new(1)}); err != nil {
		t.Fatal(err)
	}

	_, err = ana.Search(ctx, "depot")
	ok(err)
	_, err = ana.Complete(ctx, "dep")
	ok(err)
	_, err = ana.Journal(ctx, "")
	ok(err)
	_, err = anybody.Get(ctx, "0000000000001")
	status(t, err, http.StatusNotFound)
	_, err = anybody.Create(ctx, "sites", map[string]any{"name": "x"})
	status(t, err, http.StatusUnauthorized)

	s.Clock.Advance(10 * 24 * time.Hour)
	_, err = as("Fay").Create(ctx, "sites", map[string]any{"name": "Kiosk", "page": "https://elsewhere.example"})
	ok(err)
	s.Settle()
	waiting, err := ana.Waiting(ctx, "")
	ok(err, ana.See(ctx, waiting.Items[0].ID))
}

func walkCollections(t *testing.T, ctx context.Context, ana *client.Client, ok func(...error)) {
	t.Helper()
	_, err := ana.Communities(ctx)
	ok(err)
	_, err = ana.FoundCommunity(ctx, client.Community{Slug: "night", Name: map[string]string{"en": "Night shift"}, Join: "open"})
	ok(err)
	_, err = ana.Community(ctx, "night")
	ok(err)
	_, err = ana.JoinCommunity(ctx, "night")
	ok(err, ana.InviteIntoCommunity(ctx, "night", "bob"), ana.LeaveCommunity(ctx, "night"))
	_, err = ana.FoundCollection(ctx, client.Collection{Slug: "things", Name: map[string]string{"en": "Things"}, Audience: "public", Schema: client.Schema{Fields: []client.Field{
		{Name: "name", Type: string(schema.Localized)}, {Name: "tags", Type: "text", Many: true}, {Name: "plan", Type: "image"}}, Title: []string{"name"}}})
	ok(err)
	_, err = ana.Collections(ctx)
	ok(err)
	c, err := ana.Collection(ctx, "things")
	ok(err)
	_, _, err = ana.AmendCollection(ctx, "things", map[string]any{"licence": "CC0-1.0"}, client.Amending{Version: c.Version})
	ok(err)
	var me client.Me
	me, err = ana.Me(ctx)
	ok(err)
	if me.Handle != "ana" {
		t.Errorf("%+v", me)
	}
	_, err = ana.Versions(ctx, "sites", "")
	ok(err)
	_, _, err = ana.RevertCollection(ctx, "sites", 1, client.Amending{DryRun: true})
	ok(err)
}

func walkEntries(t *testing.T, ctx context.Context, ana, bob *client.Client, e, other *client.Entry, ok func(...error)) {
	t.Helper()
	_, err := bob.Revise(ctx, e.ID, 1, map[string]any{"phone": "04 65 71 12 90"})
	ok(err)
	_, err = ana.Revise(ctx, e.ID, 1, map[string]any{"phone": "04 65 71 12 91"})
	if p := status(t, err, http.StatusConflict); p.Type != "urn:pollen:problem:conflict" || len(p.Conflicts) != 1 {
		t.Errorf("%+v", p)
	}
	_, err = ana.Replace(ctx, e.ID, 1, map[string]any{"phone": "04 65 71 12 91"})
	if p := status(t, err, http.StatusPreconditionFailed); p.Kind != "stale" || len(p.Conflicts) != 1 {
		t.Errorf("%+v", p)
	}
	got, err := ana.Verify(ctx, e.ID, client.Confirm{Field: "phone"})
	ok(err)
	if l, is := got.LifeOf("phone"); !is || l.Verifiers != 1 || l.State != "fresh" || l.Changed.By != "bob" || l.Changed.Revision != 2 {
		t.Errorf("life %+v", l)
	}
	_, err = ana.Rename(ctx, e.ID, "depot-nord")
	ok(err)
	if at, err := ana.At(ctx, "sites", "depot"); err != nil || at.Slug != "depot-nord" {
		t.Errorf("at its former address: %+v, %v", at, err)
	}
	_, err = ana.Revisions(ctx, e.ID, url.Values{"limit": {"1"}})
	ok(err)
	_, err = ana.Diff(ctx, e.ID, 1, 2)
	ok(err)
	_, err = ana.Revert(ctx, e.ID, 1, 0)
	ok(err)
	_, err = ana.Retire(ctx, e.ID)
	ok(err)
	_, err = ana.Restore(ctx, e.ID)
	ok(err)
	_, err = ana.Merge(ctx, other.ID, e.ID)
	ok(err)
	if into, err := ana.Get(ctx, other.ID); err != nil || into.ID != e.ID {
		t.Errorf("merged: %+v, %v", into, err)
	}
	_, err = ana.List(ctx, "sites", url.Values{"limit": {"1"}, "filter": {`phone = "0465711277"`}})
	ok(err)
	_, err = ana.Facets(ctx, "sites", nil)
	ok(err)
}

func walkWords(t *testing.T, ctx context.Context, ana, bob, eve *client.Client, entry string, ok func(...error)) {
	t.Helper()
	_, err := bob.Follow(ctx, "entry", entry)
	ok(err)
	_, err = bob.Follows(ctx, "")
	ok(err)
	ask, err := ana.Say(ctx, entry, client.Say{Kind: "ask", Body: "Who has the key?", Field: "access"})
	ok(err)
	answer, err := bob.Say(ctx, entry, client.Say{Kind: "answer", Body: "I have.", To: ask.Contribution})
	ok(err)
	_, err = bob.EditWords(ctx, answer.Contribution, "I have it.")
	ok(err, ana.Helped(ctx, answer.Contribution), ana.HelpedNot(ctx, answer.Contribution), ana.Thank(ctx, answer.Contribution, "Thanks!"))
	_, err = ana.Contribution(ctx, answer.Contribution)
	ok(err, ana.WithdrawThanks(ctx, answer.Contribution), bob.Report(ctx, ask.Contribution, "off-topic", ""))
	reports, err := eve.Reports(ctx, "commons", "")
	ok(err)
	_, err = eve.AnswerReport(ctx, reports.Items[0].ID, "kept", "It is a question.")
	ok(err)
	_, err = ana.Talk(ctx, entry, nil)
	ok(err, ana.WithdrawWords(ctx, ask.Contribution))
	_, err = bob.Notices(ctx, url.Values{"unread": {"true"}})
	ok(err, bob.ReadNotices(ctx, ask.Contribution), bob.Unfollow(ctx, "entry", entry))
	_, err = bob.UndoNotice(ctx, ask.Contribution)
	status(t, err, http.StatusNotFound) // it changed nothing of Bob's
}

func walkTables(t *testing.T, ctx context.Context, ana *client.Client, ok func(...error)) {
	t.Helper()
	r, err := ana.Import(ctx, "sites", strings.NewReader("code,name\nS8,Quai\nS9,Halle\n"), client.Importing{Name: "sites.csv", Key: "code"})
	ok(err)
	ok(ana.Export(ctx, "sites", "jsonl", false, io.Discard))
	_, err = ana.Batches(ctx, "sites", "")
	ok(err)
	_, err = ana.Batch(ctx, r.Batch)
	ok(err)
	touched, err := ana.BatchEntries(ctx, r.Batch, "")
	ok(err)
	_, err = ana.Revise(ctx, touched.Items[0].Entry, 0, map[string]any{"name": "Quai nord"})
	ok(err)
	_, err = ana.Import(ctx, "sites", strings.NewReader("code,name\nS8,Quai sud\n"), client.Importing{Name: "sites.csv", Key: "code"})
	ok(err)
	x, err := ana.Conflicts(ctx, "sites", "")
	ok(err)
	ok(ana.Decide(ctx, "sites", x.Items[0], true))
	_, err = ana.UndoBatch(ctx, r.Batch, "")
	ok(err)
}
