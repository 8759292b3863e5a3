/**
 * The bytes R, G, B, 255 as the number that the field `background` holds.
 *
 * @param {number} red 0 to 255, as the others
 * @param {number} green
 * @param {number} blue
 */
export function background(red: number, green: number, blue: number): number;
/**
 * The binary interface, for those who build requests by hand.
 *
 * The layout tables are in the documentation of `thumbox_core::wire`; a test holds these copies against them. All
 * integers are little-endian. Reserved bytes are zero, and refused otherwise.
 */
export const MSG_ECHO: 1;
export const MSG_THUMBNAIL_CREATE: 100;
export const MSG_IMAGE_PROBE: 101;
export const MSG_THUMBNAIL_SET: 102;
/** Members that a set can have at the most. */
export const MAX_SET: 32;
/** The formats that are read, in the order of their numbers; the first three are written, too. */
export const FORMATS: readonly ["jpeg", "png", "webp", "gif", "bmp", "tiff"];
/** The formats of thumbnails, in the order of their numbers. */
export const OUTPUT_FORMATS: readonly ["jpeg", "png", "webp"];
/** How a picture meets its box, in the order of their numbers. */
export const FITS: readonly ["inside", "cover", "stretch"];
export const FLAG_ENLARGE: 1;
export const FLAG_LOSSLESS: 2;
export const FLAG_REFUSE_TRUNCATED: 4;
/** @typedef {readonly [name: string, offset: number, size: 1 | 4]} Field A field's name, offset and size in bytes. */
/**
 * One structure of the interface: its size in bytes and its fields in order, without the reserved bytes.
 *
 * @template {string} Name
 */
export class Layout<Name extends string> {
    /**
     * @param {number} size
     * @param {readonly (readonly [name: Name, offset: number, size: 1 | 4])[]} fields
     * @param {number} [version] what the field `version` says
     */
    constructor(size: number, fields: readonly (readonly [name: Name, offset: number, size: 1 | 4])[], version?: number);
    /** Its bytes, all fields and reserved bytes included. */
    size: number;
    fields: readonly (readonly [name: Name, offset: number, size: 1 | 4])[];
    version: number | undefined;
    /**
     * The structure's bytes. A field that is left out is 0, but for the version.
     *
     * @param {Partial<Record<Name, number>>} values whole numbers that their fields can hold; others are a RangeError
     * @returns {Uint8Array<ArrayBuffer>}
     */
    write(values: Partial<Record<Name, number>>): Uint8Array<ArrayBuffer>;
    /**
     * The values of a structure.
     *
     * @param {Uint8Array} bytes
     * @param {number} [start] where in `bytes` it begins; a RangeError where it does not end in them
     * @returns {Record<Name, number>}
     */
    read(bytes: Uint8Array, start?: number): Record<Name, number>;
}
export const ThumbnailRequestHeader: Layout<"quality" | "version" | "target_width" | "target_height" | "output_format" | "payload_size">;
export const ThumbnailRequestHeaderV2: Layout<"background" | "quality" | "version" | "target_width" | "target_height" | "output_format" | "payload_size" | "fit" | "flags" | "max_pixels">;
export const ThumbnailResponseHeader: Layout<"format" | "height" | "width" | "version" | "payload_size">;
export const ProbeRequestHeader: Layout<"version" | "payload_size">;
export const ProbeResponse: Layout<"format" | "orientation" | "version" | "flags" | "stored_width" | "stored_height" | "upright_width" | "upright_height">;
export const SetRequestHeader: Layout<"count" | "version" | "payload_size">;
export const SetRecord: Layout<"background" | "quality" | "target_width" | "target_height" | "output_format" | "fit" | "flags">;
export const SetResponseHeader: Layout<"count" | "version">;
/**
 * A field's name, offset and size in bytes.
 */
export type Field = readonly [name: string, offset: number, size: 1 | 4];
