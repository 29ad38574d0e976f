// Package desk is where people prepare imports step by step in the pages: they send
// a file, say what its columns are, see what would become of its rows, and have it
// imported while nobody waits.
//
// A file stands in the database in pieces, so that every node has it, for a day at
// most. Who is at a draft says so at intervals: of several nodes or clicks one does
// the work, and what a node that died was at can be gone on with, or undone.
//
// Tables owned: import_drafts, import_pieces.
// What an import is, is left to transfer.
package desk
