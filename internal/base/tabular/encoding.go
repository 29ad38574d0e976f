package tabular

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"pollen"
)

// The character encodings that are read.
const (
	UTF8        = "UTF-8"
	UTF16LE     = "UTF-16LE"
	UTF16BE     = "UTF-16BE"
	Windows1252 = "Windows-1252"
	Latin9      = "ISO-8859-15"
)

// Encodings lists the character encodings that Options.Encoding may name, in
// any case. ISO-8859-1 is taken for Windows-1252, as browsers do
// (https://encoding.spec.whatwg.org/#names-and-labels).
var Encodings = []string{UTF8, UTF16LE, UTF16BE, Windows1252, Latin9}

// canonicalEncoding finds what is meant by a name; "" stays "".
func canonicalEncoding(name string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "auto":
		return "", nil
	case "utf-8", "utf8", "ascii", "us-ascii":
		return UTF8, nil
	case "utf-16le", "utf-16", "utf16":
		return UTF16LE, nil
	case "utf-16be":
		return UTF16BE, nil
	case "windows-1252", "cp1252", "iso-8859-1", "latin1", "latin-1":
		return Windows1252, nil
	case "iso-8859-15", "latin9", "latin-9":
		return Latin9, nil
	}
	return "", pollen.Errorf(pollen.Invalid, "tabular.encoding",
		"The encoding “{encoding}” is not known. Choose one of {list}.",
		"encoding", name, "list", strings.Join(Encodings, ", ")).On("encoding")
}

// text is an input as UTF-8. Where a byte does not belong to the encoding there
// is an invalid byte in the UTF-8 too, so that each record can be checked.
type text struct {
	encoding string
	guessed  bool   // the encoding was found by what most characters are
	head     []byte // the sample, cut after its last whole character
	whole    bool
	r        io.Reader
}

// text decodes the input from the named encoding, or the one found out.
// JSON is always in Unicode (RFC 8259, section 8.1).
func (in *input) text(name string, format Format) (*text, error) {
	enc, err := canonicalEncoding(name)
	if err != nil {
		return nil, err
	}
	guessed := false
	bom, mark := byteOrderMark(in.head)
	if enc == "" {
		if enc = bom; enc == "" {
			enc, guessed = guessEncoding(in.head), true
			if format == JSONL && (enc == Windows1252 || enc == Latin9) {
				enc = UTF8
			}
		}
	}
	if bom != enc {
		mark = 0
	}
	body := in.body
	if _, err := io.CopyN(io.Discard, body, int64(mark)); err != nil {
		return nil, readError(err)
	}
	t := &text{encoding: enc, guessed: guessed, whole: in.whole, r: body}
	sample := in.head[mark:]
	if enc == UTF8 {
		t.head = sample
		if !t.whole {
			t.head = cutRune(sample)
		}
		return t, nil
	}
	t.r = newDecoder(body, enc)
	head, err := io.ReadAll(newDecoder(bytes.NewReader(sample[:len(sample)&^1]), enc))
	if err != nil {
		return nil, readError(err)
	}
	t.head = head
	return t, nil
}

// byteOrderMark tells the encoding that a byte order mark announces, and its
// length.
func byteOrderMark(b []byte) (encoding string, length int) {
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, 3
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return UTF16LE, 2
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return UTF16BE, 2
	}
	return "", 0
}

// cutRune drops the beginning of a character at the end of b.
func cutRune(b []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// guessEncoding tells in which encoding a sample without byte order mark is.
func guessEncoding(b []byte) string {
	if enc := guessUTF16(b); enc != "" {
		return enc
	}
	// Text of another encoding hardly ever holds a valid sequence of UTF-8, so a
	// file in which most sequences are valid is UTF-8 with faults in it. The most
	// common ones would be “Ã©” and the like, which nobody writes: such a file is
	// UTF-8 as soon as there are as many of them as of others.
	valid, invalid, telling := 0, 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			valid++
			if r < 0x100 || r >= 0x2000 && r < 0x2040 {
				telling++
			}
		case utf8.FullRune(b[i:]):
			invalid++
		}
		i += n
	}
	if invalid == 0 || valid >= 4*invalid || telling >= invalid {
		return UTF8
	}
	return guessSingleByte(b)
}

// mojibake reports whether a text that was read as a single-byte encoding has
// what is UTF-8 for sure: “Ã©”, “Â°”, “â€™” and their like.
func mojibake(text []byte) bool {
	for {
		i := bytes.IndexByte(text, 0xC3) // of U+00C0 to U+00FF
		if i < 0 || i+2 >= len(text) {
			return false
		}
		first := rune(text[i+1]) + 0x40
		text = text[i+2:]
		next, n := utf8.DecodeRune(text)
		switch first {
		case 'Â', 'Ã':
			if n > 1 && windows1252Continues[next] {
				return true
			}
		case 'â':
			if next == '€' {
				return true
			}
		}
	}
}

// windows1252Continues are the characters whose bytes go on with a sequence of
// UTF-8.
var windows1252Continues = func() map[rune]bool {
	out := map[rune]bool{}
	for b := range 0x40 {
		out[charmap.Windows1252.DecodeByte(byte(0x80+b))] = true
	}
	return out
}()

