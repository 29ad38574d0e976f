package app

import (
	"net/http"
	"slices"

	"pollen/internal/domain/transfer"
	"pollen/internal/face/rest"
	"pollen/internal/face/web"
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
	tables := http.NewServeMux()
	for _, pattern := range slices.Concat(web.TakesTables, rest.TakesTables) {
		tables.Handle(pattern, next)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		limit := int64(maxRequest)
		if _, pattern := tables.Handler(r); pattern != "" {
			limit = maxTable
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}
