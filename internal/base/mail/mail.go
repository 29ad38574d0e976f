package mail

import (
	"context"
	"sync"

	"pollen"
)

// Letter is a message to one person.
type Letter struct {
	To      string // their address
	Subject string
	Text    string // plain
	HTML    string // the same, as a whole document
	Lang    string // BCP 47
}

// Sender sends a letter. It fails with Unavailable when the server does not
// take it now, and with Invalid when it never will.
type Sender interface {
	Send(ctx context.Context, l Letter) error
}

// Recorder keeps what it is given to send. It is safe for concurrent use.
type Recorder struct {
	mu   sync.Mutex
	sent []Letter
	told chan struct{}
}

// NewRecorder returns a recorder that holds nothing.
func NewRecorder() *Recorder { return &Recorder{told: make(chan struct{}, 1024)} }

// Send keeps the letter.
func (r *Recorder) Send(_ context.Context, l Letter) error {
	r.mu.Lock()
	r.sent = append(r.sent, l)
	r.mu.Unlock()
	r.told <- struct{}{}
	return nil
}

// Next waits for a letter that has not been waited for, and returns the last
// one. It fails with Unavailable when ctx ends first.
func (r *Recorder) Next(ctx context.Context) (Letter, error) {
	select {
	case <-r.told:
	case <-ctx.Done():
		return Letter{}, pollen.Errorf(pollen.Unavailable, "mail.none", "No letter has come.")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[len(r.sent)-1], nil
}

// Sent lists what was sent, oldest first.
func (r *Recorder) Sent() []Letter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Letter(nil), r.sent...)
}
