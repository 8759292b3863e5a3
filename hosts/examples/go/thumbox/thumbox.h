/*
 * thumbox.h: thumbnails of images that you do not trust, from C.
 *
 * Generated from the Rust sources; a test holds it to them. Do not edit it.
 *
 *     void *plugin = plugin_init(plugin_create(), NULL, 0, NULL);
 *     ThumboxThumbnailRequestHeader header = {.version = 1, .target_width = 256, .target_height = 256,
 *         .output_format = THUMBOX_OUTPUT_FORMAT_JPEG, .quality = 85, .payload_size = image_size};
 *     ThumboxPart parts[] = {{&header, sizeof header}, {image, image_size}};
 *     RbResponse reply = thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, parts, 2);
 *     // reply.error_code, or a ThumboxThumbnailResponseHeader and the file in reply.data
 *     rb_response_free(&reply);
 *     plugin_shutdown(plugin);
 *
 * Functions may be called from any thread. Any value may be passed as a handle: an unknown one is
 * answered by error 1. NULL and impossible lengths are answered by error 4.
 */

#ifndef THUMBOX_H
#define THUMBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Echo: the reply is the request, which has one byte or more.
#define THUMBOX_MSG_ECHO 1

// One thumbnail of one image.
#define THUMBOX_MSG_THUMBNAIL_CREATE 100

// What an image's headers say, without decoding pixels.
#define THUMBOX_MSG_IMAGE_PROBE 101

// Up to 32 thumbnails of one image, decoded once.
#define THUMBOX_MSG_THUMBNAIL_SET 102

// A ThumbHash of one image, to be shown until a thumbnail is there.
#define THUMBOX_MSG_PLACEHOLDER 103

// Members that a set can have at the most.
#define THUMBOX_MAX_SET 32

// The box when both targets are 0, pixels a side.
#define THUMBOX_DEFAULT_BOX 100

// The quality of a JPEG or WebP where nobody set another.
#define THUMBOX_DEFAULT_QUALITY 85

// The effort of an encoder where nobody set another.
#define DEFAULT_EFFORT 4

// The highest effort; the lowest is 0.
#define MAX_EFFORT 6

// Bit 0 of a request's `flags`: the picture may be made larger than it is.
#define THUMBOX_FLAG_ENLARGE 1

// Bit 1 of a request's `flags`: a WebP without loss.
#define THUMBOX_FLAG_LOSSLESS (1 << 1)

// Bit 2 of a request's `flags`: a truncated image is an error.
#define THUMBOX_FLAG_REFUSE_TRUNCATED (1 << 2)

// Bit 0 of a request's `flags2`: a PNG gets a palette of at most 256 colours.
#define FLAG_PALETTE 1

// Bit 1 of a request's `flags2`: a JPEG is progressive.
#define FLAG_PROGRESSIVE (1 << 1)

// Bit 2 of a request's `flags2`: a JPEG is not progressive.
#define FLAG_BASELINE (1 << 2)

// Bit 0 of a probe's `flags`: there is transparency, or a channel for it.
#define THUMBOX_PROBE_ALPHA 1

// Bit 1 of a probe's `flags`: there are several frames.
#define THUMBOX_PROBE_ANIMATED (1 << 1)

// Bit 2 of a probe's `flags`: there is an ICC profile.
#define THUMBOX_PROBE_ICC (1 << 2)

// Bit 3 of a probe's `flags`: progressive or interlaced.
#define THUMBOX_PROBE_PROGRESSIVE (1 << 3)

// Bit 0 of a placeholder's `flags`: the picture is transparent somewhere.
#define THUMBOX_PLACEHOLDER_ALPHA 1

// The box whose pixels a placeholder is of, pixels a side.
#define THUMBOX_PLACEHOLDER_BOX 100

