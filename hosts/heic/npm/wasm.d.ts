/** What edge runtimes make of `import heic from "thumbox-heic/thumbox-heic.wasm"`: for `modules` of thumbox. */
declare const heic: WebAssembly.Module;
export default heic;
