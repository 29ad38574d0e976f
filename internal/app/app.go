// Package app builds every value of an instance once, starts what runs in the
// background, and stops it. The program and the tests start the same value.
package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/base/journal"
	"pollen/internal/base/once"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/community"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/freshness"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/identity"
	"pollen/internal/domain/instance"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/schema"
)

// Options say where an instance lives.
type Options struct {
	Data     string // the data directory
	Database string // postgres://…; "" keeps everything in one file of the directory
	// Create allows the directory to be new.
	Create bool
	// Serve claims the directory for one server, until Close, before anything in
	// it is changed. Several nodes may serve one PostgreSQL database.
	Serve  bool
	Region string // of the instance's telephones, where it says none yet
	// Language is that of titles, where the instance says none yet; "" is the one
	// that most read in the region, or English.
	Language string
	// Zone is that of moments, where the instance says none yet; "" is that of the
	// region where it has one, or UTC.
	Zone string
	// Sample gives people and units the fields of the sample community.
	Sample bool
	// Clock defaults to the system's.
	Clock func() time.Time
	Log   *slog.Logger
}

// App is an instance.
type App struct {
	DB          *sqldb.DB
	Journal     *journal.Journal
	Personas    *persona.Personas
	Communities *community.Communities
	Registry    *registry.Registry
	Search      *search.Search
	Talk        *talk.Talk
	Thanks      *thanks.Box
	Notices     *notify.Notices
	Freshness   *freshness.Freshness
	Transfer    *transfer.Transfer
	Desk        *desk.Desk
	Identity    *identity.Identity
	Guard       *guard.Guard
	Instance    *instance.Instance
	Blobs       *blob.Store

	// System is the operator's command line, as one who acts.
	System  pollen.Actor
	Commons *community.Community

	data   string
	schema int64  // number of the last migration
	secure bool   // people come by HTTPS
	base   string // address under which people come, where it was told
	post   *post  // nil where no mail is set up
	log    *slog.Logger
	meter  meter
	ago    *atomic.Int64 // how far the clock stands back, in nanoseconds
	stop   []func()
}

// File is the name of the database in a data directory.
const File = "pollen.db"

// Open opens an instance, bringing its database to this release's schema. It
// fails with Invalid when the directory is not one of Pollen's, or was made by
// a newer release, and with Conflict when somebody else serves it and it is to
// be served, or brought to this release.
func Open(ctx context.Context, o Options) (a *App, err error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Region, err = instance.Valid(instance.Home, o.Region); err != nil {
		return nil, err
	}
	if o.Language, err = instance.Valid(instance.Language, o.Language); err != nil {
		return nil, err
	}
	if o.Zone, err = instance.Valid(instance.Zone, o.Zone); err != nil {
		return nil, err
	}
	url := o.Database
	if url == "" {
		if err := directory(o); err != nil {
			return nil, err
		}
		url = filepath.Join(o.Data, File)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	ago := new(atomic.Int64)
	clock := func() time.Time { return o.Clock().Add(-time.Duration(ago.Load())) }
	db, err := sqldb.Open(ctx, sqldb.Options{URL: url, Clock: clock})
	if err != nil {
		return nil, err
	}
	a = &App{DB: db, data: o.Data, log: o.Log, ago: ago}
	opened := a
	defer func() {
		if err != nil {
			opened.halt()
			err = errors.Join(err, db.Close())
		}
	}()
	if err = a.migrate(ctx, o.Serve); err != nil {
		return nil, err
	}
	a.Journal = journal.New(db)
	a.Personas = persona.New(db, a.Journal)
	a.Communities = community.New(db, a.Journal)
	a.Instance = instance.New(db, a.Journal)
	about, err := a.Instance.About(ctx)
	if err != nil {
		return nil, err
	}
	a.Registry = registry.New(db, a.Journal, registry.Options{Region: cmp.Or(about.Region, o.Region), Language: a.Instance.SpokenIn, Zone: a.Instance.Clock})
	a.Search = search.New(db, a.Registry)
	a.Search.Passed = func(err error) { a.log.Error("indexing", "error", err) }
	a.Talk = talk.New(db, a.Journal, a.Registry, a.Personas)
	a.Thanks = thanks.New(db, a.Journal, a.Registry, a.Personas)
	a.Notices = notify.New(db, notify.Sources{Journal: a.Journal, Personas: a.Personas, Communities: a.Communities, Registry: a.Registry, Talk: a.Talk, Thanks: a.Thanks})
	a.Freshness = freshness.New(db, a.Journal, a.Registry)
	a.Transfer = transfer.New(db, a.Registry, a.Personas)
	a.Desk = desk.New(db, a.Transfer, o.Log, a.Actor)
	a.Identity = identity.New(db, a.Journal)
	a.Guard = guard.New(db, guard.Sources{Journal: a.Journal, Personas: a.Personas, Registry: a.Registry, PerHour: a.Instance.NewcomerEdits})
	a.Journal.Brake(a.Guard.Check)
	a.Blobs = blob.New(db)
	if o.Sample {
		start, err := storyStart()
		if err != nil {
			return nil, err
		}
		a.back(start)
		defer a.back(0)
	}
	if err = a.found(ctx, o.Sample); err == nil {
		err = a.firstSettings(ctx, o, about)
	}
	return a, err
}

// The language and the zone of the sample community.
const (
	sampleLanguage = "fr"
	sampleZone     = "Europe/Paris"
)

// firstSettings sets what an instance is made with and says nothing of yet.
func (a *App) firstSettings(ctx context.Context, o Options, about instance.About) error {
	switch {
	case o.Sample:
		o.Language, o.Zone = cmp.Or(o.Language, sampleLanguage), cmp.Or(o.Zone, sampleZone)
	case about.Region == "":
		o.Language, o.Zone = cmp.Or(o.Language, instance.LanguageOf(o.Region)), cmp.Or(o.Zone, instance.ZoneOf(o.Region))
	}
	for _, s := range []struct{ name, has, first string }{{instance.Home, about.Region, o.Region}, {instance.Language, about.Language, o.Language}, {instance.Zone, about.Zone, o.Zone}} {
		if s.has != "" || s.first == "" {
			continue
		}
		if err := a.Set(ctx, s.name, s.first); err != nil {
			return err
		}
	}
	return nil
}

// directory checks or makes the data directory.
func directory(o Options) error {
	_, err := os.Stat(filepath.Join(o.Data, File))
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, os.ErrNotExist):
		return pollen.Errorf(pollen.Unavailable, "app.directory", "The directory {path} cannot be read: {reason}.", "path", o.Data, "reason", Why(err))
	case !o.Create:
		return pollen.Errorf(pollen.NotFound, "app.no-directory", "{path} is not a Pollen directory. Make one with: pollen init --data {path}", "path", o.Data)
	}
	names, err := os.ReadDir(o.Data)
	if err == nil && len(names) > 0 {
		return pollen.Errorf(pollen.Invalid, "app.foreign", "The directory {path} holds something else. Choose an empty one.", "path", o.Data)
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return pollen.Errorf(pollen.Unavailable, "app.directory", "The directory {path} cannot be read: {reason}.", "path", o.Data, "reason", Why(err))
	}
	return nil
}

