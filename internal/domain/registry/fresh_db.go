package registry

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
)

// fresh holds the new entries of a part until they are written together, many
// rows by one statement and in the order of the index they go to. Whatever reads
// one of them, and whatever writes another entry, has them written first. A row
// that turns out to be there already ends the part with errRefused: it is
// written once more, entry by entry.
type fresh struct {
	rows    map[*table][][]any
	entries map[pollen.EntryID]bool
}

// freshMost bounds how many entries are held.
const freshMost = 5000

func newFresh() *fresh {
	return &fresh{rows: map[*table][][]any{}, entries: map[pollen.EntryID]bool{}}
}

func (f *fresh) add(d *writeSet) {
	for i := range d.steps {
		s := &d.steps[i]
		f.rows[s.into] = append(f.rows[s.into], s.args)
	}
	f.entries[d.entry.ID] = true
}

// flush writes what is held.
func (p *part) flush(tx *sqldb.Tx) error {
	if p.fresh == nil || len(p.fresh.entries) == 0 {
		return nil
	}
	held := p.fresh
	p.fresh = newFresh()
	for _, t := range []*table{&entryRows, &revisionRows, &keyRows, &uniqueRows, &refRows, &blobRows} {
		rows := held.rows[t]
		if t.order != nil {
			slices.SortFunc(rows, t.order)
		}
		n, err := tx.Insert(t.columns, rows, t.conflict)
		if err == nil && n < int64(len(rows)) && t != &blobRows {
			err = errRefused
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// byKey is the order of rows of a field, a key and an entry.
func byKey(a, b []any) int {
	return cmp.Or(cmp.Compare(a[0].(int64), b[0].(int64)), cmp.Compare(a[1].(string), b[1].(string)))
}

// known is what was looked up for the rows of a part, kept true to what the part
// writes.
type known struct {
	keys  map[uniqueKey]pollen.EntryID // 0: nobody has it
	slugs map[string]holder
}

type uniqueKey struct {
	field int64
	key   string
}

// holder is the entry at an address; the zero holder is nobody.
type holder struct {
	id   pollen.EntryID
	live bool
}

func newKnown() *known {
	return &known{keys: map[uniqueKey]pollen.EntryID{}, slugs: map[string]holder{}}
}

// learn takes over what a write set makes of an entry.
func (k *known) learn(d *writeSet) {
	for i := range d.steps {
		switch s := &d.steps[i]; {
		case s.into == &uniqueRows:
			k.keys[uniqueKey{s.args[0].(int64), s.args[1].(string)}] = d.entry.ID
		case s.query == deleteUnique:
			k.keys[uniqueKey{s.args[0].(int64), s.args[1].(string)}] = 0
		}
	}
	k.slugs[d.entry.Slug] = holder{d.entry.ID, d.entry.Live()}
}

// Foresee looks up together what the rows to come will ask for one by one:
// whose the keys of unique fields are, and the addresses.
func (p *Work) Foresee(keys map[pollen.FieldID][]string, slugs []string) error {
	k := p.known
	if k == nil {
		return nil
	}
	for field, all := range keys {
		for _, key := range all {
			k.keys[uniqueKey{int64(field), key}] = 0
		}
		err := eachText(p.Tx, keysAtOnce, int64(field), all, func(rows *sql.Rows) error {
			u := uniqueKey{field: int64(field)}
			var id pollen.EntryID
			err := rows.Scan(&u.key, &id)
			k.keys[u] = id
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, slug := range slugs {
		k.slugs[slug] = holder{}
	}
	hold := func(rows *sql.Rows) error {
		var slug string
		var h holder
		var retired sql.NullInt64
		err := rows.Scan(&slug, &h.id, &retired)
		h.live = !retired.Valid
		k.slugs[slug] = h
		return err
	}
	if err := eachText(p.Tx, formerAtOnce, int64(p.Collection.ID), slugs, hold); err != nil {
		return err
	}
	return eachText(p.Tx, slugsAtOnce, int64(p.Collection.ID), slugs, hold)
}

// textsAtOnce is how many texts one query looks up. It is as many queries of one
// text each: told a list, PostgreSQL prefers to read a table that it believes to
// be small from end to end.
const textsAtOnce = 40

var (
	keysAtOnce   = repeated(`SELECT key, entry_id FROM entry_uniques WHERE field_id = $1 AND key = $2`)
	slugsAtOnce  = repeated(`SELECT slug, id, retired_at FROM entries WHERE collection_id = $1 AND slug = $2`)
	formerAtOnce = repeated(`SELECT f.slug, f.entry_id, e.retired_at FROM former_slugs f JOIN entries e ON e.id = f.entry_id WHERE f.collection_id = $1 AND f.slug = $2`)
)

// repeated joins a query to itself, with another second argument each time.
func repeated(query string) string {
	var all []string
	for i := range textsAtOnce {
		all = append(all, strings.ReplaceAll(query, "$2", fmt.Sprintf("$%d", i+2)))
	}
	return strings.Join(all, " UNION ALL ")
}

// eachText runs a query that looks texts up, as often as they are many.
func eachText(tx *sqldb.Tx, query string, first any, all []string, row func(*sql.Rows) error) error {
	for part := range slices.Chunk(all, textsAtOnce) {
		args := []any{first}
		for i := range textsAtOnce {
			args = append(args, part[min(i, len(part)-1)])
		}
		if err := tx.Each(query, args, row); err != nil {
			return err
		}
	}
	return nil
}
