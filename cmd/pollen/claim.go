package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"pollen/internal/app"
)

type claimCmd struct {
	place
	Persona string  `required:"" help:"Handle of the author of imported history." placeholder:"HANDLE"`
	By      string  `xor:"what" help:"Say whom it was, by handle, also where a claim was contested." placeholder:"HANDLE"`
	Contest *string `xor:"what" help:"End the claim that somebody made, for a reason that they are told." placeholder:"REASON"`
}

// Run shows who an author of imported history was, as somebody says, after it
// said so or contested it.
func (c *claimCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		who, err := a.Personas.ByHandle(ctx, c.Persona)
		switch {
		case err != nil:
			return err
		case c.By != "":
			err = a.Ascribe(ctx, c.Persona, c.By)
		case c.Contest != nil:
			err = a.Personas.Contest(ctx, a.System, who.ID, *c.Contest)
		}
		if err != nil {
			return err
		}
		return c.show(ctx, a, p.out)
	})
}

// show prints who claims the author, and why earlier claims ended, the latest
// first.
func (c *claimCmd) show(ctx context.Context, a *app.App, w io.Writer) error {
	who, err := a.Personas.ByHandle(ctx, c.Persona)
	if err != nil {
		return err
	}
	claimed := "nobody claims it"
	if who.Claimed != 0 {
		claimed = "claimed by " + who.Claimer
	}
	if _, err := fmt.Fprintf(w, "@%s (%s, from %s): %s\n", who.Handle, who.Name, who.Source, claimed); err != nil {
		return err
	}
	all, err := a.Personas.Contests(ctx, a.System, who.ID)
	for _, x := range all {
		if _, err := fmt.Fprintf(w, "contested on %s: %s\n", x.At.Format(time.DateOnly), x.Note); err != nil {
			return err
		}
	}
	return err
}