// found makes what every instance has from the start: the operator's persona,
// the commons, and the collections people and units.
func (a *App) found(ctx context.Context, sampled bool) error {
	p, err := a.Personas.System(ctx)
	if err != nil {
		return err
	}
	a.System = p.Actor()
	if a.Commons, err = a.Communities.Commons(ctx, a.System); err != nil {
		return err
	}
	for _, c := range []registry.NewCollection{units, people} {
		if sampled {
			c = sampleOf(c.Slug)
		}
		if _, err := a.Registry.Collection(ctx, a.System, c.Slug); !pollen.Is(err, pollen.NotFound) {
			if err != nil {
				return err
			}
			continue
		}
		c.Community, c.Await = a.Commons.ID, true // each refers to the other
		if _, err := a.Registry.Found(ctx, a.System, c); err != nil {
			return err
		}
	}
	return nil
}

// units and people are the two collections of every instance. Neither is ever
// public by default.
var units = registry.NewCollection{
	Slug: pollen.Units, Audience: pollen.AudienceMembers,
	Name:    map[string]string{"en": "Units", "fr": "Unités"},
	Purpose: map[string]string{"en": "The organisation: who works with whom, and where.", "fr": "L’organisation : qui travaille avec qui, et où."},
	Schema: schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
		field("code", schema.Code, "Code", "Code", func(f *schema.Field) { f.Unique, f.Column = true, true }),
		field("name", schema.Text, "Name", "Nom", func(f *schema.Field) { f.Required, f.Column = true, true }),
		field("parent", schema.Reference, "Part of", "Fait partie de", func(f *schema.Field) { f.Target, f.Column = pollen.Units, true }),
		field("head", schema.Reference, "Head", "Responsable", func(f *schema.Field) { f.Target, f.Column = pollen.People, true }),
		field("purpose", schema.LongText, "Purpose", "Mission", nil),
	}},
}

