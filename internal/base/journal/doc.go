// Package journal keeps the append-only log of everything that happens.
//
// A write appends its [Act] in the transaction of the change itself, so that
// neither exists without the other. Acts have dense numbers in commit order.
// On SQLite, where one writes at a time, the number is given in the same
// transaction. On PostgreSQL the order in which writers take a number is not
// the order in which they commit: acts are committed without a number, and one
// sequencer ([Journal.Sequence]) numbers those it can see. Readers see
// numbered acts alone, so no reader ever steps over an act still in flight.
//
// Whatever reacts (search, counts, notices) is a [Follower]: it reads the
// journal with a named cursor that moves in the transaction of its own work,
// so that each act is followed exactly once, also across a crash; within a large
// act, too, so that no transaction is long. Nobody calls
// "on saved" hooks. A follower can be rebuilt: its cursor goes back to zero.
//
// Each act carries a salt and the hash of its canonical bytes: SHA-256 of the
// salt followed by the act as JSON with a fixed order of keys, without its
// number. What the act wrote is in the hash by its own salted digest, so that
// content can be erased later while the journal still verifies. A batch
// appends one act per committed part, whose content is the Merkle tree hash
// (RFC 6962 §2.1) of its revisions.
//
// An act may be held: kept out of the lists of others until somebody looked at
// it. Who is held, and who looks, is the brake's to say ([Journal.Brake]); the
// mark stands beside the act, which never changes.
//
// Tables owned: acts, held_acts, cursors.
package journal
