package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// Found makes a collection in a community that the actor belongs to. It fails
// with Conflict when the address is taken: also by a collection that the actor may
// not read, for an address has one. It fails with Invalid when a reference leads to
// a collection that there is not, or not for the actor.
func (r *Registry) Found(ctx context.Context, by pollen.Actor, n NewCollection) (c *Collection, err error) {
	defer pollen.Wrap(&err, "registry.Found", n.Slug)
	if err := n.foundable(); err != nil {
		return nil, err
	}
	if err := MayFound(by, n.Community); err != nil {
		return nil, err
	}
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := free(tx, n.Slug); err != nil {
			return err
		}
		id := pollen.CollectionID(tx.DB.Mint.Ordered())
		language, err := r.language(tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`
			INSERT INTO collections (id, slug, community_id, name, purpose, licence, source, audience, language, schema_n, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)`,
			id, n.Slug, n.Community, texts(n.Name), texts(n.Purpose), n.Licence, n.Source, n.Audience, language, sqldb.Millis(tx.Now))
		if err != nil {
			return err
		}
		s := n.Schema
		s.Fields, s.Retired = append([]schema.Field(nil), s.Fields...), nil
		for i := range s.Fields {
			s.Fields[i].ID, s.Fields[i].Was = 0, nil // given here alone
		}
		c = &Collection{ID: id, Slug: n.Slug, Community: n.Community, Name: n.Name, Purpose: n.Purpose, Licence: n.Licence,
			Source: n.Source, Audience: n.Audience, Language: language, Schema: s, Version: 1, At: tx.Now}
		if !n.Await {
			if err := r.leads(tx, by, c, &schema.Schema{}); err != nil {
				return err
			}
		}
		if err := r.storeSchema(tx, by, c); err != nil {
			return err
		}
		return r.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActFound, Object: pollen.Ref(pollen.ObjectCollection, id),
			Community: n.Community, Detail: journal.Detail{Collection: id, Name: n.Slug}})
	})
	if err != nil {
		return nil, err
	}
	return c.seen(by), nil
}

// leads refuses references, other than those of a schema that was before, that
// lead to no collection which the actor may read: no value could be given to them.
func (r *Registry) leads(tx *sqldb.Tx, by pollen.Actor, c *Collection, before *schema.Schema) error {
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if old, _ := before.Ever(f.ID); f.Type != schema.Reference || f.Target == "" || f.Target == c.Slug || old != nil && old.Target == f.Target {
			continue
		}
		_, err := r.collectionFor(tx, by, `c.slug = $1`, f.Target)
		if pollen.Is(err, pollen.NotFound) {
			err = pollen.Errorf(pollen.Invalid, "registry.leads-nowhere", "“{field}” refers to the collection “{target}”, which there is not, or not for you. Correct its address, or found it first.", "field", f.Name, "target", f.Target).On(f.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// free fails with Conflict when a collection has an address.
func free(tx *sqldb.Tx, slug string) error {
	found, err := tx.Get(`SELECT 1 FROM collections WHERE slug = $1`, []any{slug}, new(int))
	if err == nil && found {
		err = pollen.Errorf(pollen.Conflict, "registry.slug-taken", "The address “{slug}” is taken. Choose another.", "slug", slug).On("slug")
	}
	return err
}

// MayFound lets the members of a community found collections in it. It fails with
// Forbidden, or Unauthenticated.
func MayFound(by pollen.Actor, in pollen.CommunityID) error {
	o := access.Object{Community: in, Audience: pollen.AudienceCommunity}
	return access.Write(by, o).Err(by, access.Decision{OK: true})
}

// storeSchema writes one version of a collection, giving identifiers to new
// fields.
func (r *Registry) storeSchema(tx *sqldb.Tx, by pollen.Actor, c *Collection) error {
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if f.Type == schema.Phone && f.Region == "" {
			f.Region = r.options.Region
		}
		if f.ID != 0 {
			continue
		}
		if _, err := tx.Get(`SELECT coalesce(max(id), 0) + 1 FROM fields`, nil, &f.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO fields (id, collection_id) VALUES ($1, $2)`, int64(f.ID), c.ID); err != nil {
			return err
		}
	}
	b, err := json.Marshal(definition{c.Schema, c.settings(), by.System()})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO schemas (collection_id, n, definition, persona_id, at) VALUES ($1, $2, $3, $4, $5)`,
		c.ID, c.Version, string(b), int64(by.Persona), sqldb.Millis(tx.Now))
	return err
}

// texts writes texts by language for a column; none is "".
func texts(by map[string]string) string {
	if len(by) == 0 {
		return ""
	}
	b, err := json.Marshal(by)
	if err != nil {
		panic("registry: texts that cannot be encoded: " + err.Error())
	}
	return string(b)
}

func readTexts(s string) (by map[string]string, err error) {
	if s == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(s), &by)
	return by, err
}

const collectionColumns = `c.id, c.slug, c.community_id, c.name, c.purpose, c.licence, c.source, c.audience, c.language, c.schema_n, c.at, coalesce(n.entries, 0)`

const collectionFrom = ` FROM collections c LEFT JOIN collection_counts n ON n.collection_id = c.id `

// Collection returns a collection by its address, with the fields that the actor
// may know of. It fails with NotFound when it is absent or not for the actor.
func (r *Registry) Collection(ctx context.Context, by pollen.Actor, slug string) (c *Collection, err error) {
	defer pollen.Wrap(&err, "registry.Collection", slug)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err = r.collectionFor(tx, by, `c.slug = $1`, slug)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.seen(by), nil
}

// Collections lists those that the actor may read, by address, each with the
// fields that the actor may know of.
func (r *Registry) Collections(ctx context.Context, by pollen.Actor) (out []*Collection, err error) {
	defer pollen.Wrap(&err, "registry.Collections")
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		all, err := r.collections(tx, `1 = 1`)
		for _, c := range all {
			if c.Readable(by).OK {
				out = append(out, c.seen(by))
			}
		}
		return err
	})
	return out, err
}