// guessUTF16 recognises UTF-16 by the zero bytes of its Latin letters.
func guessUTF16(b []byte) string {
	var zeros [2]int
	controls := 0
	for i, c := range b {
		switch {
		case c == 0:
			zeros[i&1]++
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			controls++
		}
	}
	half := len(b) / 2
	switch {
	case half < 4, controls > half/8:
	case zeros[1] > half*2/5 && zeros[0] < half/20:
		return UTF16LE
	case zeros[0] > half*2/5 && zeros[1] < half/20:
		return UTF16BE
	}
	return ""
}

// guessSingleByte decides between the two single-byte encodings. They differ in
// 0x80–0x9F, which only Windows-1252 uses, and in eight positions where
// ISO-8859-15 has € and letters, and Windows-1252 has signs.
func guessSingleByte(b []byte) string {
	score := 0 // > 0 speaks for ISO-8859-15
	for i, c := range b {
		if c >= 0x80 && c <= 0x9F {
			return Windows1252
		}
		var before, after byte = ' ', ' '
		if i > 0 {
			before = b[i-1]
		}
		if i+1 < len(b) {
			after = b[i+1]
		}
		letters := latinLetter(before) || latinLetter(after)
		switch c {
		case 0xA4: // € or ¤, and nobody writes ¤
			score++
		case 0xA6, 0xA8, 0xB4, 0xB8: // Š š Ž ž or ¦ ¨ ´ ¸
			score += vote(letters)
		case 0xBC, 0xBD, 0xBE: // Œ œ Ÿ or ¼ ½ ¾
			score += vote(letters && !digit(before))
		}
	}
	if score > 0 {
		return Latin9
	}
	return Windows1252
}

func vote(yes bool) int {
	if yes {
		return 1
	}
	return -1
}

func latinLetter(c byte) bool {
	return unicode.IsLetter(rune(c)) && c != 0xAA && c != 0xBA && c != 0xB5
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// invalidByte stands in decoded text for what the encoding does not allow.
const invalidByte = 0xFF

// decoder turns a single-byte encoding or UTF-16 into UTF-8.
type decoder struct {
	r       io.Reader
	convert func(dst, src []byte) (out []byte, used int)
	in      []byte // raw bytes read and not converted are in[:n]
	n       int
	out     []byte // converted bytes not handed out
	room    []byte // what out is a part of
	err     error
}

func newDecoder(r io.Reader, encoding string) *decoder {
	d := &decoder{r: r, in: make([]byte, 32<<10)}
	switch encoding {
	case UTF16LE:
		d.convert = utf16Converter(func(b []byte) rune { return rune(b[0]) | rune(b[1])<<8 })
	case UTF16BE:
		d.convert = utf16Converter(func(b []byte) rune { return rune(b[1]) | rune(b[0])<<8 })
	case Latin9:
		d.convert = tableConverter(latin9Table)
	default:
		d.convert = tableConverter(windows1252Table)
	}
	return d
}

func (d *decoder) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		var n int
		n, d.err = d.r.Read(d.in[d.n:])
		d.n += n
		out, used := d.convert(d.room[:0], d.in[:d.n])
		d.n = copy(d.in, d.in[used:d.n])
		if d.err == io.EOF && d.n > 0 { // half a character
			out, d.n = append(out, invalidByte), 0
		}
		d.room, d.out = out, out
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// utf16Converter decodes UTF-16 (RFC 2781); a surrogate without its other half
// is invalid.
func utf16Converter(unit func([]byte) rune) func(dst, src []byte) ([]byte, int) {
	return func(dst, src []byte) ([]byte, int) {
		i := 0
		for ; i+1 < len(src); i += 2 {
			r := unit(src[i:])
			switch {
			case !utf16.IsSurrogate(r):
				dst = utf8.AppendRune(dst, r)
			case i+3 < len(src):
				if pair := utf16.DecodeRune(r, unit(src[i+2:])); pair != unicode.ReplacementChar {
					dst = utf8.AppendRune(dst, pair)
					i += 2
				} else {
					dst = append(dst, invalidByte)
				}
			default:
				return dst, i
			}
		}
		return dst, i
	}
}

func tableConverter(table *[256]string) func(dst, src []byte) ([]byte, int) {
	return func(dst, src []byte) ([]byte, int) {
		for _, c := range src {
			if c < utf8.RuneSelf {
				dst = append(dst, c)
			} else {
				dst = append(dst, table[c]...)
			}
		}
		return dst, len(src)
	}
}

var (
	windows1252Table = newTable(charmap.Windows1252)
	latin9Table      = newTable(charmap.ISO8859_15)
)

// newTable spells every byte of an encoding in UTF-8. C1 control characters are
// no text in either encoding: where they turn up the guess was wrong.
func newTable(m *charmap.Charmap) *[256]string {
	var t [256]string
	for i := range t {
		r := m.DecodeByte(byte(i))
		if r == utf8.RuneError || r >= 0x80 && r <= 0x9F {
			t[i] = string([]byte{invalidByte})
		} else {
			t[i] = string(r)
		}
	}
	return &t
}
