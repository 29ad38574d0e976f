package pollen

import (
	"encoding/base64"
	"encoding/json"
)

// Page is one part of a list, with the cursor of the part that follows.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // "" on the last page
	// Previous is the cursor of the part before; "" on the first page, and in
	// lists that lead forward alone.
	Previous string `json:"previous,omitempty"`
}

// DefaultLimit and MaxLimit bound the size of one page of any list.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// Limit brings a wished page size into bounds; 0 means the default.
func Limit(n int) int {
	switch {
	case n <= 0:
		return DefaultLimit
	case n > MaxLimit:
		return MaxLimit
	}
	return n
}

// Cursor packs the position after the last item of a page. Readers treat it as
// opaque.
func Cursor(position any) string {
	b, err := json.Marshal(position)
	if err != nil {
		panic("pollen: cursor of an unencodable position: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ReadCursor unpacks what [Cursor] packed into position. An empty cursor
// leaves position as it is. It fails with Invalid on a damaged cursor.
func ReadCursor(cursor string, position any) error {
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, position)
	}
	if err != nil {
		return Errorf(Invalid, "error.cursor", "This page address is damaged. Start again from the first page.").On("cursor").Because(err)
	}
	return nil
}
