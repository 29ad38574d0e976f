package main_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pollen/client"
)

// repeated is a stream of one byte without end.
type repeated byte

func (c repeated) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c)
	}
	return len(b), nil
}

// longLine is a table whose second row is one line of so many bytes.
func longLine(size int64) io.Reader {
	return io.MultiReader(strings.NewReader("name,note\nOne,all is well\nTwo,"), io.LimitReader(repeated('x'), size), strings.NewReader("\nThree,all is well\n"))
}

// sheetBomb is a workbook of some hundred kilobytes that unpacks to 300 MB.
func sheetBomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range []struct {
		name    string
		content io.Reader
	}{
		{"[Content_Types].xml", strings.NewReader(`<Types/>`)},
		{"xl/workbook.xml", strings.NewReader(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`)},
		{"xl/_rels/workbook.xml.rels", strings.NewReader(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`)},
		{"xl/worksheets/sheet1.xml", io.MultiReader(strings.NewReader(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="inlineStr"><is><t>`), io.LimitReader(repeated('x'), 300<<20))},
	} {
		w, err := z.Create(part.name)
		if err == nil {
			_, err = io.Copy(w, part.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// most is what a process may hold in memory, in KB, whatever it is fed.
const most = 400 << 10

// A table that is damaged in any way is read as far as it can be: the rows that
// are whole come in, each of the others is refused with its line and the reason,
// and what is no table at all is one line and founds nothing. The command line
// and REST say the same.
func TestBadTablesAreRefusedRowByRow(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	pollen(t, "init", "--data", data)
	pollen(t, "invite", "--data", data, "ana@example.org")
	token := strings.TrimSpace(pollen(t, "token", "--data", data, "--persona", "ana"))
	bomb := sheetBomb(t)
	cases := []struct {
		file, content    string
		created, refused int
		says             string
	}{
		{"field.csv", "name,note\nOne,all is well\nTwo," + strings.Repeat("y", 10<<20) + "\n", 1, 1, "too long"},
		{"nul.csv", "name,note\nOne,all is well\nTwo,f\x00ne\n", 1, 1, "NUL"},
		{"nul.jsonl", "{\"name\":\"One\"}\n{\"name\":\"T\\u0000wo\"}\n", 1, 1, "NUL"},
		{"ragged.csv", "name,note\nOne,all is well\nTwo\nThree,all is well,more\nFour,all is well\n", 2, 2, "This row has 1 cell instead of 2."},
		{"half.csv", "name,note\nOne,all is well\nTwo,\"fi", 1, 1, "not closed"},
		{"half.jsonl", "{\"name\":\"One\"}\n{\"name\":\"Tw", 1, 1, "not valid JSON"},
		{"bytes.csv", "name,note\nOne,all is well\nTwo,\xff\xfe\x00\n", 1, 1, "NUL"},
		{"half.json", "[{\"name\":\"One\"},{\"na", 0, 0, "cut off"},
		{"bomb.xlsx", bomb, 0, 0, "unpacks to far more"},
		{"half.xlsx", bomb[:len(bomb)/2], 0, 0, "workbook"},
		{"empty.csv", "", 0, 0, "nothing to read"},
	}
	for i, c := range cases {
		file := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		reject := filepath.Join(t.TempDir(), "reject."+strings.TrimPrefix(filepath.Ext(file), "."))
		out, said, _ := try(t, nil, "import", "--data", data, "--collection", fmt.Sprint("table-", i), "--create", "--reject", reject, file)
		if c.created == 0 {
			if out != "" || strings.Count(said, "\n") != 1 || !strings.Contains(said, c.says) {
				t.Errorf("%s: %q, and said %q", c.file, out, said)
			}
			continue
		}
		if want := fmt.Sprintf("%d created, 0 changed, 0 unchanged, %d refused", c.created, c.refused); !strings.Contains(said, "refused and") || !strings.Contains(out, want) || !strings.Contains(out, c.says) {
			t.Errorf("%s: %.300q, and said %q", c.file, out, said)
		}
		if b, err := os.ReadFile(reject); err != nil || !bytes.Contains(b, []byte(c.says)) {
			t.Errorf("%s: refused rows: %v", c.file, err)
		}
	}
	s := serve(t, data)
	ana := &client.Client{Base: s.url, Token: token}
	for i, c := range cases {
		name := fmt.Sprint("sent-", i)
		r, err := ana.Import(t.Context(), name, strings.NewReader(c.content), client.Importing{Name: "../../etc/" + c.file, Create: &client.Founding{}})
		if c.created == 0 {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s over REST: %v", c.file, err)
			}
			if _, err := ana.List(t.Context(), name, nil); err == nil {
				t.Errorf("%s over REST founded a collection", c.file)
			}
			continue
		}
		if err != nil || r.Created != int64(c.created) || r.Refused != int64(c.refused) || !strings.Contains(r.Bad[0].Reason, c.says) {
			t.Errorf("%s over REST: %+v, %v", c.file, r, err)
		}
	}
}

// A line of a gigabyte is refused like any other row, in memory that does not
// grow with it; over REST the whole file is refused, with what to do instead.
func TestALineOfAGigabyte(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	pollen(t, "init", "--data", data)
	pollen(t, "invite", "--data", data, "ana@example.org")
	token := strings.TrimSpace(pollen(t, "token", "--data", data, "--persona", "ana"))
	out, said, used := try(t, longLine(1<<30), "import", "--data", data, "--collection", "long", "--create", "-")
	if !strings.Contains(said, "1 row was refused") || !strings.Contains(out, "2 created, 0 changed, 0 unchanged, 1 refused") || !strings.Contains(out, "! line 3: This row is longer than") {
		t.Errorf("%q, and said %q", out, said)
	}
	if used > most {
		t.Errorf("a line of a gigabyte takes %d KB", used)
	}
	s := serve(t, data)
	if _, err := (&client.Client{Base: s.url, Token: token}).Import(t.Context(), "sent", longLine(1<<30), client.Importing{Create: &client.Founding{}}); err == nil || !strings.Contains(err.Error(), "larger than 256,000,000\u00a0bytes") {
		t.Errorf("a gigabyte over REST: %v", err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if used := s.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; used > most {
		t.Errorf("the server takes %d KB", used)
	}
}

// What an attachment is called is no path, wherever it comes out again.
func TestNamesAreNoPaths(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	pollen(t, "init", "--data", data)
	pollen(t, "invite", "--data", data, "ana@example.org")
	token := strings.TrimSpace(pollen(t, "token", "--data", data, "--persona", "ana"))
	s := serve(t, data)
	for _, name := range []string{"../../etc/passwd", `..\..\etc\passwd`, "/etc/passwd", "etc/\x00passwd"} {
		b, err := (&client.Client{Base: s.url, Token: token}).Upload(t.Context(), name, "attachment", strings.NewReader("harmless"))
		if err != nil || b.Name != "passwd" {
			t.Errorf("%q: %+v, %v", name, b, err)
		}
	}
}

// A directory that cannot be written is one line from every command, and what
// stands in it stays.
func TestAReadOnlyDirectoryIsOneLine(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=64m"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("a disk cannot be mounted: %v", err)
		}
		t.Skipf("a disk cannot be mounted here, which wants root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	data := filepath.Join(disk, "data")
	pollen(t, "init", "--data", data)
	table := filepath.Join(t.TempDir(), "sites.csv")
	if err := os.WriteFile(table, []byte("name\nOne\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	remount := func(flags uintptr) {
		if err := syscall.Mount("none", disk, "tmpfs", syscall.MS_REMOUNT|flags, "size=64m"); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	for _, args := range [][]string{{"import", "--collection", "sites", "--create", table}, {"export", "--collection", "people"}, {"invite", "ana@example.org"},
		{"check"}, {"backup", filepath.Join(t.TempDir(), "backup")}, {"serve", "--listen", "127.0.0.1:0"}} {
		out, said, _ := try(t, nil, append(args, "--data", data)...)
		if out != "" || strings.Count(said, "\n") != 1 || !strings.Contains(said, "cannot be written: read-only file system") {
			t.Errorf("%s: %q, and said %q", args[0], out, said)
		}
	}
	remount(0)
	pollen(t, "check", "--data", data)
	if out, said, _ := try(t, nil, "import", "--data", data, "--collection", "sites", "--create", table); said != "" || !strings.Contains(out, "1 created") {
		t.Errorf("afterwards: %q, and said %q", out, said)
	}
}

// try runs the program to its end, however it ends, and gives what it wrote, what
// it said, and how much memory it held at most, in KB.
func try(t *testing.T, in io.Reader, args ...string) (out, said string, used int64) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
}
