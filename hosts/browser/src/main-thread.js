/** Calls on this thread: for Node scripts, edge workers and workers of your own. A page wants a `Pool`. */

import { Caller } from "./caller.js";
import { bytesOf, checkLength, source } from "./input.js";
import { allow, answer, start } from "./instance.js";
import { compiled } from "./module.js";
import { integer, known, LIMITS, limits, show } from "./request.js";

/** @typedef {import("./input.js").ImageSource} ImageSource */
/** @typedef {import("./request.js").ThumbnailOptions} ThumbnailOptions */
/** @typedef {import("./caller.js").CallOptions} CallOptions */

/**
 * @typedef {object} LoadOptions
 * @property {import("./platform.js").WasmSource | Promise<import("./platform.js").WasmSource>} [wasm] where the
 *   module comes from, for bundlers and servers that put it elsewhere: an address, a response, bytes or a module
 * @property {number} [maxRequest] bytes of the longest request; 64 MiB if none is given
 * @property {readonly string[]} [formats] the formats that may be read on this thread, as a `Pool` has it; so are the
 *   limits below
 * @property {number} [maxPixels]
 * @property {number} [maxMemory]
 * @property {number} [maxReply]
 */

class Here extends Caller {
  /** @override @type {Caller["_call"]} */
  async _call(messageId, header, image, { signal }) {
    signal?.throwIfAborted();
    await load();
    const bytes = await bytesOf(image);
    signal?.throwIfAborted();
    return answer(messageId, header, bytes);
  }
}

const here = new Here();

/**
 * Loads the module, once for this thread and every `Pool`. The other functions wait for it by themselves; `callRaw`
 * cannot.
 *
 * @param {LoadOptions} [options]
 * @returns {Promise<void>} a ThumboxError with code 2 where the browser lacks what it needs
 */
export async function load(options = {}) {
  known(options, ["wasm", "maxRequest", ...LIMITS]);
  allow(limits(options));
  if (options.maxRequest !== undefined) {
    here._maxRequest = integer("maxRequest", options.maxRequest, 1, 0xffff_ffff);
  }
  await start(await compiled(options.wasm));
}

/**
 * One thumbnail, on this thread.
 *
 * @param {ImageSource} image
 * @param {ThumbnailOptions & { maxPixels?: number } & CallOptions} [options]
 */
export function thumbnail(image, options) {
  return here.thumbnail(image, options);
}

/**
 * Up to 32 thumbnails of one image, which is decoded once, on this thread. Each size is an object of options; what
 * it does not say, `options` say for all. If one cannot be made, the error names it.
 *
 * @param {ImageSource} image
 * @param {readonly ThumbnailOptions[]} sizes
 * @param {ThumbnailOptions & { maxPixels?: number } & CallOptions} [options]
 */
export function thumbnails(image, sizes, options) {
  return here.thumbnails(image, sizes, options);
}

/**
 * What the image's headers say; no pixel is decoded.
 *
 * @param {ImageSource} image
 * @param {CallOptions} [options]
 */
export function probe(image, options) {
  return here.probe(image, options);
}

/**
 * Answers one binary request at once, after `load()`: see `thumbox/wire` for the layouts.
 *
 * @param {number} messageId 1 echo, 100 thumbnail, 101 probe, 102 thumbnail set
 * @param {Uint8Array} request
 * @returns {Uint8Array<ArrayBuffer>} the reply; a ThumboxError where the core refuses
 */
export function callRaw(messageId, request) {
  integer("messageId", messageId, 0, 0xffff_ffff);
  const bytes = source("request", request);
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`request is ${show(request)}; bytes are allowed`);
  checkLength(bytes.length, here._maxRequest);
  return answer(messageId, bytes);
}
