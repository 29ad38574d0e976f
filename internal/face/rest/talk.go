package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/talk"
)

// Words are a post of a talk, as served.
type Words struct {
	Contribution pollen.ActID   `json:"contribution"`
	Entry        pollen.EntryID `json:"entry"`
	Field        string         `json:"field,omitempty" doc:"The name of the field it is about"`
	Kind         pollen.ActKind `json:"kind" enum:"comment,ask,answer"`
	By           string         `json:"by" doc:"Handle of the persona"`
	At           time.Time      `json:"at"`
	Body         string         `json:"body" doc:"Markdown; empty once withdrawn"`
	Thread       pollen.ActID   `json:"thread" doc:"The contribution that opened its thread"`
	To           pollen.ActID   `json:"to,omitzero" doc:"The contribution that it answers"`
	Edited       time.Time      `json:"edited,omitzero"`
	Withdrawn    time.Time      `json:"withdrawn,omitzero"`
	Helped       time.Time      `json:"helped,omitzero" doc:"Of an answer: when the asker said that it helped"`
	Folded       time.Time      `json:"folded,omitzero" doc:"When the community folded it"`
}

type talkIn struct {
	Caller
	ID     string `path:"id"`
	Field  string `query:"field" doc:"Only what is about the value of this field"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type talkOut struct{ Body pollen.Page[Words] }

type sayIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Kind  pollen.ActKind `json:"kind,omitempty" enum:"comment,ask,answer" doc:"comment unless told"`
		Body  string         `json:"body" doc:"Markdown; @handle mentions a persona, [[collection/address]] an entry"`
		To    pollen.ActID   `json:"to,omitempty" doc:"The contribution that it answers; an answer needs a question"`
		Field string         `json:"field,omitempty" doc:"The field it is about"`
	}
}

type wordsOut struct {
	Location string `header:"Location"`
	Body     Words
}

type editIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Body string `json:"body" doc:"Markdown"`
	} `contentType:"application/merge-patch+json"`
}

type reportIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Reason talk.Reason `json:"reason" enum:"hurtful,personal,spam,off-topic,other"`
		Note   string      `json:"note,omitempty" doc:"Needed for the reason other"`
	}
}

type reportOut struct {
	Body struct {
		Report pollen.ActID `json:"report"`
	}
}

// Report is a report as served: it does not say who reported.
type Report struct {
	ID       pollen.ActID `json:"id"`
	Reason   talk.Reason  `json:"reason"`
	Note     string       `json:"note,omitempty"`
	At       time.Time    `json:"at"`
	Words    Words        `json:"words"`
	Outcome  talk.Outcome `json:"outcome,omitempty" enum:"kept,folded"`
	Answer   string       `json:"answer,omitempty"`
	By       string       `json:"answered_by,omitempty"`
	Answered time.Time    `json:"answered,omitzero"`
}

type reportsIn struct {
	Caller
	Slug   string `path:"slug"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type reportsOut struct{ Body pollen.Page[Report] }

type answerIn struct {
	Caller
	ID   string `path:"id"`
	Body struct {
		Outcome talk.Outcome `json:"outcome" enum:"kept,folded"`
		Answer  string       `json:"answer,omitempty"`
	}
}

type answerOut struct{ Body Report }

func (s *server) talks(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-talk", Method: http.MethodGet, Path: "/api/v1/entries/{id}/talk",
		Summary: "The talk of an entry: thread by thread, the newest first, and in each the oldest post first"},
		on(s, func(in *talkIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *talkIn) (*talkOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*talkOut, error) {
				p, err := s.Talk.List(ctx, by, id, talk.Query{Field: in.Field, Limit: in.Limit, Cursor: in.Cursor})
				if err != nil {
					return nil, err
				}
				items, err := s.words(ctx, by, p.Items)
				return &talkOut{pollen.Page[Words]{Items: items, Next: p.Next}}, err
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "say", Method: http.MethodPost, Path: "/api/v1/entries/{id}/talk", Summary: "Comment, ask or answer", DefaultStatus: http.StatusCreated},
		on(s, func(in *sayIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *sayIn) (*wordsOut, error) {
			return named(in.ID, func(id pollen.EntryID) (*wordsOut, error) {
				p, err := s.Talk.Say(ctx, by, id, talk.Words{Kind: in.Body.Kind, Body: in.Body.Body, To: in.Body.To, Field: in.Body.Field})
				out, err := s.said(ctx, by, p, err)
				if err == nil {
					out.Location = contributionPath(p.Act)
				}
				return out, err
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "edit-words", Method: http.MethodPatch, Path: "/api/v1/contributions/{id}", Summary: "Edit your own words; the earlier ones are kept"},
		on(s, func(in *editIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *editIn) (*wordsOut, error) {
			return named(in.ID, func(id pollen.ActID) (*wordsOut, error) {
				p, err := s.Talk.Edit(ctx, by, id, in.Body.Body)
				return s.said(ctx, by, p, err)
			})
		}))
	s.actOn(api, "withdraw-words", http.MethodDelete, "", "Withdraw your own words: their place stays, their text is shown to nobody", func(ctx context.Context, by pollen.Actor, id pollen.ActID) error {
		return s.Talk.Withdraw(ctx, by, id)
	})
	s.actOn(api, "mark-helped", http.MethodPost, "/helped", "Say that an answer to your question helped", func(ctx context.Context, by pollen.Actor, id pollen.ActID) error {
		_, err := s.Talk.Mark(ctx, by, id, talk.DidHelp)
		return err
	})
	s.actOn(api, "unmark-helped", http.MethodDelete, "/helped", "Take that mark back", func(ctx context.Context, by pollen.Actor, id pollen.ActID) error {
		_, err := s.Talk.Mark(ctx, by, id, talk.NotYet)
		return err
	})
	huma.Register(api, huma.Operation{OperationID: "report-words", Method: http.MethodPost, Path: "/api/v1/contributions/{id}/report", Summary: "Ask the members of the community to look at somebody's words", DefaultStatus: http.StatusCreated},
		on(s, func(in *reportIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *reportIn) (*reportOut, error) {
			return named(in.ID, func(id pollen.ActID) (*reportOut, error) {
				out := &reportOut{}
				var err error
				out.Body.Report, err = s.Talk.Report(ctx, by, id, in.Body.Reason, in.Body.Note)
				return out, err
			})
		}))
	huma.Register(api, huma.Operation{OperationID: "list-reports", Method: http.MethodGet, Path: "/api/v1/communities/{slug}/reports", Summary: "What was reported in a community of yours, newest first"},
		on(s, func(in *reportsIn) Caller { return in.Caller }, s.reports))
	huma.Register(api, huma.Operation{OperationID: "answer-report", Method: http.MethodPost, Path: "/api/v1/reports/{id}/answer", Summary: "Answer a report: the words are kept, or folded"},
		on(s, func(in *answerIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *answerIn) (*answerOut, error) {
			return named(in.ID, func(id pollen.ActID) (*answerOut, error) {
				r, err := s.Talk.Answer(ctx, by, id, in.Body.Outcome, in.Body.Answer)
				if err != nil {
					return nil, err
				}
				out, err := s.reported(ctx, by, []talk.Report{r})
				if err != nil {
					return nil, err
				}
				return &answerOut{out[0]}, nil
			})
		}))
}

// actOn registers an act on a contribution that takes and gives no body.
func (s *server) actOn(api huma.API, id, method, path, summary string, run func(context.Context, pollen.Actor, pollen.ActID) error) {
	huma.Register(api, huma.Operation{OperationID: id, Method: method, Path: "/api/v1/contributions/{id}" + path, Summary: summary, DefaultStatus: http.StatusNoContent},
		on(s, func(in *contributionIn) Caller { return in.Caller }, func(ctx context.Context, by pollen.Actor, in *contributionIn) (*struct{}, error) {
			return named(in.ID, func(id pollen.ActID) (*struct{}, error) { return nil, run(ctx, by, id) })
		}))
}

func (s *server) said(ctx context.Context, by pollen.Actor, p talk.Post, err error) (*wordsOut, error) {
	if err != nil {
		return nil, err
	}
	items, err := s.words(ctx, by, []talk.Post{p})
	if err != nil {
		return nil, err
	}
	return &wordsOut{Body: items[0]}, nil
}

// words turns posts that the caller may read into what is served.
func (s *server) words(ctx context.Context, by pollen.Actor, posts []talk.Post) ([]Words, error) {
	ids := make([]pollen.PersonaID, len(posts))
	for i, p := range posts {
		ids[i] = p.By
	}
	names, err := s.Personas.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Words, len(posts))
	fields := map[pollen.EntryID]map[pollen.FieldID]string{}
	for i, p := range posts {
		out[i] = Words{Contribution: p.Act, Entry: p.Entry, Kind: p.Kind, By: names[p.By].Handle, At: p.At, Body: p.Body, Thread: p.Thread, To: p.To,
			Edited: p.Edited, Withdrawn: p.Withdrawn, Helped: p.Helped, Folded: p.Folded}
		if p.Field == 0 {
			continue
		}
		if fields[p.Entry] == nil {
			if fields[p.Entry], err = s.fieldNames(ctx, by, p.Entry); err != nil {
				return nil, err
			}
		}
		out[i].Field = fields[p.Entry][p.Field]
	}
	return out, nil
}

func (s *server) fieldNames(ctx context.Context, by pollen.Actor, id pollen.EntryID) (map[pollen.FieldID]string, error) {
	e, err := s.Registry.Get(ctx, by, id)
	if err != nil {
		return nil, err
	}
	out := map[pollen.FieldID]string{}
	for _, f := range e.Collection.Schema.Fields {
		out[f.ID] = f.Name
	}
	return out, nil
}

func (s *server) reports(ctx context.Context, by pollen.Actor, in *reportsIn) (*reportsOut, error) {
	c, err := s.Communities.Get(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	p, err := s.Talk.Reports(ctx, by, c.ID, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	items, err := s.reported(ctx, by, p.Items)
	return &reportsOut{pollen.Page[Report]{Items: items, Next: p.Next}}, err
}

func (s *server) reported(ctx context.Context, by pollen.Actor, in []talk.Report) ([]Report, error) {
	posts, ids := make([]talk.Post, len(in)), make([]pollen.PersonaID, len(in))
	for i, r := range in {
		posts[i], ids[i] = r.Post, r.By
	}
	words, err := s.words(ctx, by, posts)
	if err != nil {
		return nil, err
	}
	names, err := s.Personas.Names(ctx, ids)
	out := make([]Report, len(in))
	for i, r := range in {
		out[i] = Report{r.ID, r.Reason, r.Note, r.At, words[i], r.Outcome, r.Answer, names[r.By].Handle, r.Answered}
	}
	return out, err
}
