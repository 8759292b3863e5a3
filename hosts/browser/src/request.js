/** From options, checked, to request headers. */

import { MOST_PIXELS } from "./layouts.js";
import * as wire from "./wire.js";

/**
 * @typedef {object} ThumbnailOptions
 * @property {number} [width] of the box in pixels; 0 or none: in proportion to the height
 * @property {number} [height] of the box in pixels; 0 or none: in proportion to the width; both none: 100 x 100
 * @property {"jpeg" | "png" | "webp"} [format] what to write; "jpeg" if none is given
 * @property {number} [quality] 1 to 100 for JPEG and WebP; 85 if none is given
 * @property {"inside" | "cover" | "stretch" | "contain"} [fit] how the picture meets its box; "inside" if none is given
 * @property {boolean} [enlarge] make small pictures larger, too
 * @property {boolean} [lossless] lossless WebP
 * @property {boolean} [refuseTruncated] fail where a picture is not complete
 * @property {string | readonly [red: number, green: number, blue: number]} [background] what shows under transparency
 *   in a JPEG, and around what "contain" pads, as "#rrggbb" or three numbers from 0 to 255; if none is given, white, but transparent
 *   around a picture in a PNG or WebP
 * @property {keyof typeof wire.POSITIONS | readonly [x: number, y: number]} [position] what "cover" keeps: a side or corner in the
 *   words of CSS ("top", "right top") or of a compass, "attention" (where there is the most to look at), or a point from 0 to 1 a
 *   side, which is in the middle as far as the edges allow; "centre" if none is given
 * @property {number} [effort] how hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can;
 *   4 if none is given
 * @property {"first" | "all"} [frames] "all": an animated WebP with every frame of a GIF, PNG, WebP or AVIF, their durations and
 *   repetitions; a still stays one; "first" if none is given
 * @property {"srgb" | "keep"} [colour] "keep": the picture's own space, if that is RGB or grey with an ICC profile, which the
 *   thumbnail then carries; "srgb" if none is given
 * @property {"auto" | "4:2:0" | "4:4:4"} [subsampling] the samples of colour of a JPEG; "auto" if none is given: 4:2:0 below
 *   quality 90
 * @property {boolean} [progressive] a progressive JPEG, or a baseline one; if none is given, baseline, but at effort 6
 *   whichever is smaller
 * @property {boolean} [palette] a PNG with a palette of at most 256 colours, chosen for the picture
 * @property {number} [page] the frame of an animation, or the page of a TIFF, that is shown, from 0; 0 if none is given
 */

/** @typedef {{ maxPixels?: number }} PixelLimit lowers the limit on the source's pixels, which is 2^28 */

const OPTIONS = [
  "width",
  "height",
  "format",
  "quality",
  "fit",
  "enlarge",
  "lossless",
  "refuseTruncated",
  "background",
  "position",
  "effort",
  "frames",
  "colour",
  "subsampling",
  "progressive",
  "palette",
  "page",
];

/**
 * The header of a request for one thumbnail, of the first version that can say it.
 *
 * @param {ThumbnailOptions & PixelLimit} options
 * @param {number} imageSize bytes
 */
export function thumbnailHeader(options, imageSize) {
  known(options, [...OPTIONS, "maxPixels"]);
  const values = target(options);
  const maxPixels = integer("maxPixels", options.maxPixels ?? 0, 0, 0xffff_ffff);
  const header = { ...values, payload_size: imageSize, max_pixels: maxPixels };
  if (needsVersion3(values)) return wire.ThumbnailRequestHeaderV3.write(header);
  if (values.fit || values.flags || values.background || maxPixels) {
    return wire.ThumbnailRequestHeaderV2.write(header);
  }
  return wire.ThumbnailRequestHeader.write(header);
}

/**
 * Whether an older version of a request cannot say it.
 *
 * @param {ReturnType<typeof target>} values
 */
function needsVersion3({ fit, gravity, effort, frames, colour, subsampling, flags2, page }) {
  const isNew = wire.FITS[fit] === "contain";
  return isNew || [gravity, effort, frames, colour, subsampling, flags2, page].some((value) => value !== 0);
}

/**
 * The header of a request for several thumbnails, with its records, of the first version that can say them.
 *
 * @param {readonly ThumbnailOptions[]} sizes
 * @param {ThumbnailOptions & PixelLimit} common what a size does not say, and what holds for all
 * @param {number} imageSize bytes
 */
