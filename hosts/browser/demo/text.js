/** Numbers as people read them. */

const UNITS = ["bytes", "KB", "MB", "GB"];

/** @param {number} bytes in units of 1,000, as file managers show them */
export function size(bytes) {
  let unit = 0;
  while (bytes >= 999.5 && unit < UNITS.length - 1) {
    bytes /= 1000;
    unit++;
  }
  const digits = unit > 0 && bytes < 99.95 ? 1 : 0;
  return `${bytes.toFixed(digits)} ${UNITS[unit]}`;
}

/**
 * The box that a thumbnail has to fit, in words; 0 leaves a side to the picture's proportions.
 *
 * @param {number} width pixels
 * @param {number} height pixels
 */
export function box(width, height) {
  const [wide, high] = width === 0 && height === 0 ? [100, 100] : [width, height];
  return `${wide || "any"} × ${high || "any"}`;
}

/** HEIC: a page that shows AVIF has this code for nothing else. */
const UNREAD = 204;

/**
 * Why a photo has no thumbnail, for the person who chose it.
 *
 * @param {Error & { code?: number }} error
 */
export function reason({ code, message }) {
  if (!code) return message;
  // The core speaks to those who write pages, of components and hosts.
  const words = code === UNREAD ? "HEIC is not read by this page; save the photo as a JPEG or PNG and choose that" : message;
  return `${words} (code ${code})`;
}

/**
 * How much smaller, or larger, a file became.
 *
 * @param {number} before bytes
 * @param {number} after bytes
 */
export function saved(before, after) {
  const part = ((before - after) / before) * 100;
  if (part < 0) return `${size(after - before)} more than before`;
  return `${size(before - after)} saved, ${part.toFixed(part > 99 ? 1 : 0)} % less`;
}

/**
 * How many frames an animation has and how long they take, or how many pages there are.
 *
 * @param {import("./thumbox/src/index.js").ImageInfo} info
 */
export function duration({ frames, animated, durationMs }) {
  return animated ? `${frames} frames in ${(durationMs / 1000).toFixed(1)} s` : `${frames} pages`;
}

/** @param {Uint8Array} bytes */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The name of a thumbnail: the photo's, with the ending of what it is.
 *
 * @param {string} name
 * @param {string} format
 */
export function thumbnailName(name, format) {
  const stem = name.replace(/\.[^.]{1,5}$/, "") || "photo";
  return `${stem}.thumb.${format === "jpeg" ? "jpg" : format}`;
}
