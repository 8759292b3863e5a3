package thumbox

// #include "thumbox.h"
import "C"

import (
	"fmt"
	"image/color"
	"math"
	"time"
)

// Thumbnail is a finished thumbnail.
type Thumbnail struct {
	// Width and Height are in pixels.
	Width, Height int
	// Format is what was written: JPEG, PNG or WebP.
	Format Format
	// Data are the file's bytes.
	Data []byte
}

// ImageInfo is what an image's headers say.
type ImageInfo struct {
	Format Format
	// Width and Height are pixels of the upright picture, as people see it.
	Width, Height int
	// StoredWidth and StoredHeight are pixels as they are stored.
	StoredWidth, StoredHeight int
	// Orientation is 1 to 8, as EXIF counts; 1 is upright as stored.
	Orientation int
	// Alpha is whether there is transparency, or a channel for it.
	Alpha bool
	// Animated is whether there are several frames.
	Animated bool
	// ICC is whether there is a colour profile.
	ICC bool
	// Progressive is progressive or interlaced.
	Progressive bool
	// Frames are those of an animation, or the pages of a TIFF; 1 for a still.
	Frames int
	// Duration is that of all frames together, in whole milliseconds; 0 for a still.
	Duration time.Duration
}

// Placeholder is what is shown of a picture until a thumbnail is there.
type Placeholder struct {
	// Hash is a ThumbHash, 17 to 25 bytes, which every reader of ThumbHashes shows.
	Hash []byte
	// Average is the average colour of what is opaque.
	Average color.RGBA
	// Width and Height are pixels of the upright source.
	Width, Height int
	// Alpha is whether the picture is transparent somewhere, and so is its hash.
	Alpha bool
}

// Thumbnail makes a thumbnail of an image file's bytes: upright, in sRGB, without metadata.
//
// An [*Error] has a code from 100 for options that do not go together, from 200 for what is wrong with the image, from 300
// for what it would take, and below 100 for the call itself.
func (p *Plugin) Thumbnail(image []byte, options Options) (Thumbnail, error) {
	size, err := payloadSize(image)
	if err != nil {
		return Thumbnail{}, err
	}
	header, err := thumbnailHeader(&options, size)
	if err != nil {
		return Thumbnail{}, err
	}
	rest, err := p.CallRaw(C.THUMBOX_MSG_THUMBNAIL_CREATE, bytesOf(&header), image)
	if err != nil {
		return Thumbnail{}, err
	}
	thumbs, err := thumbnailsOf(rest, 1)
	if err != nil {
		return Thumbnail{}, err
	}
	return thumbs[0], nil
}

// Thumbnails makes up to 32 thumbnails of one image, which is decoded once, in the order of members. Small ones may differ
// from the same thumbnail made alone in the last bits, never in size.
//
// Of RefuseTruncated, Frames, Colour, Page and MaxPixels, what one member says holds for all: of pages the highest, of
// limits the lowest. If one cannot be made, none is, and the error names it.
func (p *Plugin) Thumbnails(image []byte, members []Options) ([]Thumbnail, error) {
	size, err := payloadSize(image)
	if err != nil {
		return nil, err
	}
	header, err := setRequest(members, size)
	if err != nil {
		return nil, err
	}
	reply, err := p.CallRaw(C.THUMBOX_MSG_THUMBNAIL_SET, header, image)
	if err != nil {
		return nil, err
	}
	var start C.ThumboxSetResponseHeader
	rest, ok := read(&start, reply)
	if !ok || start.version != 1 || int64(start.count) != int64(len(members)) {
		return nil, malformed(reply)
	}
	return thumbnailsOf(rest, len(members))
}

