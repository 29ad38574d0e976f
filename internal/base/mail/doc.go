// Package mail sends letters: a text and the same as HTML, to one person.
//
// [SMTP] hands them to a server (RFC 5321), over TLS unless the address says
// otherwise. [Recorder] keeps them, for tests. An [Outbox] sends in the
// background with a few attempts, so that the time of an answer does not tell
// whether a letter was written, and forgets a letter when it is sent or given
// up: letters carry sign-in links that expire within minutes or days. What it
// logs names no one.
//
// Who is written to, and what, is left to others.
package mail
