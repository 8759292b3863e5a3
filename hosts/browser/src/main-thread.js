/** Calls on this thread: for Node scripts, edge workers and workers of your own. A page wants a `Pool`. */

import { Caller } from "./caller.js";
import { INVALID_STATE, ThumboxError, Unread } from "./errors.js";
import { bytesOf, checkLength, source } from "./input.js";
import { DEFAULT_LIMITS, firstAnswer, Instance } from "./instance.js";
import { FORMATS } from "./layouts.js";
import { avif, base, first, further, sourcesOf } from "./module.js";
import { integer, known, LIMITS, limits as given, show } from "./request.js";

/** @typedef {import("./input.js").ImageSource} ImageSource */
/** @typedef {import("./request.js").ThumbnailOptions} ThumbnailOptions */
/** @typedef {import("./caller.js").CallOptions} CallOptions */

/**
 * @typedef {object} LoadOptions
 * @property {import("./platform.js").ModuleSource} [wasm] where the first module comes from, for bundlers and servers that
 *   put it elsewhere: an address, a response, bytes or a module. `thumbox/thumbox.wasm` reads all formats but AVIF and
 *   HEIC, `thumbox/thumbox-common.wasm` JPEG and PNG alone, which is what a page loads if none is given
 * @property {import("./platform.js").ModuleSource} [base] where `thumbox/thumbox.wasm` comes from, if the first module is
 *   the other. With it that module is loaded at once, for `callRaw`; else when the first image comes that needs it
 * @property {import("./platform.js").ModuleSource} [avif] likewise, of the package's module for AVIF
 * @property {readonly import("./platform.js").ModuleSource[]} [modules] further modules, such as that of the package
 *   `thumbox-heic`, for images that those before do not read; they are loaded at once
 * @property {number} [maxRequest] bytes of the longest request; 64 MiB if none is given
 * @property {readonly string[]} [formats] the formats that may be read on this thread, as a `Pool` has it; so are the
 *   limits below
 * @property {number} [maxPixels]
 * @property {number} [maxMemory]
 * @property {number} [maxReply]
 */

let limits = DEFAULT_LIMITS;
const firstInstance = new Instance();
/** @typedef {import("./module.js").Source} Source */
/** @type {Map<Source, Instance>} */
const more = new Map();
/** @type {Map<Source, Promise<Instance>>} */
const starting = new Map();

class Here extends Caller {
  /** @override @type {Caller["_call"]} */
  async _call(messageId, header, image, { signal, onStart }) {
    signal?.throwIfAborted();
    await load();
    const bytes = await bytesOf(image);
    signal?.throwIfAborted();
    const missing = further.filter((source) => !more.has(source));
    onStart?.();
    try {
      return firstAnswer(loaded(), messageId, header, bytes);
    } catch (unread) {
      if (!(unread instanceof Unread)) throw unread;
      for (const source of missing.filter((source) => source.reads(unread.format))) {
        const instance = await start(source);
        signal?.throwIfAborted();
        try {
          return instance.answer(messageId, header, bytes);
        } catch (error) {
          if (!(error instanceof Unread)) throw error;
        }
      }
      throw unread;
    }
  }
}

const here = new Here();

/** The instances that there are, in the order in which a call goes on to them. */
function loaded() {
  return [firstInstance, ...further.flatMap((source) => more.get(source) ?? [])];
}

/**
 * The instance of a further module, started once; a start that failed may be repeated.
 *
 * @param {Source} source
 * @param {import("./platform.js").ModuleSource} [from]
 */
function start(source, from) {
  let instance = starting.get(source);
  if (!instance) {
    instance = begin(source, from);
    instance.catch(() => starting.delete(source));
    starting.set(source, instance);
  }
  return instance;
}

/**
 * @param {Source} source
 * @param {import("./platform.js").ModuleSource} [from]
 */
async function begin(source, from) {
  const instance = new Instance();
  await instance.start(await source.compiled(from), limits);
  // Others may have been set meanwhile.
  instance.allow(limits);
  more.set(source, instance);
  return instance;
}

/**
 * Loads the first module, once for this thread and every `Pool`. The other functions wait for it by themselves; `callRaw`
 * cannot.
 *
 * ```js
 * import heic from "thumbox-heic";
 *
 * await load({ modules: [heic] });
 * ```
 *
 * @param {LoadOptions} [options]
 * @returns {Promise<void>} a ThumboxError with code 2 where the browser lacks what it needs
 */
export async function load(options = {}) {
  known(options, ["wasm", "base", "avif", "modules", "maxRequest", ...LIMITS]);
  const wanted = sourcesOf(options.modules ?? []);
  const maxRequest = integer("maxRequest", options.maxRequest ?? here._maxRequest, 1, 0xffff_ffff);
  limits = { ...limits, ...given(options) };
  here._maxRequest = maxRequest;
  for (const source of wanted) if (!further.includes(source)) further.push(source);
  await firstInstance.start(await first.compiled(options.wasm), limits);
  more.forEach((instance) => instance.allow(limits));
  if (options.base !== undefined) await start(base, options.base);
  if (options.avif !== undefined) await start(avif, options.avif);
  await Promise.all(wanted.map((source) => start(source)));
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
 * What is shown of an image until a thumbnail is there, on this thread: a ThumbHash of some 25 bytes, and an average
 * colour.
 *
 * @param {ImageSource} image
 * @param {{ maxPixels?: number } & CallOptions} [options]
 */
export function placeholder(image, options) {
  return here.placeholder(image, options);
}

/**
 * Answers one binary request at once, after `load()`: see `thumbox/wire` for the layouts.
 *
 * @param {number} messageId 1 echo, 100 thumbnail, 101 probe, 102 thumbnail set, 103 placeholder
 * @param {Uint8Array} request
 * @returns {Uint8Array<ArrayBuffer>} the reply; a ThumboxError where the core refuses, with code 204 for AVIF and HEIC
 *   where the module that the message names is not loaded, and with code 1 for formats of `load({ base })`
 */
export function callRaw(messageId, request) {
  integer("messageId", messageId, 0, 0xffff_ffff);
  const bytes = source("request", request);
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`request is ${show(request)}; bytes are allowed`);
  checkLength(bytes.length, here._maxRequest);
  try {
    return firstAnswer(loaded(), messageId, bytes);
  } catch (error) {
    if (!(error instanceof Unread && base.reads(error.format))) throw error;
    const name = Object.keys(FORMATS).find((name) => FORMATS[/** @type {keyof typeof FORMATS} */ (name)] === error.format);
    throw new ThumboxError(INVALID_STATE, `the module that reads ${name} is not loaded; await load({ base }) first`);
  }
}
