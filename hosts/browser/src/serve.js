/** A worker's side: answers by id, one call after the other. What goes wrong with a call is data in its answer. */

import { HANDLER, INIT_FAILED, ThumboxError } from "./errors.js";
import { bytesOf } from "./input.js";
import { allow, answer, memorySize, start } from "./instance.js";

/**
 * @param {(message: unknown, transfer: ArrayBuffer[]) => void} post
 * @returns {(message: any) => void} what is to be called with each message
 */
export function serve(post) {
  /** @type {Promise<void> | undefined} */
  let started;
  return async ({ id, module, limits, messageId, header, image }) => {
    if (module) {
      allow(limits);
      started = start(module);
      started.then(
        () => post({ ready: true }, []),
        (error) => post({ failed: data(new ThumboxError(INIT_FAILED, String(error?.message ?? error))) }, []),
      );
      return;
    }
    try {
      await started;
      const reply = answer(messageId, header, image && (await bytesOf(image)));
      post({ id, reply, memory: memorySize() }, [reply.buffer]);
    } catch (error) {
      post({ id, error: data(error), memory: memorySize() }, []);
    }
  };
}

/** @param {unknown} error */
function data(error) {
  if (error instanceof ThumboxError) {
    // Only a trap has what the engine threw.
    return { code: error.code, message: error.message, trap: error.cause instanceof WebAssembly.RuntimeError };
  }
  return { code: HANDLER, message: String(error), trap: true };
}
