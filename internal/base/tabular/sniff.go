package tabular

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"path"
	"strings"

	"pollen"
)

// signatures are the first bytes of files that are often given for a table.
var signatures = []struct{ magic, what string }{
	{"%PDF-", "PDF"},
	{"\x89PNG", "PNG"},
	{"\xFF\xD8\xFF", "JPEG"},
	{"GIF8", "GIF"},
	{"II*\x00", "TIFF"},
	{"MM\x00*", "TIFF"},
	{"RIFF", "RIFF"},
	{"PAR1", "Parquet"},
	{"SQLite format 3\x00", "SQLite"},
	{"Rar!", "RAR"},
	{"7z\xBC\xAF\x27\x1C", "7-Zip"},
	{"BZh", "bzip2"},
	{"\xFD7zXZ\x00", "XZ"},
	{"\x28\xB5\x2F\xFD", "Zstandard"},
	{"\x1f\x8b", "gzip"},
	{"{\\rtf", "RTF"},
	{"\x7fELF", "ELF"},
	{"MZ\x90\x00", "EXE"},
}

// oleMagic begins a compound file: an .xls, or an encrypted workbook
// ([MS-CFB] 2.2).
var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// sniffFormat tells what is in the file: by its content, then by the extension
// of its name. What was told beforehand still must not contradict the content.
func sniffFormat(in *input, o Options) (Format, error) {
	head := in.head
	switch {
	case bytes.HasPrefix(head, oleMagic):
		return "", compoundFile(in)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		if o.Format != "" && o.Format != XLSX {
			return "", notATable("ZIP")
		}
		return XLSX, nil
	}
	binary := looksBinary(head)
	told := o.Format == CSV || o.Format == JSONL
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.magic)) && (binary || !told) {
			return "", notATable(s.what)
		}
	}
	if o.Format == XLSX {
		return "", damagedWorkbook(nil)
	}
	enc, mark := byteOrderMark(head)
	if enc == "" {
		enc = guessUTF16(head)
	}
	if strings.HasPrefix(enc, "UTF-16") {
		return sniffText(utf16ASCII(head[mark:]), o)
	}
	if binary && !told {
		return "", pollen.Errorf(pollen.Invalid, "tabular.binary",
			"This is not a table but a binary file. Give a CSV, XLSX or JSON lines file.")
	}
	return sniffText(head[mark:], o)
}

// sniffText tells the format of a text in UTF-8 or an encoding like it.
func sniffText(b []byte, o Options) (Format, error) {
	b = bytes.TrimLeft(b, " \t\r\n")
	start := strings.ToLower(string(b[:min(len(b), 64)]))
	switch {
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"):
		return "", notATable("HTML")
	case strings.HasPrefix(start, "<?xml"):
		return "", notATable("XML")
	case o.Format != "":
		return o.Format, nil
	case startsJSON(b):
		return JSONL, nil
	}
	switch strings.ToLower(path.Ext(strings.TrimSuffix(strings.ToLower(o.Name), ".gz"))) {
	case ".jsonl", ".ndjson", ".json":
		return JSONL, nil
	}
	return CSV, nil
}

// startsJSON reports whether b begins like an object or an array of objects.
func startsJSON(b []byte) bool {
	if len(b) > 0 && b[0] == '[' {
		b = bytes.TrimLeft(b[1:], " \t\r\n")
		if len(b) > 0 && b[0] == ']' {
			return true
		}
	}
	if len(b) == 0 || b[0] != '{' {
		return false
	}
	b = bytes.TrimLeft(b[1:], " \t\r\n")
	return len(b) > 0 && (b[0] == '"' || b[0] == '}')
}

// utf16ASCII keeps the ASCII characters of UTF-16 of either byte order, which is
// enough to see how a text begins.
func utf16ASCII(b []byte) []byte {
	out := make([]byte, 0, 256)
	for _, c := range b[:min(len(b), 512)] {
		if c != 0 {
			out = append(out, c)
		}
	}
	return out
}

// looksBinary reports whether there are more control characters than accidents
// would put into a text.
func looksBinary(b []byte) bool {
	n := 0
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' || c == 0x7F {
			n++
		}
	}
	return n > 16 && n > len(b)/50
}

func notATable(what string) error {
	return pollen.Errorf(pollen.Invalid, "tabular.not-a-table",
		"This is a {what} file, not a table we can read. Give a CSV, XLSX or JSON lines file.", "what", what)
}

// compoundFile tells an encrypted workbook from an old .xls, which both are
// compound files, by the names in its first directory sector ([MS-CFB] 2.6).
func compoundFile(in *input) error {
	ra, _, err := in.randomAccess()
	if err != nil {
		return err
	}
	h := in.head
	if len(h) >= 512 {
		shift := binary.LittleEndian.Uint16(h[30:])
		sector := int64(binary.LittleEndian.Uint32(h[48:]))
		directory := make([]byte, 4096)
		// A damaged file gives less, or something else, and counts as an .xls.
		n, _ := ra.ReadAt(directory, (sector+1)<<(shift&15))
		name := []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
		if bytes.Contains(directory[:n], name) {
			return encryptedWorkbook()
		}
	}
	return pollen.Errorf(pollen.Invalid, "tabular.xls",
		"This is an Excel file of before 2007 (.xls). Open it and save it as .xlsx or CSV.")
}

func encryptedWorkbook() error {
	return pollen.Errorf(pollen.Invalid, "tabular.encrypted",
		"This workbook is protected by a password. Save it without one and try again.")
}

func isFlateError(err error) bool {
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok {
		return true
	}
	_, ok := errors.AsType[flate.InternalError](err)
	return ok
}
