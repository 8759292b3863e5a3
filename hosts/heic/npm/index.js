/** Where the module for HEIC is: for `modules` of a `Pool` of thumbox, or of its `load`. */
export default new URL("./thumbox_heic_bg.wasm", import.meta.url);
