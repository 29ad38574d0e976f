package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"pollen"
	"pollen/internal/app"
)

type eraseCmd struct {
	place
	Persona string `required:"" help:"Handle of the persona." placeholder:"HANDLE"`
	Yes     bool   `help:"Do not ask."`
}

// Run erases what the instance holds about the person behind a persona, for
// good. On a terminal it asks first.
func (c *eraseCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		e, err := a.ToErase(ctx, c.Persona)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "@%s (%s): name, account, words%s. What it gave to other entries stays, signed by nobody.\n", e.Persona.Handle, e.Persona.Name, entryOf(e))
		for _, a := range e.Claimed {
			fmt.Fprintf(p.out, "@%s (%s): the name of this imported author, too, whom the persona claims. Where that is wrong, first: pollen claim --persona %s --contest REASON\n", a.Handle, a.Name, a.Handle)
		}
		if !c.Yes {
			if err := c.ask(p.out); err != nil {
				return err
			}
		}
		if e, err = a.Erase(ctx, c.Persona); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "erased (images and attachments: %d, acts with names in them: %d). Backups made before hold it still: replace them.\n", e.Contents, e.Acts)
		return err
	})
}

func entryOf(e app.Erasing) string {
	if e.Entry == nil {
		return ""
	}
	also := ""
	if e.Merged > 0 {
		also = fmt.Sprintf(" and %d that were merged into it", e.Merged)
	}
	return fmt.Sprintf(", and the entry %s with its %s%s", e.Entry.Path(), count(e.Entry.Revision, "revision", "revisions"), also)
}

// ask wants the handle typed again.
func (c *eraseCmd) ask(w io.Writer) error {
	if !terminal(os.Stdin) {
		return pollen.Errorf(pollen.Invalid, "erase.yes", "This cannot be undone. Say --yes to mean it.")
	}
	fmt.Fprint(w, "This cannot be undone. Type the handle to erase it: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err == nil && strings.TrimPrefix(strings.TrimSpace(line), "@") == strings.TrimPrefix(c.Persona, "@") {
		return nil
	}
	return pollen.Errorf(pollen.Invalid, "erase.not", "Nothing was erased.")
}
