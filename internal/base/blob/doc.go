// Package blob keeps images and attachments in the database, by the SHA-256 of
// their content, so that a backup is one file and several nodes share them.
//
// A content is there whole or not at all: its pieces are written in small
// transactions, so that nobody's edit waits for a large file, and the row that
// makes them one comes last. The media type is read from the content, never
// believed.
//
// Images are decoded within limits, turned upright and written anew: what a
// camera noted beside the picture (place, time, serial number) is gone, and so
// is whatever was hidden behind it. Smaller pictures of fixed widths stand
// beside each one.
//
// Who may read a content is left to those who refer to it: a hash alone opens
// nothing. [Store.Sweep] removes what nobody has come to refer to.
//
// Tables owned: blobs, blob_pieces, blob_uploads.
package blob
