/** What edge runtimes, and bundlers that are told to, make of `import wasm from "thumbox/thumbox.wasm"`: for `load({ wasm })`. */
declare const wasm: WebAssembly.Module;
export default wasm;
