/** What a pool does with its workers: when they are late, lost or idle, and when the process may end. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { heicModule, heif, inner, need, scene, thumbox } from "./support.js";

const photo = scene(400, 300);
// Much of a second, and more, for one call.
const slow = scene(1000, 1000);
const slowly = { width: 1000, height: 1000, format: "webp" };
const [HEIC, AVIF] = ["tiny.heic", "tiny.avif"].map(heif);

const { Pool } = await thumbox();
const { platform, setPlatform } = await inner("platform.js");
const heic = await heicModule();
const usual = platform();

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function pool(t, options) {
  const made = new Pool({ size: 1, ...options });
  t.after(() => made.close());
  return made;
}

/** Pools whose workers are as `change` makes them of the usual ones; returns those that were started. */
function workers(t, change) {
  const ports = [];
  const startWorker = () => {
    const port = usual.startWorker();
    ports.push(port);
    return { ...port, ...change(port) };
  };
  setPlatform({ ...usual, startWorker });
  t.after(() => setPlatform(usual));
  return ports;
}

test("a worker that is lost fails its call with code 11, and the next call has another", async (t) => {
  const ports = workers(t, () => ({}));
  const one = pool(t);
  await one.callRaw(1, new Uint8Array([1]));
  const lost = one.thumbnail(slow, { ...slowly, onStart: () => ports[0].end() });
  await assert.rejects(lost, { code: 11, message: "the worker was lost: it ended with exit code 1" });
  assert.deepEqual(await one.callRaw(1, new Uint8Array([2])), new Uint8Array([2]));
  assert.deepEqual([ports.length, one.stats.errors, one.stats.traps], [2, 1, 0]);
});

test("a worker that cannot be started fails its call alone, with code 2", async (t) => {
  const one = pool(t);
  const startWorker = () => {
    throw new Error("no more threads");
  };
  setPlatform({ ...usual, startWorker });
  t.after(() => setPlatform(usual));
  await assert.rejects(one.thumbnail(photo), { message: "no more threads" });
  assert.deepEqual([one.stats.workers, one.stats.busy, one.stats.errors], [0, 0, 1]);
  setPlatform(usual);
  assert.equal((await one.thumbnail(photo)).width, 100);
});

test("an answer that comes after the abort is nobody's", async (t) => {
  // As if its answer was on the way when the worker was ended.
  const ports = workers(t, (port) => ({ end: () => setTimeout(port.end, 1500) }));
  const one = pool(t, { timeout: 900 });
  const starting = new AbortController();
  const early = one.thumbnail(photo, { signal: starting.signal });
  starting.abort();
  await assert.rejects(early, { name: "AbortError" });
  const running = new AbortController();
  const late = one.thumbnail(photo, { width: 9, signal: running.signal, onStart: () => running.abort() });
  await assert.rejects(late, { name: "AbortError" });
  await pause(1000);
  const { aborts, errors, timeouts, busy, workers: count } = one.stats;
  assert.deepEqual({ aborts, errors, timeouts, busy, count }, { aborts: 2, errors: 0, timeouts: 0, busy: 0, count: 0 });
  assert.equal(ports.length, 2);
});

test("an answer that comes after the time is over is nobody's, and a closed pool starts nothing", async (t) => {
  workers(t, (port) => ({ end: () => setTimeout(port.end, 1500) }));
  const one = pool(t, { timeout: 1 });
  await assert.rejects(one.thumbnail(slow.subarray(0, 100_000), { ...slowly, refuseTruncated: true }), { code: 10 });
  await pause(1000);
  assert.deepEqual([one.stats.errors, one.stats.timeouts, one.stats.busy], [1, 1, 0]);
  const two = pool(t);
  await two.callRaw(1, photo);
  const closed = two.thumbnail(photo, { onStart: () => assert.fail("it was started") });
  two.close();
  await assert.rejects(closed, { code: 1 });
});

