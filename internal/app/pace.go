package app

import (
	"io"
	"net/http"
	"time"
)

// patience is how long the server waits for the next piece of a request's body,
// and for a reader to take the next piece of an answer. However large a body or
// an answer is, it may take as long as it moves.
const patience = time.Minute

// maxHeader bounds the header of a request, in bytes.
const maxHeader = 64 << 10

// paced ends connections that hold still: a body that stops coming, an answer
// that is not taken.
func paced(h http.Handler, patience time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &pacer{ResponseWriter: w, c: http.NewResponseController(w), patience: patience}
		_ = p.c.SetWriteDeadline(time.Time{}) // what does not know deadlines does without
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &pacedBody{r.Body, p}
		}
		h.ServeHTTP(p, r)
		p.wait() // for what is still to be flushed
	})
}

// pacer waits for the reader of an answer.
type pacer struct {
	http.ResponseWriter
	c        *http.ResponseController
	patience time.Duration
}

func (p *pacer) wait() { _ = p.c.SetWriteDeadline(time.Now().Add(p.patience)) }

// Write gives the reader time to take it.
func (p *pacer) Write(b []byte) (int, error) {
	p.wait()
	return p.ResponseWriter.Write(b)
}

// Unwrap leads [http.ResponseController] on.
func (p *pacer) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// pacedBody waits for the next piece of a body.
type pacedBody struct {
	io.ReadCloser
	p *pacer
}

// Read gives the sender time to send it.
func (b *pacedBody) Read(to []byte) (int, error) {
	_ = b.p.c.SetReadDeadline(time.Now().Add(b.p.patience))
	n, err := b.ReadCloser.Read(to)
	if err != nil {
		_ = b.p.c.SetReadDeadline(time.Time{})
	}
	return n, err
}
