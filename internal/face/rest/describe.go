package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pollen/internal/pure/schema"
)

// refusals are the problems that operations answer: by their method, a
// parameter they take, that their body is read as JSON, or by their identifier.
var refusals = []struct {
	status int
	of     string
	said   string
}{
	{http.StatusBadRequest, "POST PATCH", "The body is no JSON"},
	{http.StatusUnauthorized, "GET POST PATCH DELETE", "The token is missing, wrong or revoked"},
	{http.StatusForbidden, "POST PATCH DELETE list-waiting list-reports", "Visible to the caller, and not theirs to do"},
	{http.StatusNotFound, "GET POST PATCH DELETE", "Absent, or not for the caller"},
	{http.StatusConflict, "POST PATCH DELETE", "Two wishes contradict each other: conflicts shows both values"},
	{http.StatusPreconditionFailed, "If-Match", "If-Match names another revision than the current one"},
	{http.StatusRequestEntityTooLarge, "JSON revise-entry amend-collection", "The body is too large"},
	{http.StatusUnsupportedMediaType, "JSON", "The body is of a type that is not read here"},
	{http.StatusUnprocessableEntity, "GET POST PATCH DELETE", "A parameter or a value is wrong: field and errors say which"},
	{http.StatusTooManyRequests, "GET POST PATCH DELETE", "Too much at once: Retry-After says when to try again"},
	{http.StatusServiceUnavailable, "GET POST PATCH DELETE", "Something this needs is not there now, such as room on the disk"},
	{http.StatusGatewayTimeout, "POST PATCH DELETE", "The database broke off: it may be done or not; look before sending it again"},
}

// kinds are what refusals know an operation by.
func kinds(op *huma.Operation) []string {
	of := []string{op.Method, op.OperationID}
	for _, p := range op.Parameters {
		of = append(of, p.Name)
	}
	if b := op.RequestBody; b != nil {
		for _, media := range b.Content {
			if media.Schema.Ref != "" { // other bodies are read by hand
				of = append(of, "JSON")
			}
		}
	}
	return of
}

// describe adds to the document what all operations have in common: the
// problems they answer, and the part of the API they belong to.
func describe(doc *huma.OpenAPI) {
	kind := doc.Components.Schemas.Map()["Field"].Properties["type"]
	for _, t := range schema.Types {
		kind.Examples = append(kind.Examples, string(t))
	}
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete, item.Put} {
			if op == nil {
				continue
			}
			part, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1/"), "/")
			op.Tags = append(op.Tags, part)
			if ok := op.Responses["200"]; strings.HasPrefix(op.OperationID, "get-entry") && ok != nil {
				op.Responses["308"] = &huma.Response{Description: "It is at the address that Location says", Content: ok.Content, Headers: ok.Headers}
			}
			if b := op.RequestBody; b != nil {
				if patch := b.Content[mergePatchType]; patch != nil && patch.Schema.Type == huma.TypeString { // read by hand
					patch.Schema = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
				}
			}
			problem, of := op.Responses["default"], kinds(op)
			for _, r := range refusals {
				status := strconv.Itoa(r.status)
				if problem == nil || op.Responses[status] != nil || !slices.ContainsFunc(strings.Fields(r.of), func(kind string) bool { return slices.Contains(of, kind) }) {
					continue
				}
				op.Responses[status] = &huma.Response{Description: r.said, Content: problem.Content}
			}
			if slices.Contains(repeatable, op.Method) {
				op.Parameters = append(op.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(maxKey)},
					Description: "The same key sent again within a day gives the same answer, and does nothing twice; with another request it is refused (422); with it a request has at most " + strconv.Itoa(maxRepeated) + " bytes"})
			}
		}
	}
}

// mergePatchType is the type of a JSON merge patch (RFC 7396).
const mergePatchType = "application/merge-patch+json"

// maxPatch bounds one that is read by hand, in bytes: the largest entry fits.
const maxPatch = 16 << 20

// patchBody describes a merge patch that is read by hand.
func patchBody(said string, example any) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Description: said, Content: map[string]*huma.MediaType{mergePatchType: {Example: example}}}
}

// fileContent describes a body or an answer that is a file.
func fileContent(types ...string) map[string]*huma.MediaType {
	out := map[string]*huma.MediaType{}
	for _, t := range types {
		out[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return out
}
