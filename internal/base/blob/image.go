package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // registers GIF: its first frame, so that a page stays calm
	"image/jpeg"
	"image/png"
	"io"
	"strconv"

	xdraw "golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // registers WebP with image.Decode

	"pollen"
)

// Widths are those of the smaller pictures that stand beside an image, in
// pixels, ascending.
var Widths = []int{160, 640}

// MaxPixels bounds how many pixels are ever decoded, of four bytes each: a
// picture of finer colours may hold half as many. What a picture claims to hold
// is looked at first.
const MaxPixels = 40_000_000

// maxSide is the longer side of a picture as it is kept, in pixels.
const maxSide = 2560

// PutImage keeps a picture (PNG, JPEG, GIF or WebP) of at most limit bytes,
// given by an actor. What is kept is drawn anew: upright, at most 2,560
// pixels long, without what the camera noted; what was drawn so before stays as
// it is, byte for byte. It fails with Invalid when the content is no such
// picture, or too large, and with Limited as [Store.Put] does.
func (s *Store) PutImage(ctx context.Context, by pollen.Actor, r io.Reader, limit int64) (info Info, err error) {
	defer pollen.Wrap(&err, "blob.PutImage")
	drawn, err := s.redraw(ctx, r, limit)
	if err != nil {
		return info, err
	}
	info = drawn[0].info()
	// The smaller ones first: whoever finds the picture finds them too.
	for _, d := range drawn[1:] {
		if err := s.keep(ctx, pollen.Actor{}, Info{Size: int64(len(d.content)), Type: d.mediaType}, small(info.Hash, d.width), bytes.NewReader(d.content)); err != nil {
			return info, err
		}
	}
	return info, s.keep(ctx, by, info, info.Hash, bytes.NewReader(drawn[0].content))
}

// LookAtImage tells what [Store.PutImage] would, and keeps nothing.
func (s *Store) LookAtImage(ctx context.Context, r io.Reader, limit int64) (info Info, err error) {
	defer pollen.Wrap(&err, "blob.LookAtImage")
	drawn, err := s.redraw(ctx, r, limit)
	if err != nil {
		return info, err
	}
	return drawn[0].info(), nil
}

// redraw reads a picture and draws it anew, and the smaller ones after it.
func (s *Store) redraw(ctx context.Context, r io.Reader, limit int64) ([]drawing, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, tooLarge(limit)
	}
	drawn, err := s.draw(ctx, b)
	if err != nil {
		return nil, err
	}
	if bare(b) { // each drawing loses a little: this one was drawn
		drawn[0].content = b
	}
	return drawn, nil
}

// info is what a picture is once it is kept.
func (d *drawing) info() Info {
	sum := sha256.Sum256(d.content)
	return Info{Hash: hex.EncodeToString(sum[:]), Size: int64(len(d.content)), Type: d.mediaType}
}

// drawing is a picture as it is kept.
type drawing struct {
	width     int
	content   []byte
	mediaType string
}

// draw draws a picture anew, and the smaller ones after it, when its turn has
// come.
func (s *Store) draw(ctx context.Context, b []byte) (out []drawing, err error) {
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	img, kind, err := picture(b)
	if err != nil {
		return nil, err
	}
	widths := []int{img.Bounds().Dx()}
	for _, w := range Widths {
		if w < widths[0] {
			widths = append(widths, w)
		}
	}
	for _, w := range widths {
		d := drawing{width: w}
		if d.content, d.mediaType, err = encoded(scaled(img, w, max(1, img.Bounds().Dy()*w/img.Bounds().Dx())), kind); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// bare reports whether a picture is a JPEG or a PNG that is small enough to be kept
// and holds nothing but its picture, as those do that are drawn here: no part in
// which a camera or anybody else could note something, and nothing behind its end.
func bare(b []byte) bool {
	c, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || max(c.Width, c.Height) > maxSide {
		return false
	}
	return kind == "jpeg" && bareJPEG(b) || kind == "png" && barePNG(b)
}

// barePNG looks at the chunks of a PNG (RFC 2083, chapter 3).
func barePNG(b []byte) bool {
	for i := 8; i+12 <= len(b); {
		length, kind := int64(binary.BigEndian.Uint32(b[i:])), string(b[i+4:i+8])
		if length > int64(len(b)) {
			return false
		}
		i += 12 + int(length)
		switch kind {
		case "IHDR", "PLTE", "tRNS", "IDAT":
		case "IEND":
			return length == 0 && i == len(b)
		default:
			return false
		}
	}
	return false
}

// bareJPEG looks at the segments of a JPEG (ITU-T T.81, annex B).
func bareJPEG(b []byte) bool {
	for i := 2; i+4 <= len(b) && b[i] == 0xFF; {
		marker, length := b[i+1], int(binary.BigEndian.Uint16(b[i+2:]))
		switch {
		case marker == 0xDA:
			return endsThere(b[min(i+2+length, len(b)):])
		case marker != 0xDB && marker != 0xDD && (marker < 0xC0 || marker > 0xCF):
			return false
		}
		i += 2 + length
	}
	return false
}

// endsThere reports whether the coded pixels of a JPEG run to its end, with no
// other segment among or behind them.
func endsThere(coded []byte) bool {
	for i := 0; i+1 < len(coded); i++ {
		if coded[i] != 0xFF {
			continue
		}
		switch next := coded[i+1]; {
		case next == 0xD9:
			return i+2 == len(coded)
		case next != 0 && (next < 0xD0 || next > 0xD7):
			return false
		}
	}
	return false
}

// small is where the picture of a width stands.
func small(hash string, width int) string { return hash + "." + strconv.Itoa(width) }

// picture decodes a bitmap within the limits, fits it into what is kept and
// turns it upright.
func picture(b []byte) (image.Image, string, error) {
	unreadable := pollen.Errorf(pollen.Invalid, "blob.image", "This is not a picture that can be shown: send PNG, JPEG, GIF or WebP.")
	c, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, "", unreadable.Because(err)
	}
	most := int64(MaxPixels)
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		most /= 2
	}
	if c.Width < 1 || c.Height < 1 || int64(c.Width)*int64(c.Height) > most {
		return nil, "", pollen.Errorf(pollen.Invalid, "blob.pixels", "The picture is too large: at most {max} million pixels.", "max", most/1_000_000)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, "", unreadable.Because(err)
	}
	img = fitted(img, maxSide)
	if kind == "jpeg" {
		img = upright(img, orientation(b))
	}
	return img, kind, nil
}

