// Package freshness keeps who confirmed which value, and tells the life of
// values: when each was last said and confirmed, by how many, where it comes
// from, and whether it is still fresh.
//
// Confirming a value is a contribution, and is no edit: it makes no revision.
// It is said of one single value, in one language or one of a list, and is over
// when that value is another one.
//
// Tables owned: verifications.
package freshness