// An image format that is read. The numbers are those of the probe response.
enum ThumboxFormat
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // JPEG (ITU-T T.81).
  THUMBOX_FORMAT_JPEG = 0,
  // PNG (W3C PNG, third edition).
  THUMBOX_FORMAT_PNG = 1,
  // WebP (RFC 9649).
  THUMBOX_FORMAT_WEBP = 2,
  // GIF (GIF89a); the first frame.
  THUMBOX_FORMAT_GIF = 3,
  // BMP, every header from BITMAPCOREHEADER to BITMAPV5HEADER.
  THUMBOX_FORMAT_BMP = 4,
  // TIFF 6.0; the first image.
  THUMBOX_FORMAT_TIFF = 5,
  // AVIF 1.2; the primary picture. In the component thumbox-avif alone.
  THUMBOX_FORMAT_AVIF = 6,
  // HEIC (ISO/IEC 23008-12); the primary picture. In the component thumbox-heic alone.
  THUMBOX_FORMAT_HEIC = 7,
  // Camera raw (DNG, NEF, CR2, CR3, ARW, ORF, RW2, RAF, PEF); its largest JPEG preview.
  THUMBOX_FORMAT_RAW = 9,
  // ICO; the largest picture, or a smaller one that suffices.
  THUMBOX_FORMAT_ICO = 10,
  // QOI 1.0.
  THUMBOX_FORMAT_QOI = 11,
  // PBM, PGM, PPM and PAM; the first image.
  THUMBOX_FORMAT_PNM = 12,
  // TGA with the footer of its version 2.
  THUMBOX_FORMAT_TGA = 13,
  // PSD and PSB; the flattened picture.
  THUMBOX_FORMAT_PSD = 14,
  // CUR: cursors, stored as icons are.
  THUMBOX_FORMAT_CUR = 16,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ThumboxFormat ThumboxFormat;
#else
typedef uint32_t ThumboxFormat;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How many samples of colour a JPEG has.
enum Subsampling
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // 4:2:0 below quality 90, 4:4:4 from there on.
  SUBSAMPLING_BY_QUALITY = 0,
  // 4:2:0: one for four pixels.
  SUBSAMPLING_QUARTER = 1,
  // 4:4:4: one for each pixel.
  SUBSAMPLING_FULL = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum Subsampling Subsampling;
#else
typedef uint8_t Subsampling;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The format of a thumbnail.
enum ThumboxOutputFormat
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // JPEG: 4:2:0 below quality 90, 4:4:4 from there on; grey stays grey. Baseline, or progressive where that is asked for or, at
  // the highest effort, smaller.
  THUMBOX_OUTPUT_FORMAT_JPEG = 0,
  // PNG in the smallest form that is exact: grey or RGB of 8 bits, with alpha where there is any, grey of fewer bits, or a
  // palette.
  THUMBOX_OUTPUT_FORMAT_PNG = 1,
  // WebP: lossy at the request's quality, or lossless where the request says so.
  THUMBOX_OUTPUT_FORMAT_WEBP = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ThumboxOutputFormat ThumboxOutputFormat;
#else
typedef uint32_t ThumboxOutputFormat;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How the picture meets its box.
enum ThumboxFit
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Fits the picture inside the box and keeps its proportions. It is not enlarged unless `enlarge` is set.
  THUMBOX_FIT_INSIDE = 0,
  // Fills the box, keeps the proportions, and crops the excess as the [`Gravity`] says. Both sides must be set.
  // Without `enlarge`, a side is never larger than the picture's.
  THUMBOX_FIT_COVER = 1,
  // Scales each side to the box and ignores the proportions. Both sides must be set. Without `enlarge`, each side
  // is at most the picture's.
  THUMBOX_FIT_STRETCH = 2,
  // Fits the picture inside the box as [`Fit::Inside`] does, then pads it to the box with the background: transparent
  // if none is set and the format has alpha, else white. Both sides must be set.
  THUMBOX_FIT_CONTAIN = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ThumboxFit ThumboxFit;
#else
typedef uint8_t ThumboxFit;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The frames of an animation that a thumbnail has.
enum Frames
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // One, as a still.
  FRAMES_FIRST = 0,
  // All: an animated WebP. A still stays one.
  FRAMES_ALL = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum Frames Frames;
#else
typedef uint8_t Frames;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The colour space of a thumbnail.
enum Colour
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // sRGB.
  COLOUR_SRGB = 0,
  // The picture's own, if it is RGB or grey with an ICC profile, which the thumbnail then carries; else sRGB.
  COLOUR_KEEP = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum Colour Colour;
