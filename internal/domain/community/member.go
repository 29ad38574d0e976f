package community

import (
	"context"
	"database/sql"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
)

// Standing is how a persona stands to a community.
type Standing string

// The standings.
const (
	Stranger  Standing = ""
	Member    Standing = "member"
	Invited   Standing = "invited"   // a member asked them in; they have not answered
	Requested Standing = "requested" // they asked to be let in; no member has answered
)

// Membership is how one persona stands to a community, and since when.
type Membership struct {
	Persona pollen.PersonaID
	State   Standing
	Since   time.Time
}

// Stands tells how the actor stands to a community. It fails with NotFound.
func (s *Communities) Stands(ctx context.Context, by pollen.Actor, slug string) (st Standing, err error) {
	defer pollen.Wrap(&err, "community.Stands", slug)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		c, err := bySlug(tx, slug)
		if err != nil {
			return err
		}
		st, err = s.state(tx, c.ID, by.Persona)
		return err
	})
	return st, err
}

// Members lists who belongs to a community, in the order in which they came, for
// whoever is signed in. It fails with Unauthenticated and NotFound.
func (s *Communities) Members(ctx context.Context, by pollen.Actor, slug string, limit int, cursor string) (p pollen.Page[Membership], err error) {
	defer pollen.Wrap(&err, "community.Members", slug)
	if !by.SignedIn() {
		return p, pollen.Errorf(pollen.Unauthenticated, "access.members", "This is for members. Sign in to read it.")
	}
	var after struct{ At, Persona int64 }
	if err := pollen.ReadCursor(cursor, &after); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		c, err := bySlug(tx, slug)
		if err != nil {
			return err
		}
		err = tx.Each(`SELECT persona_id, state, at FROM memberships WHERE community_id = $1 AND state = 'member' AND (at > $2 OR at = $2 AND persona_id > $3)
			ORDER BY at, persona_id LIMIT $4`, []any{c.ID, after.At, after.Persona, limit + 1}, func(rows *sql.Rows) error {
			m, err := membership(rows)
			p.Items = append(p.Items, m)
			return err
		})
		return err
	})
	if len(p.Items) > limit {
		p.Items = p.Items[:limit]
		last := p.Items[limit-1]
		after.At, after.Persona = sqldb.Millis(last.Since), int64(last.Persona)
		p.Next = pollen.Cursor(after)
	}
	return p, err
}

func membership(rows *sql.Rows) (m Membership, err error) {
	var at int64
	err = rows.Scan(&m.Persona, &m.State, &at)
	m.Since = sqldb.Time(at)
	return m, err
}

// Pending lists who asked to be let in, and who is invited, for members alone,
// oldest first. It fails with NotFound and Forbidden.
func (s *Communities) Pending(ctx context.Context, by pollen.Actor, slug string) (out []Membership, err error) {
	defer pollen.Wrap(&err, "community.Pending", slug)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		c, err := s.among(tx, by, slug)
		if err != nil {
			return err
		}
		return tx.Each(`SELECT persona_id, state, at FROM memberships WHERE community_id = $1 AND state <> 'member' ORDER BY at, persona_id`, []any{c.ID}, func(rows *sql.Rows) error {
			m, err := membership(rows)
			out = append(out, m)
			return err
		})
	})
	return out, err
}

// Refuse turns a request down, or takes an invitation back: any member may.
// What is neither is left alone. It fails with NotFound and Forbidden.
func (s *Communities) Refuse(ctx context.Context, by pollen.Actor, slug string, whom pollen.PersonaID) (err error) {
	defer pollen.Wrap(&err, "community.Refuse", slug)
	if err := access.MayAct(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := s.among(tx, by, slug)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM memberships WHERE community_id = $1 AND persona_id = $2 AND state <> 'member'`, c.ID, int64(whom))
		return err
	})
}

// among finds a community for one of its members. It fails with Forbidden for
// others.
func (s *Communities) among(tx *sqldb.Tx, by pollen.Actor, slug string) (*Community, error) {
	c, err := bySlug(tx, slug)
	if err != nil {
		return nil, err
	}
	own, err := s.state(tx, c.ID, by.Persona)
	if err == nil && own != Member && !by.System() {
		err = pollen.Errorf(pollen.Forbidden, "community.members-invite", "Only members invite into a community.")
	}
	return c, err
}

// Depart ends every membership of a persona whose account is closed, in the
// transaction that closes it.
func (s *Communities) Depart(tx *sqldb.Tx, p pollen.PersonaID) error {
	_, err := tx.Exec(`DELETE FROM memberships WHERE persona_id = $1`, int64(p))
	return err
}
