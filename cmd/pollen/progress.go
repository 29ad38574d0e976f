package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"pollen/internal/app"
)

// Pauses between two lines of progress.
const (
	onTerminal = 200 * time.Millisecond
	inLog      = 10 * time.Second
)

// progress tells how far long work has come: on one line of a terminal, in plain
// lines elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	last     time.Time
	shown    bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, last: time.Now()}
	if f, ok := w.(*os.File); ok {
		p.terminal = terminal(f)
	}
	return p
}

// terminal reports whether somebody sits at the other end of a file.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) tell(x app.Progress) {
	pause := inLog
	if p.terminal {
		pause = onTerminal
	}
	if time.Since(p.last) < pause {
		return
	}
	p.last = time.Now()
	line := count(x.Rows, "row", "rows")
	if s := x.Since.Seconds(); s > 0 {
		line += fmt.Sprintf(", %.0f rows/s", float64(x.Rows-x.Skipped)/s)
	}
	if left := x.Left(); left > 0 {
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	if p.terminal {
		fmt.Fprintf(p.w, "\r%-60s", line)
		p.shown = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// end leaves the line of a terminal.
func (p *progress) end() {
	if p.shown {
		fmt.Fprintf(p.w, "\r%60s\r", "")
	}
}

// count is n things in words, in the language of the program's reports: "1 row",
// "12 rows".
func count[N int | int64](n N, one, other string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, other)
}
