/** The images that callers have: bytes in memory, or a file that is not read yet. */

import { HANDLER, HEADER, ThumboxError } from "./errors.js";
import { show } from "./request.js";

/** @typedef {Blob | ArrayBuffer | ArrayBufferView} ImageSource an image file's bytes, or the file */

/**
 * A blob as it is, all else as bytes.
 *
 * @param {string} name
 * @param {ImageSource} source
 * @returns {Blob | Uint8Array}
 */
export function source(name, source) {
  if (source instanceof Blob || source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  throw new TypeError(
    `${name} is ${show(source)}; a Blob, a File, an ArrayBuffer or a view of one is allowed, with the file's bytes`,
  );
}

/** @param {Blob | Uint8Array} source */
export function sizeOf(source) {
  return source instanceof Uint8Array ? source.byteLength : source.size;
}

/**
 * Refuses a request that is too long, before anybody reads it into memory.
 *
 * @param {number} total bytes
 * @param {number} limit bytes
 */
export function checkLength(total, limit) {
  if (total > limit) {
    throw new ThumboxError(HEADER, `the request has ${total} bytes; maxRequest allows ${limit}`);
  }
}

/**
 * @param {Blob | Uint8Array} source
 * @returns {Promise<Uint8Array>}
 */
export async function bytesOf(source) {
  if (source instanceof Uint8Array) return source;
  try {
    return new Uint8Array(await source.arrayBuffer());
  } catch (error) {
    // It was moved, changed or deleted since it was chosen.
    const why = error instanceof Error ? error.message : String(error);
    throw new ThumboxError(HANDLER, `the file cannot be read: ${why}`, { cause: error });
  }
}
