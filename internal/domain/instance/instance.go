// Package instance keeps what an instance says of itself: its name, its logo,
// who may read it, where its telephones are, which language it speaks, and
// by which clock it tells the time.
//
// Readers are its members unless the setting readers is "everyone": then
// whoever is not signed in reads what is public, and nothing else is. A change
// of a setting is on the journal, as an act on the commons. Every node of an
// instance knows a change within two seconds.
//
// Tables owned: settings.
package instance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Readers says who may read.
type Readers string

// The readers of an instance.
const (
	Members  Readers = "members"
	Everyone Readers = "everyone"
)

// The names of the settings.
const (
	Name     = "name"
	Logo     = "logo"
	Reading  = "readers"
	Brake    = "newcomer-edits"
	Home     = "region"
	Language = "language"
	Zone     = "zone"
)

// Names lists the settings that can be set.
var Names = []string{Language, Logo, Name, Brake, Reading, Home, Zone}

// About is what an instance says of itself.
type About struct {
	Name    string  // of the organisation; "" for none
	Readers Readers // who may read what is public
	Logo    *Image  // nil for the product's own
	Edits   string  // that a new persona makes in an hour at most; "" for the default
	// Language is that of titles, a BCP 47 tag; "" for the default.
	Language string
	Region   string // that new fields take telephones without + to be of (ISO 3166); "" for the default
	Zone     string // of moments that people read and type (IANA); "" for the default, UTC
}

// Image is a picture shown as the logo.
type Image struct {
	Type string // its media type: image/svg+xml or image/png
	Data []byte
	Hash string // of the data, for its address
}

// Instance keeps the settings of one instance.
type Instance struct {
	db      *sqldb.DB
	journal *journal.Journal

	known atomic.Pointer[known] // nil for nothing
	zone  atomic.Pointer[time.Location]
}

// known is what was read, and until when it is trusted.
type known struct {
	about About
	until time.Time
}

// New returns the settings of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal) *Instance { return &Instance{db: db, journal: j} }

// freshness is how long a node trusts what it read.
const freshness = 2 * time.Second

// About tells what the instance says of itself. Treat it as read-only.
func (s *Instance) About(ctx context.Context) (about About, err error) {
	defer pollen.Wrap(&err, "instance.About")
	before, now := s.known.Load(), s.db.Now()
	if before != nil && now.Before(before.until) {
		return before.about, nil
	}
	// Several may read at once, none waits for another: who waits for a reading
	// connection must hold nothing that one who has a connection waits for.
	about = About{Readers: Members}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT name, value FROM settings`, nil, func(rows *sql.Rows) error {
			var name, value string
			if err := rows.Scan(&name, &value); err != nil {
				return err
			}
			return about.take(name, value)
		})
	})
	if err == nil {
		err = s.tick(about.Zone)
	}
	if err == nil {
		s.known.CompareAndSwap(before, &known{about, now.Add(freshness)}) // not over what was set meanwhile
	}
	return about, err
}

// take reads one stored setting. Those of other capabilities are left alone.
func (a *About) take(name, value string) error {
	switch name {
	case Name:
		a.Name = value
	case Reading:
		a.Readers = Readers(value)
	case Brake:
		a.Edits = value
	case Home:
		a.Region = value
	case Language:
		a.Language = value
	case Zone:
		a.Zone = value
	case Logo:
		kind, text, _ := strings.Cut(value, " ")
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		a.Logo = &Image{Type: kind, Data: data, Hash: hex.EncodeToString(sum[:8])}
	}
	return nil
}

// NewcomerEdits is how many edits a new persona makes in an hour at most, or 0
// where the instance says nothing of it. It is read in a transaction under way.
func (s *Instance) NewcomerEdits(tx *sqldb.Tx) (n int, err error) {
	var text string
	found, err := tx.Get(`SELECT value FROM settings WHERE name = $1`, []any{Brake}, &text)
	if err == nil && found {
		n, err = strconv.Atoi(text)
	}
	return n, err
}

// English is the language of an instance that names none.
const English = "en"

// SpokenIn is the language of titles, read in a transaction under way.
func (s *Instance) SpokenIn(tx *sqldb.Tx) (tag string, err error) {
	found, err := tx.Get(`SELECT value FROM settings WHERE name = $1`, []any{Language}, &tag)
	if err == nil && !found {
		tag = English
	}
	return tag, err
}

// LanguageOf is the language that most read in a region, by the likely subtags
// of CLDR; "" for no region.
func LanguageOf(region string) string {
	if region == "" {
		return ""
	}
	base, _ := language.Make("und-" + region).Base()
	return base.String()
}

// Limits of the settings, in bytes and in edits.
const (
	maxName  = 60
	MaxLogo  = 100_000
	maxEdits = 1_000_000
)

// Set changes a setting; "" returns to the default. Only the operator may: it
// fails with Forbidden for others, with Invalid on a value that cannot be. The
// logo is given as the bytes of a PNG or SVG file.
func (s *Instance) Set(ctx context.Context, by pollen.Actor, commons pollen.CommunityID, name, value string) (err error) {
	defer pollen.Wrap(&err, "instance.Set", name)
	if !by.System() {
		return pollen.Errorf(pollen.Forbidden, "instance.operator", "Only the operator sets this, with: pollen set.")
	}
	if value, err = Valid(name, value); err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var err error
		if value == "" {
			_, err = tx.Exec(`DELETE FROM settings WHERE name = $1`, name)
		} else {
			_, err = tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		}
		if err != nil {
			return err
		}
		return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActSchema, Object: pollen.Ref(pollen.ObjectCommunity, commons),
			Community: commons, Detail: journal.Detail{Name: name}})
	})
	s.known.Store(&known{})
	if err == nil && name == Zone {
		err = s.tick(value)
	}
	return err
}

// unfinished is the row of what makes an instance and was not ended.
const unfinished = "unfinished"

// Begin notes that something is under way which leaves an instance half made when
// it is cut off. [Instance.End] says that it came to its end.
func (s *Instance) Begin(ctx context.Context, what string) (err error) {
	defer pollen.Wrap(&err, "instance.Begin", what)
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, unfinished, what)
		return err
	})
}

// End says that what [Instance.Begin] noted came to its end.
func (s *Instance) End(ctx context.Context) (err error) {
	defer pollen.Wrap(&err, "instance.End")
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM settings WHERE name = $1`, unfinished)
		return err
	})
}