export function setHeader(sizes, common, imageSize) {
  if (!Array.isArray(sizes)) throw new TypeError(`sizes is ${show(sizes)}; an array of options is allowed`);
  known(common, [...OPTIONS, "maxPixels"]);
  const { maxPixels: most = 0, ...shared } = common;
  const maxPixels = integer("maxPixels", most, 0, 0xffff_ffff);
  if (sizes.length < 1 || sizes.length > wire.MAX_SET) {
    throw new RangeError(`sizes has ${sizes.length} members; 1 to ${wire.MAX_SET} are allowed`);
  }
  const targets = sizes.map((size, index) => {
    try {
      known(size, OPTIONS);
      return target({ ...shared, ...size });
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) error.message = `sizes[${index}]: ${error.message}`;
      throw error;
    }
  });
  const isSecond = maxPixels > 0 || targets.some(needsVersion3);
  const count = sizes.length;
  // What one says of these holds for all.
  const shownOfAll = {
    page: Math.max(...targets.map(({ page }) => page)),
    frames: Math.max(...targets.map(({ frames }) => frames)),
    colour: Math.max(...targets.map(({ colour }) => colour)),
  };
  const start = isSecond
    ? wire.SetRequestHeaderV2.write({ count, payload_size: imageSize, max_pixels: maxPixels, ...shownOfAll })
    : wire.SetRequestHeader.write({ count, payload_size: imageSize });
  const { size } = isSecond ? wire.SetRecordV2 : wire.SetRecord;
  const header = new Uint8Array(start.length + count * size);
  header.set(start);
  targets.forEach((values, index) => {
    const record = isSecond ? wire.SetRecordV2.write({ ...values, page: 0, frames: 0, colour: 0 }) : wire.SetRecord.write(values);
    header.set(record, start.length + index * size);
  });
  return header;
}

/** The options that limit what a call may read and take. */
export const LIMITS = ["formats", "maxPixels", "maxMemory", "maxReply"];

/**
 * Those that are given, formats as bits by their numbers.
 *
 * @param {{ formats?: readonly string[], maxPixels?: number, maxMemory?: number, maxReply?: number }} options
 * @returns {Partial<import("./instance.js").Limits>}
 */
export function limits({ formats, ...numbers }) {
  /** @type {Record<string, number>} */
  const given = {};
  if (formats !== undefined) given.formats = formatBits(formats);
  for (const [name, most] of /** @type {const} */ ([
    ["maxPixels", MOST_PIXELS],
    ["maxMemory", 0xffff_ffff],
    ["maxReply", 0xffff_ffff],
  ])) {
    if (numbers[name] !== undefined) given[name] = integer(name, numbers[name], 1, most);
  }
  return given;
}

/** @param {readonly string[]} formats */
function formatBits(formats) {
  /** @type {Map<string, number>} */
  const numbers = new Map(Object.entries(wire.FORMATS));
  const allowed = `one or more of ${[...numbers.keys()].join(", ")} is allowed`;
  if (!Array.isArray(formats)) throw new TypeError(`formats is ${show(formats)}; an array with ${allowed}`);
  if (formats.length === 0) throw new RangeError(`formats is empty; ${allowed}`);
  return formats.reduce((bits, name) => {
    const number = numbers.get(name);
    if (number === undefined) throw new RangeError(`formats has ${show(name)}; ${allowed}`);
    return bits | (1 << number);
  }, 0);
}

/** @param {number} imageSize bytes */
export function probeHeader(imageSize) {
  return wire.ProbeRequestHeaderV2.write({ payload_size: imageSize });
}

/**
 * The header of a request for a placeholder.
 *
 * @param {PixelLimit} options
 * @param {number} imageSize bytes
 */
export function placeholderHeader(options, imageSize) {
  known(options, ["maxPixels"]);
  const maxPixels = integer("maxPixels", options.maxPixels ?? 0, 0, 0xffff_ffff);
  return wire.PlaceholderRequestHeader.write({ max_pixels: maxPixels, payload_size: imageSize });
}

/** @param {ThumbnailOptions} options */
function target(options) {
  const { format = "jpeg", fit = "inside", lossless = false } = options;
  const width = integer("width", options.width ?? 0, 0, 0xffff_ffff);
  const height = integer("height", options.height ?? 0, 0, 0xffff_ffff);
  const outputFormat = choice("format", format, wire.OUTPUT_FORMATS);
  const quality = integer("quality", options.quality ?? wire.DEFAULT_QUALITY, format === "png" ? 0 : 1, 100);
  const fitNumber = choice("fit", fit, wire.FITS);
  if (fitNumber && !(width && height)) {
    throw new RangeError(`fit is "${fit}" with a box of ${width} x ${height}; it needs both sides`);
  }
  if (flag("lossless", lossless) && format !== "webp") {
    throw new RangeError(`lossless is true with format "${format}"; only "webp" has that choice`);
  }
  const [gravity, x, y] = place(options.position ?? "centre");
  if (gravity && fit !== "cover") {
    throw new RangeError(`position is ${JSON.stringify(options.position)} with fit "${fit}"; only "cover" has that choice`);
  }
  const effort = integer("effort", options.effort ?? wire.DEFAULT_EFFORT, 0, wire.MAX_EFFORT);
  const subsampling = choice("subsampling", options.subsampling ?? "auto", wire.SUBSAMPLINGS);
  const { progressive, palette = false } = options;
  const shape = progressive === undefined ? 0 : flag("progressive", progressive) ? wire.FLAG_PROGRESSIVE : wire.FLAG_BASELINE;
  const flags2 = shape | (flag("palette", palette) ? wire.FLAG_PALETTE : 0);
  only("subsampling", options.subsampling, subsampling !== 0, format, "jpeg");
  only("progressive", progressive, shape !== 0, format, "jpeg");
  only("palette", palette, palette, format, "png");
  const frames = choice("frames", options.frames ?? "first", wire.FRAMES);
  only("frames", options.frames, frames !== 0, format, "webp");
  const page = integer("page", options.page ?? 0, 0, 0xffff);
  if (page && frames) throw new RangeError(`page is ${page} with frames "all"; 0 is allowed`);
  return {
    target_width: width,
    target_height: height,
    output_format: outputFormat,
    quality,
    fit: fitNumber,
    flags:
      (flag("enlarge", options.enlarge ?? false) ? wire.FLAG_ENLARGE : 0) |
      (lossless ? wire.FLAG_LOSSLESS : 0) |
      (flag("refuseTruncated", options.refuseTruncated ?? false) ? wire.FLAG_REFUSE_TRUNCATED : 0),
    background: background(options.background),
    gravity,
    focal_x: x,
    focal_y: y,
    frames,
    colour: choice("colour", options.colour ?? "srgb", wire.COLOURS),
    page,
    effort: effort === wire.DEFAULT_EFFORT ? 0 : effort + 1,
    subsampling,
    flags2,
  };
}

