package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/once"
)

// Bounds of a request that may be sent again, and of its answer, in bytes.
const (
	maxKey      = 200
	maxRepeated = 4 << 20
)

// repeatable are the methods of requests that can be sent again under a key:
// those that change something.
var repeatable = []string{http.MethodPost, http.MethodPatch, http.MethodDelete}

// Idempotent lets a request that changes something, with an Idempotency-Key, be
// sent again: it is carried out once, and the same answer is given to the same
// request for a day (draft-ietf-httpapi-idempotency-key-header). Another request
// under the same key is refused with 422, and one that is still in progress with
// 409. Answers that did nothing (401, 429, 5xx) are not kept; that it may have been
// done all the same (504) is. Of an answer that is too large only the status and
// the place are kept.
func Idempotent(o Options, store *once.Store, next http.Handler) http.Handler {
	s := &server{o}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.Trim(r.Header.Get("Idempotency-Key"), `"`)
		if !slices.Contains(repeatable, r.Method) || key == "" || !strings.HasPrefix(r.URL.Path, "/api/v1/") {
			next.ServeHTTP(w, r)
			return
		}
		if err := s.repeat(w, r, key, store, next); err != nil {
			if pollen.KindOf(err) == pollen.Internal {
				s.Log.Error("request failed", "error", err)
			}
			Refuse(w, r, err)
		}
	})
}

// repeat answers a request as it was answered, or carries it out.
func (s *server) repeat(w http.ResponseWriter, r *http.Request, key string, store *once.Store, next http.Handler) error {
	if len(key) > maxKey {
		return pollen.Errorf(pollen.Invalid, "rest.key", "An Idempotency-Key has at most {max}.", "max", pollen.Bytes(maxKey)).On("Idempotency-Key")
	}
	by, err := s.actor(r.Context(), Caller{Authorization: r.Header.Get("Authorization")})
	if err != nil {
		return err
	}
	if !by.SignedIn() { // who writes nothing repeats nothing
		next.ServeHTTP(w, r)
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRepeated+1))
	if err != nil {
		return pollen.Errorf(pollen.Invalid, "rest.cut", "The request broke off before the end of its body. Send it again.").Because(err)
	}
	if len(body) > maxRepeated {
		return pollen.Errorf(pollen.Invalid, "rest.key-size", "A request with an Idempotency-Key has at most {max}.", "max", pollen.Bytes(maxRepeated)).On("Idempotency-Key")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), r.Header.Get("If-Match"), string(body)} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	known, err := store.Claim(r.Context(), by.Persona, key, h.Sum(nil))
	if err != nil {
		return err
	}
	if known != nil {
		return again(w, known)
	}
	rec := &record{ResponseWriter: w, status: http.StatusOK}
	ended := context.WithoutCancel(r.Context()) // the answer is kept also when nobody waits for it any more
	nothing := true                             // after a panic, too
	defer func() {
		if nothing { // was done: the request can be sent again
			if err := store.Drop(ended, by.Persona, key); err != nil {
				s.Log.Error("forgetting a request", "error", err)
			}
		}
	}()
	next.ServeHTTP(rec, r)
	nothing = rec.status == http.StatusUnauthorized || rec.status == http.StatusTooManyRequests || rec.status >= 500 && rec.status != http.StatusGatewayTimeout
	if nothing {
		return nil
	}
	kept := map[string]string{"ETag": w.Header().Get("ETag"), "Location": w.Header().Get("Location")}
	answer := once.Answer{Status: rec.status, Body: []byte{}}
	if rec.body.Len() <= maxRepeated {
		kept["Content-Type"], answer.Body = w.Header().Get("Content-Type"), append(answer.Body, rec.body.Bytes()...)
	}
	headers, err := json.Marshal(kept)
	if err == nil {
		answer.Headers = string(headers)
		err = store.Keep(ended, by.Persona, key, answer)
	}
	if err != nil { // the request was carried out and answered: its key stays taken
		s.Log.Error("keeping an answer", "error", err)
	}
	return nil
}

// again gives an answer that was given before.
func again(w http.ResponseWriter, a *once.Answer) error {
	var headers map[string]string
	if err := json.Unmarshal([]byte(a.Headers), &headers); err != nil {
		return err
	}
	for name, value := range headers {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the caller may be gone
	return nil
}

// record keeps what is answered beside answering it.
type record struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (r *record) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Write notes what is written, as far as it can be kept.
func (r *record) Write(b []byte) (int, error) {
	if r.body.Len() <= maxRepeated {
		r.body.Write(b)
	}
	return r.ResponseWriter.Write(b)
}
