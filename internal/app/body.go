package app

import (
	"io"
	"net/http"
	"strings"
	"time"

	"pollen/internal/domain/transfer"
)

// Bounds of the body of a request, in bytes. A table that is imported may be
// large: what is too much of it is told by whoever takes it in, who reads some
// more first, since a browser that is cut off shows nothing.
const (
	maxRequest = 32 << 20
	maxTable   = 4 * transfer.MaxFile
)

// standstill is how long a body may bring nothing. A slow one may take its time.
const standstill = time.Minute

// bounded bounds the bodies of requests, in size and in patience.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		limit := int64(maxRequest)
		if takesTable(r) {
			limit = maxTable
		}
		b := &patient{ReadCloser: http.MaxBytesReader(w, r.Body, limit), c: http.NewResponseController(w)}
		defer b.rest()
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

// takesTable reports whether a request brings a table to import.
func takesTable(r *http.Request) bool {
	path := r.URL.Path
	return r.Method == http.MethodPost && (path == "/import" || strings.HasPrefix(path, "/c/") && strings.HasSuffix(path, "/+import") ||
		strings.HasPrefix(path, "/api/v1/collections/") && strings.HasSuffix(path, "/import"))
}

// patient is a body that is waited for as long as it keeps coming.
type patient struct {
	io.ReadCloser
	c *http.ResponseController
}

// Read waits a while for more, and for nothing any more at the end.
func (b *patient) Read(p []byte) (int, error) {
	b.wait(time.Now().Add(standstill))
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.rest()
	}
	return n, err
}

// rest waits for ever: the answer may take longer than the question.
func (b *patient) rest() { b.wait(time.Time{}) }

func (b *patient) wait(until time.Time) {
	_ = b.c.SetReadDeadline(until) // where connections know no deadlines, tests alone wait
}
