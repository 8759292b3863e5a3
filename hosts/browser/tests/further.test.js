/** Further modules: AVIF, and HEIC from the package thumbox-heic. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { open, start } from "./chromium.js";
import { heicModule, heif, need, scene, thumbox } from "./support.js";

const { callRaw, load, Pool, probe, thumbnail } = await thumbox();
const heic = await heicModule();
const [HEIC, AVIF, wanted] = ["tiny.heic", "tiny.avif", "tiny.png"].map(heif);
const photo = scene(300, 200);
const small = { width: 8, height: 8, format: "png" };
// A request to probe HEIC, by hand.
const request = Buffer.concat([Buffer.from([1, 0, 0, 0, HEIC.length & 255, HEIC.length >> 8, 0, 0]), HEIC]);

function pool(t, options) {
  const made = new Pool({ size: 1, ...options });
  t.after(() => made.close());
  return made;
}

/** A HEIC whose primary picture is not there. */
function corrupt() {
  const file = Buffer.from(HEIC);
  file[file.indexOf("pitm") + 9] = 9;
  return file;
}

test("without its module a HEIC is code 204, which names it", async (t) => {
  const named = { name: "ThumboxError", code: 204, message: /thumbox-heic/ };
  await load();
  assert.throws(() => callRaw(101, request), named);
  await assert.rejects(thumbnail(HEIC), named);
  const one = pool(t);
  for (let round = 0; round < 2; round++) await assert.rejects(one.thumbnail(HEIC), named);
  assert.equal((await one.thumbnail(photo, { width: 30 })).width, 30);
  const { calls, errors, traps, workers } = one.stats;
  assert.deepEqual({ calls, errors, traps, workers }, { calls: 3, errors: 2, traps: 0, workers: 1 });
});

test("a pool goes on to the modules that it was given", async (t) => {
  const one = pool(t, { modules: [heic] });
  const before = (await one.thumbnail(photo, { width: 30 }), one.stats.memory);
  const made = await one.thumbnail(HEIC, small);
  assert.deepEqual([made.width, made.height], [8, 6]);
  assert.ok(wanted.equals(made.data), "other bytes than the component's");
  assert.ok(one.stats.memory > before, "all instances of a worker are counted");
  const { format, width, height } = await one.probe(new Blob([HEIC]));
  assert.deepEqual([format, width, height], ["heic", 16, 12]);
  const sets = await Promise.all([1, 2, 3].map(() => one.thumbnails(HEIC, [small, { width: 4 }])));
  for (const [first] of sets) assert.ok(wanted.equals(first.data));
  const { calls, errors, workers } = one.stats;
  assert.deepEqual({ calls, errors, workers }, { calls: 6, errors: 0, workers: 1 });
});

test("workers that need a module at once all get it", async (t) => {
  const four = pool(t, { size: 4, modules: [readFileSync(heic)] });
  const images = Array.from({ length: 24 }, (_, index) => (index % 3 ? HEIC : photo));
  const made = await Promise.all(images.map((image) => four.thumbnail(image, small)));
  made.forEach(({ data, height }, index) => (index % 3 ? assert.ok(wanted.equals(data)) : assert.equal(height, 5)));
});

test("its errors are the call's, and the next call works", async (t) => {
  const one = pool(t, { modules: [heic] });
  await assert.rejects(one.thumbnail(corrupt()), { code: 201, message: /HEIC/ });
  await assert.rejects(one.thumbnail(HEIC.subarray(0, HEIC.length - 40), { refuseTruncated: true }), { code: 202 });
  assert.ok(wanted.equals((await one.thumbnail(HEIC, small)).data));
  assert.deepEqual([one.stats.traps, one.stats.errors], [0, 2]);
});

