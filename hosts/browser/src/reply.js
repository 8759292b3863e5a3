/** From replies to what people use. A reply may come from a module that an image has taken over: it is checked. */

import { BUG, ThumboxError } from "./errors.js";
import { isThumbHash, thumbHashToDataURL } from "./thumbhash.js";
import {
  FORMATS,
  OUTPUT_FORMATS,
  PlaceholderResponseHeader,
  ProbeResponseV2,
  SetResponseHeader,
  ThumbnailResponseHeader,
} from "./wire.js";

/** A finished thumbnail. */
export class Thumbnail {
  /**
   * @param {number} width
   * @param {number} height
   * @param {"jpeg" | "png" | "webp"} format
   * @param {Uint8Array<ArrayBuffer>} data
   */
  constructor(width, height, format, data) {
    /** Pixels. */
    this.width = width;
    /** Pixels. */
    this.height = height;
    /** What was really written. */
    this.format = format;
    /** The file's bytes: a part of the reply, not a copy. */
    this.data = data;
  }

  /** The media type: "image/jpeg", "image/png" or "image/webp". */
  get type() {
    return `image/${this.format}`;
  }

  /** The file, to be uploaded, shown or saved. */
  blob() {
    return new Blob([this.data], { type: this.type });
  }
}

/** What is shown of a picture until a thumbnail is there. */
export class Placeholder {
  /**
   * @param {Uint8Array<ArrayBuffer>} hash
   * @param {readonly [red: number, green: number, blue: number]} average
   * @param {number} width
   * @param {number} height
   * @param {boolean} hasAlpha
   */
  constructor(hash, average, width, height, hasAlpha) {
    /** A ThumbHash, of 17 to 25 bytes. `thumbHashToDataURL` shows it wherever it was sent or stored. */
    this.hash = hash;
    /** The average colour of what is opaque, each 0 to 255. */
    this.average = average;
    /** Pixels of the upright source, as people see it. */
    this.width = width;
    /** Pixels of the upright source. */
    this.height = height;
    /** Whether the picture is transparent somewhere, and so is its hash. */
    this.hasAlpha = hasAlpha;
  }

  /** The hash as a picture: the address of a PNG, 32 pixels along its longer side. */
  dataURL() {
    return thumbHashToDataURL(this.hash);
  }
}

/**
 * What an image's headers say.
 *
 * @typedef {object} ImageInfo
 * @property {keyof typeof FORMATS} format
 * @property {number} width of the upright picture, as people see it
 * @property {number} height
 * @property {number} storedWidth
 * @property {number} storedHeight
 * @property {number} orientation 1 to 8, as EXIF counts; 1 is upright as stored
 * @property {boolean} alpha
 * @property {boolean} animated
 * @property {boolean} icc whether there is a colour profile
 * @property {boolean} progressive progressive or interlaced
 * @property {number} frames of an animation, or the pages of a TIFF; 1 for a still
 * @property {number} durationMs milliseconds of all frames together; 0 for a still
 */

/**
 * The names of formats by their numbers.
 *
 * @type {Map<number, keyof typeof FORMATS>}
 */
const NAMES = new Map(
  Object.entries(FORMATS).map(([name, number]) => [number, /** @type {keyof typeof FORMATS} */ (name)]),
);

/**
 * From a reply to message 101.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 * @returns {ImageInfo}
 */
export function parseProbe(reply) {
  if (reply.length !== ProbeResponseV2.size) throw malformed(reply);
  const values = ProbeResponseV2.read(reply);
  const format = NAMES.get(values.format);
  if (values.version !== 2 || format === undefined) throw malformed(reply);
  return {
    format,
    width: values.upright_width,
    height: values.upright_height,
    storedWidth: values.stored_width,
    storedHeight: values.stored_height,
    orientation: values.orientation,
    alpha: (values.flags & 1) !== 0,
    animated: (values.flags & 2) !== 0,
    icc: (values.flags & 4) !== 0,
    progressive: (values.flags & 8) !== 0,
    frames: values.frames,
    durationMs: values.duration_ms,
  };
}

/**
 * From a reply to message 103.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 */
export function parsePlaceholder(reply) {
  if (reply.length < PlaceholderResponseHeader.size) throw malformed(reply);
  const values = PlaceholderResponseHeader.read(reply);
  const hash = reply.slice(PlaceholderResponseHeader.size);
  const isWhole = values.hash_length === hash.length && isThumbHash(hash);
  if (values.version !== 1 || !isWhole) throw malformed(reply);
  const average = /** @type {const} */ ([values.average_red, values.average_green, values.average_blue]);
  return new Placeholder(hash, average, values.upright_width, values.upright_height, (values.flags & 1) !== 0);
}

/**
 * From a reply to message 100.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 */
export function parseThumbnail(reply) {
  const [thumbnail] = thumbnails(reply, 0, 1);
  return /** @type {Thumbnail} */ (thumbnail);
}

/**
 * From a reply to message 102 that asked for `count` members.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 * @param {number} count
 */
export function parseSet(reply, count) {
  if (reply.length < SetResponseHeader.size) throw malformed(reply);
  const start = SetResponseHeader.read(reply);
  if (start.version !== 1 || start.count !== count) throw malformed(reply);
  return thumbnails(reply, SetResponseHeader.size, count);
}

/**
 * The headers from `offset` on, and the files after them, up to the reply's end.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 * @param {number} offset
 * @param {number} count
 */
function thumbnails(reply, offset, count) {
  let file = offset + count * ThumbnailResponseHeader.size;
  if (file > reply.length) throw malformed(reply);
  const found = [];
  for (let index = 0; index < count; index++) {
    const header = ThumbnailResponseHeader.read(reply, offset + index * ThumbnailResponseHeader.size);
    const end = file + header.payload_size;
    const format = OUTPUT_FORMATS[header.format];
    if (header.version !== 1 || format === undefined) throw malformed(reply);
    found.push(new Thumbnail(header.width, header.height, format, reply.subarray(file, end)));
    file = end;
  }
  // Where one does not lie in the reply, the last does not end with it.
  if (file !== reply.length) throw malformed(reply);
  return found;
}

/** @param {Uint8Array} reply */
function malformed(reply) {
  return new ThumboxError(BUG, `a bug in thumbox, please report it: the reply of ${reply.length} bytes is none`);
}
