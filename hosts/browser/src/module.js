/** The WebAssembly modules: found, compiled once for this thread and every worker, and what is needed to run them. */

import { INIT_FAILED, ThumboxError } from "./errors.js";
import { FORMATS } from "./layouts.js";
import { platform } from "./platform.js";
import { show } from "./request.js";

/** @typedef {import("./platform.js").ModuleSource} ModuleSource */

/**
 * A module whose one function has a SIMD instruction (WebAssembly SIMD, `i8x16.splat` and `i8x16.popcnt`): valid
 * only where there is SIMD.
 */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** A module that is fetched and compiled when it is first needed. */
export class Source {
  #name;
  #usual;
  /** The formats that it may read, as bits by their numbers. */
  formats;
  /** @type {Promise<WebAssembly.Module> | undefined} */
  #compiling;

  /**
   * @param {string} name for people
   * @param {() => ModuleSource} usual where it comes from
   * @param {number} [formats] as bits by their numbers; all, as far as is known, if none are given
   */
  constructor(name, usual, formats = ~0) {
    this.#name = name;
    this.#usual = usual;
    this.formats = formats;
  }

  /**
   * Whether it may read a format.
   *
   * @param {number} format
   */
  reads(format) {
    return ((this.formats >> format) & 1) === 1;
  }

  /**
   * The compiled module. The first call says where it comes from; one that failed may be repeated.
   *
   * @param {ModuleSource} [from] the usual place, if none is given
   */
  compiled(from) {
    if (!this.#compiling) {
      this.#compiling = compile(this.#name, () => from ?? this.#usual());
      this.#compiling.catch(() => (this.#compiling = undefined));
    }
    return this.#compiling;
  }
}

const [AVIF, HEIC] = [1 << FORMATS.avif, 1 << FORMATS.heic];

/** The module that every call goes to first: in a page the small one, which reads the common formats. */
export const first = new Source("WebAssembly module", () => platform().wasm());

/** This package's module for all formats but AVIF and HEIC. It is not needed where the first module is it. */
export const base = new Source("WebAssembly module thumbox", () => platform().base(), ~(AVIF | HEIC));

/** This package's module for AVIF. */
export const avif = new Source("WebAssembly module thumbox-avif", () => platform().avif(), AVIF);

/** This package's further modules. */
export const own = [base, avif];

/** The further modules of this thread, to which calls go on in this order; a `Pool` that is given none has them, too. */
export const further = [...own];

/** @type {Map<unknown, Source>} */
const sources = new Map();

/**
 * The sources of further modules. What was given before has the source that it had.
 *
 * @param {readonly ModuleSource[]} modules
 */
export function sourcesOf(modules) {
  if (!Array.isArray(modules)) {
    throw new TypeError(`modules is ${show(modules)}; an array of addresses or WebAssembly.Modules is allowed`);
  }
  return modules.map((from) => {
    const key = from instanceof URL ? from.href : from;
    const source = sources.get(key) ?? new Source(`further WebAssembly module${name(from)}`, () => from);
    sources.set(key, source);
    return source;
  });
}

/** @param {ModuleSource} from */
function name(from) {
  return typeof from === "string" || from instanceof URL ? ` ${from}` : "";
}

/**
 * @param {string} name
 * @param {() => ModuleSource} from
 */
async function compile(name, from) {
  checkEngine();
  try {
    let given = await from();
    if (given instanceof WebAssembly.Module) return given;
    if (typeof given === "string" || given instanceof URL) given = await platform().read(given);
    if (!(given instanceof Response)) return await WebAssembly.compile(/** @type {BufferSource} */ (given));
    if (!given.ok) throw new Error(`${given.url} was answered with ${given.status} ${given.statusText}`);
    // Compiling while it arrives needs this very media type, without parameters, which not every server gives.
    if (given.headers.get("Content-Type") === "application/wasm") {
      return await WebAssembly.compileStreaming(given);
    }
    return await WebAssembly.compile(await given.arrayBuffer());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ThumboxError(INIT_FAILED, `the ${name} cannot be loaded: ${why}`, { cause: error });
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
