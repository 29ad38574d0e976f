package main

import (
	"context"
	"fmt"

	"pollen/internal/app"
	"pollen/internal/base/config"
)

type inviteCmd struct {
	place
	config.Links
	Name string `help:"The person's name, as shown. Taken from the entry or the address unless told."`
	config.Mail
	Send  bool   `help:"Also send the link to the address, by --smtp."`
	Lang  string `default:"fr" enum:"fr,en" help:"Language of the letter."`
	Entry string `help:"Address of their entry in people, for instance ana-lopez: the persona is linked to it, and whoever was linked to it before is no more." placeholder:"SLUG"`
	Email string `arg:"" help:"The address they sign in with."`
}

// Run prints a link that signs the person in, once, also when no letter can
// carry it.
func (c *inviteCmd) Run(ctx context.Context, p *program) error {
	base, err := c.Address()
	if err != nil {
		return err
	}
	return c.with(ctx, func(a *app.App) error {
		in, err := a.Invite(ctx, app.Invitation{Email: c.Email, Name: c.Name, Entry: c.Entry})
		if err != nil {
			return err
		}
		fmt.Fprintf(p.notes, "The persona is @%s (%s).\n", in.Persona.Handle, in.Persona.Name)
		if before := in.Before; before.ID != 0 {
			fmt.Fprintf(p.notes, "The entry described @%s (%s) until now: both are told.\n", before.Handle, before.Name)
		}
		if _, err := fmt.Fprintf(p.out, "%s/signin/%s\n", base, in.Secret); err != nil || !c.Send {
			return err
		}
		if err := a.Mail(c.Mail, base); err != nil {
			return err
		}
		return a.SendInvitation(ctx, c.Email, in.Secret, c.Lang)
	})
}

type unlinkCmd struct {
	place
	Persona string `required:"" help:"Handle of the persona, or the address they sign in with." placeholder:"HANDLE"`
}

// Run ends the link between a persona and the entry in people that describes it.
func (c *unlinkCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.App) error {
		who, err := a.Whose(ctx, c.Persona)
		if err != nil {
			return err
		}
		return a.Personas.Part(ctx, a.System, who.ID)
	})
}

type tokenCmd struct {
	place
	Persona string `required:"" help:"Handle of the persona, or the address they sign in with." placeholder:"HANDLE"`
	Name    string `default:"command line" help:"What the token is for, as its persona sees it."`
}

// Run prints a new API token. Its making is on the journal.
func (c *tokenCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		who, err := a.Whose(ctx, c.Persona)
		if err != nil {
			return err
		}
		text, err := a.Identity.Token(ctx, a.System, who.ID, who.Kind, c.Name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.out, text)
		return err
	})
}
