// Command pollen serves a directory that its own users keep alive, and tends
// it: see pollen --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"pollen"
	"pollen/internal/app"
)

// Exit statuses.
const (
	done   = 0
	failed = 1
	usage  = 2
)

// program is the command line. Every flag can be given as POLLEN_NAME too.
type program struct {
	Serve   serveCmd   `cmd:"" help:"Serve the web and the API."`
	Dev     devCmd     `cmd:"" help:"Serve the sample community from a throw-away directory."`
	Init    initCmd    `cmd:"" help:"Make a data directory."`
	Set     setCmd     `cmd:"" help:"Show or change what everybody sees: name, logo, readers."`
	Import  importCmd  `cmd:"" help:"Bring tables into a collection."`
	Export  exportCmd  `cmd:"" help:"Write a collection as a table."`
	Invite  inviteCmd  `cmd:"" help:"Print a link that signs a person in, once."`
	Unlink  unlinkCmd  `cmd:"" help:"End the link between a persona and the entry in people that describes it."`
	Token   tokenCmd   `cmd:"" help:"Print an API token of a persona."`
	Claim   claimCmd   `cmd:"" help:"Show or say who an author of imported history was, or contest a claim."`
	Check   checkCmd   `cmd:"" help:"Verify the journal, every entry, every image and attachment."`
	Rebuild rebuildCmd `cmd:"" help:"Make again what follows the journal: the counts, the search index, the notices."`
	Backup  backupCmd  `cmd:"" help:"Write everything into one file, also while it is served."`
	Erase   eraseCmd   `cmd:"" help:"Erase what is held about the person behind a persona, for good."`
	Restore restoreCmd `cmd:"" help:"Make an instance of a backup, in an empty place."`
	Version versionCmd `cmd:"" help:"Print the version, and what it was built from."`

	Config configFile `env:"POLLEN_CONFIG" help:"A file of lines “name = value”, by the names of the flags." placeholder:"FILE"`

	Built kong.VersionFlag `name:"version" env:"-" help:"The same as pollen version."`

	out   io.Writer // what a program reads on
	notes io.Writer // what a person reads beside it
}

// place says which instance a command works on.
type place struct {
	Data     string `default:"data" env:"POLLEN_DATA" type:"path" help:"The data directory." placeholder:"DIR"`
	Database string `env:"POLLEN_DATABASE" help:"A PostgreSQL database instead of one file." placeholder:"URL"`
}

// with runs fn on an existing instance and closes it.
func (p place) with(ctx context.Context, fn func(*app.App) error) (err error) {
	a, err := app.Open(ctx, app.Options{Data: p.Data, Database: p.Database})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return fn(a)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{out: stdout, notes: stderr}
	exit := -1
	if len(args) > 0 && args[0] == "help" {
		args = append(slices.Clone(args[1:]), "--help")
	}
	k, err := kong.New(p, kong.Name("pollen"), kong.Description("A directory that its own users keep alive."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.Vars{"version": app.Version()}, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p), kong.DefaultEnvars("POLLEN"))
	if err != nil {
		fmt.Fprintln(stderr, "pollen:", err)
		return failed
	}
	c, err := k.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintln(stderr, "pollen:", misused(err))
		return usage
	}
	if err := c.Run(); err != nil {
		fmt.Fprintln(stderr, "pollen:", words(err))
		return failed
	}
	return done
}

// oneOf is how kong refuses a value that is none of a few.
var oneOf = regexp.MustCompile(`^(--[\w-]+).* must be one of (.*) but got "(.*)"$`)

// misused says in one line what is wrong with a command line.
func misused(err error) string {
	if ours, ok := errors.AsType[*pollen.Error](err); ok {
		return words(ours)
	}
	said := strings.TrimRight(strings.TrimSuffix(err.Error(), ` but got "EOL" (<EOL>)`), ".")
	if m := oneOf.FindStringSubmatch(said); m != nil {
		said = fmt.Sprintf("%s is one of %s, not %s", m[1], strings.ReplaceAll(strings.Trim(m[2], `",`), `","`, ", "), m[3])
	}
	if !strings.HasSuffix(said, "?") {
		said += "."
	}
	return said + " See pollen --help."
}

// words says in one line what happened and what to do. The operator may know
// the details of what went wrong inside.
func words(err error) string {
	if pollen.KindOf(err) == pollen.Internal {
		return err.Error()
	}
	return app.Words(err, language())
}

type versionCmd struct{}

// Run prints the version, and what it was built from.
func (versionCmd) Run(p *program) error {
	_, err := fmt.Fprintln(p.out, app.Version())
	return err
}
