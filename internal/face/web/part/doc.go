// Package part holds the components that pages are made of: the shell around
// every page, value rows with their correction, inputs for every type of field,
// tables, facets, threads, differences, marks.
//
// A component is a function of a [i18n.Locale] and a typed struct. It knows no
// capability and no address but those of the shell: what it links to is given
// to it. Nothing is inline, neither script nor style, so that the strictest
// Content-Security-Policy holds. Everything works without script; the
// attributes beginning with data- are what the script of package asset reads.
//
// Shape carries meaning (square is work, round is gift), colour only helps, and
// no mark stands without words, seen or read aloud.
//
// Components that stand a hundred times on a page are written straight into a
// buffer; all others are templ files. Run go tool templ generate after a change.
package part

//go:generate go tool templ generate
