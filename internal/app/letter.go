package app

import (
	"context"
	"html"
	"net/url"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/config"
	"pollen/internal/base/mail"
	"pollen/internal/pure/i18n"
)

// retries are how long a letter waits before it is tried again.
var retries = []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute}

// post is how letters leave, and the address that their links begin with.
type post struct {
	box  *mail.Outbox
	base string
}

// Mail sets up how letters leave: by the server of the configuration. Links in
// them begin with base. It fails with Invalid on a configuration that cannot
// be; without a server it does nothing.
func (a *App) Mail(c config.Mail, base string) error {
	if c.SMTP == "" {
		return nil
	}
	if err := c.Validate(); err != nil {
		return err
	}
	sender, err := mail.NewSMTP(c.SMTP, c.MailFrom, nil)
	if err != nil {
		return err
	}
	return a.MailBy(sender, base)
}

// MailBy sets up how letters leave: by a sender.
func (a *App) MailBy(sender mail.Sender, base string) error {
	if base == "" {
		return pollen.Errorf(pollen.Invalid, "app.mail-base", "Letters carry links: say with --base under which address people reach this instance.").On("base")
	}
	box := mail.NewOutbox(sender, a.log, retries...)
	a.post = &post{box: box, base: strings.TrimSuffix(base, "/")}
	a.stop = append(a.stop, box.Close)
	return nil
}

// SendLink writes a letter with a sign-in link to an address that has an
// account, in the language of its persona, or else in lang. Nothing tells
// whether it did. back is the page to come in to. It fails with Invalid on what
// is no address.
func (a *App) SendLink(ctx context.Context, email, back, lang string) (err error) {
	defer pollen.Wrap(&err, "app.SendLink")
	link, to, who, err := a.Identity.Magic(ctx, email)
	if err != nil || link == "" {
		return err
	}
	p, err := a.Personas.Get(ctx, who)
	if err != nil {
		return err
	}
	address := a.post.base + "/signin/" + link
	if back != "" && back != "/" {
		address += "?back=" + url.QueryEscape(back)
	}
	l := localeOf(p.Language, lang)
	about, err := a.Instance.About(ctx)
	if err != nil {
		return err
	}
	return a.post.box.Post(letterOf(l, to, about.Name, wording{
		subject: l.T("app.link-subject", "Your link to sign in"),
		hello:   l.T("app.link-hello", "Hello {name},", "name", p.Name),
		body:    l.T("app.link-body", "with this link you come in. It works once, for fifteen minutes."),
		act:     l.T("app.link-act", "Come in"),
		end:     l.T("app.link-end", "If you did not ask for it, leave it: it ends by itself."),
		address: address,
	}))
}

// SendInvitation writes a letter with the link of an invitation. It fails with
// Unavailable where no mail is set up.
func (a *App) SendInvitation(ctx context.Context, email, secret, lang string) (err error) {
	defer pollen.Wrap(&err, "app.SendInvitation")
	if a.post == nil {
		return pollen.Errorf(pollen.Unavailable, "app.no-mail", "No mail is set up: say with --smtp and --mail-from how letters leave.")
	}
	about, err := a.Instance.About(ctx)
	if err != nil {
		return err
	}
	l := localeOf(lang, "")
	return a.post.box.Deliver(ctx, letterOf(l, email, about.Name, wording{
		subject: l.T("app.invite-subject", "You are invited"),
		hello:   l.T("app.invite-hello", "Hello,"),
		body:    l.T("app.invite-body", "you are invited to the directory that everybody keeps: what is wrong in it, you correct at once. This link signs you in, once, for fourteen days."),
		act:     l.T("app.link-act", "Come in"),
		end:     l.T("app.invite-end", "If you expect no invitation, leave it: it ends by itself."),
		address: a.post.base + "/signin/" + secret,
	}))
}

func localeOf(tags ...string) *i18n.Locale {
	for _, t := range tags {
		if l := i18n.Get(t); l != nil {
			return l
		}
	}
	return i18n.English
}

// wording is what a letter says.
type wording struct{ subject, hello, body, act, end, address string }

// letterOf writes a letter as text and as HTML, which loads nothing.
func letterOf(l *i18n.Locale, to, organisation string, w wording) mail.Letter {
	from := strings.TrimSpace("Pollen " + organisation)
	text := strings.Join([]string{w.hello, w.body, w.address, w.end, from}, "\n\n") + "\n"
	e := html.EscapeString
	page := `<!doctype html><html lang="` + l.Tag() + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` + e(w.subject) + `</title></head>` +
		`<body style="margin:0;padding:24px;background:#fbfbf7;color:#16201d;font:16px/1.5 system-ui,sans-serif"><div style="max-width:34em;margin:auto">` +
		`<p style="font-weight:700">` + e(from) + `</p><p>` + e(w.hello) + `</p><p>` + e(w.body) + `</p>` +
		`<p style="margin:28px 0"><a href="` + e(w.address) + `" style="background:#16201d;color:#fbfbf7;padding:12px 20px;border-radius:6px;text-decoration:none">` + e(w.act) + `</a></p>` +
		`<p style="font-size:14px;word-break:break-all"><a href="` + e(w.address) + `" style="color:#0b5f69">` + e(w.address) + `</a></p>` +
		`<p style="font-size:14px;color:#4c5854">` + e(w.end) + `</p></div></body></html>`
	return mail.Letter{To: to, Subject: w.subject + " · " + from, Text: text, HTML: page, Lang: l.Tag()}
}