/**
 * Refuses the choice of one format for another.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {boolean} isSet
 * @param {string} format
 * @param {string} wanted
 */
function only(name, value, isSet, format, wanted) {
  if (isSet && format !== wanted) {
    throw new RangeError(`${name} is ${show(value)} with format "${format}"; only "${wanted}" has that choice`);
  }
}

/**
 * The number of a position, and its point.
 *
 * @param {NonNullable<ThumbnailOptions["position"]>} value
 * @returns {[gravity: number, x: number, y: number]}
 */
function place(value) {
  const shown = `position is ${typeof value === "object" ? JSON.stringify(value) : show(value)}`;
  const wanted = '"centre", "attention", a side or corner such as "top" or "right top", or two numbers from 0 to 1 are allowed';
  if (typeof value === "string") {
    if (!Object.hasOwn(wire.POSITIONS, value)) throw new RangeError(`${shown}; ${wanted}`);
    return [wire.POSITIONS[value], 0, 0];
  }
  if (!Array.isArray(value) || value.length !== 2) throw new TypeError(`${shown}; ${wanted}`);
  const [x, y] = value.map((part) => {
    if (typeof part !== "number") throw new TypeError(`${shown}; ${wanted}`);
    if (!(part >= 0 && part <= 1)) throw new RangeError(`${shown}; ${wanted}`);
    return Math.floor(part * 65_535 + 0.5);
  });
  return [wire.FOCAL, x ?? 0, y ?? 0];
}

/** @param {ThumbnailOptions["background"]} value */
function background(value) {
  if (value === undefined) return 0;
  const wanted = '"#rrggbb" or three numbers from 0 to 255 are allowed';
  if (typeof value === "string") {
    if (!/^#[0-9a-f]{6}$/i.test(value)) throw new RangeError(`background is "${value}"; ${wanted}`);
    const number = Number.parseInt(value.slice(1), 16);
    return wire.background(number >> 16, (number >> 8) & 0xff, number & 0xff);
  }
  if (!Array.isArray(value) || value.length !== 3) throw new TypeError(`background is ${show(value)}; ${wanted}`);
  const [red, green, blue] = value.map((one) => integer("background", one, 0, 255));
  return wire.background(red ?? 0, green ?? 0, blue ?? 0);
}

/**
 * Refuses an option of another name: a word that was mistyped must not be an option that was left out.
 *
 * @param {object} options
 * @param {readonly string[]} names
 */
export function known(options, names) {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`the options are ${show(options)}; an object is allowed`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`there is no option "${name}"; there is ${names.join(", ")}`);
  }
}

/**
 * A whole number from `low` to `high`.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {number} low
 * @param {number} high
 */
export function integer(name, value, low, high) {
  if (typeof value !== "number") throw new TypeError(`${name} is ${show(value)}; a whole number is allowed`);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} is ${value}; a whole number from ${low} to ${high} is allowed`);
  }
  return value;
}

/**
 * The number of one of some words.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {readonly string[]} words
 */
function choice(name, value, words) {
  const number = words.indexOf(/** @type {string} */ (value));
  if (number < 0) throw new RangeError(`${name} is ${show(value)}; ${words.map(show).join(", ")} are allowed`);
  return number;
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function flag(name, value) {
  if (typeof value !== "boolean") throw new TypeError(`${name} is ${show(value)}; true or false is allowed`);
  return value;
}

/** @param {unknown} value */
export function show(value) {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "object" && value !== null) return `of the type ${value.constructor?.name ?? "Object"}`;
  return String(value);
}
