/** @param {WebAssembly.Module} module */
export function start(module: WebAssembly.Module): Promise<void>;
/** Bytes of linear memory that the instance has grown to. */
export function memorySize(): any;
/**
 * Answers a request: `header` and `image` one behind the other, or the header alone.
 *
 * @param {number} messageId
 * @param {Uint8Array} header
 * @param {Uint8Array} [image]
 * @returns {Uint8Array<ArrayBuffer>} bytes of its own
 */
export function answer(messageId: number, header: Uint8Array, image?: Uint8Array): Uint8Array<ArrayBuffer>;