#else
typedef uint8_t Colour;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The number of an error, the same in every build and every host.
//
// | range | who must act |
// |---|---|
// | 1-13 | the transport: rustbridge's numbers, with rustbridge's meanings |
// | 100-199 | whoever wrote the request |
// | 200-299 | whoever sent the image |
// | 300-399 | whoever set the limit, or sends less |
// | 900 | us: a bug |
enum ThumboxCode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // The plugin is not active, or the handle is not one of ours.
  THUMBOX_CODE_INVALID_STATE = 1,
  // The plugin could not be initialised.
  THUMBOX_CODE_INIT_FAILED = 2,
  // The configuration, or an argument of the interface itself, is wrong.
  THUMBOX_CODE_CONFIG = 4,
  // A JSON request that is not JSON, or not an object where one is needed.
  THUMBOX_CODE_SERIALIZATION = 5,
  // No message has this id, or no JSON message this tag.
  THUMBOX_CODE_UNKNOWN_MESSAGE = 6,
  // A handler failed in a way that has no number of its own.
  THUMBOX_CODE_HANDLER = 7,
  // The call ran past its deadline.
  THUMBOX_CODE_TIMEOUT = 10,
  // A panic, stopped at the boundary.
  THUMBOX_CODE_INTERNAL = 11,
  // More calls at once than the limit allows.
  THUMBOX_CODE_TOO_MANY_REQUESTS = 13,
  // The request's header: its version, length, reserved bytes or payload size.
  THUMBOX_CODE_HEADER = 100,
  // A parameter of the request.
  THUMBOX_CODE_PARAMETER = 101,
  // The data is in no format, or in no variant of a format, that is read.
  THUMBOX_CODE_UNKNOWN_FORMAT = 200,
  // The image contradicts its own format.
  THUMBOX_CODE_CORRUPT = 201,
  // The image ends early: nothing to show yet, or the request refuses truncated images.
  THUMBOX_CODE_TRUNCATED = 202,
  // The image is in a format that the host does not allow.
  THUMBOX_CODE_FORMAT_NOT_ALLOWED = 203,
  // The image is in a format that other builds read and this one does not: AVIF or HEIC.
  THUMBOX_CODE_FORMAT_NOT_IN_BUILD = 204,
  // More pixels than the limit, or than the output format can hold.
  THUMBOX_CODE_PIXELS = 300,
  // More working memory than the limit.
  THUMBOX_CODE_MEMORY = 301,
  // A reply longer than the limit.
  THUMBOX_CODE_REPLY_SIZE = 302,
  // More work than a picture of its size and a file of its length may cost.
  THUMBOX_CODE_WORK = 303,
  // More frames than the limit, or more pixels in all of them.
  THUMBOX_CODE_FRAMES = 304,
  // An invariant of this crate does not hold: a bug of ours.
  THUMBOX_CODE_BUG = 900,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ThumboxCode ThumboxCode;
#else
typedef uint32_t ThumboxCode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Receives an instance's log messages, from any thread that calls the instance.
//
// `level` is 0 trace, 1 debug, 2 info, 3 warn or 4 error. `target` is a C string. `message` is UTF-8 of
// `len` bytes, and a NUL that `len` does not count follows it. Both belong to the plugin and are gone
// when the callback returns. The callback may call the plugin; it is never called after
// `plugin_shutdown` has returned.
typedef void (*ThumboxLogCallback)(uint8_t level,
                                   const char *target,
                                   const uint8_t *message,
                                   size_t len);

// A JSON reply, to be given back with `plugin_free_buffer`.
typedef struct FfiBuffer {
  // The reply: a JSON object whose `status` is "success", with `payload`, or "error", with
  // `error_code` and `error_message`.
  uint8_t *data;
  // Bytes of the reply.
  size_t len;
  // Bytes of the allocation.
  size_t capacity;
  // 0 for success, else the error's number.
  uint32_t error_code;
} FfiBuffer;

