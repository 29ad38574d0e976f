// Package markup turns what people write, Markdown, into HTML that is safe to
// show to everyone, and into plain text for search and excerpts.
//
// The language is CommonMark 0.31 (https://spec.commonmark.org/0.31.2/) with
// the tables, struck text and bare addresses of GitHub Flavored Markdown
// (https://github.github.com/gfm/), without raw HTML, and with two forms of
// our own: @handle names a persona, and [[reference]] or [[reference|words]]
// an entry.
//
// What is promised of the HTML, whatever the input:
//   - It holds only the elements p br h3 h4 h5 h6 blockquote pre code em strong
//     del ul ol li hr table thead tbody tr th td a img, well nested.
//   - It holds only the attributes href, rel, title, src, alt, start and class;
//     the classes are mention and entry on links, center and right on cells.
//   - Links go to http, https, mailto and tel addresses, or to a path of this
//     site. Those to other sites carry rel="nofollow noopener ugc".
//   - An image is shown only when the caller vouches for its address; any other
//     is a link, so that a page never fetches from another host.
//   - Raw HTML is shown as the text it is.
//   - Headings begin at h3 and skip no level; links and headings are never
//     empty; no link stands in another.
//
// The writer knows no other element, and a sanitiser (bluemonday) goes over its
// output as a second lock. Size, nesting and the number of marks in one
// paragraph are bounded, so that work grows with the length of the text; what
// goes past a bound is shown as plain text, never lost.
package markup
