// Package schema says what an entry may hold: the field types, one file each,
// and the schema of a collection.
//
// A value is kept as canonical JSON: two values are equal when their bytes
// are. One value is a scalar or an object; a many-valued field holds an array
// that is never empty; a language-tagged field holds an object by canonical
// BCP 47 tag. Absent is nil.
//
// Every type reads text (a form, a cell of a file) and JSON (REST), and writes
// text that reads back to the same value. Bad input fails with Invalid, names
// the field, and shows an example of what is expected.
package schema