// A binary reply, to be given back with `rb_response_free`.
typedef struct RbResponse {
  // 0 for success, else the error's number.
  uint32_t error_code;
  // Bytes of the reply, never 0; after an error, bytes of the message.
  uint32_t len;
  // Bytes of the allocation: `len`, and one more after an error.
  uint32_t capacity;
  // The reply; after an error the message, UTF-8 with a NUL after it that `len` does not count.
  void *data;
} RbResponse;

// One part of a request that lies in several places.
typedef struct ThumboxPart {
  // The part's bytes; may be NULL where `len` is 0.
  const void *data;
  // How many.
  size_t len;
} ThumboxPart;

// Message 100, version 1; the image file's bytes follow.
typedef struct ThumboxThumbnailRequestHeader {
  // 1.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // The box's width in pixels; 0 = in proportion to the height; both 0 = 100 x 100.
  uint32_t target_width;
  // The box's height in pixels; 0 = in proportion to the width.
  uint32_t target_height;
  // 0 JPEG, 1 PNG, 2 WebP: a `ThumboxOutputFormat`.
  uint32_t output_format;
  // 1-100 for JPEG and WebP; ignored for PNG.
  uint32_t quality;
  // Bytes of the image that follow.
  uint32_t payload_size;
} ThumboxThumbnailRequestHeader;

// Message 100, version 2; the image file's bytes follow.
typedef struct ThumboxThumbnailRequestHeaderV2 {
  // 2.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // As in version 1.
  uint32_t target_width;
  // As in version 1.
  uint32_t target_height;
  // As in version 1.
  uint32_t output_format;
  // As in version 1.
  uint32_t quality;
  // As in version 1.
  uint32_t payload_size;
  // 0 inside, 1 cover, 2 stretch; cover and stretch need both targets.
  uint8_t fit;
  // Bit 0 allow enlarging, bit 1 lossless WebP, bit 2 refuse truncated images.
  uint8_t flags;
  // Zeros.
  uint8_t reserved2[2];
  // R, G, B, A under transparency for formats without alpha, and around what is padded; all 0 = white, or transparent around it where the format has alpha; else A = 255.
  uint8_t background[4];
  // Pixels of the source at the most; 0 = the plugin's limit, which this can only lower.
  uint32_t max_pixels;
  // Zeros.
  uint8_t reserved3[4];
} ThumboxThumbnailRequestHeaderV2;

// Message 100, version 3; the image file's bytes follow.
typedef struct ThumboxThumbnailRequestHeaderV3 {
  // 3.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // As in version 1.
  uint32_t target_width;
  // As in version 1.
  uint32_t target_height;
  // As in version 1.
  uint32_t output_format;
  // As in version 1.
  uint32_t quality;
  // As in version 1.
  uint32_t payload_size;
  // As in version 2, or 3 contain; it needs both targets.
  uint8_t fit;
  // As in version 2.
  uint8_t flags;
  // Zeros.
  uint8_t reserved2[2];
  // As in version 2.
  uint8_t background[4];
  // As in version 2.
  uint32_t max_pixels;
  // Zeros.
  uint8_t reserved3[4];
  // Where cover keeps the picture: 0 centre, 1 north, 2 north-east, ... 8 north-west, 9 focal point, 10 attention.
  uint8_t gravity;
  // 0 = the default, else 1-7 for efforts 0-6: from as fast to as small as can be.
  uint8_t effort;
  // 0 the first frame, 1 all: an animated WebP.
  uint8_t frames;
  // 0 sRGB, 1 the picture's own RGB or grey space, with its profile.
  uint8_t colour;
  // Of 65535, from the left of the upright picture; 0 unless gravity is 9.
  uint16_t focal_x;
  // Of 65535, from the top; 0 unless gravity is 9.
  uint16_t focal_y;
  // JPEG: 0 by quality, 1 4:2:0, 2 4:4:4.
  uint8_t subsampling;
  // Bit 0 PNG with a palette, bit 1 progressive JPEG always, bit 2 never.
  uint8_t flags2;
  // The frame of an animation, or the page of a TIFF, that is shown; 0 is the first.
  uint16_t page;
  // Zeros.
  uint8_t reserved4[12];
} ThumboxThumbnailRequestHeaderV3;

