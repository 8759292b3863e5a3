/** The error class, and the codes that this package itself gives. */

export const INVALID_STATE = 1;
export const INIT_FAILED = 2;
export const HANDLER = 7;
export const TIMEOUT = 10;
export const INTERNAL = 11;
export const HEADER = 100;
export const FORMAT_NOT_IN_BUILD = 204;
export const MEMORY = 301;
export const BUG = 900;

/**
 * A call that was refused or failed.
 *
 * `code` is for programs and is never reused; `message` is for people and is never to be parsed. The codes say who
 * must act: 1 to 13 the transport (1 not loaded or closed, 2 cannot be loaded, 6 unknown message, 7 the file cannot
 * be read, 10 timeout, 11 a trap), 100 to 199 whoever wrote the request, 200 to 299 whoever sent the image
 * (200 unknown format, 201 corrupt, 202 truncated, 203 a format that is not allowed, 204 AVIF or HEIC,
 * for which no module is loaded), 300 to 399 a limit (300 pixels, 301 memory, 302 reply, 303 work, 304 frames), 900 a bug of ours.
 */
export class ThumboxError extends Error {
  /**
   * @param {number} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = "ThumboxError";
    /** For programs. */
    this.code = code;
  }
}

/** A module's answer that it does not read the image's format, and others may. */
export class Unread extends ThumboxError {
  /**
   * @param {string} message
   * @param {number} format by its number
   */
  constructor(message, format) {
    super(FORMAT_NOT_IN_BUILD, message);
    this.format = format;
  }
}

/**
 * An error whose message names the limits as the options of this package: `maxMemory` for the core's `max_memory`.
 *
 * @param {unknown} error
 */
export function named(error) {
  if (!(error instanceof ThumboxError)) return error;
  const message = error.message.replace(/\bmax_(memory|reply)\b/, (_, limit) => (limit === "memory" ? "maxMemory" : "maxReply"));
  return message === error.message ? error : new ThumboxError(error.code, message);
}
