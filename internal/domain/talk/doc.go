// Package talk keeps what people say on entries and on single values:
// comments, questions and answers.
//
// Whoever may read an entry reads its talk, and whoever is signed in besides
// says something there at once; what is said on a value is for those who may
// read that value. Threads are one level deep: everything said under a post
// belongs to the thread of its first post, and knows which contribution it
// answers. The asker marks which answers helped.
//
// Words belong to whoever wrote them: nobody else changes them. Their author
// edits them (every version is kept, and shown to whoever reads the talk) or
// withdraws them (the place stays, the text is shown to nobody any more).
// Anyone who is signed in can report words; the members of the community that
// holds the entry answer: the words stay as they are, or are folded, which
// puts them behind one more click with the reason beside it. A later answer
// can unfold them. Who reported is told to nobody.
//
// A retired entry can still be talked about. The talk of a merged one stays
// readable where it is; new words go to the entry it was merged into.
//
// Mentions are stored with the act that made them first, for those who follow
// the journal ([Talk.Told]). How many words one may say in an hour is left to
// the brakes, and turning Markdown into HTML to the faces.
//
// Tables owned: posts, post_versions, post_mentions, reports.
package talk
