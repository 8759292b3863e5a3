/** A page's worker as the pool sees it. */

/** @typedef {import("./platform.js").Port} Port */

let count = 0;

/**
 * @param {Worker} worker
 * @returns {Port}
 */
export function webPort(worker) {
  /** @type {((reason: string) => void)[]} */
  const told = [];
  const gone = new AbortController();
  // A page is not told when its worker ends, say for want of memory. But then the lock that it held is free.
  const lock = `thumbox-worker-${Date.now()}-${Math.random()}-${count++}`;
  worker.postMessage({ lock });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen: (handler) => {
      worker.onmessage = ({ data }) => {
        if (!data.locked) return handler(data);
        const ended = () => told.forEach((tell) => tell("it ended without a word"));
        navigator.locks.request(lock, { signal: gone.signal }, ended).catch(() => {});
      };
    },
    ended: (handler) => {
      told.push(handler);
      worker.onerror = (event) => {
        event.preventDefault();
        told.forEach((tell) => tell(event.message || "its script cannot be loaded; workers have to be modules here"));
      };
    },
    end: () => {
      gone.abort();
      worker.terminate();
    },
    hold: () => {},
  };
}
