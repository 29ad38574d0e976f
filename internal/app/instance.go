package app

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"slices"
	"strconv"

	"pollen"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/instance"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

// anonymous is a reader who is not signed in: an outsider, unless the instance
// is open to everyone. Every door asks here.
func (a *App) anonymous(ctx context.Context) (pollen.Actor, error) {
	about, err := a.Instance.About(ctx)
	return pollen.Actor{Outsider: about.Readers != instance.Everyone}, err
}

// Set changes a setting of the instance; the logo is given as the path of its
// file. Another language makes all titles anew, and what follows them; when that
// was stopped, it is asked for again. It fails with Invalid on a setting or a
// value that cannot be.
func (a *App) Set(ctx context.Context, name, value string) (err error) {
	defer pollen.Wrap(&err, "app.Set", name)
	if name == instance.Logo && value != "" {
		info, err := os.Stat(value)
		if err == nil && info.Size() > instance.MaxLogo {
			return pollen.Errorf(pollen.Invalid, "instance.logo", "The logo is a PNG or SVG file of at most {max}.", "max", pollen.Bytes(instance.MaxLogo)).On(name)
		}
		var b []byte
		if err == nil {
			b, err = os.ReadFile(value)
		}
		if err != nil {
			return pollen.Errorf(pollen.Invalid, "app.file", "The file {path} cannot be read: {reason}.", "path", value, "reason", Why(err))
		}
		value = string(b)
	}
	if err := a.Instance.Set(ctx, a.System, a.Commons.ID, name, value); err != nil || name != instance.Language {
		return err
	}
	about, err := a.Instance.About(ctx)
	if err == nil {
		err = a.Registry.Speak(ctx, a.System, cmp.Or(about.Language, instance.English))
	}
	if err == nil {
		err = a.Settle(ctx)
	}
	return err
}

// Setting is a setting with its value in words.
type Setting struct{ Name, Value string }

// Settings lists the settings of the instance, or one by its name. It fails with
// Invalid when there is none of that name.
func (a *App) Settings(ctx context.Context, name string) (all []Setting, err error) {
	if name != "" {
		if _, err := instance.Valid(name, ""); err != nil {
			return nil, err
		}
	}
	about, err := a.Instance.About(ctx)
	if err != nil {
		return nil, err
	}
	logo := ""
	if about.Logo != nil {
		logo = about.Logo.Type + ", " + strconv.Itoa(len(about.Logo.Data)) + " bytes"
	}
	all = []Setting{{instance.Language, cmp.Or(about.Language, instance.English)}, {instance.Logo, logo}, {instance.Name, about.Name}, {instance.Brake, cmp.Or(about.Edits, strconv.Itoa(guard.PerHour))}, {instance.Reading, string(about.Readers)}, {instance.Home, cmp.Or(about.Region, schema.DefaultRegion)}, {instance.Zone, cmp.Or(about.Zone, "UTC")}}
	return slices.DeleteFunc(all, func(s Setting) bool { return name != "" && s.Name != name }), nil
}

// frame is what the frame of every page shows of the instance.
func (a *App) frame(ctx context.Context) (f part.Instance, err error) {
	about, err := a.Instance.About(ctx)
	f.Name, f.Zone = about.Name, a.Instance.Clock()
	if about.Logo != nil {
		f.Logo = "/logo/" + about.Logo.Hash
	}
	return f, err
}

// serveLogo serves the logo, also to those who may read nothing: it is on the
// page where they sign in. An SVG opened by its address runs nothing.
func (a *App) serveLogo(w http.ResponseWriter, r *http.Request) {
	about, err := a.Instance.About(r.Context())
	if err != nil {
		a.log.Error("serving the logo", "error", err)
		http.Error(w, pollen.MessageOf(err).String(), http.StatusInternalServerError)
		return
	}
	if about.Logo == nil || about.Logo.Hash != r.PathValue("hash") {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", about.Logo.Type)
	h.Set("Content-Length", strconv.Itoa(len(about.Logo.Data)))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if _, err := w.Write(about.Logo.Data); err != nil {
		return // the reader went away
	}
}
