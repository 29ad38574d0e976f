// Package registry keeps collections, their schemas, entries, revisions and
// batches.
//
// An entry is a pointer to its current revision; a revision is immutable and
// holds the whole content, so any state can be read and returned to. Content
// says for every value which revision last changed it. Every change writes its
// revision, the side tables of the current values (keys to filter by, unique
// keys, references) and its act on the journal in one transaction.
//
// Publish first: whoever may read an entry and has a persona may change it at
// once. Two people who change different fields never meet; lists, languages
// and paragraphs of one field merge; only a true conflict comes back to the
// second person, as Conflict with both values.
//
// Where to read, each with its SQL in a file of the same name and _db:
//
//   - what there is: collection (and seen: what of it an actor may know), entry,
//     content (what a revision holds), batch;
//   - one entry is written: entry_db (create and revise), write (from a change to
//     statements), writeset (the statements), standing (retire, restore, rename),
//     merge, history (revert), back (taking back what an act did), erase; rules
//     that every write keeps: outside (links to other sites), portrait, blob;
//   - many are: batch, work (what an import writes with), fresh (new rows, held
//     until they are written together), mass (editing many), undo; task carries
//     them through in parts, after a kill too;
//   - a collection changes: amend, version, reindex (keys made anew), title;
//   - reading: read (inside a transaction), list, facet, tree, links, around (what
//     an entry's page shows), named, walk (exports), history, changes, batchread;
//   - the journal: follow (what an act touched), proof and verify.
//
// Tables owned: collections, schemas, fields, entries, former_slugs,
// revisions, batches, entry_keys, entry_uniques, entry_refs, collection_counts,
// entry_blobs (which contents of base/blob a revision refers to).
package registry
