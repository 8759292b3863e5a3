/**
 * The binary interface, for those who build requests by hand.
 *
 * All integers are little-endian. Reserved bytes are zero, and refused otherwise.
 */

export { Layout } from "./layout.js";
export * from "./layouts.js";

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
