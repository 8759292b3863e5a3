/**
 * What an image's headers say.
 *
 * @typedef {object} ImageInfo
 * @property {"jpeg" | "png" | "webp" | "gif" | "bmp" | "tiff"} format
 * @property {number} width of the upright picture, as people see it
 * @property {number} height
 * @property {number} storedWidth
 * @property {number} storedHeight
 * @property {number} orientation 1 to 8, as EXIF counts; 1 is upright as stored
 * @property {boolean} alpha
 * @property {boolean} animated
 * @property {boolean} icc whether there is a colour profile
 * @property {boolean} progressive progressive or interlaced
 */
/**
 * From a reply to message 101.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 * @returns {ImageInfo}
 */
export function parseProbe(reply: Uint8Array<ArrayBuffer>): ImageInfo;
/**
 * From a reply to message 100.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 */
export function parseThumbnail(reply: Uint8Array<ArrayBuffer>): Thumbnail;
/**
 * From a reply to message 102 that asked for `count` members.
 *
 * @param {Uint8Array<ArrayBuffer>} reply
 * @param {number} count
 */
export function parseSet(reply: Uint8Array<ArrayBuffer>, count: number): Thumbnail[];
/** A finished thumbnail. */
export class Thumbnail {
    /**
     * @param {number} width
     * @param {number} height
     * @param {"jpeg" | "png" | "webp"} format
     * @param {Uint8Array<ArrayBuffer>} data
     */
    constructor(width: number, height: number, format: "jpeg" | "png" | "webp", data: Uint8Array<ArrayBuffer>);
    /** Pixels. */
    width: number;
    /** Pixels. */
    height: number;
    /** What was really written. */
    format: "jpeg" | "png" | "webp";
    /** The file's bytes: a part of the reply, not a copy. */
    data: Uint8Array<ArrayBuffer>;
    /** The media type: "image/jpeg", "image/png" or "image/webp". */
    get type(): string;
    /** The file, to be uploaded, shown or saved. */
    blob(): Blob;
}
/**
 * What an image's headers say.
 */
export type ImageInfo = {
    format: "jpeg" | "png" | "webp" | "gif" | "bmp" | "tiff";
    /**
     * of the upright picture, as people see it
     */
    width: number;
    height: number;
    storedWidth: number;
    storedHeight: number;
    /**
     * 1 to 8, as EXIF counts; 1 is upright as stored
     */
    orientation: number;
    alpha: boolean;
    animated: boolean;
    /**
     * whether there is a colour profile
     */
    icc: boolean;
    /**
     * progressive or interlaced
     */
    progressive: boolean;
};
