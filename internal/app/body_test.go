package app

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A body may be large where tables are taken in, and nowhere else.
func TestOnlyTablesAreLarge(t *testing.T) {
	const size = maxRequest + 1
	var got int64
	var failed error
	server := httptest.NewServer(bounded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, failed = io.Copy(io.Discard, r.Body) })))
	defer server.Close()
	for path, large := range map[string]bool{"/import": true, "/c/sites/+import": true, "/api/v1/collections/sites/import": true,
		"/imports/x": false, "/c/sites/+new": false, "/c/import": false, "/api/v1/blobs": false} {
		resp, err := http.Post(server.URL+path, "text/csv", io.LimitReader(zeros{}, size))
		if err == nil {
			err = resp.Body.Close()
		}
		tooLarge := &http.MaxBytesError{}
		switch {
		case large && (err != nil || failed != nil || got != size):
			t.Errorf("%s: %d bytes, %v, %v", path, got, failed, err)
		case !large && !errors.As(failed, &tooLarge):
			t.Errorf("%s took %d bytes, %v", path, got, failed)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