// The reply to message 100; the thumbnail file's bytes follow. Also each header in the reply to 102.
typedef struct ThumboxThumbnailResponseHeader {
  // 1.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // The thumbnail's width in pixels.
  uint32_t width;
  // The thumbnail's height in pixels.
  uint32_t height;
  // The format that was written: a `ThumboxOutputFormat`.
  uint32_t format;
  // Bytes of the thumbnail file.
  uint32_t payload_size;
} ThumboxThumbnailResponseHeader;

// Message 101; the image file's bytes follow.
typedef struct ThumboxProbeRequestHeader {
  // 1.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // Bytes of the image that follow.
  uint32_t payload_size;
} ThumboxProbeRequestHeader;

// Message 101, version 2; the image file's bytes follow.
typedef struct ThumboxProbeRequestHeaderV2 {
  // 2.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // Bytes of the image that follow.
  uint32_t payload_size;
} ThumboxProbeRequestHeaderV2;

// The reply to message 101.
typedef struct ThumboxProbeResponse {
  // 1.
  uint8_t version;
  // 1-8, as EXIF counts.
  uint8_t orientation;
  // Bit 0 alpha, bit 1 animated, bit 2 has an ICC profile, bit 3 progressive or interlaced.
  uint8_t flags;
  // Zero.
  uint8_t reserved;
  // Pixels, as stored.
  uint32_t stored_width;
  // Pixels, as stored.
  uint32_t stored_height;
  // Pixels, as the picture is to be seen.
  uint32_t upright_width;
  // Pixels, as the picture is to be seen.
  uint32_t upright_height;
  // 0 JPEG, 1 PNG, 2 WebP, 3 GIF, 4 BMP, 5 TIFF, 6 AVIF, 7 HEIC, 9 camera raw, 10 ICO, 11 QOI, 12 PNM, 13 TGA, 14 PSD, 16 CUR: a `ThumboxFormat`.
  uint32_t format;
  // Zeros.
  uint8_t reserved2[4];
} ThumboxProbeResponse;

// The reply to message 101, version 2.
typedef struct ThumboxProbeResponseV2 {
  // 2.
  uint8_t version;
  // As in version 1.
  uint8_t orientation;
  // As in version 1.
  uint8_t flags;
  // Zero.
  uint8_t reserved;
  // As in version 1.
  uint32_t stored_width;
  // As in version 1.
  uint32_t stored_height;
  // As in version 1.
  uint32_t upright_width;
  // As in version 1.
  uint32_t upright_height;
  // As in version 1.
  uint32_t format;
  // Zeros.
  uint8_t reserved2[4];
  // Frames of an animation, or pages; 1 for a still.
  uint32_t frames;
  // Milliseconds of all frames together; 0 for a still.
  uint32_t duration_ms;
} ThumboxProbeResponseV2;

// Message 102; `count` records follow, then the image file's bytes.
typedef struct ThumboxSetRequestHeader {
  // 1.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // 1-32.
  uint32_t count;
  // Bytes of the image, after the records.
  uint32_t payload_size;
} ThumboxSetRequestHeader;

// One thumbnail of message 102.
typedef struct ThumboxSetRecord {
  // As in message 100.
  uint32_t target_width;
  // As in message 100.
  uint32_t target_height;
  // As in message 100.
  uint32_t output_format;
  // As in message 100.
  uint32_t quality;
  // As in message 100, version 2.
  uint8_t fit;
  // As in message 100, version 2.
  uint8_t flags;
  // Zeros.
  uint8_t reserved[2];
  // As in message 100, version 2.
  uint8_t background[4];
} ThumboxSetRecord;

// Message 102, version 2; `count` records of version 2 follow, then the image file's bytes.
typedef struct ThumboxSetRequestHeaderV2 {
  // 2.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // 1-32.
  uint32_t count;
  // Bytes of the image, after the records.
  uint32_t payload_size;
  // As in message 100, version 2.
  uint32_t max_pixels;
  // As in message 100, version 3, for all members.
  uint16_t page;
  // As in message 100, version 3, for all members.
  uint8_t frames;
  // As in message 100, version 3, for all members.
  uint8_t colour;
  // Zeros.
  uint8_t reserved2[4];
} ThumboxSetRequestHeaderV2;

