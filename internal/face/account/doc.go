// Package account serves the pages that know a person, and not only a persona:
// signing in by password or by a link, the first password, the settings of
// one's account (name, language, entry, sessions, API tokens), and leaving.
//
// No other face knows that accounts exist. These pages show an account to its
// person alone, never in a list, never to anybody else; they take their frame
// from the other pages, by functions that the instance hands over. They
// translate and never decide.
package account
