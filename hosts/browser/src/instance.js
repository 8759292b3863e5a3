/** The one instance of this thread. After a trap, a fresh one takes its place. */

import init, { __wbg_reset_state as renew, callParts, callRaw, Failure, instance, setLimits } from "../wasm/thumbox.js";
import { INTERNAL, INVALID_STATE, MEMORY, ThumboxError } from "./errors.js";
import { MAX_MEMORY, MAX_PIXELS, MAX_REPLY, PANIC_TEXT } from "./layouts.js";

let trapped = false;

/**
 * What calls may read and take: formats as bits, pixels of a picture, bytes of working memory and of a reply.
 *
 * @typedef {object} Limits
 * @property {number} formats
 * @property {number} maxPixels
 * @property {number} maxMemory
 * @property {number} maxReply
 */

/** @type {Limits} */
let limits = { formats: ~0, maxPixels: MAX_PIXELS, maxMemory: MAX_MEMORY, maxReply: MAX_REPLY };

/** @param {WebAssembly.Module} module */
export async function start(module) {
  await init({ module_or_path: module });
  allow({});
}

/**
 * Sets limits, now and after a trap.
 *
 * @param {Partial<Limits>} given the others stay as they are
 */
export function allow(given) {
  limits = { ...limits, ...given };
  const { formats, maxPixels, maxMemory, maxReply } = limits;
  if (instance) setLimits(formats, maxPixels, maxMemory, maxReply);
}

/** Bytes of linear memory that the instance has grown to. */
export function memorySize() {
  return instance?.memory.buffer.byteLength ?? 0;
}

/**
 * Answers a request: `header` and `image` one after the other, or the header alone.
 *
 * @param {number} messageId
 * @param {Uint8Array} header
 * @param {Uint8Array} [image]
 * @returns {Uint8Array<ArrayBuffer>} bytes of its own
 */
export function answer(messageId, header, image) {
  if (!instance) throw new ThumboxError(INVALID_STATE, "thumbox is not loaded; await load() first");
  if (trapped) {
    renew();
    trapped = false;
    allow({});
  }
  try {
    const reply = image ? callParts(messageId, header, image) : callRaw(messageId, header);
    return /** @type {Uint8Array<ArrayBuffer>} */ (reply);
  } catch (error) {
    if (error instanceof Failure) {
      const { code, message } = error;
      error.free();
      throw new ThumboxError(code, message);
    }
    trapped = true;
    throw trap(error);
  }
}

/** @param {unknown} cause what the engine threw */
function trap(cause) {
  const text = panicText();
  const size = memorySize();
  if (text) return new ThumboxError(INTERNAL, `the module panicked: ${text}`, { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  // A panic has a text; what ends without one is an allocation that failed.
  if (/unreachable/.test(why)) {
    return new ThumboxError(MEMORY, `the module ran out of memory; ${size} bytes were in use`, { cause });
  }
  return new ThumboxError(INTERNAL, `the module stopped with a trap: ${why}`, { cause });
}

/** What a panic left in memory, read without running the module. */
function panicText() {
  if (!instance) return "";
  const start = instance.thumbox_panic_text.value;
  const bytes = new Uint8Array(instance.memory.buffer);
  const length = new DataView(bytes.buffer).getUint32(start, true);
  return new TextDecoder().decode(bytes.slice(start + 4, start + 4 + Math.min(length, PANIC_TEXT)));
}