// One thumbnail of message 102, version 2.
typedef struct ThumboxSetRecordV2 {
  // As in message 100.
  uint32_t target_width;
  // As in message 100.
  uint32_t target_height;
  // As in message 100.
  uint32_t output_format;
  // As in message 100.
  uint32_t quality;
  // As in message 100, version 3.
  uint8_t fit;
  // As in message 100, version 2.
  uint8_t flags;
  // Zeros.
  uint8_t reserved[2];
  // As in message 100, version 2.
  uint8_t background[4];
  // As in message 100, version 3.
  uint8_t gravity;
  // As in message 100, version 3.
  uint8_t effort;
  // 0.
  uint8_t frames;
  // 0.
  uint8_t colour;
  // As in message 100, version 3.
  uint16_t focal_x;
  // As in message 100, version 3.
  uint16_t focal_y;
  // As in message 100, version 3.
  uint8_t subsampling;
  // As in message 100, version 3.
  uint8_t flags2;
  // 0.
  uint16_t page;
  // Zeros.
  uint8_t reserved2[8];
} ThumboxSetRecordV2;

// The reply to message 102; `count` thumbnail response headers follow, then their files in that order.
typedef struct ThumboxSetResponseHeader {
  // 1.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // Headers that follow.
  uint32_t count;
} ThumboxSetResponseHeader;

// Message 103; the image file's bytes follow.
typedef struct ThumboxPlaceholderRequestHeader {
  // 1.
  uint8_t version;
  // Zeros.
  uint8_t reserved[3];
  // As in message 100, version 2.
  uint32_t max_pixels;
  // Bytes of the image that follow.
  uint32_t payload_size;
} ThumboxPlaceholderRequestHeader;

// The reply to message 103; the ThumbHash follows.
typedef struct ThumboxPlaceholderResponseHeader {
  // 1.
  uint8_t version;
  // Bit 0 alpha: the picture is transparent somewhere, and so is its hash.
  uint8_t flags;
  // Zeros.
  uint8_t reserved[2];
  // Pixels of the source, as the picture is to be seen.
  uint32_t upright_width;
  // Pixels of the source, as the picture is to be seen.
  uint32_t upright_height;
  // Bytes of the hash, 17 to 25.
  uint8_t hash_length;
  // The average colour of what is opaque: each pixel counts by its alpha. 0 where nothing is opaque.
  uint8_t average_red;
  // As red.
  uint8_t average_green;
  // As red.
  uint8_t average_blue;
} ThumboxPlaceholderResponseHeader;

// Every format, in the order of the numbers.
#define ThumboxFormat_ALL { ThumboxFormat_Jpeg, ThumboxFormat_Png, ThumboxFormat_WebP, ThumboxFormat_Gif, ThumboxFormat_Bmp, ThumboxFormat_Tiff, ThumboxFormat_Avif, ThumboxFormat_Heic, ThumboxFormat_Raw, ThumboxFormat_Ico, ThumboxFormat_Qoi, ThumboxFormat_Pnm, ThumboxFormat_Tga, ThumboxFormat_Psd, ThumboxFormat_Cur, }

// Every choice, in the order of the numbers.
#define Subsampling_ALL { Subsampling_ByQuality, Subsampling_Quarter, Subsampling_Full, }

// Every format that is written, in the order of the numbers.
#define ThumboxOutputFormat_ALL { ThumboxOutputFormat_Jpeg, ThumboxOutputFormat_Png, ThumboxOutputFormat_WebP, }

// Every fit, in the order of the numbers.
#define ThumboxFit_ALL { ThumboxFit_Inside, ThumboxFit_Cover, ThumboxFit_Stretch, ThumboxFit_Contain, }

// Every choice, in the order of the numbers.
#define Frames_ALL { Frames_First, Frames_All, }

