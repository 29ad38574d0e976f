// Package filter is the one language in which entries are filtered: REST and
// tables speak it, SCIM and LDAP translate into its tree.
//
//	expr  = term { "or" term }
//	term  = fact { "and" fact }
//	fact  = "not" fact | "(" expr ")" | field [ op ]
//	op    = ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "starts" | "contains" ) value
//	      | "in" "(" value { "," value } ")" | "present"
//	field = letter { letter | digit | "_" }        (lower case, at most 63)
//	value = '"' { any character, with \" and \\ } '"' | word
//	word  = characters other than spaces and " ( ) , = < > !
//
// For instance:
//
//	population >= 1000 and region in ("53", "52") and not closed
//	name contains "elysee" or code starts 35
//	phone present
//
// Keywords are read in either case. A field alone stands for field = "yes".
// Not binds closest, then and, then or.
//
// What a comparison means, for every translator: a field that holds several
// values fulfils it when one of them does; "!=" is the contrary of "=", and so
// holds where there is no value; the other operators do not. "starts" and
// "contains" compare folded text (no case, no accents). [Match] is that
// meaning, as code.
//
// An expression has at most 4,000 bytes, 32 levels and 100 comparisons, so
// that a stranger's filter cannot be made to cost much.
package filter
