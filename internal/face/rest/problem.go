package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// statuses is the one table from the kind of an error to its HTTP status.
var statuses = map[pollen.Kind]int{
	pollen.Invalid: http.StatusUnprocessableEntity, pollen.Unauthenticated: http.StatusUnauthorized, pollen.Forbidden: http.StatusForbidden,
	pollen.NotFound: http.StatusNotFound, pollen.Conflict: http.StatusConflict, pollen.Stale: http.StatusPreconditionFailed,
	pollen.Limited: http.StatusTooManyRequests, pollen.Unavailable: http.StatusServiceUnavailable, pollen.Internal: http.StatusInternalServerError,
}

// statusOf tells the status of an error. A gateway that heard no answer is what
// is most like a server whose database broke off in the middle.
func statusOf(err error) int {
	if e, ok := errors.AsType[*pollen.Error](err); ok && e.Unsure {
		return http.StatusGatewayTimeout
	}
	return statuses[pollen.KindOf(err)]
}

// kindOf tells the kind of what never came to an operation.
func kindOf(status int) pollen.Kind {
	for kind, s := range statuses {
		if s == status {
			return kind
		}
	}
	if status >= 500 {
		return pollen.Internal
	}
	return pollen.Invalid
}

// Problem is an error by RFC 9457, with what Pollen adds to it.
type Problem struct {
	Type      string                   `json:"type" format:"uri" example:"urn:pollen:problem:conflict" doc:"One for each kind; it never changes"`
	Status    int                      `json:"status"`
	Title     string                   `json:"title" doc:"What the status is called"`
	Detail    string                   `json:"detail" doc:"What happened and what to do, for people, in French or English by Accept-Language"`
	Kind      pollen.Kind              `json:"kind" enum:"invalid,unauthenticated,forbidden,not-found,conflict,stale,limited,unavailable,internal" doc:"What the caller can do about it"`
	Field     string                   `json:"field,omitempty" doc:"The field or parameter at fault"`
	Errors    []*huma.ErrorDetail      `json:"errors,omitempty" doc:"Where the request is not as this document describes it, or which values are wrong when several are (body.values.NAME)"`
	Revision  int                      `json:"revision,omitempty" doc:"In a conflict: the current revision, on which to base the choice"`
	Conflicts []registry.FieldConflict `json:"conflicts,omitempty" doc:"In a conflict: the values to choose between"`
}

// Error gives what a person may read.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problemOf(kind pollen.Kind, status int, detail string) *Problem {
	return &Problem{Type: "urn:pollen:problem:" + string(kind), Status: status, Title: http.StatusText(status), Detail: detail, Kind: kind}
}

// What huma itself refuses is a problem like any other. huma has no setting of
// one API for it: these two variables of its package are its only way, which
// nothing else in the program uses, so they are set once, before any API is.
func init() {
	huma.NewError = func(status int, text string, errs ...error) huma.StatusError {
		return unread(i18n.English, status, text, errs)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, text string, errs ...error) huma.StatusError {
		return unread(i18n.Match("", c.Header("Accept-Language")), status, text, errs)
	}
}

// unread is the problem of a request that never came to an operation.
func unread(l *i18n.Locale, status int, text string, errs []error) *Problem {
	switch {
	case status == http.StatusBadRequest && len(errs) == 0:
		text = l.T("rest.bodiless", "This request needs a body of JSON, as /api/v1/openapi.json describes it.")
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		text = l.T("rest.shape", "The request is not as /api/v1/openapi.json describes it: see errors.")
	case status == http.StatusNotFound:
		text = l.T("rest.no-address", "There is nothing at this address.")
	case status == http.StatusRequestEntityTooLarge:
		text = l.T("rest.large", "The request is too large.")
	case status == http.StatusUnsupportedMediaType:
		errs = nil // that of the body is all there is
		text = l.T("rest.media", "A body of this type is not read here. Send application/json, and say it: Content-Type: application/json.")
	}
	p := problemOf(kindOf(status), status, text)
	p.Errors = faults(l, errs)
	if len(p.Errors) == 0 {
		return p
	}
	first := p.Errors[0]
	if in, member, ok := strings.Cut(first.Location, "."); ok {
		p.Field, p.Detail = member, l.T("rest.shape-field", "“{field}” is not as it should be. {why}", "field", member, "why", first.Message)
	} else if in == "body" {
		p.Detail = l.T("rest.shape-body", "The body is not as it should be. {why}", "why", first.Message)
	}
	return p
}

// problem says an error as served, in the language that the caller prefers.
func (s *server) problem(err error, acceptLanguage string) error {
	p := problemIn(i18n.Match("", acceptLanguage), err)
	if p.Kind == pollen.Internal {
		s.Log.Error("request failed", "error", err)
	}
	if after := retryAfter(err); after != "" {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {after}})
	}
	return p
}

// problemIn says an error in a language.
func problemIn(l *i18n.Locale, err error) *Problem {
	kind := pollen.KindOf(err)
	p := problemOf(kind, statusOf(err), l.Error(err))
	if e, ok := errors.AsType[*pollen.Error](err); ok && kind != pollen.Internal {
		p.Field = e.Field
	}
	if wrong, ok := errors.AsType[schema.Faults](err); ok {
		for _, e := range wrong[:min(len(wrong), maxFaults)] {
			p.Errors = append(p.Errors, &huma.ErrorDetail{Location: "body.values." + cut(e.Field), Message: l.Error(e)})
		}
	}
	if c := registry.ConflictsOf(err); c != nil {
		p.Revision, p.Conflicts = c.Revision, c.Fields
	}
	return p
}

// retryAfter is when to try again, in seconds; "" where nobody says.
func retryAfter(err error) string {
	e, ok := errors.AsType[*pollen.Error](err)
	if !ok || e.Retry <= 0 {
		return ""
	}
	return strconv.Itoa(int((e.Retry + time.Second - 1) / time.Second))
}

// known refuses parameters that an operation does not have: a filter that is
// misspelt would find everything.
func known(ctx huma.Context, next func(huma.Context)) {
	u := ctx.URL()
	for name := range u.Query() {
		if slices.ContainsFunc(ctx.Operation().Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name }) {
			continue
		}
		p := problemIn(i18n.Match("", ctx.Header("Accept-Language")),
			pollen.Errorf(pollen.Invalid, "rest.parameter", "There is no parameter “{name}” here. /api/v1/openapi.json lists those there are.", "name", name).On(name))
		ctx.SetHeader("Content-Type", p.ContentType(""))
		ctx.SetStatus(p.Status)
		_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // the caller may be gone
		return
	}
	next(ctx)
}

// Refuse answers a request that comes to no operation, in the way of its door: a
// problem under /api/, else plain words.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	l := i18n.Match("", r.Header.Get("Accept-Language"))
	p := problemIn(l, err)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if after := retryAfter(err); after != "" {
		h.Set("Retry-After", after)
	}
	body, e := json.Marshal(p)
	if e != nil || !strings.HasPrefix(r.URL.Path, "/api/") {
		http.Error(w, p.Detail, p.Status)
		return
	}
	h.Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the caller may be gone
}
