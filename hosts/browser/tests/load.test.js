/** How modules come: from addresses and servers, after a failure, and with limits that change meanwhile. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { test } from "node:test";

import { heicModule, heif, inner, scene, thumbox } from "./support.js";

const { callRaw, load, MSG_ECHO, Pool, placeholder, probe, thumbnail, thumbnails } = await thumbox();
const { platform, setPlatform } = await inner("platform.js");
const { further } = await inner("module.js");
const { limits } = await inner("request.js");
const usual = platform();
const heic = await heicModule();
const [HEIC, AVIF] = ["tiny.heic", "tiny.avif"].map(heif);
const photo = scene(300, 200);

/** A server of the module for HEIC, by paths that say how. */
async function server(t) {
  const served = createServer(({ url }, response) => {
    const type = url.includes("plain") ? undefined : `application/wasm${url.includes("more") ? "; charset=utf-8" : ""}`;
    response.writeHead(url.includes("gone") ? 404 : 200, type && { "Content-Type": type });
    response.end(readFileSync(new URL(heic)));
  });
  await new Promise((resolve) => served.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    served.closeAllConnections();
    served.close();
  });
  return `http://127.0.0.1:${served.address().port}/`;
}

test("a module that could not be loaded may come later, and the first call's error says why", async (t) => {
  let broken = true;
  const avif = async () => {
    if (broken) throw "it is not there";
    return usual.avif();
  };
  setPlatform({ ...usual, avif });
  t.after(() => setPlatform(usual));
  const message = "the WebAssembly module thumbox-avif cannot be loaded: it is not there";
  for (let round = 0; round < 2; round++) await assert.rejects(thumbnail(AVIF), { code: 2, message });
  assert.equal((await thumbnail(photo)).width, 100);
  broken = false;
  assert.equal((await thumbnail(AVIF)).width, 16);
});

test("a module comes from an address, a server's response, or bytes", async (t) => {
  const address = await server(t);
  const pools = [
    `${address}a`,
    new URL(`${address}b`),
    `${address}file:c`,
    `${address}plain`,
    `${address}more`,
    fetch(`${address}d`),
    fetch(`${address}plain/2`),
    String(heic).replace("file:", "FILE:"),
    WebAssembly.compile(readFileSync(new URL(heic))),
  ];
  for (const given of pools) {
    const pool = new Pool({ size: 1, modules: [given] });
    t.after(() => pool.close());
    assert.equal((await pool.thumbnail(HEIC)).width, 16, String(given));
  }
  const gone = new Pool({ size: 1, modules: [`${address}gone`] });
  t.after(() => gone.close());
  const message = /gone cannot be loaded: .*gone was answered with 404 Not Found/;
  await assert.rejects(gone.thumbnail(HEIC), { code: 2, message });
});

test("a module is compiled as it comes, where the media type is what engines ask for", async (t) => {
  const address = await server(t);
  const { compileStreaming } = WebAssembly;
  let streamed = 0;
  WebAssembly.compileStreaming = (response) => {
    streamed++;
    return compileStreaming(response);
  };
  t.after(() => (WebAssembly.compileStreaming = compileStreaming));
  for (const [path, count] of [["e", 1], ["more/e", 1], ["plain/e", 1]]) {
    const pool = new Pool({ size: 1, modules: [new URL(`${address}${path}`)] });
    t.after(() => pool.close());
    assert.equal((await pool.thumbnail(HEIC)).width, 16);
    assert.equal(streamed, count);
  }
});

test("options of load() that are wrong change nothing", async () => {
  await load();
  for (const [options, name, message] of [
    [{ maxPixel: 5 }, "TypeError", /there is no option "maxPixel"; there is wasm, base, avif/],
    [{ maxPixels: 1, modules: "x" }, "TypeError", /modules is "x"/],
    [{ maxPixels: 1, maxRequest: 0 }, "RangeError", /maxRequest is 0; a whole number from 1 to 4294967295/],
    [{ maxRequest: 1, maxPixels: 0 }, "RangeError", /maxPixels is 0/],
  ]) {
    await assert.rejects(load(options), { name, message });
    assert.equal((await thumbnail(photo, { width: 9 })).width, 9);
  }
});

test("limits that are set while a module is loaded hold in it", async (t) => {
  const { load, thumbnail } = await thumbox("TESTING_PACKAGE");
  const testing = await inner("platform.js", "TESTING_PACKAGE");
  const usual = testing.platform();
  await load();
  const module = await WebAssembly.compile(await usual.avif());
  const avif = async () => {
    // Between its start and what it is told then.
    let turns = 12;
    const later = () => (turns-- > 0 ? queueMicrotask(later) : load({ maxPixels: 100 }));
    later();
    return module;
  };
  testing.setPlatform({ ...usual, avif });
  t.after(() => testing.setPlatform(usual));
  await assert.rejects(thumbnail(AVIF), { code: 300 });
});

