// Package backup writes a whole database into one file and makes a database of
// such a file again, on the same dialect or on the other.
//
// The file is a Zstandard stream (RFC 8878) of JSON lines (one value a line): a
// head that names the form and the schema, then for each table its name and
// columns and each of its rows as a list, then an end that counts the rows and
// carries the SHA-256 of every line before it. A file without its end, or with
// another sum, is refused before anything is written.
//
// What is read is one snapshot: a server may go on serving and writing. Tables
// that follow the journal and can be made again are left out by the caller's
// word. It owns no table and knows no capability: it copies what it finds.
package backup
