package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"pollen"
	"pollen/internal/base/scratch"
	"pollen/internal/base/sqldb"
)

// Store keeps contents in one database. Its methods are safe for concurrent
// use.
type Store struct {
	db      *sqldb.DB
	drawing chan struct{} // bounds the memory that pictures take: one is drawn at a time
}

// New returns the store of a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db, drawing: make(chan struct{}, 1)} }

// Info is what the store knows of a content.
type Info struct {
	Hash string // SHA-256, in hexadecimal
	Size int64  // bytes
	Type string // media type, without parameters
}

// piece is how many bytes stand in one row, and burst how many rows go into
// one transaction.
const (
	piece = 128 << 10
	burst = 4
)

// inMemory is up to which size a content is held in memory while its hash is
// not known yet; a larger one waits in a temporary file.
const inMemory = 1 << 20

// PerDay is how many bytes a persona gives in a day at most: what no entry names
// takes room until it is swept.
const PerDay = 2 << 30

// Put keeps a content of at most limit bytes, given by an actor, and tells what
// it is. It fails with Invalid when the content is empty or larger, and with
// Limited when the actor gave [PerDay] bytes in the last day; the operator may
// give any amount.
func (s *Store) Put(ctx context.Context, by pollen.Actor, r io.Reader, limit int64) (info Info, err error) {
	defer pollen.Wrap(&err, "blob.Put")
	spool, err := receive(r, limit)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, spool.discard()) }()
	if info, err = spool.info(); err != nil {
		return info, err
	}
	return info, s.keep(ctx, by, info, info.Hash, spool.at(0))
}

// LookAt tells what [Store.Put] would, and keeps nothing.
func (s *Store) LookAt(r io.Reader, limit int64) (info Info, err error) {
	defer pollen.Wrap(&err, "blob.LookAt")
	spool, err := receive(r, limit)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, spool.discard()) }()
	return spool.info()
}

// info is what a content is.
func (s *spool) info() (info Info, err error) {
	m, err := mimetype.DetectReader(s.at(0))
	if err != nil {
		return info, err
	}
	mediaType, _, _ := strings.Cut(m.String(), ";")
	return Info{Hash: hex.EncodeToString(s.sum), Size: s.size, Type: mediaType}, nil
}

// tooLarge is the error of a content over its limit.
func tooLarge(limit int64) error {
	return pollen.Errorf(pollen.Invalid, "schema.file-size", "The file is too large: at most {max}.", "max", pollen.Bytes(limit))
}

// spool is a content that was received whole.
type spool struct {
	head []byte
	file *scratch.File // what is over inMemory; nil when nothing is
	size int64
	sum  []byte
}

// receive reads a content to its end.
func receive(r io.Reader, limit int64) (*spool, error) {
	h := sha256.New()
	in := io.TeeReader(io.LimitReader(r, limit+1), h)
	s := &spool{}
	var head bytes.Buffer
	n, err := io.CopyN(&head, in, inMemory)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s.head, s.size = head.Bytes(), n
	if n == inMemory {
		if s.file, err = scratch.New(""); err != nil {
			return nil, err
		}
		rest, err := io.Copy(s.file, in)
		s.size += rest
		if err != nil {
			return nil, errors.Join(err, s.discard())
		}
	}
	switch {
	case s.size > limit:
		return nil, errors.Join(tooLarge(limit), s.discard())
	case s.size == 0:
		return nil, pollen.Errorf(pollen.Invalid, "blob.empty", "The file is empty.")
	}
	s.sum = h.Sum(nil)
	return s, nil
}

// at reads the content from an offset on.
func (s *spool) at(offset int64) io.Reader {
	if offset < int64(len(s.head)) {
		head := bytes.NewReader(s.head[offset:])
		if s.file == nil {
			return head
		}
		return io.MultiReader(head, io.NewSectionReader(s.file, 0, s.size-int64(len(s.head))))
	}
	return io.NewSectionReader(s.file, offset-int64(len(s.head)), s.size-offset)
}

