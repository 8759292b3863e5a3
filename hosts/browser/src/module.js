/** The WebAssembly module: found, compiled once for this thread and every worker, and what is needed to run it. */

import { INIT_FAILED, ThumboxError } from "./errors.js";
import { platform } from "./platform.js";

/** @typedef {import("./platform.js").WasmSource} WasmSource */

/**
 * A module whose one function has a SIMD instruction (WebAssembly SIMD, `i8x16.splat` and `i8x16.popcnt`): valid
 * only where there is SIMD.
 */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** @type {Promise<WebAssembly.Module> | undefined} */
let compiling;

/**
 * The compiled module. The first call says where it comes from; one that failed may be repeated.
 *
 * @param {WasmSource | Promise<WasmSource>} [from] this package's own file, if none is given
 */
export function compiled(from) {
  if (!compiling) {
    compiling = compile(from);
    compiling.catch(() => (compiling = undefined));
  }
  return compiling;
}

/** @param {WasmSource | Promise<WasmSource> | undefined} from */
async function compile(from) {
  checkEngine();
  try {
    let given = await (from ?? platform().wasm());
    if (given instanceof WebAssembly.Module) return given;
    if (typeof given === "string" || given instanceof URL) given = await fetch(given);
    if (!(given instanceof Response)) return await WebAssembly.compile(/** @type {BufferSource} */ (given));
    if (!given.ok) throw new Error(`${given.url} was answered with ${given.status} ${given.statusText}`);
    // Compiling while it arrives needs the media type, which not every server gives.
    if (given.headers.get("Content-Type")?.split(";")[0] === "application/wasm") {
      return await WebAssembly.compileStreaming(given);
    }
    return await WebAssembly.compile(await given.arrayBuffer());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ThumboxError(INIT_FAILED, `the WebAssembly module cannot be loaded: ${why}`, { cause: error });
  }
}

/** Says plainly what an old browser lacks. */
function checkEngine() {
  const since = "Chrome 91, Firefox 114, Safari 16.4, Node 20 and later have it";
  if (typeof WebAssembly !== "object") {
    throw new ThumboxError(INIT_FAILED, `there is no WebAssembly here; ${since}, where nothing forbids it`);
  }
  if (!WebAssembly.validate(SIMD)) {
    throw new ThumboxError(INIT_FAILED, `WebAssembly has no SIMD here; ${since}`);
  }
}
