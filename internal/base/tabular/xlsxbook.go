package tabular

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"pollen"
	"pollen/internal/base/scratch"
)

// workbook is an opened XLSX file: what must be known before rows can be read.
type workbook struct {
	parts    map[string]*zip.File // by lower-case name without leading slash
	sheets   []sheet
	date1904 bool
	styles   []numberStyle // by index of cell format
	strings  sharedStrings
	tempDir  string
	maxPart  int64 // bytes of one text that may be held
}

// sheet is a worksheet's name and part.
type sheet struct {
	name, part string
	hidden     bool
}

// maxUnpacked is how many bytes the parts of a workbook may unpack to together.
const maxUnpacked = 16 << 30

func openWorkbook(ra io.ReaderAt, size int64, o Options) (*workbook, error) {
	zr, err := zip.NewReader(ra, size)
	if err != nil {
		return nil, damagedWorkbook(err)
	}
	b := &workbook{parts: make(map[string]*zip.File, len(zr.File)), tempDir: o.TempDir, maxPart: o.MaxRecord}
	var packed, unpacked uint64
	for _, f := range zr.File {
		if f.Flags&1 != 0 {
			return nil, encryptedWorkbook()
		}
		packed += min(f.CompressedSize64, uint64(size))
		unpacked += min(f.UncompressedSize64, maxUnpacked+1)
		if unpacked > maxUnpacked {
			return nil, bomb()
		}
		b.parts[partName(f.Name)] = f
	}
	if unpacked > bombFloor && unpacked/bombRatio > packed {
		return nil, bomb()
	}
	if err := b.load(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(s, `\`, "/"), "/"))
}

// load reads everything but the rows.
func (b *workbook) load() error {
	main := "xl/workbook.xml"
	var root relationships
	if err := b.decode("_rels/.rels", &root); err != nil {
		return err
	}
	if target := root.find("officeDocument"); target != "" {
		main = partName(target)
	}
	if b.parts[main] == nil {
		return b.noWorkbook(main)
	}
	if strings.HasSuffix(main, ".bin") {
		return notATable("XLSB")
	}
	var rels relationships
	if err := b.decode(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &rels); err != nil {
		return err
	}
	if err := b.loadSheets(main, rels); err != nil {
		return err
	}
	styles := "xl/styles.xml"
	if target := rels.find("styles"); target != "" {
		styles = resolve(main, target)
	}
	var sheet styleSheet
	if err := b.decode(styles, &sheet); err != nil {
		return err
	}
	b.styles = sheet.numberStyles()
	texts := "xl/sharedstrings.xml"
	if target := rels.find("sharedStrings"); target != "" {
		texts = resolve(main, target)
	}
	return b.loadStrings(texts)
}

// noWorkbook says what else the archive is.
func (b *workbook) noWorkbook(main string) error {
	switch {
	case b.parts["xl/workbook.bin"] != nil:
		return notATable("XLSB")
	case b.parts["mimetype"] != nil && b.parts["content.xml"] != nil:
		return notATable("OpenDocument")
	case b.parts["word/document.xml"] != nil:
		return notATable("DOCX")
	case b.parts["ppt/presentation.xml"] != nil:
		return notATable("PPTX")
	case b.parts["[content_types].xml"] == nil:
		return notATable("ZIP")
	}
	return damagedWorkbook(fmt.Errorf("no part %s", main))
}

func damagedWorkbook(cause error) error {
	return pollen.Errorf(pollen.Invalid, "tabular.xlsx",
		"This workbook is damaged. Open it in a spreadsheet program, save it again as .xlsx and retry.").Because(cause)
}

// relationships is what a part refers to (ECMA-376 Part 2, 9.3).
type relationships struct {
	Relationship []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	}
}

// find returns the first target of a type, whose address differs between strict
// and transitional files in all but its end.
func (r relationships) find(kind string) string {
	for _, rel := range r.Relationship {
		if strings.HasSuffix(rel.Type, "/"+kind) {
			return rel.Target
		}
	}
	return ""
}

func resolve(from, target string) string {
	if strings.HasPrefix(target, "/") {
		return partName(target)
	}
	return partName(path.Join(path.Dir(from), strings.ReplaceAll(target, `\`, "/")))
}

func (b *workbook) loadSheets(main string, rels relationships) error {
	var doc struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(main, &doc); err != nil {
		return err
	}
	b.date1904 = xmlTrue(doc.Pr.Date1904)
	targets := map[string]string{}
	for _, rel := range rels.Relationship {
		if strings.HasSuffix(rel.Type, "/worksheet") {
			targets[rel.ID] = resolve(main, rel.Target)
		}
	}
	for _, s := range doc.Sheets {
		for _, a := range s.Attrs {
			// The identifier of the relationship is r:id; sheetId has no prefix.
			if part, ok := targets[a.Value]; ok && a.Name.Local == "id" && b.parts[part] != nil {
				b.sheets = append(b.sheets, sheet{s.Name, part, s.State != "" && s.State != "visible"})
			}
		}
	}
	if len(doc.Sheets) > 0 && len(b.sheets) == 0 {
		return damagedWorkbook(errors.New("no sheet has its part"))
	}
	return nil
}

func xmlTrue(s string) bool { return s == "1" || s == "true" }

// decode reads a small part into v; a part that is not there leaves v alone.
func (b *workbook) decode(name string, v any) (err error) {
	p, err := b.part(name)
	if p == nil || err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	p.limit, p.burst = 32<<20, 32<<20
	if err := newXML(p).Decode(v); err != nil {
		return workbookError(err)
	}
	// The checksum is known only at the end of the part.
	if _, err := io.Copy(io.Discard, p); err != nil {
		return workbookError(err)
	}
	return nil
}

// part opens a part for reading, or returns nil when there is none.
func (b *workbook) part(name string) (*part, error) {
	f := b.parts[partName(name)]
	if f == nil {
		return nil, nil
	}
	rc, err := f.Open()
	if err != nil {
		return nil, damagedWorkbook(err)
	}
	return &part{rc: rc, packed: int64(f.CompressedSize64), limit: maxUnpacked, burst: b.maxPart + 64<<10}, nil
}

// part is a part of the workbook being unpacked, with limits: on the whole, on
// the ratio to its packed form, and on what is read between two calls of mark,
// which bounds the memory that one piece of XML takes.
type part struct {
	rc     io.ReadCloser
	n      int64
	packed int64
	limit  int64
	marked int64
	burst  int64
}

var errBurst = errors.New("a piece of XML is too long")

func (p *part) Read(b []byte) (int, error) {
	n, err := p.rc.Read(b)
	p.n += int64(n)
	switch {
	case p.n > p.limit, p.n > bombFloor && p.n/bombRatio > p.packed:
		return 0, bomb()
	case p.n-p.marked > max(p.burst, 1<<20):
		return 0, errBurst
	}
	return n, err
}

func (p *part) mark() { p.marked = p.n }

func (p *part) Close() error {
	if err := p.rc.Close(); err != nil {
		return workbookError(err)
	}
	return nil
}

// newXML decodes a part. Parts are UTF-8 in practice; other encodings that a
// declaration may name are decoded when known.
func newXML(p *part) *xml.Decoder {
	d := xml.NewDecoder(bufio.NewReaderSize(p, 32<<10))
	d.CharsetReader = func(name string, r io.Reader) (io.Reader, error) {
		enc, err := canonicalEncoding(name)
		if err != nil || enc == UTF16LE || enc == UTF16BE || enc == "" {
			return nil, fmt.Errorf("XML in %s", name)
		}
		if enc == UTF8 {
			return r, nil
		}
		return newDecoder(r, enc), nil
	}
	return d
}

// workbookError makes one clear error of whatever reading a part gave.
func workbookError(err error) error {
	if _, ok := errors.AsType[*pollen.Error](err); ok {
		return err
	}
	return damagedWorkbook(err)
}

// Close removes the temporary file of the shared strings.
func (b *workbook) Close() error { return b.strings.Close() }

// sharedStrings is the table of texts that cells refer to by number
// (ECMA-376 Part 1, 18.4.9). A big one is kept in a file.
type sharedStrings struct {
	ends []int64 // where each text ends
	held []byte  // the texts, or those not yet in file
	base int64   // where held starts
	file *scratch.File
	buf  []byte
}

// maxHeld is how many bytes of shared strings are kept in memory.
const maxHeld = 64 << 20

func (s *sharedStrings) add(text []byte, tempDir string) error {
	s.held = append(s.held, text...)
	s.ends = append(s.ends, s.base+int64(len(s.held)))
	if len(s.held) < maxHeld {
		return nil
	}
	return s.spill(tempDir)
}

func (s *sharedStrings) spill(tempDir string) error {
	if s.file == nil {
		f, err := scratch.New(tempDir)
		if err != nil {
			return err
		}
		s.file = f
	}
	if _, err := s.file.Write(s.held); err != nil {
		return fmt.Errorf("writing a temporary file: %w", err)
	}
	s.base += int64(len(s.held))
	s.held = s.held[:0]
	return nil
}

// get returns text number i, and false when there is none.
func (s *sharedStrings) get(i int) (string, bool, error) {
	if i < 0 || i >= len(s.ends) {
		return "", false, nil
	}
	start := int64(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	end := s.ends[i]
	if start >= s.base {
		return string(s.held[start-s.base : end-s.base]), true, nil
	}
	if n := int(end - start); cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	b := s.buf[:end-start]
	if _, err := s.file.ReadAt(b, start); err != nil {
		return "", false, fmt.Errorf("reading a temporary file: %w", err)
	}
	return string(b), true, nil
}

// Close removes the file.
func (s *sharedStrings) Close() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// loadStrings reads the shared strings; rich text is joined, the reading aids
// of East Asian text (rPh) are left out.
func (b *workbook) loadStrings(name string) (err error) {
	p, err := b.part(name)
	if p == nil || err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	d := newXML(p)
	var text []byte
	inText, phonetic := false, 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return workbookError(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "si":
				text = text[:0]
				p.mark()
			case "t":
				inText = phonetic == 0
			case "rPh":
				phonetic++
			}
		case xml.CharData:
			if inText {
				text = append(text, t...)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "rPh":
				phonetic--
			case "si":
				if err := b.strings.add(unescapeText(text), b.tempDir); err != nil {
					return err
				}
			}
		}
	}
}
