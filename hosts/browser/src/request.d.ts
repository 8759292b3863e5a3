/**
 * The header of a request for one thumbnail: version 1 where that can say it, else version 2.
 *
 * @param {ThumbnailOptions & PixelLimit} options
 * @param {number} imageSize bytes
 */
export function thumbnailHeader(options: ThumbnailOptions & PixelLimit, imageSize: number): Uint8Array<ArrayBuffer>;
/**
 * The header of a request for several thumbnails, with its records.
 *
 * @param {readonly ThumbnailOptions[]} sizes
 * @param {ThumbnailOptions} common what a size does not say
 * @param {number} imageSize bytes
 */
export function setHeader(sizes: readonly ThumbnailOptions[], common: ThumbnailOptions, imageSize: number): Uint8Array<ArrayBuffer>;
/** @param {number} imageSize bytes */
export function probeHeader(imageSize: number): Uint8Array<ArrayBuffer>;
/**
 * Refuses an option of another name: a word that was mistyped must not be an option that was left out.
 *
 * @param {object} options
 * @param {readonly string[]} names
 */
export function known(options: object, names: readonly string[]): void;
/**
 * A whole number from `low` to `high`.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {number} low
 * @param {number} high
 */
export function integer(name: string, value: unknown, low: number, high: number): number;
/** @param {unknown} value */
export function show(value: unknown): string;
export type ThumbnailOptions = {
    /**
     * of the box in pixels; 0 or none: in proportion to the height
     */
    width?: number;
    /**
     * of the box in pixels; 0 or none: in proportion to the width; both none: 100 x 100
     */
    height?: number;
    /**
     * what to write; "jpeg" if none is given
     */
    format?: "jpeg" | "png" | "webp";
    /**
     * 1 to 100 for JPEG and WebP; 85 if none is given
     */
    quality?: number;
    /**
     * how the picture meets its box; "inside" if none is given
     */
    fit?: "inside" | "cover" | "stretch";
    /**
     * make small pictures larger, too
     */
    enlarge?: boolean;
    /**
     * lossless WebP
     */
    lossless?: boolean;
    /**
     * fail where a picture is not complete
     */
    refuseTruncated?: boolean;
    /**
     * what shows under transparency
     * in a JPEG, as "#rrggbb" or three numbers from 0 to 255; white if none is given
     */
    background?: string | readonly [red: number, green: number, blue: number];
};
/**
 * lowers the limit on the source's pixels, which is 2^29
 */
export type PixelLimit = {
    maxPixels?: number;
};
