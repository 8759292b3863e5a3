/** The tables of the binary interface. `cargo xtask generate` makes them of `thumbox-protocol`; do not edit them. */

import { Layout } from "./layout.js";

export const MSG_ECHO = 1;
export const MSG_THUMBNAIL_CREATE = 100;
export const MSG_IMAGE_PROBE = 101;
export const MSG_THUMBNAIL_SET = 102;
export const MSG_PLACEHOLDER = 103;

/** Members that a set can have at the most. */
export const MAX_SET = 32;

/** The quality of a JPEG or WebP. */
export const DEFAULT_QUALITY = 85;

/** The effort of an encoder. */
export const DEFAULT_EFFORT = 4;

/** The highest effort; the lowest is 0. */
export const MAX_EFFORT = 6;

/** Pixels of a source picture. */
export const MAX_PIXELS = 268435456;

/** The most that the limit on pixels may be. */
export const MOST_PIXELS = 536870912;

/** Bytes of working memory for one call. */
export const MAX_MEMORY = 268435456;

/** Bytes of a reply. */
export const MAX_REPLY = 67108864;

/** Bytes of a request. */
export const MAX_REQUEST = 67108864;

/** Bytes up to which a pool keeps an instance's memory. */
export const KEEP_MEMORY = 67108864;

/** Bytes of a panic's text that WebAssembly builds keep. */
export const PANIC_TEXT = 1020;

/** The formats that are read, with their numbers. */
export const FORMATS = /** @type {const} */ ({
  jpeg: 0,
  png: 1,
  webp: 2,
  gif: 3,
  bmp: 4,
  tiff: 5,
  avif: 6,
  heic: 7,
  raw: 9,
  ico: 10,
  qoi: 11,
  pnm: 12,
  tga: 13,
  psd: 14,
  cur: 16,
});
/** The formats of thumbnails, in the order of their numbers. */
export const OUTPUT_FORMATS = /** @type {const} */ (["jpeg", "png", "webp"]);
/** How a picture meets its box, in the order of their numbers. */
export const FITS = /** @type {const} */ (["inside", "cover", "stretch", "contain"]);
/** How many samples of colour a JPEG has, in the order of the numbers. */
export const SUBSAMPLINGS = /** @type {const} */ (["auto", "4:2:0", "4:4:4"]);
/** The colour spaces of a thumbnail, in the order of the numbers. */
export const COLOURS = /** @type {const} */ (["srgb", "keep"]);
/** The frames that a thumbnail has, in the order of the numbers. */
export const FRAMES = /** @type {const} */ (["first", "all"]);
/** What a crop keeps, by the words for it, with the number in a request. */
export const POSITIONS = /** @type {const} */ ({
  "attention": 10,
  "bottom": 5,
  "bottom center": 5,
  "bottom centre": 5,
  "bottom left": 6,
  "bottom right": 4,
  "center": 0,
  "center bottom": 5,
  "center center": 0,
  "center centre": 0,
  "center left": 7,
  "center right": 3,
  "center top": 1,
  "centre": 0,
  "centre bottom": 5,
  "centre center": 0,
  "centre centre": 0,
  "centre left": 7,
  "centre right": 3,
  "centre top": 1,
  "east": 3,
  "left": 7,
  "left bottom": 6,
  "left center": 7,
  "left centre": 7,
  "left top": 8,
  "north": 1,
  "northeast": 2,
  "northwest": 8,
  "right": 3,
  "right bottom": 4,
  "right center": 3,
  "right centre": 3,
  "right top": 2,
  "south": 5,
  "southeast": 4,
  "southwest": 6,
  "top": 1,
  "top center": 1,
  "top centre": 1,
  "top left": 8,
  "top right": 2,
  "west": 7,
});
/** The number of a focal point. */
export const FOCAL = 9;

export const FLAG_ENLARGE = 1;
export const FLAG_LOSSLESS = 2;
export const FLAG_REFUSE_TRUNCATED = 4;
export const FLAG_PALETTE = 1;
export const FLAG_PROGRESSIVE = 2;
export const FLAG_BASELINE = 4;

/** Message 100, version 1; the image file's bytes follow. */
export const ThumbnailRequestHeader = new Layout(
  24,
  [
    ["version", 0, 1],
    ["target_width", 4, 4],
    ["target_height", 8, 4],
    ["output_format", 12, 4],
    ["quality", 16, 4],
    ["payload_size", 20, 4],
  ],
  1,
);

/** Message 100, version 2; the image file's bytes follow. */
export const ThumbnailRequestHeaderV2 = new Layout(
  40,
  [
    ["version", 0, 1],
    ["target_width", 4, 4],
    ["target_height", 8, 4],
    ["output_format", 12, 4],
    ["quality", 16, 4],
    ["payload_size", 20, 4],
    ["fit", 24, 1],
    ["flags", 25, 1],
    ["background", 28, 4],
    ["max_pixels", 32, 4],
  ],
  2,
);

