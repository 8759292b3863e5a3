/** @typedef {Blob | ArrayBuffer | ArrayBufferView} ImageSource an image file's bytes, or the file */
/**
 * A blob as it is, all else as bytes.
 *
 * @param {string} name
 * @param {ImageSource} source
 * @returns {Blob | Uint8Array}
 */
export function source(name: string, source: ImageSource): Blob | Uint8Array;
/** @param {Blob | Uint8Array} source */
export function sizeOf(source: Blob | Uint8Array): number;
/**
 * Refuses a request that is too long, before anybody reads it into memory.
 *
 * @param {number} total bytes
 * @param {number} limit bytes
 */
export function checkLength(total: number, limit: number): void;
/**
 * @param {Blob | Uint8Array} source
 * @returns {Promise<Uint8Array>}
 */
export function bytesOf(source: Blob | Uint8Array): Promise<Uint8Array>;
/** Bytes of the longest request, unless told otherwise. */
export const MAX_REQUEST: number;
/**
 * an image file's bytes, or the file
 */
export type ImageSource = Blob | ArrayBuffer | ArrayBufferView;
