// Package contact tells from a schema what of an entry is a contact: whom or
// what it names, and how to reach them. Every door that gives contacts out (a
// vCard, a QR code, an address book) asks here, so that they agree.
//
// What a field is for is decided by its type first and by its name where types
// are not enough: an e-mail field is an e-mail address; of two telephones the
// one called mobile is the mobile. Permission is left to the caller, who hands
// over the values that the reader may see and no others.
package contact
