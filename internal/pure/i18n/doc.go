// Package i18n says things in the reader's language: messages with their
// plurals, numbers, dates, lists, names of languages.
//
// The English text of a message stands in the code, beside its key. The other
// languages stand in catalogues, locale/<tag>/<package>.json: one file for each
// package whose code uses the keys, a flat object of "key": "text" or, for a
// message that counts, "key": ["one", "other"] or ["one", "other", "many"] by the
// categories of the Unicode CLDR. Pages ([Locale.N]) and what comes with a refusal
// ([pollen.Count], [pollen.ErrorN]) count the same way. A test reads the whole
// module and fails when a key lacks its translation, when a translation is no
// longer used, when two uses of a key differ, when only one language counts, and
// when placeholders differ between languages or forms.
//
// A {name} in a text is replaced by the value that is given under that name:
// whole numbers are written the way of the language, a [pollen.Message] is
// translated, anything else is printed as it is.
//
// A [Locale] is immutable, so that everything here is safe for concurrent use.
// Moments are written in its zone, UTC unless [Locale.In] gives it another.
package i18n