// collectionFor reads a collection that the actor may read. It fails with
// NotFound.
func (r *Registry) collectionFor(tx *sqldb.Tx, by pollen.Actor, where string, args ...any) (*Collection, error) {
	c, err := r.collectionBy(tx, where, args...)
	if err == nil && !c.Readable(by).OK {
		return nil, absent()
	}
	return c, err
}

func (r *Registry) collectionBy(tx *sqldb.Tx, where string, args ...any) (*Collection, error) {
	all, err := r.collections(tx, where, args...)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, absent()
	}
	return all[0], nil
}

// collections reads collections with their schemas.
func (r *Registry) collections(tx *sqldb.Tx, where string, args ...any) (out []*Collection, err error) {
	var rows []collectionRow
	err = tx.Each(`SELECT `+collectionColumns+collectionFrom+`WHERE `+where+` ORDER BY c.slug`, args, func(found *sql.Rows) error {
		var row collectionRow
		err := found.Scan(row.dest()...)
		rows = append(rows, row)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range rows {
		c, err := r.decoded(tx, &rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// collectionRow is a collection as it is stored, save for its schema, which
// never changes once it is committed: another one has another number.
type collectionRow struct {
	id, community                       int64
	slug, name, purpose                 string
	licence, source, audience, language string
	version, at, entries                int64
}

// dest is where [collectionColumns] are scanned into.
func (c *collectionRow) dest() []any {
	return []any{&c.id, &c.slug, &c.community, &c.name, &c.purpose, &c.licence, &c.source, &c.audience, &c.language, &c.version, &c.at, &c.entries}
}

// decodedCollection is what was made of a row.
type decodedCollection struct {
	row collectionRow
	c   *Collection
}

// decoded makes a collection of its row. What was made of the very same row
// before is given again: a change of another process is another row.
func (r *Registry) decoded(tx *sqldb.Tx, row *collectionRow) (*Collection, error) {
	r.mu.RLock()
	known := r.collected[row.id]
	r.mu.RUnlock()
	if known.row == *row {
		return known.c, nil
	}
	c := &Collection{ID: pollen.CollectionID(row.id), Slug: row.slug, Community: pollen.CommunityID(row.community), Licence: row.licence, Source: row.source,
		Audience: pollen.Audience(row.audience), Language: row.language, Version: int(row.version), At: sqldb.Time(row.at), Entries: row.entries}
	var err error
	if c.Name, err = readTexts(row.name); err != nil {
		return nil, fmt.Errorf("name of collection %s: %w", c.Slug, err)
	}
	if c.Purpose, err = readTexts(row.purpose); err != nil {
		return nil, fmt.Errorf("purpose of collection %s: %w", c.Slug, err)
	}
	if known.c != nil && known.c.Version == c.Version {
		c.Schema = known.c.Schema
	} else if err := fillSchema(tx, c); err != nil {
		return nil, err
	}
	if tx.Reads() { // what is being written may yet be undone
		r.mu.Lock()
		r.collected[row.id] = decodedCollection{*row, c}
		r.mu.Unlock()
	}
	return c, nil
}

func fillSchema(tx *sqldb.Tx, c *Collection) error {
	var definition string
	found, err := tx.Get(`SELECT definition FROM schemas WHERE collection_id = $1 AND n = $2`, []any{c.ID, c.Version}, &definition)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("collection %s has no schema %d", c.Slug, c.Version)
	}
	if err := json.Unmarshal([]byte(definition), &c.Schema); err != nil {
		return fmt.Errorf("schema %d of collection %s: %w", c.Version, c.Slug, err)
	}
	return nil
}
