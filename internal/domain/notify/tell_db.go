package notify

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
)

// Follower follows the journal to tell personas what concerns them.
func (n *Notices) Follower() *journal.Follower {
	return &journal.Follower{
		Name:  "notices",
		Ahead: n.ahead,
		// What was read must stay read, so the rows stay, and those that are
		// told again count again.
		Reset: func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE notices SET told = 0`)
			return err
		},
		Batch: 50, // an act of a large batch looks at thousands of entries
	}
}

// maxTold bounds how many notices are written in one transaction: thousands may
// follow a collection.
const maxTold = 200

// telling is one notice to be made.
type telling struct {
	act *journal.Act
	who pollen.PersonaID
	reason
	place string // within the act that is followed
}

// ahead finds whom the next acts concern and who may know of them.
func (n *Notices) ahead(tx *sqldb.Tx, acts []journal.Act, within string) (w journal.Work, err error) {
	var told []telling
	for ; w.Acts < len(acts) && len(told) < maxTold; w.Acts++ {
		all, err := n.tellings(tx, &acts[w.Acts])
		if err != nil {
			return w, err
		}
		all = slices.DeleteFunc(all, func(t telling) bool { return t.place <= within })
		within = ""
		room := maxTold - len(told)
		if told = append(told, all[:min(room, len(all))]...); len(all) > room {
			w.Within = all[room-1].place
			break
		}
	}
	known := told[:0]
	for _, t := range told {
		ok, err := n.mayKnow(tx, &t)
		if err != nil {
			return w, err
		}
		if ok {
			known = append(known, t)
		}
	}
	w.Write = func(tx *sqldb.Tx) error { return write(tx, known) }
	return w, nil
}

// write makes notices, and keeps the latest of those who were told something.
func write(tx *sqldb.Tx, all []telling) error {
	told := map[pollen.PersonaID]bool{}
	for i := range all {
		ok, err := all[i].put(tx)
		if err != nil {
			return err
		}
		told[all[i].who] = told[all[i].who] || ok
	}
	return prune(tx, told)
}

// reason is why an act concerns a persona, and through which entry.
type reason struct {
	kind  Kind
	entry pollen.EntryID
}

// concerns collects whom an act concerns, and the nearest reason for each.
type concerns map[pollen.PersonaID]reason

func (c concerns) add(who pollen.PersonaID, kind Kind, entry pollen.EntryID) {
	if r, ok := c[who]; who != 0 && (!ok || nearness[kind] < nearness[r.kind]) {
		c[who] = reason{kind, entry}
	}
}

// tellings are the notices that an act may make, those of what it lets through
// after its own.
func (n *Notices) tellings(tx *sqldb.Tx, a *journal.Act) (out []telling, err error) {
	let, err := n.letThrough(tx, a)
	if err != nil {
		return nil, err
	}
	for k, act := range append([]*journal.Act{a}, let...) {
		if tx.Now.Sub(act.At) > Fresh {
			continue
		}
		whom, err := n.concerned(tx, act)
		if err != nil {
			return nil, err
		}
		for _, who := range slices.Sorted(maps.Keys(whom)) {
			out = append(out, telling{act, who, whom[who], fmt.Sprintf("%02d %019d", k, int64(who))})
		}
	}
	return out, nil
}

// concerned collects whom an act concerns.
func (n *Notices) concerned(tx *sqldb.Tx, a *journal.Act) (concerns, error) {
	whom := concerns{}
	for _, look := range []func(*sqldb.Tx, *journal.Act, concerns) error{n.seen, n.words, n.reports, n.gifts, n.work, n.self, n.holding, n.followed} {
		if err := look(tx, a, whom); err != nil {
			return nil, err
		}
	}
	if a.Held.Hidden() {
		maps.DeleteFunc(whom, func(_ pollen.PersonaID, why reason) bool { return !why.kind.atOnce() })
	}
	delete(whom, a.Persona)
	return whom, nil
}

// retold bounds how many parts of a batch that was let through are told: each
// looks at thousands of entries.
const retold = 20

// letThrough lists what an act let through, which is told now: the parts of a
// batch, or one act.
func (n *Notices) letThrough(tx *sqldb.Tx, a *journal.Act) (out []*journal.Act, err error) {
	if a.Kind != pollen.ActSeen || len(a.Causes) == 0 || tx.Now.Sub(a.At) > Fresh {
		return nil, nil
	}
	of, err := journal.Get(tx, a.Causes[0].Act)
	if err != nil {
		return nil, err
	}
	all := []journal.Act{of}
	if of.Batch != 0 {
		if all, err = journal.List(tx, journal.Query{Batch: of.Batch, Limit: retold}); err != nil {
			return nil, err
		}
	}
	for i := range all {
		out = append(out, &all[i])
	}
	return out, nil
}

// seen collects whose contribution an act let through.
func (n *Notices) seen(tx *sqldb.Tx, a *journal.Act, whom concerns) error {
	if a.Kind != pollen.ActSeen || len(a.Causes) == 0 {
		return nil
	}
	of, err := journal.Get(tx, a.Causes[0].Act)
	if err != nil {
		return err
	}
	entry := pollen.EntryID(0)
	if of.Object.Kind == pollen.ObjectEntry {
		entry = pollen.EntryID(of.Object.ID)
	}
	whom.add(of.Persona, Seen, entry)
	return nil
}

// words collects whom words concern: who is mentioned or answered, whose answer
// helped, and who follows what the words are about.
func (n *Notices) words(tx *sqldb.Tx, a *journal.Act, whom concerns) error {
	t, ok, err := n.Talk.Told(tx, a)
	if err != nil || !ok {
		return err
	}
	for _, who := range t.Mentions {
		whom.add(who, Mention, t.Post.Entry)
	}
	whom.add(t.Answered, Answered, t.Post.Entry)
	whom.add(t.Asked, Answered, t.Post.Entry)
	switch {
	case a.Kind == pollen.ActHelp:
		whom.add(t.Post.By, Helped, t.Post.Entry)
		return nil
	case a.Kind == pollen.ActEdit:
		return nil
	}
	objects := []pollen.Object{pollen.Ref(pollen.ObjectEntry, t.Post.Entry), pollen.Ref(pollen.ObjectCollection, a.Detail.Collection)}
	if a.Kind == pollen.ActAsk { // an open question is for the whole community
		objects = append(objects, pollen.Ref(pollen.ObjectCommunity, a.Community))
	}
	mine, err := n.Personas.Describing(tx, []pollen.EntryID{t.Post.Entry})
	if err != nil {
		return err
	}
	whom.add(mine[t.Post.Entry], Talk, t.Post.Entry)
	return n.followers(tx, a, objects, Talk, t.Post.Entry, whom)
}

// reports collects who reported words, and who wrote them, when a community
// looked at them.
func (n *Notices) reports(tx *sqldb.Tx, a *journal.Act, whom concerns) error {
	looked, err := n.Talk.Looked(tx, a)
	for _, who := range looked {
		whom.add(who, Looked, pollen.EntryID(a.Object.ID))
	}
	return err
}

// gifts collects who is thanked.
func (n *Notices) gifts(tx *sqldb.Tx, a *journal.Act, whom concerns) error {
	t, to, ok, err := n.Thanks.Told(tx, a)
	if err != nil || !ok {
		return err
	}
	thanked, err := journal.Get(tx, t.For)
	if err != nil {
		return err
	}
	entry := pollen.EntryID(0)
	if thanked.Object.Kind == pollen.ObjectEntry {
		entry = pollen.EntryID(thanked.Object.ID)
	}
	whom.add(to, Thanked, entry)
	return nil
}

// work collects whose own entry is changed, and whose work is taken back.
func (n *Notices) work(tx *sqldb.Tx, a *journal.Act, whom concerns) error {
	entries, err := registry.Touched(tx, a)
	if err != nil {
		return err
	}
	mine, err := n.Personas.Describing(tx, entries)
	if err != nil {
		return err
	}
	for entry, who := range mine {
		made, err := n.Registry.Made(tx, a.ID, entry)
		if err != nil {
			return err
		}
		if !made { // it described nobody yet
			whom.add(who, Mine, entry)
		}
	}
	lost, err := registry.TakenBack(tx, a)
	if err != nil {
		return err
	}
	for _, who := range lost {
		switch a.Object.Kind {
		case pollen.ObjectBatch:
			whom.add(who, Undone, 0)
		case pollen.ObjectCollection:
			whom.add(who, Reverted, 0)
		default:
			whom.add(who, Reverted, pollen.EntryID(a.Object.ID))
		}
	}
	return nil
}

// self collects for whom somebody else made a token, which acts under their name,
// and of whom they said, or contested, which author of imported history it was,
// or which entry of people describes them.
func (n *Notices) self(_ *sqldb.Tx, a *journal.Act, whom concerns) error {
	if a.Object.Kind != pollen.ObjectPersona {
		return nil
	}
	if a.Kind == pollen.ActToken || a.Detail.Into != 0 {
		whom.add(pollen.PersonaID(a.Object.ID), Self, a.Detail.Into)
	}
	whom.add(a.Detail.Whom, Self, 0)
	return nil
}

// holding collects whom an entry describes that a collection holds, when it is
// amended.
func (n *Notices) holding(tx *sqldb.Tx, a *journal.Act, whom concerns) error {
	if a.Kind != pollen.ActSchema || a.Object.Kind != pollen.ObjectCollection || a.Detail.Revision == 0 {
		return nil
	}
	return tx.Each(`SELECT p.id FROM personas p JOIN entries e ON e.id = p.entry_id WHERE e.collection_id = $1`, []any{a.Detail.Collection},
		func(rows *sql.Rows) error {
			var who pollen.PersonaID
			err := rows.Scan(&who)
			whom.add(who, Holding, 0)
			return err
		})
}

// changes are the acts that change an entry or a collection. The other acts
// tell by their words, by their thanks, or nobody.
var changes = []pollen.ActKind{pollen.ActCreate, pollen.ActRevise, pollen.ActTranslate, pollen.ActRetire, pollen.ActRestore, pollen.ActRevert,
	pollen.ActMerge, pollen.ActRename, pollen.ActImport, pollen.ActFound, pollen.ActSchema}

// large are those of a whole community that its followers are told of: they
// follow the collections whose every change they want to know.
var large = []pollen.ActKind{pollen.ActFound, pollen.ActSchema, pollen.ActImport}

// followed collects who follows what an act changes.
func (n *Notices) followed(tx *sqldb.Tx, a *journal.Act, whom concerns) error {
	if !slices.Contains(changes, a.Kind) {
		return nil
	}
	objects := []pollen.Object{pollen.Ref(pollen.ObjectCollection, a.Detail.Collection)}
	if slices.Contains(large, a.Kind) {
		objects = append(objects, pollen.Ref(pollen.ObjectCommunity, a.Community))
	}
	entry := pollen.EntryID(0)
	if a.Object.Kind == pollen.ObjectEntry {
		entry = pollen.EntryID(a.Object.ID)
		objects = append(objects, a.Object)
	}
	if err := n.followers(tx, a, objects, Change, entry, whom); err != nil || a.Object.Kind != pollen.ObjectBatch {
		return err
	}
	entries, err := registry.Touched(tx, a)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(entries, 500) {
		args := []any{sqldb.Millis(a.At)}
		in := make([]string, len(part))
		for i, id := range part {
			args = append(args, int64(id))
			in[i] = "$" + strconv.Itoa(i+2)
		}
		err := tx.Each(`SELECT persona_id, object_id FROM follows WHERE object_kind = 'entry' AND at <= $1 AND object_id IN (`+strings.Join(in, ", ")+`)`,
			args, func(rows *sql.Rows) error {
				var who pollen.PersonaID
				var id pollen.EntryID
				err := rows.Scan(&who, &id)
				whom.add(who, Change, id)
				return err
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// followers collects who followed one of some objects when an act happened.
func (n *Notices) followers(tx *sqldb.Tx, a *journal.Act, objects []pollen.Object, kind Kind, entry pollen.EntryID, whom concerns) error {
	for _, o := range objects {
		if o.ID == 0 {
			continue
		}
		err := tx.Each(`SELECT persona_id FROM follows WHERE object_kind = $1 AND object_id = $2 AND at <= $3`,
			[]any{o.Kind, int64(o.ID), sqldb.Millis(a.At)}, func(rows *sql.Rows) error {
				var who pollen.PersonaID
				err := rows.Scan(&who)
				whom.add(who, kind, entry)
				return err
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// mayKnow reports whether somebody reads notices and may know of the act.
func (n *Notices) mayKnow(tx *sqldb.Tx, t *telling) (bool, error) {
	by, ok, err := n.actor(tx, t.who)
	if err != nil || !ok {
		return false, err
	}
	return n.shown(tx, by, t.act.ID, t.entry)
}

// put makes one notice, unless the persona was told of another part of the same
// batch.
func (t *telling) put(tx *sqldb.Tx) (bool, error) {
	a := t.act
	if a.Batch != 0 {
		var one int
		known, err := tx.Get(`SELECT 1 FROM notices WHERE batch_id = $1 AND persona_id = $2 AND told = 1 AND act_id <> $3 AND kind = $4 LIMIT 1`,
			[]any{a.Batch, int64(t.who), a.ID, t.kind}, &one)
		if err != nil || known {
			return false, err
		}
	}
	_, err := tx.Exec(`
		INSERT INTO notices (id, persona_id, act_id, kind, entry_id, batch_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (persona_id, act_id) DO UPDATE SET told = 1, kind = excluded.kind, entry_id = excluded.entry_id`,
		tx.DB.Mint.Ordered(), int64(t.who), a.ID, t.kind, t.entry, a.Batch, sqldb.Millis(a.At))
	return true, err
}

// shown reports whether a reader may know of an act and of the entry through
// which it concerns them.
func (n *Notices) shown(tx *sqldb.Tx, by pollen.Actor, act pollen.ActID, entry pollen.EntryID) (bool, error) {
	if _, err := n.Registry.Act(tx, by, act); err != nil {
		if pollen.Is(err, pollen.NotFound) {
			err = nil
		}
		return false, err
	}
	if entry == 0 {
		return true, nil
	}
	return n.Registry.Shown(tx, by, act, entry)
}

// prune keeps the latest notices of those who were told something.
func prune(tx *sqldb.Tx, told map[pollen.PersonaID]bool) error {
	for _, who := range slices.Sorted(maps.Keys(told)) {
		if !told[who] {
			continue
		}
		var last pollen.ActID
		found, err := tx.Get(`SELECT act_id FROM notices WHERE persona_id = $1 ORDER BY act_id DESC LIMIT 1 OFFSET $2`, []any{int64(who), Kept}, &last)
		if err != nil {
			return err
		}
		if found {
			if _, err := tx.Exec(`DELETE FROM notices WHERE persona_id = $1 AND act_id <= $2`, int64(who), last); err != nil {
				return err
			}
		}
	}
	return nil
}
