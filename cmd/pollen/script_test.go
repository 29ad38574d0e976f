//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"pollen/internal/app"
	"pollen/internal/base/sqldb"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"pollen": main}) }

// TestScripts runs the program as its operator does, by the scripts in
// testdata/script. Besides the commands of testscript they know:
//
//	serve DIR [FLAG…]   starts pollen serve on a free port; $URL is its address
//	stop                interrupts it; it must end well
//	get PATH STATUS     asks the server; what it answers is in the file answer
//	send METHOD PATH FILE STATUS
//	                    sends a file as JSON, with the API token in the file token
//	tamper FILE FROM TO changes bytes of a file
//	newer DIR           makes its database one of a newer release
//	older DIR           makes its database one of an older release
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[serverKey{}] = &background{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serveScript, "stop": stopScript, "get": getScript, "send": sendScript, "tamper": tamperScript,
			"newer": versionScript(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`),
			"older": versionScript(`DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`),
		},
	})
}

type serverKey struct{}

// background is the server of one script.
type background struct{ cmd *exec.Cmd }

func serveScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: serve DIR [FLAG…]")
	}
	path := filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "pollen")
	cmd := exec.Command(path, append([]string{"serve", "--data", ts.MkAbs(args[0]), "--listen", "127.0.0.1:0"}, args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill() // the script failed before it stopped it
			_ = cmd.Wait()
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "http://"); ok {
			ts.Setenv("URL", "http://"+strings.TrimSpace(url))
			ts.Value(serverKey{}).(*background).cmd = cmd
			return
		}
	}
	ts.Fatalf("the server did not start: %v", cmd.Wait())
}

func stopScript(ts *testscript.TestScript, _ bool, _ []string) {
	cmd := ts.Value(serverKey{}).(*background).cmd
	ts.Check(cmd.Process.Signal(syscall.SIGINT))
	ts.Check(cmd.Wait())
}

func getScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: get PATH STATUS")
	}
	resp, err := http.Get(ts.Getenv("URL") + args[0])
	ts.Check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("answer"), b, 0o600))
	if !strings.HasPrefix(resp.Status, args[1]) {
		ts.Fatalf("%s answers %s, not %s: %.300s", args[0], resp.Status, args[1], b)
	}
}

func sendScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: send METHOD PATH FILE STATUS")
	}
	req, err := http.NewRequest(args[0], ts.Getenv("URL")+args[1], strings.NewReader(ts.ReadFile(args[2])))
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile("token")))
	req.Header.Set("Content-Type", map[bool]string{true: "application/merge-patch+json", false: "application/json"}[args[0] == http.MethodPatch])
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("answer"), b, 0o600))
	if !strings.HasPrefix(resp.Status, args[3]) {
		ts.Fatalf("%s %s answers %s, not %s: %.300s", args[0], args[1], resp.Status, args[3], b)
	}
}

func tamperScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: tamper FILE FROM TO")
	}
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	changed := strings.ReplaceAll(string(b), args[1], args[2])
	if changed == string(b) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, []byte(changed), 0o600))
}

// versionScript changes what a database says of its schema.
func versionScript(statement string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: newer DIR, or older DIR")
		}
		ctx := context.Background()
		db, err := sqldb.Open(ctx, sqldb.Options{URL: filepath.Join(ts.MkAbs(args[0]), app.File), Readers: 1})
		ts.Check(err)
		err = db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(statement)
			return err
		})
		ts.Check(errors.Join(err, db.Close()))
	}
}
