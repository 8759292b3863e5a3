/** ThumbHashes as pictures: what `placeholder` makes, and what every other writer of them (https://evanw.github.io/thumbhash/) makes. */

/** The longer side of what is shown, in pixels. */
const SIDE = 32;

/**
 * The picture that a ThumbHash stands for, 32 pixels along its longer side.
 *
 * ```js
 * const { w, h, rgba } = thumbHashToRGBA(hash);
 * context.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
 * ```
 *
 * @param {Uint8Array} hash its bytes; a RangeError unless they are a whole ThumbHash
 * @returns {{ w: number, h: number, rgba: Uint8Array<ArrayBuffer> }} width, height, and four bytes a pixel, rows from the top,
 *   straight alpha
 */
export function thumbHashToRGBA(hash) {
  if (!(hash instanceof Uint8Array)) throw new TypeError("hash is no Uint8Array; the bytes of a ThumbHash are allowed");
  const parts = read(hash);
  if (!parts) throw new RangeError(`hash has ${hash.length} bytes, which are no ThumbHash; placeholder() makes them`);
  const { ratio, light, yellow, red, alpha } = parts;
  const w = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio));
  const h = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE));
  const rgba = new Uint8Array(w * h * 4);
  for (let y = 0, at = 0; y < h; y++) {
    const down = cosines(y, h);
    for (let x = 0; x < w; x++) {
      const across = cosines(x, w);
      const value = (/** @type {Channel} */ channel) => valueAt(channel, across, down);
      const [l, p, q] = [value(light), value(yellow), value(red)];
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      for (const sample of [r, r - q, b, alpha ? value(alpha) : 1]) {
        rgba[at++] = 255 * Math.min(1, Math.max(0, sample));
      }
    }
  }
  return { w, h, rgba };
}

/**
 * The picture that a ThumbHash stands for, as the address of a PNG: for `img.src` and for `background-image`.
 *
 * ```js
 * img.style.background = `center / cover url(${thumbHashToDataURL(hash)})`;
 * ```
 *
 * @param {Uint8Array} hash its bytes; a RangeError unless they are a whole ThumbHash
 * @returns {string} about 5,000 characters: nothing is compressed
 */
export function thumbHashToDataURL(hash) {
  const { w, h, rgba } = thumbHashToRGBA(hash);
  const row = 4 * w + 1;
  // Each row begins with the number of its filter: 0, for none.
  const rows = new Uint8Array(h * row);
  for (let y = 0; y < h; y++) rows.set(rgba.subarray(y * 4 * w, (y + 1) * 4 * w), y * row + 1);
  const png = [
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    // 8 bits, RGBA, not interlaced.
    ...chunk("IHDR", [...uint32(w), ...uint32(h), 8, 6, 0, 0, 0]),
    ...chunk("IDAT", stored(rows)),
    ...chunk("IEND", []),
  ];
  return `data:image/png;base64,${btoa(String.fromCharCode(...png))}`;
}

/**
 * Whether bytes are a whole ThumbHash.
 *
 * @param {Uint8Array} hash
 */
export function isThumbHash(hash) {
  return read(hash) !== undefined;
}

/**
 * The frequencies of a channel: their mean, and the others in rows, each of one frequency down, from that across on which
 * `first` names.
 *
 * @typedef {{ mean: number, rows: { first: number, factors: number[] }[] }} Channel
 */

/**
 * What a hash says; undefined unless it is whole.
 *
 * @param {Uint8Array} hash
 */
function read(hash) {
  let at = 0;
  // The lowest bits first.
  const take = (/** @type {number} */ bits) => {
    let number = 0;
    for (let bit = 0; bit < bits; bit++, at++) number |= (((hash[at >> 3] ?? 0) >> (at & 7)) & 1) << bit;
    return number;
  };
  const means = [take(6) / 63, take(6) / 31.5 - 1, take(6) / 31.5 - 1];
  const lightScale = take(5) / 31;
  const hasAlpha = take(1) === 1;
  const shorter = take(3);
  const scales = [lightScale, take(6) / 63, take(6) / 63];
  const isLandscape = take(1) === 1;
  const longer = hasAlpha ? 5 : 7;
  const [lx, ly] = isLandscape ? [longer, shorter] : [shorter, longer];
  if (hasAlpha) {
    means.push(take(4) / 15);
    scales.push(take(4) / 15);
  }
  /**
   * @param {number} which
   * @param {number} nx
   * @param {number} ny
   * @param {number} [boost] what makes up for what rounding takes from faint colours
   * @returns {Channel}
   */
  const channel = (which, nx, ny, boost = 1) => {
    const scale = (scales[which] ?? 0) * boost;
    const rows = [];
    for (let cy = 0; cy < ny; cy++) {
      const first = cy === 0 ? 1 : 0;
      const factors = [];
      for (let cx = first; cx * ny < nx * (ny - cy); cx++) factors.push((take(4) / 7.5 - 1) * scale);
      rows.push({ first, factors });
    }
    return { mean: means[which] ?? 0, rows };
  };
  const light = channel(0, Math.max(3, lx), Math.max(3, ly));
  const [yellow, red] = [channel(1, 3, 3, 1.25), channel(2, 3, 3, 1.25)];
  const alpha = hasAlpha ? channel(3, 5, 5) : undefined;
  if (shorter === 0 || shorter > longer || hash.length !== Math.ceil(at / 8)) return undefined;
  return { ratio: lx / ly, light, yellow, red, alpha };
}

/**
 * The cosines of a pixel for each frequency.
 *
 * @param {number} at
 * @param {number} length of the side, in pixels
 */
function cosines(at, length) {
  return Array.from({ length: 7 }, (_, frequency) => Math.cos((Math.PI / length) * (at + 0.5) * frequency));
}

/**
 * @param {Channel} channel
 * @param {readonly number[]} across
 * @param {readonly number[]} down
 */
function valueAt({ mean, rows }, across, down) {
  let value = mean;
  rows.forEach(({ first, factors }, cy) => {
    const twice = (down[cy] ?? 0) * 2;
    factors.forEach((factor, index) => (value += factor * (across[first + index] ?? 0) * twice));
  });
  return value;
}

/**
 * A chunk of a PNG.
 *
 * @param {string} kind
 * @param {readonly number[]} content
 */
function chunk(kind, content) {
  const body = [...kind].map((letter) => letter.charCodeAt(0)).concat(content);
  let crc = 0xffff_ffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return [...uint32(content.length), ...body, ...uint32(~crc)];
}

/**
 * A zlib stream of one block that is not compressed.
 *
 * @param {Uint8Array} bytes fewer than 2^16
 */
function stored(bytes) {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  const { length } = bytes;
  const block = [1, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff];
  return [0x78, 0x01, ...block, ...bytes, ...uint32((b << 16) | a)];
}

/** @param {number} number */
function uint32(number) {
  return [24, 16, 8, 0].map((shift) => (number >> shift) & 0xff);
}
