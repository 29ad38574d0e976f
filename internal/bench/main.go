// Command bench measures Pollen against the figures it is to reach, as ratios
// within one run: what Pollen does beside what the machine does by bare means,
// one after the other, so that a slow or busy machine slows both.
//
//	go run -tags sqlite_fts5 ./internal/bench          about eight minutes
//	go run -tags sqlite_fts5 ./internal/bench -quick   does it still work
//
// It needs nothing but itself: the people it imports are invented by a fixed
// recipe, the pages are those of the sample community. doc/performance.md says
// what each figure means.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"pollen/internal/app"
)

// bench is one run.
type bench struct {
	ctx   context.Context
	dir   string
	quick bool
	rows  int
	only  string
	// profile is the file that a processor profile goes to.
	profile string
	out     []figure
}

// figure is one line of the result.
type figure struct {
	name, value, aim string
	missed           bool
}

func main() {
	b := &bench{ctx: context.Background()}
	flag.BoolVar(&b.quick, "quick", false, "small numbers: shows that it works, measures nothing")
	flag.IntVar(&b.rows, "n", 0, "people to import (1,000,000; 5,000 when quick)")
	flag.StringVar(&b.only, "only", "", "of import, search, edit, page, start: those to run; the others come with what they need")
	keep := flag.String("dir", "", "directory to work in, kept afterwards")
	flag.StringVar(&b.profile, "profile", "", "file to write a processor profile of the parts that are run to (go tool pprof)")
	flag.Parse()
	if err := b.profiled(*keep); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) profiled(keep string) (err error) {
	if b.profile == "" {
		return b.run(keep)
	}
	f, err := os.Create(b.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return b.run(keep)
}

func (b *bench) run(keep string) (err error) {
	if b.rows == 0 {
		if b.rows = 1_000_000; b.quick {
			b.rows = 5_000
		}
	}
	if b.dir = keep; keep == "" {
		if b.dir, err = os.MkdirTemp("", "pollen-bench-"); err != nil {
			return err
		}
		defer func() {
			if e := os.RemoveAll(b.dir); err == nil {
				err = e
			}
		}()
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if b.wants("page") {
		if err := b.pages(); err != nil {
			return err
		}
	}
	if b.wants("import") || b.wants("search") || b.wants("edit") || b.wants("start") {
		if err := b.directory(); err != nil {
			return err
		}
	}
	b.print()
	return nil
}

func (b *bench) wants(part string) bool { return b.only == "" || strings.Contains(b.only, part) }

// tell says what is going on, for whoever waits.
func (b *bench) tell(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// add keeps a figure, and whether it reaches its aim.
func (b *bench) add(name, value, aim string, reached bool) {
	b.out = append(b.out, figure{name, value, aim, !reached})
}

// note keeps a figure that has no aim of its own.
func (b *bench) note(name, value string) { b.add(name, value, "", true) }

func (b *bench) print() {
	fmt.Printf("\n%s/%s, %d processors, %s, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), time.Now().UTC().Format(time.DateOnly))
	if b.quick {
		fmt.Print(", QUICK: these numbers measure nothing")
	}
	fmt.Println()
	for _, f := range b.out {
		mark := ""
		if f.missed {
			mark = "  missed"
		}
		fmt.Printf("  %-62s %16s   %-14s%s\n", f.name, f.value, f.aim, mark)
	}
}

// open opens the instance of a folder below the bench's own.
func (b *bench) open(name string, sample bool) (*app.App, error) {
	return app.Open(b.ctx, app.Options{Data: filepath.Join(b.dir, name), Create: true, Sample: sample})
}
