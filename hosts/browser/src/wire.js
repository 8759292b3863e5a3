/**
 * The binary interface, for those who build requests by hand.
 *
 * The layout tables are in the documentation of `thumbox_core::wire`; a test holds these copies against them. All
 * integers are little-endian. Reserved bytes are zero, and refused otherwise.
 */

export const MSG_ECHO = 1;
export const MSG_THUMBNAIL_CREATE = 100;
export const MSG_IMAGE_PROBE = 101;
export const MSG_THUMBNAIL_SET = 102;

/** Members that a set can have at the most. */
export const MAX_SET = 32;

/** The formats that are read, in the order of their numbers; the first three are written, too. */
export const FORMATS = /** @type {const} */ (["jpeg", "png", "webp", "gif", "bmp", "tiff"]);
/** The formats of thumbnails, in the order of their numbers. */
export const OUTPUT_FORMATS = /** @type {const} */ (["jpeg", "png", "webp"]);
/** How a picture meets its box, in the order of their numbers. */
export const FITS = /** @type {const} */ (["inside", "cover", "stretch"]);

export const FLAG_ENLARGE = 1;
export const FLAG_LOSSLESS = 2;
export const FLAG_REFUSE_TRUNCATED = 4;

/** @typedef {readonly [name: string, offset: number, size: 1 | 4]} Field A field's name, offset and size in bytes. */

/**
 * One structure of the interface: its size in bytes and its fields in order, without the reserved bytes.
 *
 * @template {string} Name
 */
export class Layout {
  /**
   * @param {number} size
   * @param {readonly (readonly [name: Name, offset: number, size: 1 | 4])[]} fields
   * @param {number} [version] what the field `version` says
   */
  constructor(size, fields, version) {
    /** Its bytes, all fields and reserved bytes included. */
    this.size = size;
    this.fields = fields;
    this.version = version;
  }

  /**
   * The structure's bytes. A field that is left out is 0, but for the version.
   *
   * @param {Partial<Record<Name, number>>} values whole numbers that their fields can hold; others are a RangeError
   * @returns {Uint8Array<ArrayBuffer>}
   */
  write(values) {
    const bytes = new Uint8Array(this.size);
    const view = new DataView(bytes.buffer);
    for (const [name, offset, size] of this.fields) {
      const value = values[name] ?? (name === "version" ? this.version : undefined) ?? 0;
      const highest = size === 1 ? 0xff : 0xffff_ffff;
      if (!Number.isInteger(value) || value < 0 || value > highest) {
        throw new RangeError(`${name} is ${value}; 0 to ${highest} is allowed`);
      }
      if (size === 1) view.setUint8(offset, value);
      else view.setUint32(offset, value, true);
    }
    return bytes;
  }

  /**
   * The values of a structure.
   *
   * @param {Uint8Array} bytes
   * @param {number} [start] where in `bytes` it begins; a RangeError where it does not end in them
   * @returns {Record<Name, number>}
   */
  read(bytes, start = 0) {
    if (start < 0 || start + this.size > bytes.length) {
      throw new RangeError(`${bytes.length - start} bytes are there; the structure has ${this.size}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, this.size);
    const values = /** @type {Record<Name, number>} */ ({});
    for (const [name, offset, size] of this.fields) {
      values[name] = size === 1 ? view.getUint8(offset) : view.getUint32(offset, true);
    }
    return values;
  }
}

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

export const ProbeRequestHeader = new Layout(
  8,
  [
    ["version", 0, 1],
    ["payload_size", 4, 4],
  ],
  1,
);

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

export const SetRequestHeader = new Layout(
  12,
  [
    ["version", 0, 1],
    ["count", 4, 4],
    ["payload_size", 8, 4],
  ],
  1,
);

export const SetRecord = new Layout(24, [
  ["target_width", 0, 4],
  ["target_height", 4, 4],
  ["output_format", 8, 4],
  ["quality", 12, 4],
  ["fit", 16, 1],
  ["flags", 17, 1],
  ["background", 20, 4],
]);

export const SetResponseHeader = new Layout(
  8,
  [
    ["version", 0, 1],
    ["count", 4, 4],
  ],
  1,
);

/**
 * The bytes R, G, B, 255 as the number that the field `background` holds.
 *
 * @param {number} red 0 to 255, as the others
 * @param {number} green
 * @param {number} blue
 */
export function background(red, green, blue) {
  return (red | (green << 8) | (blue << 16) | (0xff << 24)) >>> 0;
}