// Probe is what an image's headers say; no pixel is decoded.
func (p *Plugin) Probe(image []byte) (ImageInfo, error) {
	size, err := payloadSize(image)
	if err != nil {
		return ImageInfo{}, err
	}
	header := C.ThumboxProbeRequestHeaderV2{version: 2, payload_size: size}
	reply, err := p.CallRaw(C.THUMBOX_MSG_IMAGE_PROBE, bytesOf(&header), image)
	if err != nil {
		return ImageInfo{}, err
	}
	var info C.ThumboxProbeResponseV2
	rest, ok := read(&info, reply)
	if !ok || info.version != 2 || len(rest) > 0 ||
		!fit(info.upright_width, info.upright_height, info.stored_width, info.stored_height, info.frames) {
		return ImageInfo{}, malformed(reply)
	}
	return ImageInfo{
		Format:       Format(info.format),
		Width:        int(info.upright_width),
		Height:       int(info.upright_height),
		StoredWidth:  int(info.stored_width),
		StoredHeight: int(info.stored_height),
		Orientation:  int(info.orientation),
		Alpha:        info.flags&C.THUMBOX_PROBE_ALPHA != 0,
		Animated:     info.flags&C.THUMBOX_PROBE_ANIMATED != 0,
		ICC:          info.flags&C.THUMBOX_PROBE_ICC != 0,
		Progressive:  info.flags&C.THUMBOX_PROBE_PROGRESSIVE != 0,
		Frames:       int(info.frames),
		Duration:     time.Duration(info.duration_ms) * time.Millisecond,
	}, nil
}

// Placeholder is what is shown of an image until a thumbnail is there. maxPixels are pixels of the source, up to 1<<32 - 1;
// more is code 300. It can only lower the plugin's limit, which 0 means.
func (p *Plugin) Placeholder(image []byte, maxPixels int) (Placeholder, error) {
	size, err := payloadSize(image)
	if err != nil {
		return Placeholder{}, err
	}
	fields := fields{}
	limit := C.uint32_t(fields.number("maxPixels", maxPixels, math.MaxUint32))
	if fields.err != nil {
		return Placeholder{}, fields.err
	}
	header := C.ThumboxPlaceholderRequestHeader{version: 1, max_pixels: limit, payload_size: size}
	reply, err := p.CallRaw(C.THUMBOX_MSG_PLACEHOLDER, bytesOf(&header), image)
	if err != nil {
		return Placeholder{}, err
	}
	var start C.ThumboxPlaceholderResponseHeader
	hash, ok := read(&start, reply)
	if !ok || start.version != 1 || len(hash) != int(start.hash_length) || !fit(start.upright_width, start.upright_height) {
		return Placeholder{}, malformed(reply)
	}
	average := color.RGBA{uint8(start.average_red), uint8(start.average_green), uint8(start.average_blue), 255}
	return Placeholder{
		Hash:    hash,
		Average: average,
		Width:   int(start.upright_width),
		Height:  int(start.upright_height),
		Alpha:   start.flags&C.THUMBOX_PLACEHOLDER_ALPHA != 0,
	}, nil
}

// thumbnailsOf reads the headers of thumbnails, and behind them their files.
func thumbnailsOf(reply []byte, count int) ([]Thumbnail, error) {
	headers := make([]C.ThumboxThumbnailResponseHeader, count)
	rest := reply
	for i := range headers {
		var ok bool
		if rest, ok = read(&headers[i], rest); !ok {
			return nil, malformed(reply)
		}
	}
	thumbs := make([]Thumbnail, count)
	for i, header := range headers {
		if header.version != 1 || uint64(header.payload_size) > uint64(len(rest)) || !fit(header.width, header.height) {
			return nil, malformed(reply)
		}
		size := int(header.payload_size)
		// Appending to one file must not write into the next.
		data := rest[:size:size]
		thumbs[i] = Thumbnail{int(header.width), int(header.height), Format(header.format), data}
		rest = rest[size:]
	}
	if len(rest) > 0 {
		return nil, malformed(reply)
	}
	return thumbs, nil
}

// read copies a structure of thumbox.h from the start of a reply, and returns the rest.
func read[T any](structure *T, reply []byte) ([]byte, bool) {
	bytes := bytesOf(structure)
	if len(reply) < len(bytes) {
		return nil, false
	}
	copy(bytes, reply)
	return reply[len(bytes):], true
}

// fit says whether an int holds the numbers, which on a 32-bit machine it might not.
func fit(numbers ...C.uint32_t) bool {
	for _, number := range numbers {
		if uint64(number) > math.MaxInt {
			return false
		}
	}
	return true
}

func malformed(reply []byte) error {
	return &Error{codeBug, fmt.Sprintf("the library's reply of %d bytes is malformed", len(reply))}
}