/** Message 100, version 3; the image file's bytes follow. */
export const ThumbnailRequestHeaderV3 = new Layout(
  64,
  [
    ["version", 0, 1],
    ["target_width", 4, 4],
    ["target_height", 8, 4],
    ["output_format", 12, 4],
    ["quality", 16, 4],
    ["payload_size", 20, 4],
    ["fit", 24, 1],
    ["flags", 25, 1],
    ["background", 28, 4],
    ["max_pixels", 32, 4],
    ["gravity", 40, 1],
    ["effort", 41, 1],
    ["frames", 42, 1],
    ["colour", 43, 1],
    ["focal_x", 44, 2],
    ["focal_y", 46, 2],
    ["subsampling", 48, 1],
    ["flags2", 49, 1],
    ["page", 50, 2],
  ],
  3,
);

/** The reply to message 100; the thumbnail file's bytes follow. Also each header in the reply to 102. */
export const ThumbnailResponseHeader = new Layout(
  20,
  [
    ["version", 0, 1],
    ["width", 4, 4],
    ["height", 8, 4],
    ["format", 12, 4],
    ["payload_size", 16, 4],
  ],
  1,
);

/** Message 101; the image file's bytes follow. */
export const ProbeRequestHeader = new Layout(
  8,
  [
    ["version", 0, 1],
    ["payload_size", 4, 4],
  ],
  1,
);

/** Message 101, version 2; the image file's bytes follow. */
export const ProbeRequestHeaderV2 = new Layout(
  8,
  [
    ["version", 0, 1],
    ["payload_size", 4, 4],
  ],
  2,
);

/** The reply to message 101. */
export const ProbeResponse = new Layout(
  28,
  [
    ["version", 0, 1],
    ["orientation", 1, 1],
    ["flags", 2, 1],
    ["stored_width", 4, 4],
    ["stored_height", 8, 4],
    ["upright_width", 12, 4],
    ["upright_height", 16, 4],
    ["format", 20, 4],
  ],
  1,
);

/** The reply to message 101, version 2. */
export const ProbeResponseV2 = new Layout(
  36,
  [
    ["version", 0, 1],
    ["orientation", 1, 1],
    ["flags", 2, 1],
    ["stored_width", 4, 4],
    ["stored_height", 8, 4],
    ["upright_width", 12, 4],
    ["upright_height", 16, 4],
    ["format", 20, 4],
    ["frames", 28, 4],
    ["duration_ms", 32, 4],
  ],
  2,
);

/** Message 102; `count` records follow, then the image file's bytes. */
export const SetRequestHeader = new Layout(
  12,
  [
    ["version", 0, 1],
    ["count", 4, 4],
    ["payload_size", 8, 4],
  ],
  1,
);

/** One thumbnail of message 102. */
export const SetRecord = new Layout(
  24,
  [
    ["target_width", 0, 4],
    ["target_height", 4, 4],
    ["output_format", 8, 4],
    ["quality", 12, 4],
    ["fit", 16, 1],
    ["flags", 17, 1],
    ["background", 20, 4],
  ],
);

/** Message 102, version 2; `count` records of version 2 follow, then the image file's bytes. */
export const SetRequestHeaderV2 = new Layout(
  24,
  [
    ["version", 0, 1],
    ["count", 4, 4],
    ["payload_size", 8, 4],
    ["max_pixels", 12, 4],
    ["page", 16, 2],
    ["frames", 18, 1],
    ["colour", 19, 1],
  ],
  2,
);

/** One thumbnail of message 102, version 2. */
export const SetRecordV2 = new Layout(
  44,
  [
    ["target_width", 0, 4],
    ["target_height", 4, 4],
    ["output_format", 8, 4],
    ["quality", 12, 4],
    ["fit", 16, 1],
    ["flags", 17, 1],
    ["background", 20, 4],
    ["gravity", 24, 1],
    ["effort", 25, 1],
    ["frames", 26, 1],
    ["colour", 27, 1],
    ["focal_x", 28, 2],
    ["focal_y", 30, 2],
    ["subsampling", 32, 1],
    ["flags2", 33, 1],
    ["page", 34, 2],
  ],
);

/** The reply to message 102; `count` thumbnail response headers follow, then their files in that order. */
export const SetResponseHeader = new Layout(
  8,
  [
    ["version", 0, 1],
    ["count", 4, 4],
  ],
  1,
);

/** Message 103; the image file's bytes follow. */
export const PlaceholderRequestHeader = new Layout(
  12,
  [
    ["version", 0, 1],
    ["max_pixels", 4, 4],
    ["payload_size", 8, 4],
  ],
  1,
);

/** The reply to message 103; the ThumbHash follows. */
export const PlaceholderResponseHeader = new Layout(
  16,
  [
    ["version", 0, 1],
    ["flags", 1, 1],
    ["upright_width", 4, 4],
    ["upright_height", 8, 4],
    ["hash_length", 12, 1],
    ["average_red", 13, 1],
    ["average_green", 14, 1],
    ["average_blue", 15, 1],
  ],
  1,
);
