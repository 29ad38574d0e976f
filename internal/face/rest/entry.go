package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/pure/filter"
)

// Entry is an entry as served.
type Entry struct {
	ID         pollen.EntryID             `json:"id"`
	Collection string                     `json:"collection"`
	Slug       string                     `json:"slug"`
	Title      string                     `json:"title" doc:"In the language of the instance, where it has one in several"`
	Revision   int                        `json:"revision"`
	Retired    bool                       `json:"retired,omitempty"`
	Values     map[string]json.RawMessage `json:"values"`
	Life       Lives                      `json:"life"`
	Body       string                     `json:"body,omitempty"`
}

func entryOf(e *registry.Entry) Entry {
	out := Entry{ID: e.ID, Collection: e.Collection.Slug, Slug: e.Slug, Title: e.Title, Revision: e.Revision,
		Retired: !e.Live(), Values: make(map[string]json.RawMessage, len(e.Values)), Life: Lives{}, Body: e.Body}
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if v := e.Values[f.ID]; v != nil {
			out.Values[f.Name] = v
		}
	}
	return out
}

type listIn struct {
	Caller
	Slug   string `path:"slug"`
	Q      string `query:"q" doc:"Words to search for; results are ranked, and of very many the best are given: see ranked"`
	Filter string `query:"filter" doc:"For instance: population >= 1000 and region = \"53\""`
	Facets bool   `query:"facets" doc:"Counts of what is found, and by the values of fields, too"`
	Sort   string `query:"sort" doc:"title or the name of an indexed field; - before it for descending"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type listOut struct {
	Body struct {
		pollen.Page[Entry]
		Total  *int         `json:"total,omitempty" doc:"When facets are asked for: how many there are"`
		About  bool         `json:"about,omitempty" doc:"There are more than total: counting stopped"`
		Ranked int          `json:"ranked,omitempty" doc:"How many the pages give, the best ones, where words (q) find more: narrow the search to come to the others"`
		Facets []FieldFacet `json:"facets,omitempty"`
	}
}

type createIn struct {
	Caller
	Slug string `path:"slug"`
	Body struct {
		Slug   string                     `json:"slug,omitempty" doc:"The entry's address; derived from its title unless told"`
		Values map[string]json.RawMessage `json:"values" example:"{\"given_name\": \"Ana\", \"phone\": \"+33 1 99 00 12 34\"}"`
		Body   string                     `json:"body,omitempty" doc:"Markdown"`
		Note   string                     `json:"note,omitempty"`
	}
}

type entryIn struct {
	Caller
	ID string `path:"id"`
}

type entryOut struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag" doc:"The revision. The life of values is no part of it: a confirmation leaves it as it is"`
	Body     Entry
}

func etag(revision int) string { return `"` + strconv.Itoa(revision) + `"` }

type addressIn struct {
	Caller
	Slug  string `path:"slug"`
	Entry string `path:"entry" doc:"The entry's address in the collection, a former one too"`
}

