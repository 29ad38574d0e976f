package once_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/once"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

const ana, bob = pollen.PersonaID(1), pollen.PersonaID(2)

var (
	request = []byte("digest of a request")
	other   = []byte("digest of another")
	answer  = once.Answer{Status: 201, Headers: `{"Location":"/x"}`, Body: []byte("made")}
)

func claim(t *testing.T, s *once.Store, by pollen.PersonaID, key string, digest []byte) (*once.Answer, error) {
	t.Helper()
	return s.Claim(t.Context(), by, key, digest)
}

// begun claims a request that nobody sent before.
func begun(t *testing.T, s *once.Store, by pollen.PersonaID, key string) {
	t.Helper()
	if known, err := claim(t, s, by, key, request); known != nil || err != nil {
		t.Fatalf("a new request: %+v, %v", known, err)
	}
}

// replayed expects the answer that was given before.
func replayed(t *testing.T, s *once.Store, by pollen.PersonaID, key string) {
	t.Helper()
	known, err := claim(t, s, by, key, request)
	if err != nil || known == nil || known.Status != answer.Status || known.Headers != answer.Headers || !bytes.Equal(known.Body, answer.Body) {
		t.Errorf("the same request again: %+v, %v", known, err)
	}
}

func refused(t *testing.T, what string, err error, want pollen.Kind) {
	t.Helper()
	if !pollen.Is(err, want) {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestARequestIsCarriedOutOnce(t *testing.T) {
	db, _ := pollentest.Database(t)
	s := once.New(db)
	begun(t, s, ana, "k")
	_, err := claim(t, s, ana, "k", request)
	refused(t, "while the first is under way", err, pollen.Conflict)
	if err := s.Keep(t.Context(), ana, "k", answer); err != nil {
		t.Fatal(err)
	}
	replayed(t, s, ana, "k")
	_, err = claim(t, s, ana, "k", other)
	refused(t, "another request under the same key", err, pollen.Invalid)
	begun(t, s, bob, "k")  // the key is the persona's own
	begun(t, s, ana, "k2") // and another key another request
}

func TestOfThoseWhoSendAtOnceOneIsFirst(t *testing.T) {
	db, _ := pollentest.Database(t)
	s := once.New(db)
	var wg sync.WaitGroup
	var mu sync.Mutex
	first := 0
	for range 8 {
		wg.Go(func() {
			known, err := s.Claim(t.Context(), ana, "k", request)
			if err == nil && known == nil {
				mu.Lock()
				first++
				mu.Unlock()
			} else if !pollen.Is(err, pollen.Conflict) {
				t.Errorf("%+v, %v", known, err)
			}
		})
	}
	wg.Wait()
	if first != 1 {
		t.Errorf("%d of them were told to carry it out", first)
	}
}

func TestAnAnswerOutlivesTheProcess(t *testing.T) {
	address, clock := pollentest.URL(t), pollentest.NewClock()
	before := once.New(pollentest.Open(t, address, clock))
	begun(t, before, ana, "answered")
	if err := before.Keep(t.Context(), ana, "answered", answer); err != nil {
		t.Fatal(err)
	}
	begun(t, before, ana, "killed")
	after := once.New(pollentest.Open(t, address, clock))
	replayed(t, after, ana, "answered")
	_, err := claim(t, after, ana, "killed", request)
	refused(t, "one that got no answer", err, pollen.Conflict)
	clock.Advance(once.Stuck + time.Millisecond)
	begun(t, after, ana, "killed") // it counts as lost by now
}

func TestWhatDidNothingCanBeSentAgain(t *testing.T) {
	db, _ := pollentest.Database(t)
	s := once.New(db)
	begun(t, s, ana, "k")
	if err := s.Drop(t.Context(), ana, "k"); err != nil {
		t.Fatal(err)
	}
	begun(t, s, ana, "k")
	if err := s.Keep(t.Context(), ana, "k", answer); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(t.Context(), ana, "k"); err != nil { // what was answered stays
		t.Fatal(err)
	}
	replayed(t, s, ana, "k")
}

func TestAnswersAreForgottenAfterADay(t *testing.T) {
	db, clock := pollentest.Database(t)
	s := once.New(db)
	kept := func() (n int) {
		t.Helper()
		if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Get(`SELECT count(*) FROM idempotent_answers`, nil, &n)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, key := range []string{"old", "older"} {
		begun(t, s, ana, key)
		if err := s.Keep(t.Context(), ana, key, answer); err != nil {
			t.Fatal(err)
		}
	}
	clock.Advance(once.Kept)
	replayed(t, s, ana, "old")
	clock.Advance(time.Millisecond)
	begun(t, s, ana, "old") // it counts no more, swept or not
	if err := s.Sweep(t.Context()); err != nil || kept() != 1 {
		t.Errorf("%d are kept, %v", kept(), err)
	}
	if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return once.Erase(tx, ana) }); err != nil || kept() != 0 {
		t.Errorf("%d are kept of who is erased, %v", kept(), err)
	}
}