test("an abort after the end changes nothing, and before the start onStart is not called", async (t) => {
  const one = pool(t);
  const controller = new AbortController();
  const { signal } = controller;
  await one.thumbnail(photo, { width: 9, signal });
  await assert.rejects(one.thumbnail(new Uint8Array(), { signal }), { code: 202 });
  controller.abort();
  assert.deepEqual([one.stats.aborts, one.stats.errors, one.stats.workers], [0, 1, 1]);
  const next = new AbortController();
  const aborted = one.thumbnail(photo, { signal: next.signal, onStart: () => assert.fail("it was started") });
  next.abort("as text");
  await assert.rejects(aborted, (reason) => reason === "as text");
  assert.deepEqual([one.stats.aborts, one.stats.errors], [1, 1]);
});

test("every kind of call is aborted by its signal, and gives its bytes away if asked to", async (t) => {
  const one = pool(t);
  const here = await thumbox();
  const kinds = {
    thumbnail: (caller, image, how) => caller.thumbnail(image, how),
    thumbnails: (caller, image, how) => caller.thumbnails(image, [{}], how),
    probe: (caller, image, how) => caller.probe(image, how),
    placeholder: (caller, image, how) => caller.placeholder(image, how),
    callRaw: (caller, image, how) => caller.callRaw(1, image, how),
  };
  const signal = AbortSignal.abort(new Error("no longer wanted"));
  for (const [name, call] of Object.entries(kinds)) {
    for (const caller of name === "callRaw" ? [one] : [one, here]) {
      const onStart = () => assert.fail("it was started");
      await assert.rejects(call(caller, photo, { signal, onStart }), { message: "no longer wanted" }, name);
    }
    const [own, kept] = [new Uint8Array(photo), new Uint8Array(photo)];
    await call(one, kept, { transfer: false });
    await call(one, own, { transfer: true });
    assert.deepEqual([own.length, kept.length], [0, photo.length], name);
  }
  assert.equal(one.stats.calls, 10);
});

test("a module that does not come after an abort, or a close, is no error of the call", async (t) => {
  for (const close of [false, true]) {
    let fail;
    const late = new Promise((_, reject) => (fail = reject));
    const one = pool(t, { modules: [late] });
    const controller = new AbortController();
    const call = one.thumbnail(HEIC, { signal: controller.signal });
    const next = one.thumbnail(photo);
    next.catch(() => {});
    await pause(500);
    if (close) one.close();
    else controller.abort();
    fail(new Error("too late"));
    await assert.rejects(call, close ? { code: 1 } : { name: "AbortError" });
    await pause(50);
    const { errors, aborts, busy } = one.stats;
    assert.deepEqual([errors, aborts], close ? [1, 0] : [0, 1]);
    if (close) assert.equal(busy, 0);
    else assert.equal((await next).width, 100);
  }
});

test("bytes that are shared with other threads cannot be given away, and stay", async (t) => {
  const shared = new Uint8Array(new SharedArrayBuffer(photo.length));
  shared.set(photo);
  assert.equal((await pool(t).thumbnail(shared, { width: 9, transfer: true })).width, 9);
  assert.equal(shared.length, photo.length);
});

test("the timer of one call is not the next one's", async (t) => {
  const one = pool(t, { timeout: 1500 });
  await one.thumbnail(photo);
  await pause(1600);
  assert.deepEqual([one.stats.timeouts, one.stats.workers], [0, 1]);
});

test("the time of a call goes on in a further module", async (t) => {
  const one = pool(t, { timeout: 2000, modules: [heic] });
  assert.equal((await one.thumbnail(HEIC)).width, 16);
  const large = { width: 4000, height: 4000, enlarge: true, format: "webp", effort: 6 };
  // By a worker that does not have the module yet, and by one that does.
  for (let round = 0; round < 2; round++) await assert.rejects(one.thumbnail(HEIC, large), { code: 10 });
  assert.equal(one.stats.timeouts, 2);
});

test("workers without work end, and no other ones", async (t) => {
  const two = pool(t, { size: 2, idle: 60 });
  // The time runs when a call comes, which takes longer.
  await two.thumbnail(photo);
  await two.thumbnail(slow, slowly);
  // One waits while the other works.
  const long = two.thumbnail(slow, slowly);
  await two.thumbnail(photo);
  assert.deepEqual([two.stats.workers, two.stats.busy], [2, 1]);
  await long;
  await pause(500);
  assert.deepEqual([two.stats.workers, two.stats.traps, two.stats.errors], [0, 0, 0]);
});

