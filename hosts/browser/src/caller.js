/** What every way of calling has in common: from options to a request, and from a reply to what it means. */

import { named } from "./errors.js";
import { checkLength, sizeOf, source } from "./input.js";
import { MAX_REQUEST } from "./layouts.js";
import { parsePlaceholder, parseProbe, parseSet, parseThumbnail } from "./reply.js";
import { known, placeholderHeader, probeHeader, setHeader, thumbnailHeader } from "./request.js";
import {
  MSG_IMAGE_PROBE,
  MSG_PLACEHOLDER,
  MSG_THUMBNAIL_CREATE,
  MSG_THUMBNAIL_SET,
  PlaceholderRequestHeader,
  ProbeRequestHeader,
  SetRequestHeader,
  ThumbnailRequestHeader,
} from "./layouts.js";

/** @typedef {import("./input.js").ImageSource} ImageSource */
/** @typedef {import("./request.js").ThumbnailOptions} ThumbnailOptions */

/**
 * How a call is made.
 *
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal] ends the call, which then fails with the signal's reason
 * @property {boolean} [transfer] give the image's ArrayBuffer away to the worker instead of a copy; it cannot be used
 *   any more afterwards
 * @property {() => void} [onStart] is called once, when the work begins: in a `Pool`, when a worker that is free takes
 *   the call. What it throws fails the call. An aborted call that still waited never starts
 */

/** @typedef {{ signal: AbortSignal | undefined, transfer: boolean | undefined, onStart: (() => void) | undefined }} How */

export class Caller {
  /** @type {number} */
  _maxRequest = MAX_REQUEST;

  /**
   * One thumbnail.
   *
   * @param {ImageSource} image
   * @param {ThumbnailOptions & { maxPixels?: number } & CallOptions} [options]
   */
  async thumbnail(image, options = {}) {
    const { signal, transfer, onStart, ...wanted } = options;
    const picture = source("image", image);
    // Its header may be of a later version, which is longer.
    const header = thumbnailHeader(wanted, this._checked(picture, ThumbnailRequestHeader.size));
    this._checked(picture, header.length);
    return parseThumbnail(await this.#ask(MSG_THUMBNAIL_CREATE, header, picture, { signal, transfer, onStart }));
  }

  /**
   * Up to 32 thumbnails of one image, which is decoded once. Each size is an object of options; what it does not
   * say, `options` say for all. If one cannot be made, the error names it.
   *
   * @param {ImageSource} image
   * @param {readonly ThumbnailOptions[]} sizes
   * @param {ThumbnailOptions & { maxPixels?: number } & CallOptions} [options]
   */
  async thumbnails(image, sizes, options = {}) {
    const { signal, transfer, onStart, ...common } = options;
    const picture = source("image", image);
    const header = setHeader(sizes, common, this._checked(picture, SetRequestHeader.size));
    this._checked(picture, header.length);
    return parseSet(await this.#ask(MSG_THUMBNAIL_SET, header, picture, { signal, transfer, onStart }), sizes.length);
  }

  /**
   * What the image's headers say; no pixel is decoded.
   *
   * @param {ImageSource} image
   * @param {CallOptions} [options]
   */
  async probe(image, options = {}) {
    const { signal, transfer, onStart, ...rest } = options;
    known(rest, []);
    const picture = source("image", image);
    const header = probeHeader(this._checked(picture, ProbeRequestHeader.size));
    return parseProbe(await this.#ask(MSG_IMAGE_PROBE, header, picture, { signal, transfer, onStart }));
  }

  /**
   * What is shown of an image until a thumbnail is there: a ThumbHash of some 25 bytes, and an average colour.
   *
   * ```js
   * const { hash } = await pool.placeholder(file);
   * img.style.background = `center / cover url(${thumbHashToDataURL(hash)})`;
   * ```
   *
   * @param {ImageSource} image
   * @param {{ maxPixels?: number } & CallOptions} [options]
   */
  async placeholder(image, options = {}) {
    const { signal, transfer, onStart, ...wanted } = options;
    const picture = source("image", image);
    const header = placeholderHeader(wanted, this._checked(picture, PlaceholderRequestHeader.size));
    return parsePlaceholder(await this.#ask(MSG_PLACEHOLDER, header, picture, { signal, transfer, onStart }));
  }

  /**
   * As `_call`, with errors that name options as this package does. The binary interface keeps the core's names.
   *
   * @type {Caller["_call"]}
   */
  async #ask(messageId, header, image, how) {
    try {
      return await this._call(messageId, header, image, how);
    } catch (error) {
      throw named(error);
    }
  }

  /**
   * Answers a request that lies in one part or in two.
   *
   * @param {number} _messageId
   * @param {Uint8Array} _header
   * @param {Blob | Uint8Array} _image
   * @param {How} _how
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async _call(_messageId, _header, _image, _how) {
    throw new TypeError("_call is not implemented");
  }

  /**
   * The image's size, where its request is not too long.
   *
   * @param {Blob | Uint8Array} image
   * @param {number} headerSize
   */
  _checked(image, headerSize) {
    const size = sizeOf(image);
    checkLength(size + headerSize, this._maxRequest);
    return size;
  }
}
