// Package asset serves style sheets, icons, fonts and script from the program
// itself, each set under an address that names its content, so that a browser
// asks for it once.
package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed files
var files embed.FS

// file is one asset as sent.
type file struct {
	plain, gzip []byte
	kind        string
}

// kinds are the media types of assets: those of the operating system may differ,
// and a browser refuses a script or a style sheet of another type.
var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

var (
	all  = map[string]file{}
	base string
)

func init() {
	sum := sha256.New()
	err := fs.WalkDir(files, "files", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name))
		sum.Write(b)
		kind, known := kinds[path.Ext(name)]
		if !known {
			return fmt.Errorf("of what media type is %s?", name)
		}
		f := file{plain: b, kind: kind}
		if !strings.HasSuffix(name, ".woff2") { // it is compressed already
			var z bytes.Buffer
			w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
			if err != nil {
				return err
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
			f.gzip = z.Bytes()
		}
		all[path.Base(name)] = f
		return nil
	})
	if err != nil {
		panic("asset: " + err.Error())
	}
	base = "/static/" + hex.EncodeToString(sum.Sum(nil))[:12] + "/"
}

// Path is the address of an asset by its file name. An unknown one is a
// programmer's mistake and panics.
func Path(name string) string {
	if _, ok := all[name]; !ok {
		panic("asset: there is no " + name)
	}
	return base + name
}

// Handler serves the assets below /static/.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := all[path.Base(r.URL.Path)]
		if !ok || !strings.HasPrefix(r.URL.Path, "/static/") {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("Vary", "Accept-Encoding")
		h.Set("Cache-Control", "no-cache")
		if r.URL.Path == base+path.Base(r.URL.Path) {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		b := f.plain
		if f.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			b = f.gzip
		}
		if _, err := w.Write(b); err != nil {
			return // the reader went away
		}
	})
}