test("memory is that of all workers, and one more byte than may be kept is too much", async (t) => {
  const two = pool(t, { size: 2 });
  await two.thumbnail(photo);
  const { memory } = two.stats;
  await Promise.all([two.thumbnail(photo), two.thumbnail(photo)]);
  assert.deepEqual([two.stats.workers, two.stats.memory], [2, 2 * memory]);
  for (const [less, workers] of [[0, 1], [1, 0]]) {
    const one = pool(t, { keepMemory: memory - less });
    await one.thumbnail(photo);
    assert.equal(one.stats.workers, workers);
  }
  // 64 MiB are kept if nothing else is said.
  const one = pool(t);
  for (const [bytes, workers] of [[2 ** 20, 1], [60_000_000, 0]]) {
    await one.callRaw(1, new Uint8Array(bytes));
    assert.equal(one.stats.workers, workers);
  }
});

test("modules that a pool is given come after this package's own", async (t) => {
  assert.equal((await pool(t, { modules: [] }).thumbnail(AVIF)).width, 16);
  assert.equal((await pool(t, { modules: [heic] }).thumbnail(AVIF)).width, 16);
});

test("a module that does not read the image either is asked once, and counts", async (t) => {
  const one = pool(t, { modules: [readFileSync(join(need("PACKAGE"), "wasm/thumbox_avif_bg.wasm"))] });
  assert.equal((await one.thumbnail(AVIF)).width, 16);
  const { memory } = one.stats;
  for (let round = 0; round < 2; round++) await assert.rejects(one.thumbnail(HEIC), { code: 204 });
  assert.ok(one.stats.memory > memory, `${memory} bytes, then ${one.stats.memory}`);
});

test("what cannot be sent to a worker fails its call alone, and at once", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thumbox-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "photo.png"), photo);
  // Which Node does not send to its threads.
  const file = await openAsBlob(join(folder, "photo.png"));
  for (const first of [true, false]) {
    const one = pool(t);
    if (!first) await one.thumbnail(photo);
    const twice = new Uint8Array(photo);
    const images = [file, twice, twice, file, new Uint8Array(photo)];
    const calls = images.map((image) => one.thumbnail(image, { transfer: true, width: 9 }));
    const ends = await Promise.allSettled(calls);
    assert.deepEqual(ends.map(({ status }) => status === "fulfilled"), [false, true, false, false, true]);
    assert.match(ends[0].reason.message, /not cloneable/);
    assert.ok(ends[2].reason instanceof TypeError);
    assert.match(ends[2].reason.message, first ? /^the image was given away already$/ : /detached/);
    await assert.rejects(one.thumbnail(twice, { transfer: true }), { name: "TypeError", message: /detached/ });
    await assert.rejects(one.thumbnail(new Uint8Array(), { transfer: true }), { code: 202 });
    const { errors, traps, busy, workers: count } = one.stats;
    assert.deepEqual({ errors, traps, busy, count }, { errors: first ? 4 : 3, traps: 0, busy: 0, count: 1 });
  }
});

test("this thread's calls are aborted before they read, while they read, and while a module is loaded", async () => {
  const { thumbnail } = await thumbox();
  const unread = new Blob([photo]);
  unread.arrayBuffer = () => assert.fail("it was read");
  await assert.rejects(thumbnail(unread, { signal: AbortSignal.abort() }), { name: "AbortError" });
  for (const image of [new Blob([photo]), AVIF]) {
    const controller = new AbortController();
    const onStart = () => (image === AVIF ? controller.abort() : assert.fail("it was started"));
    if (image !== AVIF) {
      image.arrayBuffer = () => {
        controller.abort();
        return Blob.prototype.arrayBuffer.call(image);
      };
    }
    await assert.rejects(thumbnail(image, { signal: controller.signal, onStart }), { name: "AbortError" });
  }
});

