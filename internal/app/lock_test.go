package app_test

import (
	"testing"

	"pollen/internal/app"
)

// A command that asks whether somebody serves keeps nobody from serving.
func TestWhoAsksDoesNotServe(t *testing.T) {
	dir := t.TempDir() + "/data"
	open := func(serve bool) *app.App {
		t.Helper()
		a, err := app.Open(t.Context(), app.Options{Data: dir, Create: true, Serve: serve})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	beside := open(false)
	if beside.Served() {
		t.Error("nobody serves")
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				beside.Served()
			}
		}
	}()
	for range 20 {
		if err := open(true).Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-stopped
	server := open(true)
	if !beside.Served() {
		t.Error("somebody serves")
	}
	for _, a := range []*app.App{server, beside} {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}