type patchIn struct {
	Caller
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"The ETag you read: refuses (412) when anything changed since"`
	Base    int    `query:"base" doc:"The revision you read: merges with what changed since, 409 on a true conflict alone"`
	RawBody []byte `contentType:"application/merge-patch+json"`
}

type retireIn struct {
	Caller
	ID   string `path:"id"`
	Note string `query:"note"`
}

func (s *server) entries(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-entries", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/entries", Summary: "The live entries of a collection"},
		on(s, func(in *listIn) Caller { return in.Caller }, s.list))
	huma.Register(api, huma.Operation{OperationID: "create-entry", Method: http.MethodPost, Path: "/api/v1/collections/{slug}/entries", Summary: "Create an entry", DefaultStatus: http.StatusCreated},
		on(s, func(in *createIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *createIn) (*entryOut, error) {
			e, err := s.Registry.Create(ctx, by, in.Slug, registry.Change{Values: in.Body.Values, Body: &in.Body.Body, Slug: in.Body.Slug, Note: in.Body.Note})
			out, err := s.answered(ctx, by, e, err)
			if err == nil {
				out.Status, out.Location = http.StatusCreated, "/api/v1/entries/"+e.ID.String()
			}
			return out, err
		}))
	huma.Register(api, huma.Operation{OperationID: "get-entry", Method: http.MethodGet, Path: "/api/v1/entries/{id}", Summary: "An entry; 308 to the one it was merged into"},
		on(s, func(in *entryIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *entryIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
				e, err := s.Registry.Get(ctx, by, id)
				out, err := s.answered(ctx, by, e, err)
				if err == nil && e.Into != 0 {
					out.Status, out.Location = http.StatusPermanentRedirect, "/api/v1/entries/"+e.Into.String()
				}
				return out, err
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "get-entry-at", Method: http.MethodGet, Path: "/api/v1/collections/{slug}/entries/{entry}",
		Summary: "An entry by its address; 308 from a former address, and to the one it was merged into"},
		on(s, func(in *addressIn) Caller { return in.Caller }, s.at))
	huma.Register(api, huma.Operation{OperationID: "revise-entry", Method: http.MethodPatch, Path: "/api/v1/entries/{id}", MaxBodyBytes: maxPatch,
		Summary: "Change the values that are given, and nothing else",
		Description: `JSON merge patch (RFC 7396) of the values: {"phone": "+33…", "fax": null}. To change the body or leave a note: {"values": {…}, "body": "…", "note": "…"}. ` +
			`Without If-Match and base it is made on the current revision; with base, what others changed since is merged.`,
		RequestBody: patchBody("The values to change; null removes", map[string]any{"phone": "+33 1 99 00 12 34", "fax": nil})},
		on(s, func(in *patchIn) Caller { return in.Caller }, s.patch))
	huma.Register(api, huma.Operation{OperationID: "retire-entry", Method: http.MethodDelete, Path: "/api/v1/entries/{id}", Summary: "Retire an entry; its history stays"},
		on(s, func(in *retireIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *retireIn) (*entryOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
				e, err := s.Registry.Retire(ctx, by, id, in.Note)
				return s.answered(ctx, by, e, err)
			})
		}))
}

func (s *server) list(ctx context.Context, by pollen.Actor, in *listIn) (*listOut, error) {
	out := &listOut{}
	out.Body.Items = []Entry{}
	var f filter.Expr
	if in.Filter != "" {
		var err error
		if f, err = filter.Parse(in.Filter); err != nil {
			return nil, err
		}
	}
	if in.Q != "" {
		return out, s.searched(ctx, by, in, f, out)
	}
	l := registry.Listing{Filter: f, Limit: in.Limit, Cursor: in.Cursor}
	l.Sort, l.Descending = strings.CutPrefix(in.Sort, "-")
	p, err := s.Registry.List(ctx, by, in.Slug, l)
	if err != nil {
		return nil, err
	}
	if out.Body.Items, err = s.entriesOf(ctx, by, p.Items); err != nil {
		return nil, err
	}
	out.Body.Next, out.Body.Previous = p.Next, p.Previous
	if !in.Facets {
		return out, nil
	}
	total, fs, err := s.Registry.Facets(ctx, by, in.Slug, registry.FacetQuery{Filter: f})
	out.Body.Total, out.Body.About, out.Body.Facets = &total.N, total.About, facets(fs)
	return out, err
}

// searched lists what words find in the collection, best first.
func (s *server) searched(ctx context.Context, by pollen.Actor, in *listIn, f filter.Expr, out *listOut) error {
	if in.Sort != "" {
		return pollen.Errorf(pollen.Invalid, "rest.q-sort", "Words (q) are ranked: they do not go with sort.").On("q")
	}
	if _, err := s.Registry.Collection(ctx, by, in.Slug); err != nil {
		return err
	}
	offset := 0
	if err := pollen.ReadCursor(in.Cursor, &offset); err != nil {
		return err
	}
	r, err := s.Search.Find(ctx, by, search.Query{Text: in.Q, Collection: in.Slug, Filter: f, Language: in.reader(), Values: in.Facets, Limit: in.Limit, Offset: offset})
	if err != nil {
		return err
	}
	var ids []pollen.EntryID
	for _, h := range r.Hits {
		ids = append(ids, h.Entry)
	}
	all, err := s.Registry.Entries(ctx, by, ids)
	if err != nil {
		return err
	}
	var found []*registry.Entry
	for _, id := range ids {
		if e := all[id]; e != nil { // not gone since it was indexed
			found = append(found, e)
		}
	}
	if out.Body.Items, err = s.entriesOf(ctx, by, found); err != nil {
		return err
	}
	if in.Facets {
		out.Body.Total, out.Body.About, out.Body.Facets = &r.Total, r.About, facets(r.Values)
	}
	out.Body.Ranked = r.Ranked
	if r.Next > 0 {
		out.Body.Next = pollen.Cursor(r.Next)
	}
	return nil
}

// at reads an entry by its address, and leads on from a former one.
func (s *server) at(ctx context.Context, by pollen.Actor, in *addressIn) (*entryOut, error) {
	e, moved, err := s.Registry.At(ctx, by, in.Slug, in.Entry)
	out, err := s.answered(ctx, by, e, err)
	switch {
	case err != nil:
		return nil, err
	case e.Into != 0:
		out.Status, out.Location = http.StatusPermanentRedirect, "/api/v1/entries/"+e.Into.String()
	case moved:
		out.Status, out.Location = http.StatusPermanentRedirect, "/api/v1/collections/"+e.Collection.Slug+"/entries/"+e.Slug
	}
	return out, nil
}

func (s *server) patch(ctx context.Context, by pollen.Actor, in *patchIn) (*entryOut, error) {
	ch, err := change(in.RawBody)
	if err != nil {
		return nil, err
	}
	ch.Base = in.Base
	if ch.Expect, err = matched(in.IfMatch); err != nil {
		return nil, err
	}
	return named(in.ID, func(id pollen.EntryID) (*entryOut, error) {
		e, err := s.Registry.Revise(ctx, by, id, ch)
		return s.answered(ctx, by, e, err)
	})
}

// matched reads the revisions that If-Match accepts (RFC 9110 §13.1.1); nil when
// it asks for none in particular. A tag that is weak, or of no revision, accepts
// none: it is 0.
func matched(header string) (accepted []int, err error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return nil, nil
	}
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		tag, weak := strings.CutPrefix(tag, "W/")
		digits := strings.Trim(tag, `"`)
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || weak {
			n = 0
		}
		if n == 0 && tag != `"`+digits+`"` {
			return nil, pollen.Errorf(pollen.Invalid, "rest.if-match", "If-Match wants the ETag that you read, such as \"3\".").On("If-Match")
		}
		accepted = append(accepted, n)
	}
	return accepted, nil
}

// change reads a merge patch of the values, or of the entry: "values" can be
// no field, so the two are told apart by it.
func change(raw []byte) (ch registry.Change, err error) {
	damaged := pollen.Errorf(pollen.Invalid, "rest.patch", "The change is a JSON object of values by field, such as {\"phone\": \"+33 1 99 00 12 34\"}.")
	var whole struct {
		Values map[string]json.RawMessage `json:"values"`
		Body   string                     `json:"body"` // null removes it
		Note   string                     `json:"note"`
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil || values == nil {
		return ch, damaged.Because(err)
	}
	_, hasValues := values["values"]
	_, hasBody := values["body"]
	if !hasValues && !hasBody {
		return registry.Change{Values: values}, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&whole); err != nil {
		return ch, damaged.Because(err)
	}
	if hasValues && whole.Values == nil { // all of them at once is nobody's wish
		return ch, damaged
	}
	ch = registry.Change{Values: whole.Values, Note: whole.Note}
	if hasBody {
		ch.Body = &whole.Body
	}
	return ch, nil
}