/** A copy of the package, to be broken. */
function copy(t) {
  const folder = mkdtempSync(join(tmpdir(), "thumbox-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["package.json", "src", "wasm"]) {
    cpSync(join(need("PACKAGE"), name), join(folder, name), { recursive: true });
  }
  return (name) => join(folder, name);
}

test("a worker's script that fails is an error with code 2", async (t) => {
  const file = copy(t);
  writeFileSync(file("src/worker-node.js"), 'throw new Error("there is no script");');
  const { Pool } = await import(pathToFileURL(file("src/node.js")).href);
  const one = new Pool({ size: 1 });
  t.after(() => one.close());
  const failed = { code: 2, message: "the worker cannot be started: there is no script" };
  for (let round = 0; round < 2; round++) await assert.rejects(one.thumbnail(photo), failed);
});

test("a first module that is not there, or none of ours, is an error with code 2, and may come later", async (t) => {
  const file = copy(t);
  const wasm = readFileSync(file("wasm/thumbox_bg.wasm"));
  rmSync(file("wasm/thumbox_bg.wasm"));
  const { Pool, load, thumbnail } = await import(pathToFileURL(file("src/node.js")).href);
  const one = new Pool({ size: 1 });
  t.after(() => one.close());
  const gone = { code: 2, message: /^the WebAssembly module cannot be loaded: .*thumbox_bg\.wasm/ };
  for (let round = 0; round < 2; round++) {
    await assert.rejects(one.thumbnail(photo), gone);
    await assert.rejects(thumbnail(photo), gone);
    await assert.rejects(load(), ({ cause }) => cause.code === "ENOENT");
  }
  writeFileSync(file("wasm/thumbox_bg.wasm"), wasm);
  assert.equal((await one.thumbnail(photo)).width, 100);
  assert.equal((await thumbnail(photo)).width, 100);

  const other = copy(t);
  writeFileSync(other("wasm/thumbox_bg.wasm"), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const { Pool: Empty } = await import(pathToFileURL(other("src/node.js")).href);
  const two = new Empty({ size: 1 });
  t.after(() => two.close());
  await assert.rejects(two.thumbnail(photo), { name: "ThumboxError", code: 2 });
  assert.equal(two.stats.workers, 0);
});

test("an inner module alone says what to import", async (t) => {
  const { Pool } = await import(pathToFileURL(copy(t)("src/pool.js")).href);
  assert.throws(() => new Pool(), { name: "TypeError", message: /import thumbox by its own name/ });
});

/**
 * A module as an image might leave one that it has taken over: message 1 calls itself without end, 2 reads beyond its
 * memory, 3 writes to it and gives up, 4 writes alone; the reply is the first twenty bytes of it, which were zeros.
 * `text` is the length that its panic's text claims.
 */
function takenOver(text) {
  const number = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >> 7)]);
  const list = (...items) => [...number(items.length), ...items.flat()];
  const section = (id, content) => [id, ...number(content.length), ...content];
  const name = (word) => list(...Buffer.from(word));
  const kind = (inputs, outputs) => [0x60, ...list(...Array(inputs).fill(0x7f)), ...list(...Array(outputs).fill(0x7f))];
  const body = (...code) => {
    const all = [0, ...code.flat(), 0x0b];
    return [...number(all.length), ...all];
  };
  const on = (message, ...code) => [0x20, 0, 0x41, message, 0x46, 0x04, 0x40, ...code.flat(), 0x0b];
  const write = [0x41, 0, 0x41, 7, 0x3a, 0, 0];
  const call = (index, inputs) =>
    body(
      on(1, Array.from({ length: inputs }, (_, input) => [0x20, input]).flat(), [0x10, index, 0x1a, 0x1a, 0x1a, 0x1a]),
      on(2, [0x41, 0x7f, 0x28, 0, 0, 0x1a]),
      on(3, write, [0x00]),
      on(4, write),
      [0x41, 0, 0x41, 20, 0x41, 0, 0x41, 0],
    );
  const functions = ["__wbindgen_start", "__wbindgen_malloc", "__wbindgen_free", "setLimits", "callRaw", "callParts"];
  const exported = functions.map((word, index) => [...name(word), 0, index]);
  return new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...section(1, list(kind(0, 0), kind(2, 1), kind(3, 0), kind(4, 0), kind(3, 4), kind(5, 4))),
    ...section(3, list(0, 1, 2, 3, 4, 5)),
    ...section(5, list([0, 1])),
    ...section(6, list([0x7f, 0, 0x41, 32, 0x0b])),
    ...section(7, list(...exported, [...name("memory"), 2, 0], [...name("thumbox_panic_text"), 3, 0])),
    ...section(10, list(body(), body(0x41, 0xc0, 0), body(), body(), call(4, 3), call(5, 5))),
    ...section(11, list([0, 0x41, 32, 0x0b, ...list(...new Uint8Array(new Uint32Array([text]).buffer))])),
  ]);
}

