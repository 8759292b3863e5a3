/** The contenders in a page: `bench` measures one picture. */

import { contenders, measure } from "./contenders.js";

const PATHS = { thumbox: "/thumbox/src/index.js", "wasm-vips": "/peers/wasm-vips/lib/vips-es6.js" };

const ready = contenders((name) => import(PATHS[name] ?? `/peers/${name}`));

globalThis.bench = async (index, size, rounds) => {
  try {
    const response = await fetch(`/pictures/${index}`);
    return await measure(await ready, new Uint8Array(await response.arrayBuffer()), size, rounds);
  } catch (error) {
    return String(error);
  }
};
