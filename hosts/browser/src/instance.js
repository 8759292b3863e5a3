/** One instance of a module. After a trap, a fresh one takes its place. */

import { bindings } from "../wasm/thumbox.js";
import { INTERNAL, INVALID_STATE, MEMORY, ThumboxError, Unread } from "./errors.js";
import { MAX_MEMORY, MAX_PIXELS, MAX_REPLY, PANIC_TEXT } from "./layouts.js";

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
export const DEFAULT_LIMITS = { formats: ~0, maxPixels: MAX_PIXELS, maxMemory: MAX_MEMORY, maxReply: MAX_REPLY };

export class Instance {
  // Every module has the same bindings: the build holds them to it.
  #wasm = bindings();
  #trapped = false;
  #limits = DEFAULT_LIMITS;

  /**
   * @param {WebAssembly.Module} module
   * @param {Limits} limits
   */
  async start(module, limits) {
    await this.#wasm.init({ module_or_path: module });
    this.allow(limits);
  }

  /**
   * Sets limits of an instance that was started, now and after a trap.
   *
   * @param {Limits} limits
   */
  allow(limits) {
    this.#limits = limits;
    const { formats, maxPixels, maxMemory, maxReply } = limits;
    this.#wasm.setLimits(formats, maxPixels, maxMemory, maxReply);
  }

  /** Bytes of linear memory that it has grown to. */
  get memory() {
    return this.#wasm.instance?.memory.buffer.byteLength ?? 0;
  }

  /**
   * Answers a request: `header` and `image` one after the other, or the header alone.
   *
   * @param {number} messageId
   * @param {Uint8Array} header
   * @param {Uint8Array} [image]
   * @returns {Uint8Array<ArrayBuffer>} bytes of its own
   */
  answer(messageId, header, image) {
    const wasm = this.#wasm;
    if (!wasm.instance) throw new ThumboxError(INVALID_STATE, "thumbox is not loaded; await load() first");
    if (this.#trapped) {
      wasm.renew();
      this.#trapped = false;
      this.allow(this.#limits);
    }
    try {
      const reply = image ? wasm.callParts(messageId, header, image) : wasm.callRaw(messageId, header);
      return /** @type {Uint8Array<ArrayBuffer>} */ (reply);
    } catch (error) {
      if (error instanceof wasm.Failure) {
        const { code, message, unread } = error;
        error.free();
        throw unread === undefined ? new ThumboxError(code, message) : new Unread(message, unread);
      }
      this.#trapped = true;
      throw this.#trap(error);
    }
  }

  /** @param {unknown} cause what the engine threw */
  #trap(cause) {
    const text = this.#panicText();
    const size = this.memory;
    if (text) return new ThumboxError(INTERNAL, `the module panicked: ${text}`, { cause });
    const why = cause instanceof Error ? cause.message : String(cause);
    // A panic has a text; what ends without one is an allocation that failed.
    if (/unreachable/.test(why)) {
      return new ThumboxError(MEMORY, `the module ran out of memory; ${size} bytes were in use`, { cause });
    }
    return new ThumboxError(INTERNAL, `the module stopped with a trap: ${why}`, { cause });
  }

  /** What a panic left in memory, read without running the module. */
  #panicText() {
    const { instance } = this.#wasm;
    if (!instance) return "";
    const start = instance.thumbox_panic_text.value;
    const bytes = new Uint8Array(instance.memory.buffer);
    const length = new DataView(bytes.buffer).getUint32(start, true);
    return new TextDecoder().decode(bytes.slice(start + 4, start + 4 + Math.min(length, PANIC_TEXT)));
  }
}

/**
 * The first answer that is not code 204 (a format that an instance does not read); else the first instance's 204.
 *
 * @param {readonly Instance[]} instances
 * @param {number} messageId
 * @param {Uint8Array} header
 * @param {Uint8Array} [image]
 */
export function firstAnswer(instances, messageId, header, image) {
  /** @type {Unread | undefined} */
  let unread;
  for (const instance of instances) {
    try {
      return instance.answer(messageId, header, image);
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      unread ??= error;
    }
  }
  throw unread;
}
