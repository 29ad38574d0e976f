// Package web is the pages: server-rendered HTML that works without script and
// is quicker with it, in French and English.
//
// A page is a file of its own: its routes, what it fetches and its handlers in
// <page>.go, its content in <page>.templ, made of the components of package
// part, which also hold the frame around it. A handler fetches, renders, and
// decides nothing: what one may read or change is decided below. It returns
// its error, and one table says which status that is.
package web

//go:generate go tool templ generate
