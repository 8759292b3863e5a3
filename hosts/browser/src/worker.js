/** The worker of a page. */

import { serve } from "./serve.js";

/** The part of a worker's own scope that is used here. */
const scope = /** @type {Pick<Worker, "postMessage" | "onmessage">} */ (/** @type {unknown} */ (globalThis));

const handle = serve((message, transfer) => scope.postMessage(message, transfer));

scope.onmessage = (/** @type {MessageEvent} */ { data }) => {
  if (data.lock) {
    // Held for life: whoever waits for it learns when this worker is gone, however it went.
    navigator.locks?.request(data.lock, () => {
      scope.postMessage({ locked: true });
      return new Promise(() => {});
    });
  } else {
    handle(data);
  }
};
