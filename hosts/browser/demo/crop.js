/** Where a crop lies on its picture. All lengths are parts of the picture's own, from 0 to 1. */

/**
 * What `fit: "cover"` kept of a picture.
 *
 * @param {{ width: number, height: number }} picture
 * @param {{ width: number, height: number }} thumbnail made of it
 * @param {import("./thumbox/src/index.js").ThumbnailOptions["position"]} position "attention" is not known here
 * @returns {{ left: number, top: number, width: number, height: number } | undefined}
 */
export function cropOf(picture, thumbnail, position = "centre") {
  if (position === "attention") return undefined;
  const scale = Math.max(thumbnail.width / picture.width, thumbnail.height / picture.height);
  const width = Math.min(1, thumbnail.width / scale / picture.width);
  const height = Math.min(1, thumbnail.height / scale / picture.height);
  const [left, top] = typeof position === "string" ? byWord(position, width, height) : byPoint(position, width, height);
  return { left, top, width, height };
}

function byWord(word, width, height) {
  const side = (first, last, room) => (word === first ? 0 : word === last ? room : room / 2);
  return [side("left", "right", 1 - width), side("top", "bottom", 1 - height)];
}

/** The point is in the middle, as far as the edges allow. */
function byPoint([x, y], width, height) {
  const start = (at, length) => Math.min(Math.max(at - length / 2, 0), 1 - length);
  return [start(x, width), start(y, height)];
}

/**
 * Where a picture lies in a frame that it fits into with its proportions.
 *
 * @param {number} picture its width for each of its height
 * @param {number} frame the frame's
 */
export function fitted(picture, frame) {
  const [width, height] = picture > frame ? [1, frame / picture] : [picture / frame, 1];
  return { left: (1 - width) / 2, top: (1 - height) / 2, width, height };
}