// Every choice, in the order of the numbers.
#define Colour_ALL { Colour_Srgb, Colour_Keep, }

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Makes a plugin, to be given to `plugin_init`; never NULL.
//
// A plugin that is not wanted after all is ended by `plugin_shutdown`, like any other.
void *plugin_create(void);

// Starts a plugin with a configuration, and returns the handle for all other functions.
//
// `config_json` is `len` bytes of JSON, or NULL for the defaults. Every key is optional: `log_level`
// ("trace", "debug", "info", "warn", "error", "off"; default "info"), `max_concurrent_ops` (1000; 0 =
// unlimited), `shutdown_timeout_ms` (5000), and `data` with `formats`, a list of the formats that may be
// read, and the limits `max_pixels`, `max_memory` and `max_reply`. One of the last four beside `data` is
// refused; other keys there mean nothing, and the log says so. `callback` may be NULL.
//
// NULL means that the plugin did not start: `plugin` is none, or was started before, or the
// configuration is wrong, which the callback has been told. A plugin with a wrong configuration is gone.
//
// # Safety
// `config_json` is NULL or readable for `len` bytes. `callback` can be called from any thread until
// `plugin_shutdown` has returned.
void *plugin_init(void *plugin,
                  const uint8_t *config_json,
                  size_t len,
                  ThumboxLogCallback callback);

// Answers a JSON request: `type_tag` is a C string that names the message ("thumbnail.create",
// "image.probe", "image.placeholder", "plugin.info", "echo"), `request` is `len` bytes of JSON.
//
// The reply is a JSON object in every case, and is given back with `plugin_free_buffer`.
//
// # Safety
// `type_tag` is NULL or a C string. `request` is NULL or readable for `len` bytes. Nobody writes to
// either before this returns.
struct FfiBuffer plugin_call(void *handle,
                             const char *type_tag,
                             const uint8_t *request,
                             size_t len);

// Answers a binary request: `request` is `len` bytes, a header and what it announces.
//
// The reply, or the error's message, is given back with `rb_response_free`.
//
// # Safety
// `request` is NULL or readable for `len` bytes, and nobody writes to it before this returns.
struct RbResponse plugin_call_raw(void *handle,
                                  uint32_t message_id,
                                  const void *request,
                                  size_t len);

// As `plugin_call_raw`, for a request that lies in several places: its parts are read in order, as one
// request. So nobody has to copy an image after its header.
//
// # Safety
// `parts` is NULL or an array of `count` parts. The `data` of each is NULL or readable for its `len`
// bytes. Nobody writes to any of it before this returns.
struct RbResponse thumbox_call_parts(void *handle,
                                     uint32_t message_id,
                                     const struct ThumboxPart *parts,
                                     size_t count);

// Frees a reply of `plugin_call`, and empties the structure, so that a second call does nothing.
//
// # Safety
// `buffer` is NULL or a structure that `plugin_call` has filled and nobody has changed.
void plugin_free_buffer(struct FfiBuffer *buffer);

// Frees a reply of `plugin_call_raw` or `thumbox_call_parts`, and empties the structure, so that a
// second call does nothing.
//
// # Safety
// `response` is NULL or a structure that one of the two has filled and nobody has changed.
void rb_response_free(struct RbResponse *response);

// Ends a plugin: refuses new calls, waits up to `shutdown_timeout_ms` for those that run, waits for log
// callbacks to return, and forgets the handle. `false` where there was nothing to end.
//
// Calls that are still running then are answered as usual, without log messages. Do not call this while
// you hold a lock that the log callback takes.
bool plugin_shutdown(void *handle);

// Sets the least severe level that the log callback gets: 0 trace, 1 debug, 2 info, 3 warn, 4 error;
// anything above is off.
void plugin_set_log_level(void *handle,
                          uint8_t level);

// Where a plugin is in its life: 0 installed, 1 starting, 2 active, 3 stopping, 4 stopped, 5 failed;
// 255 where the handle is none, or none any more.
uint8_t plugin_get_state(void *handle);

// How many calls were refused because `max_concurrent_ops` were running; 0 where the handle is none.
uint64_t plugin_get_rejected_count(void *handle);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* THUMBOX_H */
