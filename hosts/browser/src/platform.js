/** What differs between a page and Node. The package's entry for each sets it, before anything else runs. */

/**
 * A worker as the pool sees it.
 *
 * @typedef {object} Port
 * @property {(message: unknown, transfer: ArrayBuffer[]) => void} post
 * @property {(handler: (message: any) => void) => void} listen
 * @property {(handler: (reason: string) => void) => void} ended is told when the worker fails, or ends by itself
 * @property {() => void} end
 * @property {(busy: boolean) => void} hold whether the worker keeps the process alive
 */

/** @typedef {string | URL | Response | BufferSource | WebAssembly.Module} WasmSource where the module comes from */
/** @typedef {WasmSource | Promise<WasmSource>} ModuleSource the same, where it may not be there yet */

/**
 * @typedef {object} Platform
 * @property {() => Promise<WasmSource>} wasm the module of this package that is first
 * @property {() => Promise<WasmSource>} base that of all formats but AVIF and HEIC
 * @property {() => Promise<WasmSource>} avif that of AVIF
 * @property {(address: string | URL) => Promise<WasmSource>} read what is at an address
 * @property {() => Port} startWorker
 * @property {() => number} processors
 */

/** @type {Platform | undefined} */
let current;

/** @param {Platform} platform */
export function setPlatform(platform) {
  current = platform;
}

export function platform() {
  if (!current) throw new TypeError("import thumbox by its own name, not one of its inner modules");
  return current;
}
