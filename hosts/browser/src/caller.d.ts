/** @typedef {import("./input.js").ImageSource} ImageSource */
/** @typedef {import("./request.js").ThumbnailOptions} ThumbnailOptions */
/**
 * How a call is made.
 *
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal] ends the call, which then fails with the signal's reason
 * @property {boolean} [transfer] give the image's ArrayBuffer away to the worker instead of a copy; it cannot be used
 *   any more afterwards
 */
export class Caller {
    /** @type {number} */
    _maxRequest: number;
    /**
     * One thumbnail.
     *
     * @param {ImageSource} image
     * @param {ThumbnailOptions & { maxPixels?: number } & CallOptions} [options]
     */
    thumbnail(image: ImageSource, options?: ThumbnailOptions & {
        maxPixels?: number;
    } & CallOptions): Promise<import("./reply.js").Thumbnail>;
    /**
     * Up to 32 thumbnails of one image, which is decoded once. Each size is an object of options; what it does not
     * say, `options` say for all. If one cannot be made, the error names it.
     *
     * @param {ImageSource} image
     * @param {readonly ThumbnailOptions[]} sizes
     * @param {ThumbnailOptions & CallOptions} [options]
     */
    thumbnails(image: ImageSource, sizes: readonly ThumbnailOptions[], options?: ThumbnailOptions & CallOptions): Promise<import("./reply.js").Thumbnail[]>;
    /**
     * What the image's headers say; no pixel is decoded.
     *
     * @param {ImageSource} image
     * @param {CallOptions} [options]
     */
    probe(image: ImageSource, options?: CallOptions): Promise<import("./reply.js").ImageInfo>;
    /**
     * Answers a request that lies in one part or in two.
     *
     * @param {number} _messageId
     * @param {Uint8Array} _header
     * @param {Blob | Uint8Array} _image
     * @param {{ signal: AbortSignal | undefined, transfer: boolean | undefined }} _how
     * @returns {Promise<Uint8Array<ArrayBuffer>>}
     */
    _call(_messageId: number, _header: Uint8Array, _image: Blob | Uint8Array, _how: {
        signal: AbortSignal | undefined;
        transfer: boolean | undefined;
    }): Promise<Uint8Array<ArrayBuffer>>;
    /**
     * The image's size, where its request is not too long.
     *
     * @param {Blob | Uint8Array} image
     * @param {number} headerSize
     */
    _checked(image: Blob | Uint8Array, headerSize: number): number;
}
export type ImageSource = import("./input.js").ImageSource;
export type ThumbnailOptions = import("./request.js").ThumbnailOptions;
/**
 * How a call is made.
 */
export type CallOptions = {
    /**
     * ends the call, which then fails with the signal's reason
     */
    signal?: AbortSignal;
    /**
     * give the image's ArrayBuffer away to the worker instead of a copy; it cannot be used
     * any more afterwards
     */
    transfer?: boolean;
};