test("whatever a module does that an image has taken over is an error, and ends its worker", async (t) => {
  const image = new Uint8Array(100);
  const file = copy(t);
  writeFileSync(file("wasm/thumbox_bg.wasm"), takenOver(0));
  const here = await import(pathToFileURL(file("src/node.js")).href);
  await here.load();
  const one = new here.Pool({ size: 1 });
  t.after(() => one.close());
  const ends = [
    [1, { code: 11, message: /^the module stopped with a trap: Maximum call stack size exceeded/ }],
    [2, { code: 11, message: /^the module stopped with a trap: memory access out of bounds/ }],
    [3, { code: 301, message: "the module ran out of memory; 65536 bytes were in use" }],
  ];
  for (const [index, [message, error]] of ends.entries()) {
    await assert.rejects(one.callRaw(message, image), error);
    assert.deepEqual([one.stats.traps, one.stats.workers], [index + 1, 0]);
    assert.throws(() => here.callRaw(message, image), error);
    // A fresh instance, once.
    assert.deepEqual(here.callRaw(9, image), new Uint8Array(20));
    assert.equal(here.callRaw(4, image)[0], 7);
    assert.equal(here.callRaw(9, image)[0], 7);
  }
  for (const caller of [one, here]) {
    await assert.rejects(caller.thumbnail(image), { code: 900 });
    await assert.rejects(caller.thumbnails(image, [{}]), { code: 900 });
    await assert.rejects(caller.probe(image), { code: 900 });
    await assert.rejects(caller.placeholder(image), { code: 900 });
  }

  const other = copy(t);
  writeFileSync(other("wasm/thumbox_bg.wasm"), takenOver(2 ** 32 - 1));
  const { callRaw, load } = await import(pathToFileURL(other("src/node.js")).href);
  await load();
  const words = "the module panicked: ";
  assert.throws(() => callRaw(3, image), ({ code, message }) => {
    assert.equal(code, 11);
    assert.ok(message.startsWith(words));
    return message.length === words.length + 1020;
  });
});

const run = promisify(execFile);

test("a process waits for its calls, and not for workers that are idle", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thumbox-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const entry = pathToFileURL(join(need("PACKAGE"), "src/node.js")).href;
  const script = `import { openAsBlob } from "node:fs";
    import { Pool } from ${JSON.stringify(entry)};
    const other = new Pool({ size: 1, idle: 60_000 });
    await other.probe(await openAsBlob("use.mjs")).catch(({ name }) => console.log(name));
    const pool = new Pool({ size: 1, idle: 60_000, timeout: 100_000 });
    for (let round = 0; round < 3; round++) console.log(String(await pool.callRaw(1, new Uint8Array([round]))));`;
  writeFileSync(join(folder, "use.mjs"), script);
  const { stdout } = await run("node", ["use.mjs"], { cwd: folder, timeout: 15_000 });
  assert.equal(stdout, "TypeError\n0\n1\n2\n");
});

test("a closed pool has no workers, and none without a call", async (t) => {
  let ended = 0;
  const end = (port) => {
    ended++;
    port.end();
  };
  const ports = workers(t, (port) => ({ end: () => end(port) }));
  const one = pool(t, { size: 2 });
  assert.deepEqual([one.stats.workers, one.stats.size], [0, 2]);
  await Promise.all([one.thumbnail(photo), one.thumbnail(photo)]);
  const calls = [1, 2, 3, 4].map(() => one.thumbnail(slow, slowly));
  assert.deepEqual([one.stats.busy, one.stats.waiting], [2, 2]);
  for (let round = 0; round < 2; round++) {
    one.close();
    const { workers, busy, waiting, memory } = one.stats;
    assert.deepEqual({ workers, busy, waiting, memory }, { workers: 0, busy: 0, waiting: 0, memory: 0 });
  }
  assert.deepEqual([ports.length, ended], [2, 2]);
  for (const call of [...calls, one.callRaw(1, photo)]) await assert.rejects(call, { code: 1 });
});
