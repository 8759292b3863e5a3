/** A worker's side: answers by id, one call after the other. What goes wrong with a call is data in its answer. */

import { HANDLER, INIT_FAILED, ThumboxError, Unread } from "./errors.js";
import { bytesOf } from "./input.js";
import { DEFAULT_LIMITS, firstAnswer, Instance } from "./instance.js";

/**
 * @param {(message: unknown, transfer: ArrayBuffer[]) => void} post
 * @returns {(message: any) => void} what is to be called with each message
 */
export function serve(post) {
  let limits = DEFAULT_LIMITS;
  /**
   * The formats of the further modules that the pool has, as bits.
   *
   * @type {number[]}
   */
  let formats = [];
  /** The first module's, then those of further modules at their places, with holes for those that are not loaded. */
  const instances = [new Instance()];
  /**
   * @typedef {object} Request
   * @property {number} messageId
   * @property {Uint8Array} header
   * @property {Uint8Array | undefined} image
   * @property {number} [format] where the first module does not read it
   * @property {number} [next] the place of the further module that may
   */
  /**
   * The request that no instance so far could read, for the next one.
   *
   * @type {Request | undefined}
   */
  let kept;

  const first = (/** @type {any} */ { module, limits: given, further }) => {
    limits = { ...limits, ...given };
    formats = further;
    instances[0]?.start(module, limits).then(
      () => post({ ready: true }, []),
      (error) => post({ failed: data(cannotStart(String(error?.message ?? error))) }, []),
    );
  };

  /** @param {any} message */
  const answer = async ({ messageId, header, image }) => {
    const request = { messageId, header, image: image && (await bytesOf(image)) };
    // Without holes.
    return attempt(request, instances.flat());
  };

  /** @param {any} message */
  const goOn = async ({ more }) => {
    const request = /** @type {Request} */ (kept);
    kept = undefined;
    const next = new Instance();
    await next.start(more, limits).catch((error) => {
      throw cannotStart(`the further module cannot be started: ${error?.message ?? error}`);
    });
    instances[1 + /** @type {number} */ (request.next)] = next;
    return attempt(request, [next]);
  };

  /**
   * @param {Request} request
   * @param {readonly Instance[]} by
   */
  const attempt = (request, by) => {
    kept = undefined;
    try {
      return firstAnswer(by, request.messageId, request.header, request.image);
    } catch (error) {
      if (error instanceof Unread) {
        const format = (request.format ??= error.format);
        request.next = formats.findIndex((bits, index) => !instances[1 + index] && (bits >> format) & 1);
        if (request.next >= 0) kept = request;
      }
      throw error;
    }
  };

  return async (message) => {
    if (message.module) return first(message);
    const { id } = message;
    const memory = () => instances.reduce((sum, instance) => sum + instance.memory, 0);
    try {
      const reply = await (message.more ? goOn(message) : answer(message));
      post({ id, reply, memory: memory() }, [reply.buffer]);
    } catch (error) {
      post({ id, error: data(error), further: kept?.next, memory: memory() }, []);
    }
  };
}

/** @param {string} why */
function cannotStart(why) {
  return new ThumboxError(INIT_FAILED, why);
}

/** @param {unknown} error */
function data(error) {
  if (error instanceof ThumboxError) {
    // Beside a file that cannot be read, only a trap has a cause, of any class: a stack that is full is a RangeError.
    return { code: error.code, message: error.message, trap: error.code !== HANDLER && "cause" in error };
  }
  return { code: HANDLER, message: String(error), trap: true };
}
