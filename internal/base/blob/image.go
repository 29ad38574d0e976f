package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
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

// MaxPixels bounds how many pixels are ever decoded: what a picture claims to
// hold is looked at first.
const MaxPixels = 40_000_000

// maxSide is the longer side of a picture as it is kept, in pixels.
const maxSide = 2560

// PutImage keeps a picture (PNG, JPEG, GIF or WebP) of at most limit bytes,
// given by a persona. What is kept is drawn anew: upright, at most 2,560
// pixels long, without what the camera noted. It fails with Invalid when the
// content is no such picture, or too large.
func (s *Store) PutImage(ctx context.Context, by pollen.PersonaID, r io.Reader, limit int64) (info Info, err error) {
	defer pollen.Wrap(&err, "blob.PutImage")
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return info, err
	}
	if int64(len(b)) > limit {
		return info, tooLarge(limit)
	}
	img, kind, err := picture(b)
	if err != nil {
		return info, err
	}
	content, mediaType, err := encoded(fitted(img, maxSide), kind)
	if err != nil {
		return info, err
	}
	sum := sha256.Sum256(content)
	info = Info{Hash: hex.EncodeToString(sum[:]), Size: int64(len(content)), Type: mediaType}
	// The smaller ones first: whoever finds the picture finds them too.
	for _, w := range Widths {
		if img.Bounds().Dx() <= w {
			continue
		}
		b, mediaType, err := encoded(scaled(img, w, max(1, img.Bounds().Dy()*w/img.Bounds().Dx())), kind)
		if err != nil {
			return info, err
		}
		if err := s.keep(ctx, 0, Info{Size: int64(len(b)), Type: mediaType}, small(info.Hash, w), bytes.NewReader(b)); err != nil {
			return info, err
		}
	}
	return info, s.keep(ctx, by, info, info.Hash, bytes.NewReader(content))
}

// small is where the picture of a width stands.
func small(hash string, width int) string { return hash + "." + strconv.Itoa(width) }

// picture decodes a bitmap within the limits and turns it upright.
func picture(b []byte) (image.Image, string, error) {
	unreadable := pollen.Errorf(pollen.Invalid, "blob.image", "This is not a picture that can be shown: send PNG, JPEG, GIF or WebP.")
	c, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, "", unreadable.Because(err)
	}
	if c.Width < 1 || c.Height < 1 || int64(c.Width)*int64(c.Height) > MaxPixels {
		return nil, "", pollen.Errorf(pollen.Invalid, "blob.pixels", "The picture is too large: at most {max} million pixels.", "max", MaxPixels/1_000_000)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, "", unreadable.Because(err)
	}
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

func scaled(img image.Image, w, h int) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if b := img.Bounds(); b.Dx() == w && b.Dy() == h {
		draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	} else {
		xdraw.CatmullRom.Scale(out, out.Bounds(), img, b, draw.Src, nil)
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
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
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
