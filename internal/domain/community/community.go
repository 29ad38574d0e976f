// Package community keeps communities and who belongs to them.
//
// Any member founds a community: a name, a purpose, and whether one joins it
// freely, on request or by invitation. The root community, commons, holds
// every named persona. Nobody is put into a community without a word of
// theirs; whoever leaves can come back.
//
// Tables owned: communities, memberships.
package community

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// JoinRule says how one becomes a member.
type JoinRule string

// The rules.
const (
	Open       JoinRule = "open"
	Request    JoinRule = "request"
	Invitation JoinRule = "invitation"
)

// Community is people with a shared purpose.
type Community struct {
	ID      pollen.CommunityID
	Slug    string
	Name    map[string]string // by BCP 47 tag
	Purpose string            // Markdown
	Join    JoinRule
	Founder pollen.PersonaID
	At      time.Time
	Members int
}

// LabelIn is the name of the community for readers of lang.
func (c *Community) LabelIn(lang string) string { return schema.Pick(c.Name, lang, c.Slug) }

// Communities keeps the communities of one instance.
type Communities struct {
	db      *sqldb.DB
	journal *journal.Journal
}

// New returns the communities of a database whose schema is up to date.
func New(db *sqldb.DB, j *journal.Journal) *Communities { return &Communities{db: db, journal: j} }

var slug = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// Limits of texts, in bytes.
const (
	maxSlug    = 60
	maxName    = 120
	maxPurpose = 4000
)

// Found makes a community, whose founder is its first member, save the operator's
// command line, which is a member of none. It fails with Conflict when the
// address is taken.
func (s *Communities) Found(ctx context.Context, by pollen.Actor, c Community) (_ *Community, err error) {
	defer pollen.Wrap(&err, "community.Found", c.Slug)
	if err := access.MayAct(by); err != nil {
		return nil, err
	}
	switch {
	case !slug.MatchString(c.Slug) || len(c.Slug) > maxSlug:
		return nil, pollen.Errorf(pollen.Invalid, "community.slug", "“{slug}” cannot be an address: use lower-case letters, digits and hyphens, for instance night-shift.", "slug", c.Slug).On("slug")
	case len(c.Name) == 0:
		return nil, pollen.Errorf(pollen.Invalid, "community.name", "Give the community a name.").On("name")
	case c.Join != Open && c.Join != Request && c.Join != Invitation:
		return nil, pollen.Errorf(pollen.Invalid, "community.join", "One joins a community freely (open), on request, or by invitation.").On("join")
	}
	if c.Purpose, err = schema.Lines("purpose", c.Purpose, maxPurpose); err != nil {
		return nil, err
	}
	if c.Name, err = cleaned(c.Name); err != nil {
		return nil, err
	}
	name, err := json.Marshal(c.Name)
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		c.ID, c.Founder, c.At, c.Members = pollen.CommunityID(tx.DB.Mint.Ordered()), by.Persona, tx.Now, 0
		n, err := tx.Exec(`INSERT INTO communities (id, slug, name, purpose, join_rule, founder_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (slug) DO NOTHING`,
			c.ID, c.Slug, string(name), c.Purpose, c.Join, int64(by.Persona), sqldb.Millis(tx.Now))
		if err != nil {
			return err
		}
		if n == 0 {
			return pollen.Errorf(pollen.Conflict, "community.taken", "There is a community “{slug}” already. Choose another address.", "slug", c.Slug).On("slug")
		}
		if !by.System() { // the operator's command line is nobody
			c.Members = 1
			if err := put(tx, c.ID, by.Persona, Member); err != nil {
				return err
			}
		}
		return s.act(tx, by, pollen.ActFound, &c, "")
	})
	return &c, err
}

// cleaned are names as they are kept, by canonical language tag.
func cleaned(names map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(names))
	for tag, name := range names {
		clean, err := schema.Line("name", name, maxName)
		if err != nil || clean == "" {
			return nil, pollen.Errorf(pollen.Invalid, "community.name", "Give the community a name.").On("name")
		}
		canonical, err := schema.Tag(tag)
		if err != nil {
			return nil, pollen.Errorf(pollen.Invalid, "community.language", "“{tag}” is not a language tag, such as fr or pt-BR.", "tag", tag).On("name").Because(err)
		}
		out[canonical] = clean
	}
	return out, nil
}

func put(tx *sqldb.Tx, c pollen.CommunityID, p pollen.PersonaID, state Standing) error {
	_, err := tx.Exec(`
		INSERT INTO memberships (community_id, persona_id, state, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (community_id, persona_id) DO UPDATE SET state = excluded.state, at = excluded.at`,
		c, int64(p), state, sqldb.Millis(tx.Now))
	return err
}

func (s *Communities) act(tx *sqldb.Tx, by pollen.Actor, kind pollen.ActKind, c *Community, name string) error {
	return s.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: kind, Object: pollen.Ref(pollen.ObjectCommunity, c.ID),
		Community: c.ID, Detail: journal.Detail{Name: name}})
}

const columns = `c.id, c.slug, c.name, c.purpose, c.join_rule, c.founder_id, c.at,
	(SELECT count(*) FROM memberships m WHERE m.community_id = c.id AND m.state = 'member')`

func list(tx *sqldb.Tx, where string, args ...any) (out []Community, err error) {
	err = tx.Each(`SELECT `+columns+` FROM communities c WHERE `+where+` ORDER BY c.slug`, args, func(rows *sql.Rows) error {
		var c Community
		var name string
		var at int64
		if err := rows.Scan(&c.ID, &c.Slug, &name, &c.Purpose, &c.Join, &c.Founder, &at, &c.Members); err != nil {
			return err
		}
		c.At = sqldb.Time(at)
		if err := json.Unmarshal([]byte(name), &c.Name); err != nil {
			return fmt.Errorf("name of community %s: %w", c.Slug, err)
		}
		out = append(out, c)
		return nil
	})
	return out, err
}

