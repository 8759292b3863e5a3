/** The same for Node: the module comes from the disk, and workers are threads. */

import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import { setPlatform } from "./platform.js";

const base = () => readFile(new URL("../wasm/thumbox_bg.wasm", import.meta.url));

setPlatform({
  // What lies on the disk need not be small.
  wasm: base,
  base,
  avif: () => readFile(new URL("../wasm/thumbox_avif_bg.wasm", import.meta.url)),
  read: (address) => (isFile(address) ? readFile(new URL(address)) : fetch(address)),
  startWorker: () => {
    const worker = new Worker(new URL("./worker-node.js", import.meta.url));
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: (handler) => worker.on("message", handler),
      ended: (handler) => {
        worker.on("error", (error) => handler(error instanceof Error ? error.message : String(error)));
        worker.on("exit", (code) => handler(`it ended with exit code ${code}`));
      },
      end: () => void worker.terminate(),
      hold: (busy) => (busy ? worker.ref() : worker.unref()),
    };
  },
  processors: availableParallelism,
});

/**
 * Which fetch() does not read here.
 *
 * @param {string | URL} address
 */
function isFile(address) {
  return /^file:/i.test(String(address));
}

export { ThumboxError } from "./errors.js";
export { callRaw, load, placeholder, probe, thumbnail, thumbnails } from "./main-thread.js";
export { Pool } from "./pool.js";
export { Placeholder, Thumbnail } from "./reply.js";
export { thumbHashToDataURL, thumbHashToRGBA } from "./thumbhash.js";
export { MSG_ECHO, MSG_IMAGE_PROBE, MSG_PLACEHOLDER, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET } from "./wire.js";
