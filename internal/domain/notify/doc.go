// Package notify tells personas what concerns them: a change to the entry that
// describes them, an answer, a mention, thanks, their work taken back, and what
// happens to what they follow.
//
// It follows the journal. One act tells one persona once, of the nearest
// reason; a batch tells once, however many parts it has. Nobody is told of
// their own acts, nor of what they may not read: that is asked when a notice is
// made and again whenever it is shown. Entries, collections and communities can
// be followed; personas cannot, since nobody is watched. Who follows what is
// shown to the follower alone.
//
// What is held ([journal.Held]) is told to nobody but those whose own entry or
// work it touches, until somebody let it through; then it is told.
//
// Notices are bounded: the latest [Kept] of each persona stay, and acts older
// than [Fresh] make none. The follower can be rebuilt: it tells again
// what is not older than that, and what was read stays read.
//
// Sending notices by mail is left to the digest, and putting them into words to
// the faces.
//
// Tables owned: follows, notices.
package notify