func bySlug(tx *sqldb.Tx, slug string) (*Community, error) {
	cs, err := list(tx, `c.slug = $1`, slug)
	if err == nil && len(cs) == 0 {
		err = pollen.Errorf(pollen.NotFound, "community.absent", "There is no community “{slug}”.", "slug", slug)
	}
	if err != nil {
		return nil, err
	}
	return &cs[0], nil
}

// Get returns a community by its address. It fails with NotFound.
func (s *Communities) Get(ctx context.Context, slug string) (c *Community, err error) {
	defer pollen.Wrap(&err, "community.Get", slug)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		c, err = bySlug(tx, slug)
		return err
	})
	return c, err
}

// List gives every community, by address.
func (s *Communities) List(ctx context.Context) (out []Community, err error) {
	defer pollen.Wrap(&err, "community.List")
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		out, err = list(tx, `1 = 1`)
		return err
	})
	return out, err
}

// Of lists the communities that a persona is a member of.
func (s *Communities) Of(tx *sqldb.Tx, p pollen.PersonaID) (ids []pollen.CommunityID, err error) {
	err = tx.Each(`SELECT community_id FROM memberships WHERE persona_id = $1 AND state = 'member' ORDER BY community_id`, []any{int64(p)}, func(rows *sql.Rows) error {
		var id pollen.CommunityID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// Join makes the actor a member of an open community or of one they are
// invited to, and otherwise asks to be let in (joined is then false). It fails
// with Forbidden where an invitation is needed.
func (s *Communities) Join(ctx context.Context, by pollen.Actor, slug string) (joined bool, err error) {
	defer pollen.Wrap(&err, "community.Join", slug)
	if err := access.MayAct(by); err != nil {
		return false, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		joined = false
		c, err := bySlug(tx, slug)
		if err != nil {
			return err
		}
		state, err := s.state(tx, c.ID, by.Persona)
		switch {
		case err != nil:
			return err
		case state == Member:
			joined = true
			return nil
		case c.Join == Open || state == Invited:
			joined = true
			if err := put(tx, c.ID, by.Persona, Member); err != nil {
				return err
			}
			return s.act(tx, by, pollen.ActJoin, c, "")
		case c.Join == Request:
			return put(tx, c.ID, by.Persona, Requested)
		}
		return pollen.Errorf(pollen.Forbidden, "community.invitation", "One joins this community by invitation. Ask one of its members.")
	})
	return joined, err
}

func (s *Communities) state(tx *sqldb.Tx, c pollen.CommunityID, p pollen.PersonaID) (state Standing, err error) {
	_, err = tx.Get(`SELECT state FROM memberships WHERE community_id = $1 AND persona_id = $2`, []any{c, int64(p)}, &state)
	return state, err
}

// Invite lets a persona in: any member may. A pending request is granted by
// it.
func (s *Communities) Invite(ctx context.Context, by pollen.Actor, slug string, whom pollen.PersonaID) (err error) {
	defer pollen.Wrap(&err, "community.Invite", slug)
	if err := access.MayAct(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := bySlug(tx, slug)
		if err != nil {
			return err
		}
		own, err := s.state(tx, c.ID, by.Persona)
		if err != nil {
			return err
		}
		if own != Member && !by.System() {
			return pollen.Errorf(pollen.Forbidden, "community.members-invite", "Only members invite into a community.")
		}
		state, err := s.state(tx, c.ID, whom)
		if err != nil || state == Member {
			return err
		}
		next := Invited
		if state == Requested {
			next = Member
		}
		if err := put(tx, c.ID, whom, next); err != nil {
			return err
		}
		return s.act(tx, by, pollen.ActInvite, c, "")
	})
}

// Leave ends the actor's membership, and takes back a request or turns down an
// invitation, of which the journal does not speak. Leaving what one has nothing
// to do with does nothing. Nobody leaves commons: it holds every member.
func (s *Communities) Leave(ctx context.Context, by pollen.Actor, slug string) (err error) {
	defer pollen.Wrap(&err, "community.Leave", slug)
	if slug == pollen.Commons {
		return pollen.Errorf(pollen.Forbidden, "community.commons", "The commons hold every member. They cannot be left.")
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := bySlug(tx, slug)
		if err != nil {
			return err
		}
		was, err := s.state(tx, c.ID, by.Persona)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM memberships WHERE community_id = $1 AND persona_id = $2`, c.ID, int64(by.Persona)); err != nil || was != Member {
			return err
		}
		return s.act(tx, by, pollen.ActLeave, c, "")
	})
}

// Commons returns the root community, made by the given actor when first asked
// for.
func (s *Communities) Commons(ctx context.Context, by pollen.Actor) (c *Community, err error) {
	c, err = s.Get(ctx, pollen.Commons)
	if pollen.Is(err, pollen.NotFound) {
		return s.Found(ctx, by, Community{Slug: pollen.Commons, Join: Open, Name: map[string]string{"en": "Commons", "fr": "Communs"}})
	}
	return c, err
}

// Admit makes a persona a member of commons, in the transaction that made it.
func (s *Communities) Admit(tx *sqldb.Tx, commons pollen.CommunityID, p pollen.PersonaID) error {
	return put(tx, commons, p, Member)
}