test("a request that is too long is refused, whatever kind it is of", async (t) => {
  const kinds = {
    thumbnail: [24, (caller, image) => caller.thumbnail(image, { width: 9 })],
    thumbnails: [12 + 24, (caller, image) => caller.thumbnails(image, [{ width: 9 }])],
    probe: [8, (caller, image) => caller.probe(image)],
    placeholder: [12, (caller, image) => caller.placeholder(image)],
    callRaw: [0, async (caller, image) => caller.callRaw(MSG_ECHO, image)],
  };
  t.after(() => load({ maxRequest: 2 ** 26 }));
  for (const [name, [header, call]] of Object.entries(kinds)) {
    const longest = photo.length + header;
    const allowing = (maxRequest) => {
      const pool = new Pool({ size: 1, maxRequest });
      t.after(() => pool.close());
      return pool;
    };
    const here = { callRaw, placeholder, probe, thumbnail, thumbnails };
    const refused = { code: 100, message: `the request has ${longest} bytes; maxRequest allows ${longest - 1}` };
    await call(allowing(longest), photo);
    await assert.rejects(call(allowing(longest - 1), photo), refused, name);
    await load({ maxRequest: longest });
    await call(here, photo);
    await load({ maxRequest: longest - 1 });
    await assert.rejects(call(here, photo), refused, name);
    // Of more bytes than a header can count.
    const huge = new Blob([photo]);
    Object.defineProperty(huge, "size", { value: 2 ** 33 });
    const more = { code: 100, message: /has 8589934\d\d\d bytes/ };
    if (name !== "callRaw") await assert.rejects(call(here, huge), more, name);
  }
});

test("callRaw takes bytes and a number, and has no options but a call's", async (t) => {
  const pool = new Pool({ size: 1 });
  t.after(() => pool.close());
  for (const id of [-1, 1.5, 2 ** 32]) {
    assert.throws(() => callRaw(id, photo), { name: "RangeError", message: /messageId is/ });
    await assert.rejects(pool.callRaw(id, photo), { name: "RangeError", message: /messageId is/ });
  }
  await assert.rejects(pool.callRaw(2 ** 32 - 2, photo), { code: 6 });
  assert.throws(() => callRaw(2 ** 32 - 2, photo), { code: 6 });
  const message = "request is of the type Blob; bytes are allowed";
  assert.throws(() => callRaw(MSG_ECHO, new Blob([photo])), { name: "TypeError", message });
  await assert.rejects(pool.callRaw(MSG_ECHO, photo, { timeout: 5 }), /^TypeError: there is no option "timeout"/);
  await assert.rejects(pool.probe(photo, { width: 5 }), /^TypeError: there is no option "width"/);
  assert.deepEqual(await pool.callRaw(MSG_ECHO, new Blob([photo])), new Uint8Array(photo));
});

test("a pool's numbers have their bounds, and what they are if none is given", async (t) => {
  const bounds = {
    size: [1, 64],
    timeout: [1, 2 ** 31 - 1],
    maxRequest: [1, 2 ** 32 - 1],
    keepMemory: [0, 2 ** 32 - 1],
    idle: [0, 2 ** 31 - 1],
    maxPixels: [1, 2 ** 29],
    maxMemory: [1, 2 ** 32 - 1],
    maxReply: [1, 2 ** 32 - 1],
  };
  for (const [name, [low, high]] of Object.entries(bounds)) {
    new Pool({ [name]: low });
    new Pool({ [name]: high });
    for (const wrong of [low - 1, high + 1]) {
      const message = `${name} is ${wrong}; a whole number from ${low} to ${high} is allowed`;
      assert.throws(() => new Pool({ [name]: wrong }), { name: "RangeError", message });
    }
  }
  assert.deepEqual(limits({}), {});
  assert.throws(() => new Pool({ idel: 5 }), { name: "TypeError", message: /no option "idel"/ });
  assert.equal(new Pool().stats.size, Math.min(Math.max(availableParallelism() - 1, 1), 4));
  for (const [processors, size] of [[1, 1], [2, 1], [3, 2], [5, 4], [64, 4]]) {
    setPlatform({ ...usual, processors: () => processors });
    assert.equal(new Pool().stats.size, size);
  }
  setPlatform(usual);
  const { setTimeout } = globalThis;
  t.after(() => (globalThis.setTimeout = setTimeout));
  const times = [];
  globalThis.setTimeout = (handler, time, ...rest) => {
    times.push(time);
    return setTimeout(handler, time, ...rest);
  };
  const pool = new Pool({ size: 1 });
  await pool.callRaw(MSG_ECHO, photo);
  globalThis.setTimeout = setTimeout;
  pool.close();
  assert.deepEqual(times, [10_000, 5_000]);
  const huge = new Blob([photo]);
  Object.defineProperty(huge, "size", { value: 2 ** 26 + 1 });
  await assert.rejects(new Pool().callRaw(MSG_ECHO, huge), { code: 100, message: /maxRequest allows 67108864$/ });
});

// Last, since it is for good.
test("load() with a module that is there already, and pools that were made before", async (t) => {
  const before = new Pool({ size: 1 });
  t.after(() => before.close());
  const [first] = [further.length];
  for (const given of [heic, new URL(heic), String(heic)]) await load({ modules: [given] });
  assert.equal(further.length, first + 1);
  assert.equal((await thumbnail(HEIC)).width, 16);
  await assert.rejects(before.thumbnail(HEIC), { code: 204 });
  await assert.rejects(load({ modules: [new Uint8Array(9)] }), { code: 2 });
});
