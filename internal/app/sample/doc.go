// Package sample is the sample community that every copy of the program
// carries: real reference data (the administrative divisions of France, the
// countries and the languages of the world), and an invented organisation,
// Lisière, with its units, people, sites and glossary, and a little of what
// its people did to them.
//
// It is data and readers alone: nothing here writes to an instance. Whoever
// fills one founds [Collections], creates their rows, makes [Personas], and
// replays [Life] through the product's own operations.
//
// Nobody and nothing of Lisière exists: its telephone numbers come from the
// ranges that ARCEP keeps for fiction, its addresses end in .example, and each
// of its collections says that it is a sample. The towns are real, the places
// in them are not. NOTICE.md names the source and the licence of all the rest,
// and the command that makes the files again.
package sample

//go:generate go run ./make -npm=${POLLEN_NPM}
