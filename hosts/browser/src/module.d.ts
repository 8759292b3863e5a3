/**
 * The compiled module. The first call says where it comes from; one that failed may be repeated.
 *
 * @param {WasmSource | Promise<WasmSource>} [from] this package's own file, if none is given
 */
export function compiled(from?: WasmSource | Promise<WasmSource>): Promise<WebAssembly.Module>;
export type WasmSource = import("./platform.js").WasmSource;
