package mail

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
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

	dropped atomic.Int64 // letters that were being sent when it stopped
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

// Close stops sending. Letters that still wait are lost, and the log says how
// many.
func (o *Outbox) Close() {
	o.stop()
	o.wg.Wait()
	if n := len(o.queue) + int(o.dropped.Load()); n > 0 {
		o.log.Warn("letters are not sent: the program stops", "letters", n)
	}
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
		if err == nil {
			return
		}
		reason := pollen.MessageOf(err).String()
		switch {
		case o.done.Err() != nil:
			o.dropped.Add(1)
			return
		case !pollen.Is(err, pollen.Unavailable) || attempt == len(o.delays):
			o.log.Error("a letter is given up", "reason", reason, "attempts", attempt+1)
			return
		}
		o.log.Warn("a letter waits", "reason", reason, "again in", o.delays[attempt])
		select {
		case <-time.After(o.delays[attempt]):
		case <-o.done.Done():
			o.dropped.Add(1)
			return
		}
	}
}
