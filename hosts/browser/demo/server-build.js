/** The server build, where the demo's own server runs: it makes the same thumbnail, to be compared. */

import { MSG_THUMBNAIL_CREATE, ThumbnailResponseHeader } from "./thumbox/src/wire.js";
import { thumbnailHeader } from "./thumbox/src/request.js";

/** Which build the server has; undefined where the page came from elsewhere. */
export async function serverBuild() {
  try {
    const response = await fetch("build");
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Sends a photo to the server and compares what it makes with the page's own thumbnail, byte by byte.
 *
 * @param {import("./photo.js").Photo} photo
 * @returns {Promise<boolean>}
 */
export async function isSame(photo) {
  const { file, options, thumbnail } = photo;
  const response = await fetch(`call/${MSG_THUMBNAIL_CREATE}`, {
    method: "POST",
    body: new Blob([thumbnailHeader(options, file.size), file]),
  });
  if (!response.ok) throw new Error(`the server answered: ${(await response.json()).message}`);
  const theirs = new Uint8Array(await response.arrayBuffer()).subarray(ThumbnailResponseHeader.size);
  const ours = thumbnail.data;
  return theirs.length === ours.length && theirs.every((byte, index) => byte === ours[index]);
}