// Unfinished tells what began and did not come to its end; "" for nothing.
func (s *Instance) Unfinished(ctx context.Context) (what string, err error) {
	defer pollen.Wrap(&err, "instance.Unfinished")
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Get(`SELECT value FROM settings WHERE name = $1`, []any{unfinished}, &what)
		return err
	})
	return what, err
}

// Valid checks a setting and brings it to the form in which it is kept. It fails
// with Invalid.
func Valid(name, value string) (string, error) {
	if !slices.Contains(Names, name) {
		return "", pollen.Errorf(pollen.Invalid, "instance.unknown", "There is no setting “{name}”. There are: {known}.", "name", name, "known", strings.Join(Names, ", "))
	}
	if value == "" {
		return "", nil
	}
	switch name {
	case Reading:
		if r := Readers(value); r != Members && r != Everyone {
			return "", pollen.Errorf(pollen.Invalid, "instance.readers", "Readers are “members” or “everyone”.").On(name)
		}
	case Name:
		value = strings.Join(strings.Fields(value), " ")
		if len(value) > maxName || !utf8.ValidString(value) {
			return "", pollen.Errorf(pollen.Invalid, "instance.name", "The name is too long: at most {max}.", "max", pollen.Bytes(maxName)).On(name)
		}
	case Brake:
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > maxEdits {
			return "", pollen.Errorf(pollen.Invalid, "instance.brake", "The edits that a new persona makes in an hour are a number from 1 to {max}.", "max", maxEdits).On(name)
		}
	case Home:
		value = strings.ToUpper(value)
		if !schema.HasTelephones(value) {
			return "", pollen.Errorf(pollen.Invalid, "instance.region", "The region is a country's code of two letters, such as DE.").On(name)
		}
	case Language:
		tag, err := schema.Tag(value)
		if err != nil || tag == "und" {
			return "", pollen.Errorf(pollen.Invalid, "instance.language", "The language is a tag, such as fr, en or pt-BR.").On(name)
		}
		value = tag
	case Zone:
		z, err := time.LoadLocation(value)
		if err != nil || z == time.Local {
			return "", pollen.Errorf(pollen.Invalid, "instance.zone", "The zone is one of the IANA database, such as Europe/Paris or UTC.").On(name)
		}
	case Logo:
		kind := imageType([]byte(value))
		if kind == "" || len(value) > MaxLogo {
			return "", pollen.Errorf(pollen.Invalid, "instance.logo", "The logo is a PNG or SVG file of at most {max}.", "max", pollen.Bytes(MaxLogo)).On(name)
		}
		value = kind + " " + base64.StdEncoding.EncodeToString([]byte(value))
	}
	return value, nil
}

// imageType tells a PNG (ISO 15948 §5.2) or an SVG document by its first bytes.
// What an SVG holds besides is not looked at: it is shown as an image, which
// runs nothing, and served under a policy that sandboxes it.
func imageType(b []byte) string {
	if bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) {
		return "image/png"
	}
	head := b[:min(len(b), 4096)]
	if utf8.Valid(b) && bytes.Contains(head, []byte("<svg")) && bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff"))), []byte("<")) {
		return "image/svg+xml"
	}
	return ""
}
