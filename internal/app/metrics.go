package app

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// bounds of the time an answer took, in seconds.
var bounds = [...]float64{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10}

// meter counts answers by what kind of door and what kind of answer, and how
// long they took. Neither who asked nor what for is in it.
type meter struct {
	answers [2][6]atomic.Int64 // by door (pages, api), by first digit of the status
	slower  [len(bounds) + 1]atomic.Int64
	nanos   atomic.Int64
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status and passes it on.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap gives the writer beneath, for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (m *meter) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		s := &statusWriter{ResponseWriter: w}
		h.ServeHTTP(s, r)
		door, class := 0, 2
		if strings.HasPrefix(r.URL.Path, "/api/") {
			door = 1
		}
		if s.status != 0 {
			class = min(s.status/100, 5)
		}
		m.answers[door][class].Add(1)
		took := time.Since(start)
		m.nanos.Add(int64(took))
		i := 0
		for i < len(bounds) && took.Seconds() > bounds[i] {
			i++
		}
		m.slower[i].Add(1)
	})
}

// serveMetrics answers in the text format of Prometheus, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/
func (a *App) serveMetrics(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := a.metrics(r.Context(), &b); err != nil {
		a.log.Error("metrics", "error", err)
		http.Error(w, pollen.MessageOf(err).String(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if _, err := w.Write(b.Bytes()); err != nil {
		return // whoever asked went away
	}
}

func (a *App) metrics(ctx context.Context, b *bytes.Buffer) error {
	var head int64
	behind := map[string]int64{}
	err := a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if head, err = journal.Head(tx); err != nil {
			return err
		}
		for _, f := range a.Followers() {
			at, err := journal.Position(tx, f.Name)
			if err != nil {
				return err
			}
			behind[f.Name] = head - at
		}
		return nil
	})
	if err != nil {
		return err
	}
	title := func(name, kind, help string) { fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	title("pollen_info", "gauge", "The release that runs.")
	fmt.Fprintf(b, "pollen_info{version=%q,database=%q} 1\n", pollen.Version, a.DB.Driver())
	title("pollen_journal_acts", "gauge", "Acts on the journal.")
	fmt.Fprintf(b, "pollen_journal_acts %d\n", head)
	title("pollen_follower_behind_acts", "gauge", "Acts that a follower of the journal has not seen yet.")
	for _, f := range a.Followers() {
		fmt.Fprintf(b, "pollen_follower_behind_acts{follower=%q} %d\n", f.Name, behind[f.Name])
	}
	title("pollen_http_answers_total", "counter", "Answers by door and class of status.")
	for door, name := range [2]string{"pages", "api"} {
		for class := 1; class <= 5; class++ {
			fmt.Fprintf(b, "pollen_http_answers_total{door=%q,status=\"%dxx\"} %d\n", name, class, a.meter.answers[door][class].Load())
		}
	}
	title("pollen_http_answer_seconds", "histogram", "How long answers took.")
	var sum int64
	for i, le := range bounds {
		sum += a.meter.slower[i].Load()
		fmt.Fprintf(b, "pollen_http_answer_seconds_bucket{le=\"%g\"} %d\n", le, sum)
	}
	sum += a.meter.slower[len(bounds)].Load()
	fmt.Fprintf(b, "pollen_http_answer_seconds_bucket{le=\"+Inf\"} %d\npollen_http_answer_seconds_sum %g\npollen_http_answer_seconds_count %d\n",
		sum, time.Duration(a.meter.nanos.Load()).Seconds(), sum)
	return nil
}
