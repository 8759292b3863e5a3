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
