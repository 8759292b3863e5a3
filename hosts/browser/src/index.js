/**
 * Thumbnails of images that you do not trust, in a page.
 *
 * ```js
 * import { Pool } from "thumbox";
 *
 * const pool = new Pool();
 * const thumb = await pool.thumbnail(file, { width: 512, height: 512, format: "webp" });
 * await fetch("/upload", { method: "POST", body: thumb.blob() });
 * ```
 */

import { INIT_FAILED, ThumboxError } from "./errors.js";
import { setPlatform } from "./platform.js";
import { webPort } from "./port-web.js";

setPlatform({
  wasm: () => fetch(new URL("../wasm/thumbox_common_bg.wasm", import.meta.url)),
  base: () => fetch(new URL("../wasm/thumbox_bg.wasm", import.meta.url)),
  avif: () => fetch(new URL("../wasm/thumbox_avif_bg.wasm", import.meta.url)),
  read: (address) => fetch(address),
  startWorker: () => {
    if (typeof Worker !== "function") {
      throw new ThumboxError(INIT_FAILED, "there are no workers here; use thumbnail() and its like without a Pool");
    }
    if (new URL(import.meta.url).origin !== location.origin) return webPort(foreignWorker());
    return webPort(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
  },
  processors: () => navigator.hardwareConcurrency || 2,
});

/** @type {string | undefined} */
let importer;

/** A worker whose script is of another origin, a CDN's: a page may start its own scripts alone, and one of them may import it. */
function foreignWorker() {
  // Not as bundlers know it, which would take it for a file of the page.
  const worker = "./worker.js";
  const script = `import ${JSON.stringify(new URL(worker, import.meta.url))};`;
  importer ??= URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return new Worker(importer, { type: "module" });
}

export { ThumboxError } from "./errors.js";
export { callRaw, load, placeholder, probe, thumbnail, thumbnails } from "./main-thread.js";
export { Pool } from "./pool.js";
export { Placeholder, Thumbnail } from "./reply.js";
export { thumbHashToDataURL, thumbHashToRGBA } from "./thumbhash.js";
export { MSG_ECHO, MSG_IMAGE_PROBE, MSG_PLACEHOLDER, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET } from "./wire.js";
/** @typedef {import("./caller.js").CallOptions} CallOptions */
/** @typedef {import("./main-thread.js").LoadOptions} LoadOptions */
/** @typedef {import("./input.js").ImageSource} ImageSource */
/** @typedef {import("./platform.js").ModuleSource} ModuleSource */
/** @typedef {import("./pool.js").PoolOptions} PoolOptions */
/** @typedef {import("./reply.js").ImageInfo} ImageInfo */
/** @typedef {import("./request.js").ThumbnailOptions} ThumbnailOptions */