// encoded writes a picture: photographs as JPEG, drawings as PNG.
func encoded(img image.Image, kind string) ([]byte, string, error) {
	var out bytes.Buffer
	if opaque, ok := img.(interface{ Opaque() bool }); kind == "jpeg" || kind == "webp" && ok && opaque.Opaque() {
		err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 88})
		return out.Bytes(), "image/jpeg", err
	}
	err := png.Encode(&out, img)
	return out.Bytes(), "image/png", err
}

// fitted scales a picture down so that neither side is over most.
func fitted(img image.Image, most int) image.Image {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w <= most && h <= most {
		return scaled(img, w, h)
	}
	if w >= h {
		return scaled(img, most, max(1, h*most/w))
	}
	return scaled(img, max(1, w*most/h), most)
}

// scaled draws a picture in another size. One that is much larger is halved
// until it is not, each pixel the mean of four, so that nothing is left out and
// nothing is held but the halves.
func scaled(img image.Image, w, h int) image.Image {
	for b := img.Bounds(); b.Dx() >= 2*w && b.Dy() >= 2*h; b = img.Bounds() {
		half := image.NewRGBA(image.Rect(0, 0, b.Dx()/2, b.Dy()/2))
		xdraw.ApproxBiLinear.Scale(half, half.Bounds(), img, b, draw.Src, nil)
		img = half
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if b := img.Bounds(); b.Dx() == w && b.Dy() == h {
		draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	} else {
		xdraw.ApproxBiLinear.Scale(out, out.Bounds(), img, b, draw.Src, nil)
	}
	return out
}

// upright turns a picture as its orientation asks (EXIF 2.32, tag 0x0112).
func upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, w-1-x
			case 7:
				sx, sy = h-1-y, w-1-x
			case 8:
				sx, sy = h-1-y, x
			}
			out.Set(x, y, img.At(b.Min.X+sx, b.Min.Y+sy))
		}
	}
	return out
}

// orientation reads how a JPEG says it is to be turned; 1 when it does not say.
// JPEG segments: ITU-T T.81 annex B; EXIF 2.32 sections 4.5.4 and 4.6.
func orientation(b []byte) int {
	for i := 2; i+4 <= len(b) && b[i] == 0xff; {
		marker, size := b[i+1], int(b[i+2])<<8|int(b[i+3])
		if marker == 0xda || size < 2 || i+2+size > len(b) { // the scan begins, or it is cut
			break
		}
		if segment := b[i+4 : i+2+size]; marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return tiffOrientation(segment[6:])
		}
		i += 2 + size
	}
	return 1
}

func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	big := b[0] == 'M'
	two := func(i int) int {
		if i < 0 || i+2 > len(b) {
			return 0
		}
		if big {
			return int(b[i])<<8 | int(b[i+1])
		}
		return int(b[i+1])<<8 | int(b[i])
	}
	start := two(4)<<16 | two(6)
	if !big {
		start = two(6)<<16 | two(4)
	}
	if start > len(b) {
		return 1
	}
	for k := range two(start) {
		if at := start + 2 + 12*k; two(at) == 0x0112 {
			if o := two(at + 8); o >= 1 && o <= 8 {
				return o
			}
		} else if at > len(b) {
			break
		}
	}
	return 1
}
