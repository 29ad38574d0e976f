//go:build unix

package main_test

import (
	"bufio"
	"bytes"
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

// sites is how many rows the file has that is imported meanwhile.
const sites = 4000

// table is a file of sites to import.
func table(rows int) string {
	var b strings.Builder
	b.WriteString("code,name,population\n")
	for i := range rows {
		fmt.Fprintf(&b, "S%05d,Site %d,%d\n", i, i, i*7)
	}
	return b.String()
}

// write writes the file to import.
func write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sites.csv")
	if err := os.WriteFile(path, []byte(table(sites)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// verify checks that no fewer entries than there must be verify, and that what
// was imported is among what is looked at: of a row that is altered it is told.
func verify(t *testing.T, data string, least int) {
	t.Helper()
	var entries, blobs int
	acts, line, _ := strings.Cut(pollen(t, "check", "--data", data), "\n")
	if !strings.Contains(acts, "verified") {
		t.Errorf("check says: %s", acts)
	}
	if _, err := fmt.Sscanf(line, "%d entries, %d images and attachments verified", &entries, &blobs); err != nil || entries < least {
		t.Errorf("of %d entries or more, check says: %s", least, line)
	}
	file := filepath.Join(data, "pollen.db")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(b, []byte(`"Site 1234"`), []byte(`"Sire 1234"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "check", "--data", data).CombinedOutput(); err == nil || strings.Count(string(out), "its revisions are not what the journal says was written") != 1 {
		t.Errorf("a row that was altered: %v, %s", err, out)
	}
}

// Twenty times the program and an import are killed while people edit; whatever
// was answered with "done" is there when it starts again, the import goes on
// where it stood, and the journal verifies.
func TestKillingTheProgramLosesNothingAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	data := filepath.Join(t.TempDir(), "data")
	pollen(t, "init", "--data", data)
	pollen(t, "invite", "--data", data, "ana@example.org")
	pollen(t, "set", "--data", data, "newcomer-edits", "1000000")
	token := strings.TrimSpace(pollen(t, "token", "--data", data, "--persona", "ana"))
	file := write(t)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	kept := &promises{values: map[string]string{}}
	resumed := 0
	for range 20 {
		s := serve(t, data)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for who := range 8 {
			wg.Go(func() { edit(ctx, &client.Client{Base: s.url, Token: token}, who, kept) })
		}
		bring := exec.Command(path, "import", "--data", data, "--collection", "sites", "--create", "--key", "code", file)
		if err := bring.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100*time.Millisecond + rand.N(250*time.Millisecond))
		_ = bring.Process.Signal(syscall.SIGKILL) // it may have come to its end
		if bring.Wait() != nil {
			resumed++
		}
		s.kill()
		cancel()
		wg.Wait()
	}
	out := pollen(t, "import", "--data", data, "--collection", "sites", "--create", "--key", "code", file)
	t.Logf("killed %d times while importing; then: %s", resumed, out)
	if resumed == 0 {
		t.Error("the import was never killed")
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
	lines := strings.Split(strings.TrimSpace(pollen(t, "export", "--data", data, "--collection", "sites", "--format", "csv")), "\n")
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		cells := strings.Split(line, ",")
		if code := cells[2]; seen[code] || cells[3] != "Site "+strings.TrimLeft(code[1:5], "0")+code[5:] {
			t.Fatalf("row %q: twice, or not as it was", line)
		}
		seen[cells[2]] = true
	}
	if len(seen) != sites {
		t.Errorf("%d of %d rows are in", len(seen), sites)
	}
	s.kill()
	verify(t, data, sites+kept.created)
}

// An import through the API whose server is stopped or killed goes on with the
// same file, and nothing is in twice.
func TestAnImportThroughTheAPIOutlivesItsServer(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the program several times")
	}
	const rows = 20_000
	file := table(rows)
	for _, end := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(end.String(), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			pollen(t, "init", "--data", data)
			token := strings.TrimSpace(pollen(t, "token", "--data", data, "--persona", "pollen"))
			bring := func(s *serving) (client.ImportReport, error) {
				return (&client.Client{Base: s.url, Token: token}).Import(t.Context(), "sites", strings.NewReader(file), client.Importing{Name: "sites.csv", Create: &client.Founding{}, Key: "code"})
			}
			s := serve(t, data)
			cut := make(chan error, 1)
			go func() {
				_, err := bring(s)
				cut <- err
			}()
			for c := (&client.Client{Base: s.url, Token: token}); ; time.Sleep(time.Millisecond) {
				if p, err := c.List(t.Context(), "sites", nil); err == nil && len(p.Items) > 0 {
					break
				}
			}
			if err := s.cmd.Process.Signal(end); err != nil {
				t.Fatal(err)
			}
			_ = s.cmd.Wait()      // how it ends is not what is asked
			whole := <-cut == nil // a server that is stopped may let it end
			s = serve(t, data)
			r, err := bring(s)
			if err != nil || r.Rows != rows || !whole && (!r.Resumed || r.Created != rows) {
				t.Errorf("answered before: %t; then %+v, %v", whole, r, err)
			}
			s.kill()
			if n := strings.Count(pollen(t, "export", "--data", data, "--collection", "sites", "--format", "csv"), "\n"); n != rows+1 {
				t.Errorf("%d lines come out", n)
			}
			verify(t, data, rows)
		})
	}
}
