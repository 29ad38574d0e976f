package part

import (
	"net/url"
	"strings"
)

// Inside keeps an address to return to on this instance: one that leads
// elsewhere, as browsers read it, becomes the first page.
func Inside(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n\t") {
		return "/"
	}
	return back
}