test("limits hold in it", async (t) => {
  await assert.rejects(pool(t, { modules: [heic], maxPixels: 191 }).thumbnail(HEIC), { code: 300, message: /191/ });
  await assert.rejects(pool(t, { modules: [heic], maxReply: 50 }).thumbnail(HEIC, small), { code: 302 });
  await assert.rejects(pool(t, { modules: [heic], formats: ["jpeg", "avif"] }).thumbnail(HEIC), { code: 203 });
  assert.equal((await pool(t, { modules: [heic], formats: ["heic"] }).thumbnail(HEIC, small)).height, 6);
});

test("what is no module of ours is named, and all else works", async (t) => {
  const gone = new URL("gone.wasm", heic);
  const empty = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  for (const [given, words] of [
    [gone, /the further WebAssembly module file:.*gone\.wasm cannot be loaded: /],
    [new Uint8Array(9), /the further WebAssembly module cannot be loaded: /],
    [empty, /the further module cannot be started: /],
  ]) {
    const one = pool(t, { modules: [given, heic] });
    for (let round = 0; round < 2; round++) {
      await assert.rejects(one.thumbnail(HEIC), { code: 2, message: words });
      assert.equal((await one.thumbnail(photo, { width: 30 })).width, 30);
    }
  }
  const wrong = { name: "TypeError", message: /modules is ".*"; an array of addresses or WebAssembly.Modules is allowed/ };
  assert.throws(() => pool(t, { modules: heic.href }), wrong);
  await assert.rejects(load({ modules: heic.href }), wrong);
});

test("an abort while a module is loaded ends its call alone", async (t) => {
  let give;
  const late = new Promise((resolve) => (give = resolve));
  const one = pool(t, { modules: [late] });
  const aborted = new AbortController();
  const calls = [one.thumbnail(HEIC, { ...small, signal: aborted.signal }), one.thumbnail(HEIC, small)];
  setTimeout(() => aborted.abort(), 300);
  setTimeout(() => give(readFileSync(heic)), 600);
  await assert.rejects(calls[0], { name: "AbortError" });
  assert.ok(wanted.equals((await calls[1]).data));
});

test("the time in which a module is loaded is not the call's", async (t) => {
  const late = new Promise((resolve) => setTimeout(() => resolve(readFileSync(heic)), 1500));
  const one = pool(t, { modules: [late], timeout: 1000 });
  assert.equal((await one.thumbnail(HEIC, small)).height, 6);
  assert.equal(one.stats.timeouts, 0);
});

test("a page's workers take a compiled module", async (t) => {
  const { page, context, complaints } = await open(await start());
  t.after(() => context.close());
  const given = [readFileSync(heic), HEIC].map((bytes) => bytes.toString("base64"));
  const made = await page.evaluate(async ([wasm, image]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const { Pool } = await import(new URL("thumbox/src/index.js", location.href).href);
    const pool = new Pool({ size: 1, modules: [await WebAssembly.compile(bytes(wasm))] });
    const { data } = await pool.thumbnail(bytes(image), { width: 8, height: 8, format: "png" });
    pool.close();
    return btoa(String.fromCharCode(...data));
  }, given);
  assert.equal(made, wanted.toString("base64"));
  assert.deepEqual(complaints, []);
});

// Last, since it is for good.
test("load() has modules for this thread, and for pools that are given none", async (t) => {
  await Promise.all([load({ modules: [heic] }), load({ modules: [heic] })]);
  assert.equal(callRaw(101, request)[20], 7);
  assert.ok(wanted.equals((await thumbnail(HEIC, small)).data));
  assert.equal((await probe(HEIC)).format, "heic");
  assert.ok(wanted.equals((await pool(t).thumbnail(HEIC, small)).data));
  await assert.rejects(pool(t, { modules: [] }).thumbnail(HEIC), { code: 204 });
  await load({ maxPixels: 191 });
  await assert.rejects(thumbnail(HEIC), { code: 300 });
  await load({ maxPixels: 2 ** 28 });
  assert.equal((await thumbnail(HEIC, small)).height, 6);
  assert.throws(() => callRaw(101, request.fill(9, 0, 1)), { code: 100 });
});
