package app_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"pollen"
)

// slow is a reader that takes nothing until told to.
type slow struct {
	*httptest.ResponseRecorder
	once  *sync.Once
	waits *sync.WaitGroup
	on    chan struct{}
}

func (w *slow) Write(b []byte) (int, error) {
	w.once.Do(w.waits.Done)
	<-w.on
	return w.ResponseRecorder.Write(b)
}

func TestSlowReadersHoldNobodyUp(t *testing.T) {
	a, _, _, site := nodes(t)
	h := a.Handler()
	var ended, waits sync.WaitGroup
	on := make(chan struct{})
	const many = 30 // more than a database has connections for readers
	waits.Add(many)
	for range many {
		w := &slow{httptest.NewRecorder(), new(sync.Once), &waits, on}
		ended.Go(func() {
			r := httptest.NewRequest(http.MethodGet, site.Path()+"?slow", nil)
			r.Header.Set("Authorization", "not a page that is kept")
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Errorf("a slow reader: %d", w.Code)
			}
		})
	}
	waits.Wait()
	if w := reads(h, site.Path()); w.Code != http.StatusOK {
		t.Errorf("another reader: %d", w.Code)
	}
	if _, err := a.Registry.Get(t.Context(), pollen.Actor{}, site.ID); err != nil {
		t.Error(err)
	}
	close(on)
	ended.Wait()
}
