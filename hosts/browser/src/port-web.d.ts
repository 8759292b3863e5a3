/**
 * @param {Worker} worker
 * @returns {Port}
 */
export function webPort(worker: Worker): Port;
export type Port = import("./platform.js").Port;
