package part

import (
	"strconv"

	"github.com/a-h/templ"
	"github.com/skip2/go-qrcode"

	"pollen"
)

// QR draws a text, such as a vCard, as a QR code (ISO/IEC 18004) of the medium
// recovery level, with the quiet zone of four modules that the standard asks
// for, dark on light in every theme. It fails with Invalid when the text is too
// long for one.
func QR(text, label string) (templ.Component, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, pollen.Errorf(pollen.Invalid, "part.qr", "This is too long for a QR code. Leave something out.").Because(err)
	}
	modules := code.Bitmap()
	var path []byte
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from { // one stroke for each run of dark modules
				path = append(path, 'M')
				path = strconv.AppendInt(path, int64(from), 10)
				path = append(path, ' ')
				path = strconv.AppendInt(path, int64(y), 10)
				path = append(path, 'h')
				path = strconv.AppendInt(path, int64(x-from), 10)
				path = append(path, 'v', '1', 'h', '-')
				path = strconv.AppendInt(path, int64(x-from), 10)
				path = append(path, 'z')
			}
		}
	}
	return html(func(p *page) {
		p.raw(`<svg class="qr" role="img" viewBox="0 0 `)
		p.number(len(modules))
		p.raw(" ")
		p.number(len(modules))
		p.raw(`"`)
		p.attr("aria-label", label)
		p.raw(` shape-rendering="crispEdges"><path class="lightest" d="M0 0h`)
		p.number(len(modules))
		p.raw("v")
		p.number(len(modules))
		p.raw(`H0z"/><path class="darkest" d="`)
		p.b = append(p.b, path...)
		p.raw(`"/></svg>`)
	}), nil
}
