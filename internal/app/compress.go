package app

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressible are the media types that shrink. Pictures, fonts and archives
// are compressed already.
var compressible = []string{"text/html", "text/css", "text/csv", "text/plain", "text/vcard", "text/javascript", "image/svg+xml",
	"application/json", "application/problem+json", "application/openapi+json", "application/vnd.oai.openapi+json", "application/merge-patch+json", "application/atom+xml", "application/jsonl", "application/x-ndjson"}

// Smallest answer that is compressed, in bytes; and how many random bytes at
// most are added to one, so that its length does not tell what is in it beside
// what somebody else put there (BREACH, https://www.breachattack.com).
const (
	minCompressed = 1000
	jitter        = 32
)

// compressed sends answers compressed to those who accept it, quickly rather
// than as small as can be: a page is rendered for each reader.
func compressed(h http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressed), gzhttp.ContentTypes(compressible), gzhttp.CompressionLevel(2), gzhttp.RandomJitter(jitter, 0, false))
	if err != nil {
		panic("app: options that the compressor refuses: " + err.Error()) // they are constants
	}
	return wrap(h)
}
