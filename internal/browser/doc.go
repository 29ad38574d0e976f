// Package browser holds the tests that drive the real server, filled with the
// sample community, through a real browser. It has no code of its own.
//
// What is held here, on every page that the server answers: no violation that
// axe-core finds, in light and dark, at 390 and 1280 pixels, in French and
// English, signed in and not; no sideways scrolling; nothing on the console
// (a breach of the Content-Security-Policy is told there); no request to
// another host. The pages are found by following links from the first one, and
// held against the routes that the web face registers, so that a new page
// cannot be forgotten. The same holds of what is seen after an act alone: a menu, a
// row and the keys open, a form refused, a toast. Then what people do: each flow finds what it presses as
// a reader of the screen does, by role and name, never by class.
//
// POLLEN_TEST_CHROME names the browser (Chromium), POLLEN_TEST_AXE the file
// axe.min.js; without them the tests are left out, and in continuous
// integration (CI set) that is an error. POLLEN_TEST_SHOTS names a directory
// that gets a picture of every page.
package browser
