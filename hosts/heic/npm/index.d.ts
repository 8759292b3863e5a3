/**
 * Where the module for HEIC is: for `modules` of a `Pool` of thumbox, or of its `load`.
 *
 * ```js
 * import { Pool } from "thumbox";
 * import heic from "thumbox-heic";
 *
 * const pool = new Pool({ modules: [heic] });
 * ```
 */
declare const heic: URL;
export default heic;
