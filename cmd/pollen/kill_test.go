//go:build unix

package main_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pollen/client"
)

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pollen-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "pollen")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

// pollen runs the program to its end and gives its standard output.
func pollen(t *testing.T, args ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	var errors strings.Builder
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pollen %s: %v\n%s%s", strings.Join(args, " "), err, out, errors.String())
	}
	return string(out)
}

// serving is a server under way.
type serving struct {
	cmd *exec.Cmd
	url string
}

// serve starts the program and waits until it says where it serves.
func serve(t *testing.T, data string) *serving {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &serving{cmd: exec.Command(path, "serve", "--data", data, "--listen", "127.0.0.1:0")}
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if i := strings.Index(lines.Text(), "http://"); i >= 0 {
			s.url = strings.TrimSpace(lines.Text()[i:])
			return s
		}
	}
	t.Fatalf("the server did not start: %v", s.cmd.Wait())
	return nil
}

// kill ends the server as a power cut would: nothing is flushed or said.
func (s *serving) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Signal(syscall.SIGKILL) // it may have gone already
		_ = s.cmd.Wait()                          // "signal: killed" is what is wanted
	}
}

// promises are the answers that clients were given: what must be there for ever.
type promises struct {
	mu      sync.Mutex
	values  map[string]string // telephone by entry
	created int
	revised int
}

func (p *promises) keep(id, phone string, created bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values[id] = phone
	if created {
		p.created++
	} else {
		p.revised++
	}
}

// edit creates and revises entries of its own until the server is gone.
func edit(ctx context.Context, c *client.Client, who int, p *promises) {
	var id string
	for n := 0; ; n++ {
		phone := fmt.Sprintf("+3319900%04d", rand.N(10_000))
		if id == "" || n%5 == 0 {
			e, err := c.Create(ctx, "people", map[string]any{"given_name": fmt.Sprint("Client ", who), "family_name": fmt.Sprint(n), "phone": phone})
			if err != nil {
				return // not acknowledged: it may be there or not
			}
			id = e.ID
			p.keep(id, phone, true)
			continue
		}
		// An edit that is not acknowledged may have been kept: then its value is
		// not promised, and the one before is no longer.
		p.mu.Lock()
		delete(p.values, id)
		p.mu.Unlock()
		if _, err := c.Revise(ctx, id, 0, map[string]any{"phone": phone}); err != nil {
			return
		}
		p.keep(id, phone, false)
	}
}

// Twenty times the program is killed while people edit; whatever was answered
// with "done" is there when it starts again, and the journal verifies.
func TestKillingTheProgramLosesNothingAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	data := filepath.Join(t.TempDir(), "data")
	pollen(t, "init", "--data", data)
	pollen(t, "invite", "--data", data, "ana@example.org")
	token := strings.TrimSpace(pollen(t, "token", "--data", data, "--persona", "ana"))
	kept := &promises{values: map[string]string{}}
	for range 20 {
		s := serve(t, data)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for who := range 8 {
			wg.Go(func() { edit(ctx, &client.Client{Base: s.url, Token: token}, who, kept) })
		}
		time.Sleep(50*time.Millisecond + rand.N(250*time.Millisecond))
		s.kill()
		cancel()
		wg.Wait()
	}
	s := serve(t, data)
	c := &client.Client{Base: s.url, Token: token}
	for id, phone := range kept.values {
		e, err := c.Get(t.Context(), id)
		if err != nil {
			t.Fatalf("entry %s was acknowledged and is gone: %v", id, err)
		}
		if e.Text("phone") != phone {
			t.Errorf("entry %s: %s was acknowledged, %s is there", id, phone, e.Text("phone"))
		}
	}
	if kept.created < 20 || kept.revised < 20 {
		t.Errorf("only %d entries made and %d revised: nothing was tried", kept.created, kept.revised)
	}
	t.Logf("%d entries made, %d revised and acknowledged", kept.created, kept.revised)
	if out := pollen(t, "check", "--data", data); !strings.Contains(out, "verified") {
		t.Errorf("check says: %s", out)
	}
}