func (s *spool) discard() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// keep writes a content under a key, unless it is there already, and notes who
// gave it.
func (s *Store) keep(ctx context.Context, by pollen.Actor, info Info, key string, content io.Reader) error {
	there := false
	err := s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		there, err = tx.Get(`SELECT size FROM blobs WHERE hash = $1`, []any{key}, new(int64))
		switch {
		case err != nil:
			return err
		case there:
			return given(tx, key, by.Persona)
		}
		return room(tx, by, info.Size)
	})
	if err != nil || there {
		return err
	}
	count := 0
	for {
		var part [][]byte
		for len(part) < burst {
			b := make([]byte, piece)
			n, err := io.ReadFull(content, b)
			if n > 0 {
				part = append(part, b[:n])
			}
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		if len(part) == 0 {
			break
		}
		err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
			for i, b := range part {
				if _, err := tx.Exec(`INSERT INTO blob_pieces (hash, n, data) VALUES ($1, $2, $3) ON CONFLICT (hash, n) DO NOTHING`, key, count+i, b); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		count += len(part)
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var n int
		if _, err := tx.Get(`SELECT count(*) FROM blob_pieces WHERE hash = $1`, []any{key}, &n); err != nil {
			return err
		}
		if n != count {
			return pollen.Errorf(pollen.Unavailable, "blob.again", "The file could not be kept just now. Try again.")
		}
		if _, err := tx.Exec(`INSERT INTO blobs (hash, size, type, at) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING`,
			key, info.Size, info.Type, sqldb.Millis(tx.Now)); err != nil {
			return err
		}
		return given(tx, key, by.Persona)
	})
}

// room refuses so many bytes more of an actor who gave too many in a day.
func room(tx *sqldb.Tx, by pollen.Actor, size int64) error {
	if by.System() || by.Persona == 0 {
		return nil
	}
	var gave, oldest int64
	_, err := tx.Get(`SELECT coalesce(sum(b.size), 0), coalesce(min(u.at), 0) FROM blob_uploads u JOIN blobs b ON b.hash = u.hash
		WHERE u.persona_id = $1 AND u.at > $2`, []any{int64(by.Persona), sqldb.Millis(tx.Now.Add(-day))}, &gave, &oldest)
	if err != nil || gave+size <= PerDay {
		return err
	}
	e := pollen.Errorf(pollen.Limited, "blob.day", "You sent {gave} in a day, which is as much as is taken. Go on tomorrow; an operator may send any amount.", "gave", pollen.Bytes(gave))
	e.Retry = sqldb.Time(oldest).Add(day).Sub(tx.Now)
	return e
}

const day = 24 * time.Hour

// given notes who gave a content, and that it was wanted now.
func given(tx *sqldb.Tx, key string, by pollen.PersonaID) error {
	if _, err := tx.Exec(`UPDATE blobs SET at = $2 WHERE hash = $1`, key, sqldb.Millis(tx.Now)); err != nil {
		return err
	}
	if by == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO blob_uploads (hash, persona_id, at) VALUES ($1, $2, $3)
		ON CONFLICT (hash, persona_id) DO UPDATE SET at = excluded.at`, key, int64(by), sqldb.Millis(tx.Now))
	return err
}

// Stat tells what a content is, in a transaction under way; false when it is
// not there.
func Stat(tx *sqldb.Tx, hash string) (info Info, found bool, err error) {
	info.Hash = hash
	found, err = tx.Get(`SELECT size, type FROM blobs WHERE hash = $1`, []any{hash}, &info.Size, &info.Type)
	return info, found, err
}

// GivenBy reports whether a persona gave a content lately, so that it may name
// it in an entry.
func GivenBy(tx *sqldb.Tx, hash string, by pollen.PersonaID) (bool, error) {
	return tx.Get(`SELECT 1 FROM blob_uploads WHERE hash = $1 AND persona_id = $2`, []any{hash, int64(by)}, new(int))
}

// EraseUploads forgets what a persona gave. Contents that no entry names go in
// their time.
func EraseUploads(tx *sqldb.Tx, who pollen.PersonaID) error {
	_, err := tx.Exec(`DELETE FROM blob_uploads WHERE persona_id = $1`, int64(who))
	return err
}

// Remove takes a content away for good, with the pictures made of it. That
// nobody refers to it any more is for the caller to know.
func Remove(tx *sqldb.Tx, hash string) error {
	var keys []string
	err := tx.Each(`SELECT hash FROM blobs WHERE hash >= $1 AND hash < $2`, []any{hash, hash + "/"}, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		if original(key) == hash {
			keys = append(keys, key)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := remove(tx, key); err != nil {
			return err
		}
	}
	return nil
}

// remove takes one content away.
func remove(tx *sqldb.Tx, key string) error {
	for _, q := range []string{`DELETE FROM blob_pieces WHERE hash = $1`, `DELETE FROM blob_uploads WHERE hash = $1`, `DELETE FROM blobs WHERE hash = $1`} {
		if _, err := tx.Exec(q, key); err != nil {
			return err
		}
	}
	return nil
}

// original is the content that a picture was made of; itself for others.
func original(key string) string {
	hash, _, _ := strings.Cut(key, ".")
	return hash
}
