export { ThumboxError } from "./errors.js";
export { Pool } from "./pool.js";
export { Thumbnail } from "./reply.js";
export { callRaw, load, probe, thumbnail, thumbnails } from "./here.js";
export { MSG_ECHO, MSG_IMAGE_PROBE, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET } from "./wire.js";
