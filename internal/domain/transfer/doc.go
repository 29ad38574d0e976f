// Package transfer brings tables into collections and writes collections as
// tables: import and export.
//
// An import is one batch of the registry. It is planned (which column fills
// which field), shown first (created, changed with differences, unchanged,
// refused with line and reason), and run in parts, so that memory does not grow
// with the file. Killed, its rows stay in progress: the same file with the same
// options goes on where it stood; aborting undoes it.
//
// People's edits win. The base of a row is what the last import from the same
// source wrote or said of the entry, or what stood there at a given day. A
// value that only the source changed is taken, one that only people changed
// stays, lists, languages and paragraphs merge, and a value that both changed
// is kept and listed to be decided.
//
// A row is matched by a key, an address or an identifier; what matches nothing
// is created. The same key twice in one file is refused. Without a key, the
// same file imports once.
//
// An export of a collection holds what its reader may read; with history, one
// row for each revision with its author, time and note, which imports elsewhere
// to the same values and history under imported personas.
//
// A reference may mean a row that comes later in the file, or, where that is asked,
// an entry that another import is to bring: it refers to the identifier that the
// entry takes when it comes.
//
// Tables owned: import_targets, import_awaited, import_refused, import_conflicts, import_seen.
// Reading and writing files is left to base/tabular, entries to registry.
package transfer
