package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pollen/internal/app"
)

// A body that stops coming holds nothing for ever, and one that comes slowly,
// piece by piece, is taken whole.
func TestABodyThatStopsComingIsGivenUp(t *testing.T) {
	ended := make(chan error, 2)
	s := httptest.NewServer(app.Paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		ended <- err
		fmt.Fprint(w, len(b))
	}), 300*time.Millisecond))
	defer s.Close()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfirst")
	if err := <-ended; err == nil {
		t.Error("the body that stopped was taken for whole")
	}

	c, err = net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n")
	for range 8 {
		time.Sleep(60 * time.Millisecond) // longer in all than the patience
		fmt.Fprint(c, "x")
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "8" || <-ended != nil {
		t.Errorf("%q, %v", b, err)
	}
}
