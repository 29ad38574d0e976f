package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Content reads a content that is there, piece by piece: it holds one in
// memory. It is not safe for concurrent use.
type Content struct {
	Info
	db     *sqldb.DB
	ctx    context.Context
	key    string
	offset int64
	n      int64 // which piece is held; -1 none
	held   []byte
}

// Open opens a content, or the picture of at most a width that was made of it;
// width 0 is the content itself. It fails with NotFound.
func (s *Store) Open(ctx context.Context, hash string, width int) (c *Content, err error) {
	defer pollen.Wrap(&err, "blob.Open", hash)
	c = &Content{db: s.db, ctx: ctx, n: -1}
	found := false
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		for _, key := range keys(hash, width) {
			if c.Info, found, err = Stat(tx, key); err != nil || found {
				c.key = key
				return err
			}
		}
		return nil
	})
	if err == nil && !found {
		err = pollen.Absent()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// keys lists where to look for a content of a width, best first.
func keys(hash string, width int) []string {
	for _, w := range Widths {
		if width > 0 && width <= w {
			return []string{small(hash, w), hash}
		}
	}
	return []string{hash}
}

// Read reads on from the offset.
func (c *Content) Read(b []byte) (int, error) {
	if c.offset >= c.Size {
		return 0, io.EOF
	}
	n := c.offset / piece
	if n != c.n {
		err := c.db.Read(c.ctx, func(tx *sqldb.Tx) error {
			found, err := tx.Get(`SELECT data FROM blob_pieces WHERE hash = $1 AND n = $2`, []any{c.key, n}, &c.held)
			if err == nil && !found {
				err = fmt.Errorf("piece %d of %s is missing", n, c.key)
			}
			return err
		})
		if err != nil {
			return 0, err
		}
		c.n = n
	}
	from := c.offset - n*piece
	if from >= int64(len(c.held)) {
		return 0, fmt.Errorf("piece %d of %s is cut short", n, c.key)
	}
	k := copy(b, c.held[from:])
	c.offset += int64(k)
	return k, nil
}

// Seek moves the offset.
func (c *Content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.offset
	case io.SeekEnd:
		offset += c.Size
	}
	if offset < 0 {
		return 0, errors.New("blob: seek before the start")
	}
	c.offset = offset
	return offset, nil
}

// Serve answers a request with the content under a file name, in whole or in
// the ranges asked for. Whatever it holds, a browser neither runs it nor takes
// it for a page: pictures are shown when asked to, all else is offered for
// download.
func (c *Content) Serve(w http.ResponseWriter, r *http.Request, name string, show Disposition) {
	h := w.Header()
	h.Set("Content-Type", c.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", mime.FormatMediaType(string(show), map[string]string{"filename": name}))
	// The content never changes, who may read it does: the browser asks again.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+c.key+`"`)
	http.ServeContent(w, r, "", time.Time{}, c)
}

// Disposition says what a browser does with a content (RFC 6266).
type Disposition string

// The dispositions.
const (
	Show     Disposition = "inline"
	Download Disposition = "attachment"
)

// Fault is a content that is not what it should be.
type Fault struct{ Hash, What string }

// Verify reads every content and reports those whose bytes are missing or are
// not those of their hash, with how many there are.
func (s *Store) Verify(ctx context.Context) (n int, faults []Fault, err error) {
	defer pollen.Wrap(&err, "blob.Verify")
	last := ""
	for {
		found := false
		if err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
			found, err = tx.Get(`SELECT hash FROM blobs WHERE hash > $1 ORDER BY hash LIMIT 1`, []any{last}, &last)
			return err
		}); err != nil || !found {
			return n, faults, err
		}
		c := &Content{db: s.db, ctx: ctx, n: -1, key: last}
		if err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
			c.Info, found, err = Stat(tx, last)
			return err
		}); err != nil {
			return n, faults, err
		}
		if !found {
			continue // swept since
		}
		n++
		h := sha256.New()
		size, err := io.Copy(h, c)
		switch {
		case ctx.Err() != nil:
			return n, faults, ctx.Err()
		case err != nil:
			faults = append(faults, Fault{last, err.Error()})
		case size != c.Size || last == original(last) && hex.EncodeToString(h.Sum(nil)) != last:
			faults = append(faults, Fault{last, "altered"})
		}
	}
}
