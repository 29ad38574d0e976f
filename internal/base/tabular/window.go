package tabular

import (
	"bytes"
	"io"
)

// window is a buffer over a reader that can hold one long record at a time.
// Reading in big steps and doubling keeps rescanning a record linear.
type window struct {
	r    io.Reader
	buf  []byte
	pos  int   // start of what is not consumed
	end  int   // end of what was read
	line int64 // 1-based line of buf[pos]
	err  error // why nothing more can be read: io.EOF or a final error
}

const windowSize = 256 << 10

func newWindow(r io.Reader) *window {
	return &window{r: r, buf: make([]byte, windowSize), line: 1}
}

// data is what was read and not consumed.
func (w *window) data() []byte { return w.buf[w.pos:w.end] }

// atEOF reports that data is the rest of the input.
func (w *window) atEOF() bool { return w.err == io.EOF }

// more reads on. It reports false when nothing was added, and w.err says why.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	keep := w.end - w.pos
	if keep > len(w.buf)/2 {
		grown := make([]byte, 2*len(w.buf))
		copy(grown, w.buf[w.pos:w.end])
		w.buf = grown
	} else if w.pos > 0 {
		copy(w.buf, w.buf[w.pos:w.end])
	}
	w.pos, w.end = 0, keep
	n, err := io.ReadFull(w.r, w.buf[w.end:])
	w.end += n
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	w.err = err
	return n > 0
}

// consume steps over n bytes, which hold lines line ends.
func (w *window) consume(n int, lines int64) {
	w.pos += n
	w.line += lines
}

// skipLine steps over the rest of the line without keeping it.
func (w *window) skipLine(eol byte) {
	for {
		if i := bytes.IndexByte(w.data(), eol); i >= 0 {
			w.consume(i+1, 1)
			return
		}
		w.pos = w.end
		if !w.more() {
			return
		}
	}
}
