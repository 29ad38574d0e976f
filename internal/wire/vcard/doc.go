// Package vcard writes contacts as vCard 4.0 (RFC 6350).
//
// Lines are folded at 75 octets between characters (section 3.2). It knows
// nothing of where contacts come from.
package vcard
