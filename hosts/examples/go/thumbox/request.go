package thumbox

// #include "thumbox.h"
import "C"

import (
	"fmt"
	"image/color"
	"math"
	"unsafe"
)

// thumbnailHeader is the header of message 100 with which an image of this size is sent.
func thumbnailHeader(options *Options, payloadSize C.uint32_t) (header C.ThumboxThumbnailRequestHeaderV3, err error) {
	fields := fields{}
	header = C.ThumboxThumbnailRequestHeaderV3{
		version:       3,
		target_width:  C.uint32_t(fields.number("Width", options.Width, math.MaxUint32)),
		target_height: C.uint32_t(fields.number("Height", options.Height, math.MaxUint32)),
		output_format: C.uint32_t(options.Format),
		quality:       C.uint32_t(fields.number("Quality", options.Quality, math.MaxUint32)),
		payload_size:  payloadSize,
		fit:           C.uint8_t(options.Fit),
		background:    fields.background(options.Background),
		max_pixels:    C.uint32_t(fields.number("MaxPixels", options.MaxPixels, math.MaxUint32)),
		gravity:       C.uint8_t(options.Position),
		frames:        C.uint8_t(options.Frames),
		colour:        C.uint8_t(options.Colour),
		focal_x:       C.uint16_t(fields.of65535("FocalX", options.FocalX)),
		focal_y:       C.uint16_t(fields.of65535("FocalY", options.FocalY)),
		subsampling:   C.uint8_t(options.Subsampling),
		page:          C.uint16_t(fields.number("Page", options.Page, math.MaxUint16)),
	}
	if options.Quality == 0 {
		header.quality = C.THUMBOX_DEFAULT_QUALITY
	}
	if options.Effort != nil {
		// The field has one more, and an error of the library would name that.
		header.effort = C.uint8_t(fields.number("Effort", *options.Effort, 6) + 1)
	}
	for _, flag := range [...]struct {
		set   bool
		field *C.uint8_t
		bit   C.uint8_t
	}{
		{options.Enlarge, &header.flags, C.THUMBOX_FLAG_ENLARGE},
		{options.Lossless, &header.flags, C.THUMBOX_FLAG_LOSSLESS},
		{options.RefuseTruncated, &header.flags, C.THUMBOX_FLAG_REFUSE_TRUNCATED},
		{options.Palette, &header.flags2, C.FLAG_PALETTE},
		{options.Progressive == ProgressiveAlways, &header.flags2, C.FLAG_PROGRESSIVE},
		{options.Progressive == ProgressiveNever, &header.flags2, C.FLAG_BASELINE},
	} {
		if flag.set {
			*flag.field |= flag.bit
		}
	}
	if options.Progressive > ProgressiveNever {
		fields.refuse("Progressive", options.Progressive, fmt.Sprintf("0 to %d", ProgressiveNever))
	}
	return header, fields.err
}

// setRequest is the header of message 102 and its records. What holds for all members stands in the header.
func setRequest(members []Options, payloadSize C.uint32_t) ([]byte, error) {
	header := C.ThumboxSetRequestHeaderV2{version: 2, count: C.uint32_t(len(members)), payload_size: payloadSize}
	records := make([]C.ThumboxSetRecordV2, len(members))
	for i := range members {
		member, err := thumbnailHeader(&members[i], 0)
		if err != nil {
			return nil, fmt.Errorf("set member %d: %w", i, err)
		}
		if member.max_pixels > 0 && (header.max_pixels == 0 || member.max_pixels < header.max_pixels) {
			header.max_pixels = member.max_pixels
		}
		if member.page > header.page {
			header.page = member.page
		}
		header.frames |= member.frames
		header.colour |= member.colour
		records[i] = C.ThumboxSetRecordV2{
			target_width:  member.target_width,
			target_height: member.target_height,
			output_format: member.output_format,
			quality:       member.quality,
			fit:           member.fit,
			flags:         member.flags,
			background:    member.background,
			gravity:       member.gravity,
			effort:        member.effort,
			focal_x:       member.focal_x,
			focal_y:       member.focal_y,
			subsampling:   member.subsampling,
			flags2:        member.flags2,
		}
	}
	request := append([]byte(nil), bytesOf(&header)...)
	for i := range records {
		request = append(request, bytesOf(&records[i])...)
	}
	return request, nil
}

// payloadSize is how a request has the size of an image.
func payloadSize(image []byte) (C.uint32_t, error) {
	if uint64(len(image)) > math.MaxUint32 {
		text := fmt.Sprintf("the image has %d bytes; up to %d are allowed", len(image), uint32(math.MaxUint32))
		return 0, &Error{codeHeader, text}
	}
	return C.uint32_t(len(image)), nil
}

// bytesOf shows a structure of thumbox.h as it is sent.
func bytesOf[T any](structure *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(structure)), unsafe.Sizeof(*structure))
}

// fields keeps the first option that its field has no place for.
type fields struct{ err error }

func (f *fields) refuse(name string, value any, allowed string) {
	if f.err == nil {
		f.err = &Error{codeParameter, fmt.Sprintf("%s is %v; %s is allowed", name, value, allowed)}
	}
}

func (f *fields) number(name string, value int, largest uint64) uint64 {
	if value < 0 || uint64(value) > largest {
		f.refuse(name, value, fmt.Sprintf("0 to %d", largest))
		return 0
	}
	return uint64(value)
}

// of65535 is a part of a side as 65,535 parts: halves up, as every host rounds.
func (f *fields) of65535(name string, part float64) uint64 {
	if !(part >= 0 && part <= 1) {
		f.refuse(name, part, "0 to 1")
		return 0
	}
	return uint64(part*math.MaxUint16 + 0.5)
}

// background is R, G, B, A. Four zeros would mean that there is none.
func (f *fields) background(colour color.Color) (rgba [4]C.uint8_t) {
	if colour != nil {
		r, g, b, a := colour.RGBA()
		if a != 0xFFFF {
			f.refuse("Background", colour, "an opaque colour")
		}
		rgba = [4]C.uint8_t{C.uint8_t(r >> 8), C.uint8_t(g >> 8), C.uint8_t(b >> 8), 255}
	}
	return rgba
}
