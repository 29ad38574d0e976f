package registry

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Node is an entry in a tree, with those right below it.
type Node struct {
	Entry *Entry // without the values that the actor may not read
	Below int    // how many stand right below it
	// Children are those below it, by title: all of them, or the first when there
	// are many; none at the depth where reading stopped.
	Children []*Node
}

// Tree is what stands below one entry, or below nothing.
type Tree struct {
	Field *schema.Field
	Above []*Entry // from the top down to the entry's parent
	Roots []*Node  // the entry alone, or all that nothing is above
	More  bool     // there are more roots than are given
}

// Bounds of a tree: children of one node, nodes of one level, roots, and how
// many entries with something below are looked at to find the roots.
const (
	treeChildren = 100
	treeLevel    = 400
	treeRoots    = 100
	treeParents  = 50_000
	treeAbove    = 30
)

// TreeField is the field that makes a tree of a collection: its first reference
// to one entry of the collection itself. Nil when there is none.
func TreeField(c *Collection) *schema.Field {
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		if f.Type == schema.Reference && f.Target == c.Slug && !f.Many && f.Searchable() {
			return f
		}
	}
	return nil
}

// Tree reads the tree of a collection from an entry down, or from the top when
// at is 0, depth levels deep. It is NotFound when the collection makes no tree
// for the actor, or the entry is not in it.
func (r *Registry) Tree(ctx context.Context, by pollen.Actor, collection string, at pollen.EntryID, depth int) (t Tree, err error) {
	defer pollen.Wrap(&err, "registry.Tree", collection, at)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		t = Tree{Field: TreeField(c)}
		if !c.Readable(by).OK || t.Field == nil || !c.FieldReadable(by, t.Field, 0) {
			return absent()
		}
		g := &grower{tx: tx, by: by, field: t.Field, load: r.Loader(tx)}
		if at == 0 {
			if t.Roots, t.More, err = g.roots(); err != nil {
				return err
			}
		} else {
			e, err := g.load(at)
			if err != nil {
				return err
			}
			if e.Collection.ID != c.ID {
				return absent()
			}
			if t.Above, err = g.above(e); err != nil {
				return err
			}
			t.Roots = []*Node{{Entry: e.visible(by)}}
		}
		return g.grow(t.Roots, depth)
	})
	return t, err
}

// grower reads a tree in one transaction.
type grower struct {
	tx    *sqldb.Tx
	by    pollen.Actor
	field *schema.Field
	load  func(pollen.EntryID) (*Entry, error)
}

// roots finds those that have something below them and nothing above but perhaps
// themselves: some [treeRoots] where they are more, in the order of their titles.
func (g *grower) roots() (out []*Node, more bool, err error) {
	var parents []pollen.EntryID
	err = g.tx.Each(`
		WITH RECURSIVE parents (key, n) AS (
		  SELECT (SELECT min(key) FROM entry_keys WHERE field_id = $1), 1
		  UNION ALL
		  SELECT (SELECT min(k.key) FROM entry_keys k WHERE k.field_id = $1 AND k.key > p.key), p.n + 1
		  FROM parents p WHERE p.key IS NOT NULL AND p.n < $2)
		SELECT key FROM parents WHERE key IS NOT NULL`, []any{int64(g.field.ID), treeParents}, func(rows *sql.Rows) error {
		var key string
		if err := rows.Scan(&key); err != nil {
			return err
		}
		id, err := pollen.ParseID[struct{}](key)
		parents = append(parents, pollen.EntryID(id))
		return err
	})
	if err != nil {
		return nil, false, err
	}
	more = len(parents) == treeParents
chunks:
	for part := range slices.Chunk(parents, sqldb.Chunk) {
		in, args := sqldb.In(part, 2)
		below := map[pollen.EntryID]bool{}
		err := g.tx.Each(`SELECT entry_id, key FROM entry_keys WHERE field_id = $1 AND entry_id IN (`+in+`)`,
			append([]any{int64(g.field.ID)}, args...), func(rows *sql.Rows) error {
				var id pollen.EntryID
				var key string
				err := rows.Scan(&id, &key)
				below[id] = below[id] || key != id.String()
				return err
			})
		if err != nil {
			return nil, false, err
		}
		for _, id := range part {
			if below[id] {
				continue
			}
			if len(out) == treeRoots {
				more = true
				break chunks
			}
			e, err := g.load(id)
			if err != nil {
				return nil, false, err
			}
			out = append(out, &Node{Entry: e.visible(g.by)})
		}
	}
	slices.SortFunc(out, func(a, b *Node) int {
		return strings.Compare(sortKey(a.Entry.Title), sortKey(b.Entry.Title))
	})
	return out, more, nil
}

// above climbs to the top. A ring ends where it closes.
func (g *grower) above(e *Entry) (out []*Entry, err error) {
	seen := map[pollen.EntryID]bool{e.ID: true}
	for len(out) < treeAbove {
		refs := g.field.Refs(e.Values[g.field.ID])
		if len(refs) == 0 || seen[refs[0]] {
			break
		}
		if e, err = g.load(refs[0]); err != nil {
			return nil, err
		}
		seen[e.ID] = true
		out = append(out, e)
	}
	slices.Reverse(out)
	for _, e := range out {
		e.visible(g.by)
	}
	return out, nil
}

// grow counts what stands below nodes and, as long as depth lasts, reads it.
func (g *grower) grow(nodes []*Node, depth int) error {
	for depth >= 0 && len(nodes) > 0 {
		byID := map[pollen.EntryID]*Node{}
		ids := make([]pollen.EntryID, len(nodes))
		for i, n := range nodes {
			byID[n.Entry.ID], ids[i] = n, n.Entry.ID
		}
		for part := range slices.Chunk(ids, sqldb.Chunk) {
			if err := g.count(part, byID); err != nil {
				return err
			}
		}
		if depth--; depth < 0 {
			return nil
		}
		var next []*Node
		for _, n := range nodes {
			if n.Below == 0 || len(next)+min(n.Below, treeChildren) > treeLevel {
				continue // too many at once: its own page has them
			}
			if err := g.children(n); err != nil {
				return err
			}
			next = append(next, n.Children...)
		}
		nodes = next
	}
	return nil
}

// count counts what stands right below some nodes.
func (g *grower) count(ids []pollen.EntryID, byID map[pollen.EntryID]*Node) error {
	in, args := sqldb.In(ids, 2)
	return g.tx.Each(`SELECT to_id, count(*) FROM entry_refs WHERE field_id = $1 AND from_id <> to_id AND to_id IN (`+in+`) GROUP BY to_id`,
		append([]any{int64(g.field.ID)}, args...), func(rows *sql.Rows) error {
			var id pollen.EntryID
			var n int
			err := rows.Scan(&id, &n)
			byID[id].Below = n
			return err
		})
}

// children reads the first below one node, by title.
func (g *grower) children(n *Node) error {
	var ids []pollen.EntryID
	err := g.tx.Each(`
		SELECT e.id FROM entry_refs f JOIN entries e ON e.id = f.from_id
		WHERE f.to_id = $1 AND f.from_id <> f.to_id AND f.field_id = $2 ORDER BY e.sort, e.id LIMIT $3`, []any{n.Entry.ID, int64(g.field.ID), treeChildren}, func(rows *sql.Rows) error {
		var id pollen.EntryID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		e, err := g.load(id)
		if err != nil {
			return err
		}
		n.Children = append(n.Children, &Node{Entry: e.visible(g.by)})
	}
	return nil
}
