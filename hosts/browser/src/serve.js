/** A worker's side: answers by id, one call after the other. What goes wrong with a call is data in its answer. */

import { HANDLER, INIT_FAILED, isUnread, ThumboxError } from "./errors.js";
import { bytesOf } from "./input.js";
import { DEFAULT_LIMITS, firstAnswer, Instance } from "./instance.js";

/**
 * @param {(message: unknown, transfer: ArrayBuffer[]) => void} post
 * @returns {(message: any) => void} what is to be called with each message
 */
export function serve(post) {
  let limits = DEFAULT_LIMITS;
  /** Further modules that the pool has. */
  let count = 0;
  const instances = [new Instance()];
  /** @type {Promise<void> | undefined} */
  let started;
  /**
   * The request that no instance so far could read, for the next one.
   *
   * @type {{ messageId: number, header: Uint8Array, image: Uint8Array | undefined } | undefined}
   */
  let kept;

  const first = (/** @type {any} */ { module, limits: given, further }) => {
    limits = { ...limits, ...given };
    count = further;
    started = instances[0]?.start(module, limits);
    started?.then(
      () => post({ ready: true }, []),
      (error) => post({ failed: data(cannotStart(String(error?.message ?? error))) }, []),
    );
  };

  /** @param {any} message */
  const answer = async ({ messageId, header, image }) => {
    await started;
    const request = { messageId, header, image: image && (await bytesOf(image)) };
    return attempt(request, instances);
  };

  /** @param {any} message */
  const goOn = async ({ more }) => {
    const request = kept;
    kept = undefined;
    const next = new Instance();
    await next.start(more, limits).catch((error) => {
      throw cannotStart(`the further module cannot be started: ${error?.message ?? error}`);
    });
    instances.push(next);
    return attempt(/** @type {NonNullable<typeof kept>} */ (request), [next]);
  };

  /**
   * @param {NonNullable<typeof kept>} request
   * @param {readonly Instance[]} by
   */
  const attempt = (request, by) => {
    kept = undefined;
    try {
      return firstAnswer(by, request.messageId, request.header, request.image);
    } catch (error) {
      if (isUnread(error) && instances.length <= count) kept = request;
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
      const further = kept && instances.length - 1;
      post({ id, error: data(error), further, memory: memory() }, []);
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
    // Only a trap has what the engine threw.
    return { code: error.code, message: error.message, trap: error.cause instanceof WebAssembly.RuntimeError };
  }
  return { code: HANDLER, message: String(error), trap: true };
}
