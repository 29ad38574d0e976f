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
// Tables owned: collections, schemas, fields, entries, former_slugs,
// revisions, batches, entry_keys, entry_uniques, entry_refs, collection_counts,
// entry_blobs (which contents of base/blob a revision refers to).
package registry
