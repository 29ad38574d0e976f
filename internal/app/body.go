package app

import (
	"net/http"
	"strings"

	"pollen/internal/domain/transfer"
)

// Bounds of the body of a request, in bytes. A table that is imported may be
// large: what is too much of it is told by whoever takes it in, who reads some
// more first, since a browser that is cut off shows nothing.
const (
	maxRequest = 32 << 20
	maxTable   = 4 * transfer.MaxFile
)

// bounded bounds the bodies of requests in size.
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
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// takesTable reports whether a request brings a table to import.
func takesTable(r *http.Request) bool {
	path := r.URL.Path
	return r.Method == http.MethodPost && (path == "/import" || strings.HasPrefix(path, "/c/") && strings.HasSuffix(path, "/+import") ||
		strings.HasPrefix(path, "/api/v1/collections/") && strings.HasSuffix(path, "/import"))
}