var people = registry.NewCollection{
	Slug: pollen.People, Audience: pollen.AudienceMembers,
	Name:    map[string]string{"en": "People", "fr": "Personnes"},
	Purpose: map[string]string{"en": "Who does what, and how to reach them.", "fr": "Qui fait quoi, et comment joindre chacun."},
	Schema: schema.Schema{Title: []string{"given_name", "family_name"}, Fields: []schema.Field{
		field("given_name", schema.Text, "Given name", "Prénom", func(f *schema.Field) { f.Required = true }),
		field("family_name", schema.Text, "Family name", "Nom", nil),
		field("photo", schema.Image, "Photograph", "Photographie", nil),
		field("phone", schema.Phone, "Telephone", "Téléphone", func(f *schema.Field) { f.Group, f.Column = "reach", true }),
		field("mobile", schema.Phone, "Mobile", "Mobile", func(f *schema.Field) { f.Group = "reach" }),
		field("email", schema.Email, "E-mail", "Courriel", func(f *schema.Field) { f.Group, f.Column = "reach", true }),
		field("languages", schema.Text, "Languages", "Langues", func(f *schema.Field) { f.Group, f.Many = "reach", true }),
		field("job_title", schema.Text, "Job title", "Fonction", func(f *schema.Field) { f.Group, f.Column, f.HalfLife = "place", true, 180 }),
		field("unit", schema.Reference, "Unit", "Unité", func(f *schema.Field) { f.Group, f.Target, f.Column = "place", pollen.Units, true }),
		field("manager", schema.Reference, "Manager", "Responsable", func(f *schema.Field) { f.Group, f.Target = "place", pollen.People }),
		field("office", schema.Text, "Office", "Bureau", func(f *schema.Field) { f.Group, f.HalfLife = "place", 365 }),
		field("asked_about", schema.Text, "Asked about", "À consulter pour", func(f *schema.Field) { f.Group, f.Many = "work", true }),
	}},
}

func field(name string, t schema.Type, en, fr string, more func(*schema.Field)) schema.Field {
	f := schema.Field{Name: name, Type: t, Indexed: t.DefaultIndexed(), Label: map[string]string{"en": en, "fr": fr}}
	if more != nil {
		more(&f)
	}
	return f
}

// Followers are all who react to the journal.
func (a *App) Followers() []*journal.Follower {
	return []*journal.Follower{a.Registry.Counts(), a.index(), a.Notices.Follower()}
}

// index keeps the index of search, with regard for who writes beside it.
func (a *App) index() *journal.Follower {
	if a.Served() {
		return a.Search.Index()
	}
	return a.Search.IndexAlone()
}

// Settle lets every follower catch up.
func (a *App) Settle(ctx context.Context) error { return a.Journal.CatchUp(ctx, a.Followers()...) }

// Start runs the followers and the sequencer until Close.
func (a *App) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	report := func(err error) { a.log.Error("following the journal", "error", err) }
	wg.Go(func() { a.Journal.RunSequencer(ctx, report) })
	for _, f := range a.Followers() {
		wg.Go(func() { a.Journal.Run(ctx, f, report) })
	}
	wg.Go(func() { a.sweep(ctx) })
	wg.Go(func() { a.resume(ctx) })
	a.stop = append(a.stop, func() { cancel(); wg.Wait() })
}

// What was uploaded and not named by any entry is removed after a day, and files
// that wait to be imported with it; looked for every hour, as are sessions, links
// and answers to repeated requests that are over.
const (
	sweepAfter = 24 * time.Hour
	sweepEvery = time.Hour
)

func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := a.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("sweeping", "error", err)
		}
	}
}

// sweepOnce removes what the database need not keep; what fails holds up nothing
// else.
func (a *App) sweepOnce(ctx context.Context) error {
	_, err := a.Blobs.Sweep(ctx, a.DB.Now().Add(-sweepAfter), registry.Keeps)
	return errors.Join(err, a.Desk.Sweep(ctx), a.Transfer.Sweep(ctx), a.Identity.Sweep(ctx), once.New(a.DB).Sweep(ctx))
}

// resumeEvery is how often bulk work is looked for that was stopped on its way.
const resumeEvery = time.Minute

// resume goes on with bulk work that was stopped: by a kill of this process, of
// another node, or since whoever asked for it went away.
func (a *App) resume(ctx context.Context) {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	for {
		if err := a.Registry.Resume(ctx, a.Actor); err != nil && ctx.Err() == nil {
			a.log.Error("going on with a batch", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Close stops what runs and closes the database.
func (a *App) Close() error {
	defer runtime.KeepAlive(collectorFloor)
	a.Desk.Close()
	a.halt()
	return a.DB.Close()
}

// halt stops what runs, the last started first.
func (a *App) halt() {
	for i := len(a.stop) - 1; i >= 0; i-- {
		a.stop[i]()
	}
	a.stop = nil
}

// Actor is a persona with the communities it belongs to.
func (a *App) Actor(ctx context.Context, id pollen.PersonaID) (actor pollen.Actor, err error) {
	p, err := a.Personas.Get(ctx, id)
	if err != nil {
		return actor, err
	}
	actor = p.Actor()
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		actor.Communities, err = a.Communities.Of(tx, id)
		return err
	})
	return actor, err
}
