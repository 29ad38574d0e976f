// Package tabular reads and writes files of tables: CSV, XLSX and JSON lines, plain
// or compressed with gzip. It turns bytes into records of cells and back, and
// knows neither a database nor a collection.
//
// Promises of every reader:
//   - format, compression, character encoding, delimiter, quote and header are
//     found by themselves from the first megabyte, unless told in [Options], and
//     shown in [Detected];
//   - memory does not grow with the file (the shared strings of a workbook go to
//     a temporary file when they are many);
//   - a record that cannot be read is a [Problem] with its line, and reading goes
//     on after it; no text is ever guessed at: a byte that does not belong to the
//     encoding is a Problem, not a wrong letter;
//   - a file that is damaged, cut off, encrypted, a bomb or no table at all fails
//     with one error of kind Invalid, never with a panic.
//
// Promises of every writer: what is written reads back to the same text. In CSV
// a cell that a spreadsheet would run as a formula gets a leading apostrophe,
// which the reader takes off again; see [Create].
//
// Nothing here decides what a cell means: matching columns to fields and rows
// to entries is left to the import engine.
package tabular
