// Package sqldb opens the one database of an instance and runs transactions on
// it: an embedded SQLite file, or PostgreSQL. It is the only importer of
// database drivers.
//
// Both speak one SQL text: placeholders are $1, $2 …; times are UTC
// milliseconds; booleans 0 or 1. [DB.Read] gives a consistent snapshot,
// [DB.Write] an atomic change. Time and identifiers come from the [Tx], frozen
// at its start, so that every row of a change agrees and every test is exact.
//
// On SQLite one goroutine owns the writing connection. It joins the writes
// that wait for it into one durable transaction (group commit). When one fails
// half-way, all of them are run once more, each inside a savepoint of its own:
// it is undone alone. Nobody is told "done" before the common commit has
// reached the disk.
//
// On PostgreSQL every write is one SERIALIZABLE transaction, run again when
// the server asks for it. A write function may run more than once on both:
// it must change nothing but the database.
package sqldb
