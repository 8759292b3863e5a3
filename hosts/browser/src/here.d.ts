/**
 * Loads the module, once for this thread and every `Pool`. The other functions wait for it by themselves; `callRaw`
 * cannot.
 *
 * @param {LoadOptions} [options]
 * @returns {Promise<void>} a ThumboxError with code 2 where the browser lacks what it needs
 */
export function load(options?: LoadOptions): Promise<void>;
/**
 * One thumbnail, on this thread.
 *
 * @param {ImageSource} image
 * @param {ThumbnailOptions & { maxPixels?: number } & CallOptions} [options]
 */
export function thumbnail(image: ImageSource, options?: ThumbnailOptions & {
    maxPixels?: number;
} & CallOptions): Promise<import("./reply.js").Thumbnail>;
/**
 * Up to 32 thumbnails of one image, which is decoded once, on this thread. Each size is an object of options; what
 * it does not say, `options` say for all. If one cannot be made, the error names it.
 *
 * @param {ImageSource} image
 * @param {readonly ThumbnailOptions[]} sizes
 * @param {ThumbnailOptions & CallOptions} [options]
 */
export function thumbnails(image: ImageSource, sizes: readonly ThumbnailOptions[], options?: ThumbnailOptions & CallOptions): Promise<import("./reply.js").Thumbnail[]>;
/**
 * What the image's headers say; no pixel is decoded.
 *
 * @param {ImageSource} image
 * @param {CallOptions} [options]
 */
export function probe(image: ImageSource, options?: CallOptions): Promise<import("./reply.js").ImageInfo>;
/**
 * Answers one binary request at once, after `load()`: see `thumbox/wire` for the layouts.
 *
 * @param {number} messageId 1 echo, 100 thumbnail, 101 probe, 102 thumbnail set
 * @param {Uint8Array} request
 * @returns {Uint8Array<ArrayBuffer>} the reply; a ThumboxError where the core refuses
 */
export function callRaw(messageId: number, request: Uint8Array): Uint8Array<ArrayBuffer>;
export type ImageSource = import("./input.js").ImageSource;
export type ThumbnailOptions = import("./request.js").ThumbnailOptions;
export type CallOptions = import("./caller.js").CallOptions;
export type LoadOptions = {
    /**
     * where the
     * module comes from, for bundlers and servers that put it elsewhere: an address, a response, bytes or a module
     */
    wasm?: import("./platform.js").WasmSource | Promise<import("./platform.js").WasmSource>;
    /**
     * bytes of the longest request; 64 MiB if none is given
     */
    maxRequest?: number;
};
