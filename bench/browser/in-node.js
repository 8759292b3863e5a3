/** The contenders in Node. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { contenders, measure } from "./contenders.js";
import { need, thumbox } from "../../hosts/browser/tests/support.js";

const peers = need("PEERS");

export async function inNode(pictures, size, rounds) {
  // jSquash makes pictures of the class that browsers have.
  globalThis.ImageData ??= class ImageData {
    constructor(data, width, height) {
      Object.assign(this, { data, width, height });
    }
  };
  const all = await contenders(
    (name) => (name === "thumbox" ? thumbox() : import(pathToFileURL(join(peers, PATHS[name] ?? name)).href)),
    async ({ decoder, encoder, resizer }) => {
      // It would fetch its modules, which Node does not do for files.
      await decoder.init(await compiled("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"));
      await encoder.init(await compiled("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm"));
      await resizer.initResize(await compiled("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm"));
    },
  );
  const measured = [];
  for (const picture of pictures) {
    const times = await measure(all, picture.data, size, rounds).catch((error) => String(error));
    measured.push({ picture, times });
  }
  all.forEach(({ end }) => end?.());
  return measured;
}

const PATHS = { "wasm-vips": "wasm-vips/lib/vips-node.mjs" };

async function compiled(path) {
  return WebAssembly.compile(await readFile(join(peers, path)));
}

/** Bytes of linear memory that a fresh instance has after one thumbnail. */
export async function linearMemory(data, size) {
  const { Pool } = await thumbox();
  const pool = new Pool({ size: 1, keepMemory: 512 << 20, timeout: 60_000 });
  try {
    await pool.thumbnail(data, { width: size, height: size });
    return pool.stats.memory;
  } finally {
    pool.close();
  }
}
