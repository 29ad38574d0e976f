package mail

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"pollen"
)

// Outbox sends letters in the background.
type Outbox struct {
	sender Sender
	log    *slog.Logger
	delays []time.Duration
	queue  chan Letter
	done   context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup
}

// waiting is how many letters wait to be sent, at most.
const waiting = 1000

// NewOutbox starts sending. A letter that the server does not take is tried
// again after each of the delays, then given up.
func NewOutbox(s Sender, log *slog.Logger, delays ...time.Duration) *Outbox {
	o := &Outbox{sender: s, log: log, delays: delays, queue: make(chan Letter, waiting)}
	o.done, o.stop = context.WithCancel(context.Background())
	for range 2 {
		o.wg.Go(o.run)
	}
	return o
}

// Post puts a letter into the box. It fails with Unavailable when too many
// wait already.
func (o *Outbox) Post(l Letter) error {
	select {
	case o.queue <- l:
		return nil
	default:
		return pollen.Errorf(pollen.Unavailable, "mail.full", "Too many letters wait to be sent. Try again in a minute.")
	}
}

// Deliver sends a letter at once, and tells how it went.
func (o *Outbox) Deliver(ctx context.Context, l Letter) error { return o.sender.Send(ctx, l) }

// Close stops sending; letters that still wait are lost.
func (o *Outbox) Close() {
	o.stop()
	o.wg.Wait()
}

func (o *Outbox) run() {
	for {
		select {
		case <-o.done.Done():
			return
		case l := <-o.queue:
			o.deliver(l)
		}
	}
}

// deliver tries to send one letter. The log tells the reason, not the reader.
func (o *Outbox) deliver(l Letter) {
	for attempt := 0; ; attempt++ {
		err := o.sender.Send(o.done, l)
		switch {
		case err == nil:
			return
		case !pollen.Is(err, pollen.Unavailable) || attempt == len(o.delays):
			o.log.Error("a letter is given up", "reason", pollen.MessageOf(err).String(), "attempts", attempt+1)
			return
		}
		select {
		case <-time.After(o.delays[attempt]):
		case <-o.done.Done():
			return
		}
	}
}
