package thumbox

import (
	"fmt"
	"image/color"
)

// Options are what a thumbnail is to be. The zero value is a JPEG of quality 85 inside 100 x 100 pixels.
//
// An option that no request has a place for, such as a Page of -1, is an [*Error] with code 101 before anything is called.
// The rules are the library's, which answers what breaks them with the same code: a lossless JPEG, or Cover with one side.
type Options struct {
	// Width and Height are the box in pixels, 0 to 1<<32 - 1. A side of 0 is in proportion to the other; both 0 mean
	// 100 x 100.
	Width, Height int
	// Format is what to write: JPEG, PNG or WebP. The zero value is JPEG.
	Format Format
	// Quality is 1 to 100; PNG ignores it. 0 means the default, 85.
	Quality int
	// Fit is how the picture meets its box. The zero value is Inside.
	Fit Fit
	// Enlarge lets a picture become larger than it is.
	Enlarge bool
	// Lossless makes a lossless WebP; no other format has that choice.
	Lossless bool
	// RefuseTruncated makes a truncated or damaged image an error, code 202 or 201, instead of a picture with a neutral
	// rest.
	RefuseTruncated bool
	// Background shows under transparency in a JPEG, and around what Contain pads. It is opaque. nil means white, but
	// transparent around a picture in a PNG or WebP.
	Background color.Color
	// Position is what Cover keeps; no other fit has that choice. The zero value is Centre.
	Position Position
	// FocalX and FocalY are the point of the upright picture that the position Focal has in the middle, as far as the
	// edges allow: 0 (left, top) to 1 (right, bottom). 0 with every other position.
	FocalX, FocalY float64
	// Effort is how hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can, as
	// thumbox.Effort(6). nil means the default, 4.
	Effort *int
	// Frames are the frames of an animation that the thumbnail has; only WebP has that choice. The zero value is
	// FirstFrame.
	Frames Frames
	// Page is the frame of an animation, or the page of a TIFF, that is shown: 0, the first, to 65535.
	Page int
	// Colour is the colour space. The zero value is SRGB.
	Colour Colour
	// Subsampling is the samples of colour of a JPEG; no other format has that choice. The zero value is
	// SubsamplingByQuality.
	Subsampling Subsampling
	// Progressive is whether a JPEG is progressive; no other format has that choice. The zero value is
	// ProgressiveIfSmaller.
	Progressive Progressive
	// Palette gives a PNG a palette of at most 256 colours, chosen for the picture; no other format has that choice.
	Palette bool
	// MaxPixels are pixels of the source, up to 1<<32 - 1; more is code 300. It can only lower the plugin's limit, which 0
	// means.
	MaxPixels int
}

// Effort is a value for the option of that name.
func Effort(number int) *int { return &number }

// Format is a format of images. JPEG, PNG and WebP are written, too; not every build reads all others.
type Format uint32

const (
	JPEG Format = iota
	PNG
	WebP
	GIF
	BMP
	TIFF
	AVIF
	HEIC
	JPEGXL
	// Raw is a camera's raw file, of which the preview is read.
	Raw
	ICO
	QOI
	PNM
	TGA
	PSD
	JPEG2000
	CUR
)

// String is the name for people, such as WebP.
func (f Format) String() string {
	names := [...]string{
		"JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "JPEG XL",
		"camera raw", "ICO", "QOI", "PNM", "TGA", "PSD", "JPEG 2000", "CUR",
	}
	if f < Format(len(names)) {
		return names[f]
	}
	return fmt.Sprintf("format %d", uint32(f))
}

// Fit is how a picture meets its box. All but Inside need both sides of it.
type Fit uint8

const (
	// Inside is within the box, in the picture's proportions.
	Inside Fit = iota
	// Cover fills the box, and crops what is too much; Options.Position says what is kept.
	Cover
	// Stretch is each side to the box's.
	Stretch
	// Contain is as Inside, then padded to the box with Options.Background.
	Contain
)

// Position is what Cover keeps of the upright picture.
type Position uint8

const (
	Centre Position = iota
	// North is the top, and so on, clockwise.
	North
	NorthEast
	East
	SouthEast
	South
	SouthWest
	West
	NorthWest
	// Focal is the point at Options.FocalX and FocalY.
	Focal
	// Attention is where there is the most to look at: edges, strong colours, skin.
	Attention
)

// Frames are the frames of an animation that a thumbnail has.
type Frames uint8

const (
	// FirstFrame is one, as a still: the first, or that of Options.Page.
	FirstFrame Frames = iota
	// AllFrames is all, with their durations and repetitions: an animated WebP. A still stays one.
	AllFrames
)

// Colour is the colour space of a thumbnail.
type Colour uint8

const (
	SRGB Colour = iota
	// KeepColour is the picture's own, if that is RGB or grey with an ICC profile, which the thumbnail then carries; else
	// sRGB. Grey in a WebP becomes sRGB.
	KeepColour
)

// Subsampling is how many samples of colour a JPEG has.
type Subsampling uint8

const (
	// SubsamplingByQuality is 4:2:0 below quality 90, 4:4:4 from there on.
	SubsamplingByQuality Subsampling = iota
	// Subsampling420 is one for four pixels.
	Subsampling420
	// Subsampling444 is one for each pixel.
	Subsampling444
)

// Progressive is whether a JPEG is progressive.
type Progressive uint8

const (
	// ProgressiveIfSmaller is baseline, but at effort 6 whichever is smaller.
	ProgressiveIfSmaller Progressive = iota
	ProgressiveAlways
	ProgressiveNever
)
