/** A page's modules: the small first one, for JPEG and PNG, and the one that it goes on to. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { open, start } from "./chromium.js";
import { golden, heif, inner, isAnswered, need, ROOT, scene, thumbox } from "./support.js";

const { callRaw, load, Pool, ThumboxError, thumbnail } = await thumbox();
const { platform, setPlatform } = await inner("platform.js");

/** Node with the modules of a page; counts how often each is read. */
const counts = { wasm: 0, base: 0, avif: 0 };
const files = { wasm: "thumbox_common_bg.wasm", base: "thumbox_bg.wasm", avif: "thumbox_avif_bg.wasm" };
const read = Object.entries(files).map(([name, file]) => [
  name,
  async () => {
    counts[name]++;
    return readFileSync(join(need("PACKAGE"), "wasm", file));
  },
]);
setPlatform({ ...platform(), ...Object.fromEntries(read) });

const picture = (name) => readFileSync(join(ROOT, "testdata/golden/sources", name));
const [GIF, JPEG, CUT] = ["gif", "jpeg-420", "jpeg-cut-in-headers"].map(picture);
const [HEIC, AVIF] = ["tiny.heic", "tiny.avif"].map(heif);
const TEXT = Buffer.from("I am a text and no image at all.");
// A request to probe a GIF, by hand.
const probe = Buffer.concat([Buffer.from([1, 0, 0, 0, GIF.length & 255, GIF.length >> 8, 0, 0]), GIF]);

test("the first module has at most 450 KB with gzip", async (t) => {
  const { length } = gzipSync(readFileSync(join(need("PACKAGE"), "wasm", files.wasm)), { level: 9 });
  t.diagnostic(`it has ${length} bytes`);
  assert.ok(length <= 450_000, `${length} bytes`);
});

test("a call that no module came for is not answered in the place of the next", async (t) => {
  const usual = platform();
  setPlatform({ ...usual, base: () => Promise.reject(new Error("not now")) });
  t.after(() => setPlatform(usual));
  const one = new Pool({ size: 1 });
  t.after(() => one.close());
  await assert.rejects(one.thumbnail(GIF), { code: 2, message: /thumbox cannot be loaded: not now/ });
  setPlatform(usual);
  await assert.rejects(one.thumbnail(HEIC), { code: 204 });
  assert.equal(one.stats.workers, 1);
});

test("a module is loaded when an image comes that it reads, and for no other", async (t) => {
  const one = new Pool({ size: 1 });
  t.after(() => one.close());
  assert.equal((await one.thumbnail(JPEG, { width: 8 })).width, 8);
  assert.equal((await thumbnail(scene(30, 20), { width: 8 })).width, 8);
  await assert.rejects(one.thumbnail(CUT), { code: 202 });
  await assert.rejects(one.thumbnail(TEXT), { code: 200, message: /not a JPEG, PNG, WebP, GIF, BMP, TIFF, .* PSD or CUR image/ });
  await assert.rejects(one.thumbnail(HEIC), { code: 204, message: /thumbox-heic/ });
  for (const [image, code] of [[CUT, 202], [TEXT, 200], [HEIC, 204]]) await assert.rejects(thumbnail(image), { code });
  const only = new Pool({ size: 1, formats: ["jpeg"] });
  t.after(() => only.close());
  await assert.rejects(only.thumbnail(GIF), { code: 203 });
  assert.deepEqual(counts, { wasm: 1, base: 0, avif: 0 });
  assert.equal((await one.thumbnail(AVIF)).width, 16);
  assert.deepEqual(counts, { wasm: 1, base: 0, avif: 1 });
  // At a place before the one that its worker has.
  assert.equal((await one.thumbnail(GIF, { width: 8 })).width, 8);
  assert.equal((await one.thumbnail(AVIF)).width, 16);
  assert.deepEqual(counts, { wasm: 1, base: 1, avif: 1 });
  assert.deepEqual([one.stats.errors, one.stats.traps], [3, 0]);
});

test("callRaw names what has to be loaded", async () => {
  await load();
  assert.throws(() => callRaw(101, probe), { code: 1, message: /reads gif is not loaded; await load\(\{ base \}\)/ });
  await load({ base: readFileSync(join(need("PACKAGE"), "wasm", files.base)) });
  assert.equal(callRaw(101, probe)[20], 3);
});

test("both together answer the golden set as one module does", async (t) => {
  for (const one of golden()) isAnswered(one, callRaw, ThumboxError);
});

test("a page fetches the first module for a PNG, and others for a GIF and an AVIF", async (t) => {
  const { page, context, complaints, requests } = await open(await start());
  t.after(() => context.close());
  const fetched = () => requests.map(({ url }) => url.split("/").at(-1)).filter((name) => name.endsWith(".wasm"));
  const width = (image) =>
    page.evaluate(async (image) => {
      const { Pool } = await import(new URL("thumbox/src/index.js", location.href).href);
      const pool = new Pool({ size: 1 });
      const thumb = await pool.thumbnail(Uint8Array.from(atob(image), (character) => character.charCodeAt(0)), { width: 8 });
      pool.close();
      return thumb.width;
    }, image.toString("base64"));
  assert.equal(await width(scene(30, 20)), 8);
  assert.deepEqual(fetched(), [files.wasm]);
  assert.equal(await width(GIF), 8);
  assert.deepEqual(fetched(), [files.wasm, files.base]);
  assert.equal(await width(AVIF), 8);
  assert.deepEqual(fetched(), [files.wasm, files.base, files.avif]);
  assert.deepEqual(complaints, []);
});
